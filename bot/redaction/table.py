"""Rules, and which of them a line needs: most lines need none, and the rest few. Pure.

A short text is looked through for the hints of the rules. For a long one RE2 knows an outline of every rule, which is the
rule without what looks ahead or behind, and finds in one look at a line all whose outlines fit. It takes 2 MiB, so it is
loaded with the first long text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

LONG = 1_000  # characters of a text from which on RE2 is used
_MANY = 1_000  # combinations of hints to remember; lines of real texts have a few hundred
_MEMORY = 24 << 20  # bytes that RE2 may use at most, for all rules together
_PIECE = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P=\w+\)|\(\?P<\w+>|\(\?-?[a-z]*:|\(\?<?[=!]|\(|\)|(?:[*+?]|\{\d+(?:,\d*)?\})[+?]?|.",
    re.DOTALL,
)
_SPACE, _BLANKS, _OTHER = r"\s", r"[\x0b\x1c-\x1f\xff]", r"\xff"  # what Python takes for blanks and RE2 does not
_CLASSES = {"\\w": r"[\w\xff]", "\\d": r"[\d\xff]", "\\s": r"[\s\x0b\x1c-\x1f\xff]", "\\b": "(?:)", "\\Z": "(?:)"}
_FOLDED = str.maketrans("\u017f\u212a\u0130\u0131", "skii")  # what Python takes for these letters in any case
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Rule:
    """`hints` in lower case: a text that has none of them is not searched. The group `secret` is hidden.

    `outline` is given where what looks ahead says most of what the rule finds: any line that it finds fits the outline.
    Compiled when it is first needed: all of them take as long as a fifth of the bot's start, and most bots never meet most."""

    hints: tuple[str, ...]
    source: str
    flags: re.RegexFlag
    outline: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.source, self.flags)


Rules = Sequence[tuple[int, Rule]]  # in their order, which the numbers give
Way = Callable[[str], Rules]


class Table:
    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        hints = {hint for rule in rules for hint in rule.hints}
        self.roots = tuple(sorted(hint for hint in hints if not any(other in hint for other in hints - {hint})))
        self._known: dict[tuple[str, ...], Rules] = {}
        self._numbered = tuple(enumerate(rules))

    def way_for(self, text: str) -> Way:
        """Gives the rules that a line of this text may need, in their order."""
        return self.by_outlines if len(text) > LONG else self.by_hints

    def by_hints(self, line: str) -> Rules:
        lowered = line.lower()
        found = tuple([root for root in self.roots if root in lowered])
        if (rules := self._known.get(found)) is None:
            rules = tuple(
                entry for entry in self._numbered if any(root in hint for hint in entry[1].hints for root in found)
            )
            if len(self._known) < _MANY:
                self._known[found] = rules
        return rules

    def by_outlines(self, line: str) -> Rules:
        if found := self._outlines.Match(_as_bytes(line)):
            return [self._numbered[number] for number in sorted(found)]
        return ()

    @cached_property
    def _outlines(self) -> Any:
        import re2  # noqa: PLC0415  # see above

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.case_sensitive = False
        options.max_mem = _MEMORY
        outlines = re2.Set.SearchSet(options)
        for rule in self.rules:
            outlines.Add(outline(rule.outline or rule.source).encode("latin-1"))
        outlines.Compile()
        if not outlines.Match(b"password=1"):  # with too little memory it would find nothing, and say so nowhere
            raise MemoryError("RE2 has too little memory for the rules of redaction")
        return outlines


def outline(source: str) -> str:
    """A pattern for RE2 that fits wherever the pattern of Python does; every character beyond ASCII stands as `\\xff`.

    What looks ahead at the very end is kept as if it were read, and all else that looks ahead or behind is left out.
    """
    pieces: list[str] = []
    opened: list[tuple[str, int]] = []  # how each open group began, and how many pieces stood before it
    for match in _PIECE.finditer(source):
        piece = match[0]
        if piece == ")":
            pieces.append(piece)
            kind, before = opened.pop()
            if kind[-1] in "=!" and (kind != "(?=" or match.end() < len(source)):
                del pieces[before:]
        elif piece[0] == "(" and piece[:4] != "(?P=":
            opened.append((piece, len(pieces)))
            pieces.append("(?:")
        else:
            pieces.append(_outlined(piece))
    return "".join(pieces)


def _outlined(piece: str) -> str:
    match piece[0]:
        case "(":
            return ".*"
        case "[" if piece[1] != "^":
            return f"(?:{piece}|{_BLANKS if _SPACE in piece else _OTHER})"
        case "*" | "+" | "?":
            return piece[0]
        case "{":
            least = int(re.findall(r"\d+", piece)[0])
            return piece.rstrip("+?") if "," not in piece else f"{{{least},}}" if least > 1 else "+" if least else "*"
    return _CLASSES.get(piece, piece)


def _as_bytes(line: str) -> bytes:
    if line.isascii():
        return line.encode("ascii")
    return _BEYOND_ASCII.sub("\xff", line.translate(_FOLDED)).encode("latin-1")
