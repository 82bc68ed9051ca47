"""Secrets out of any text: configs, job logs, log lines, audit rows, errors. Pure.

A secret becomes `<redacted>` whatever its length, so that the line can still be recognised. What is redacted already stays
as it is. A fragment of a config is never redacted by itself, because a key block may have begun above it: redact the
whole text, then cut.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from urllib.parse import quote, quote_plus

from bot.redaction.configs import BLOCKS, IN_ANY_TEXT, IN_CONFIGS, PROSE, SECTIONS, Section
from bot.redaction.own import Own, joined
from bot.redaction.pairs import NUMBERED, Numbered, compare
from bot.redaction.reversible import meaning
from bot.redaction.rules import ANYWHERE, CHANGED, MARK, PRIVATE_KEY, RULES_VERSION, SHAPED
from bot.redaction.table import Rules, Table, Way

__all__ = ["CHANGED", "MARK", "RULES_VERSION", "Redactor", "redact"]

_AS_ONE_WORD = "<redacted#>"  # how CHANGED stands in a text while rules look at it
_PASSES = 5  # what one rule hides may be what another starts at; the second pass nearly always finds nothing
_SHORTEST = 8  # a known secret that is shorter would tear words apart that have nothing to do with it
_NOTHING = frozenset({'""', "''", "[]", "()", MARK, _AS_ONE_WORD})  # to hide
_Mark = Callable[[str], str]
Fingerprint = Callable[[str], str]
_CLOSING = {'"': '"', "'": "'", "[": "]", "(": ")"}


def _plain(_: str) -> str:
    return MARK


def redact(text: str, mark: _Mark = _plain) -> str:
    """The text without its secrets; what is redacted already stays as it is. `mark` gives the one word that stands in a
    secret's place."""
    text, hidden = text.replace(CHANGED, _AS_ONE_WORD), partial(_hidden, mark)
    if "\n" in text:
        text = _in_sections(text, hidden, IN_ANY_TEXT)
    if "private" in text.lower():
        text = PRIVATE_KEY.pattern.sub(hidden, text)
    return _by_line(text, mark)


def redact_config(text: str, mark: _Mark) -> str:
    """As `redact`, for a whole config."""
    text = text.replace(CHANGED, _AS_ONE_WORD)
    hidden, lowered = partial(_hidden, mark), text.lower()
    for block in BLOCKS:
        if any(hint in lowered for hint in block.hints):
            text = block.pattern.sub(hidden, text)
    return _by_line(_in_sections(text, hidden, SECTIONS), mark, IN_CONFIGS)


def _in_sections(text: str, hidden: Callable[[re.Match[str]], str], sections: Iterable[Section]) -> str:
    lowered = text.lower()
    for section in sections:
        if any(hint in lowered for hint in section.header.hints):
            text = section.header.pattern.sub(partial(_below, section, hidden), text)
    return text


def _below(section: Section, hidden: Callable[[re.Match[str]], str], match: re.Match[str]) -> str:
    return section.inner.pattern.sub(hidden, match[0])


def _by_line(text: str, mark: _Mark, table: Table = ANYWHERE) -> str:
    hidden, way = partial(_hidden, mark), table.way_for(text)
    in_prose = ANYWHERE.way_for(text)
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if rules := way(line):
            if table is IN_CONFIGS and PROSE.match(line):
                lines[number] = _line(line, in_prose(line), in_prose, hidden)
            else:
                lines[number] = _line(line, rules, way, hidden)
    return "\n".join(lines).replace(_AS_ONE_WORD, CHANGED)


def _line(line: str, rules: Rules, way: Way, hidden: Callable[[re.Match[str]], str]) -> str:
    """All rules in their order, until each was tried since the last change: what one hides may be what another starts at."""
    until = sys.maxsize
    for _ in range(_PASSES):
        last = -1
        while rules and (rules[0][0] <= until or last >= 0):
            (number, rule), rules = rules[0], rules[1:]
            if number > last and (changed := rule.pattern.sub(hidden, line)) != line:
                line, rules, last = changed, way(changed), number
        if last < 0:
            break
        until, rules = last, way(line)
    return line


def _hidden(mark: _Mark, match: re.Match[str]) -> str:
    """The match with its secret hidden; the quotes or brackets around that stay, as does a semicolon behind it.

    A rule may match what only looks like its secret, and then has none.
    """
    secret, whole = match["secret"], match[0]
    if secret is None or secret in _NOTHING:
        return whole
    opening = secret[:1] if secret[:1] in _CLOSING else ""
    closing = _CLOSING.get(opening, ";")
    kept = closing if secret.endswith(closing) and len(secret) > len(opening) else ""
    inner = secret[len(opening) : len(secret) - len(kept)]
    if inner in _NOTHING or NUMBERED.fullmatch(inner):
        return whole
    begin, (start, end) = match.start(), match.span("secret")
    return f"{whole[: start - begin]}{opening}{mark(inner)}{kept}{whole[end - begin :]}"


class Redactor:
    """`redact`, and the values that are known to be secret wherever they stand; more can be added at any time. `own` is what
    the settings say.

    Threads may share one. A value of fewer than eight characters is not looked for: it would hide ordinary words.
    """

    def __init__(self, secrets: Iterable[str] = (), own: Own = Own()) -> None:  # noqa: B008  # it is frozen
        self.own = own
        self._lock = threading.Lock()
        self._known: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        with self._lock:
            # The longest first: one secret may be the beginning of another.
            self._known = tuple(sorted({*self._known, *forms}, key=lambda form: (-len(form), form)))

    def forget(self, secret: str) -> None:
        """Looks no longer for a secret that opens nothing any more."""
        forms = set(_forms(secret))
        with self._lock:
            self._known = tuple(form for form in self._known if form not in forms)

    def __call__(self, text: str) -> str:
        return self._hidden(redact, text, _plain)

    def sentence(self, text: str) -> str:
        """A sentence of ours, in which words such as "password:" announce no secret: only known values, and tokens by their shape."""
        way, hidden = SHAPED.by_hints, partial(_hidden, _plain)
        return "\n".join(_line(line, way(line), way, hidden) for line in self._without_known(text).split("\n"))

    def config(self, text: str) -> str:
        """A whole config or job log. Blocks of several lines become one, so there may be fewer lines than before."""
        return self._hidden(redact_config, text, _plain)

    def places(self, text: str) -> Iterator[tuple[int, str, str]]:
        """What is hidden in each place of a whole config: the line where it begins, what is left of that line before it, and the
        secret."""
        side, line, end = Numbered(), 1, 0
        numbered = self._hidden(redact_config, text, side.mark)
        for place in NUMBERED.finditer(numbered):
            line += numbered.count("\n", end, place.start())
            secret, end = side.secrets[int(place[1])], place.end()
            yield line, numbered[: place.start()].rpartition("\n")[2], secret
            line += secret.count("\n")

    def pair(self, old: str, new: str) -> tuple[str, str]:
        """Two whole configs of one device; a secret that changed reads `<redacted: changed>` on both sides."""
        sides = Numbered(), Numbered()
        texts = [self._hidden(redact_config, text, side.mark) for side, text in zip(sides, (old, new), strict=True)]
        return compare(sides, texts)

    def kept(self, text: str, fingerprint: Fingerprint) -> tuple[str, tuple[str, ...]]:
        """A whole config as it is kept, and the fingerprint of what is hidden in each place; empty where it was hidden before."""
        side, numbered = self._with_fingerprints(text, fingerprint)
        return side.shown(numbered), tuple(side.in_places(numbered))

    def pair_with_kept(
        self, old: str, fingerprints: Sequence[str], new: str, fingerprint: Fingerprint
    ) -> tuple[str, str]:
        """As `pair`, where `kept` is all that is left of the old config."""
        before, kept = Numbered.of_kept(old, fingerprints)
        after, numbered = self._with_fingerprints(new, fingerprint)
        return compare((before, after), (kept, numbered))

    @staticmethod
    def both_kept(old: str, of_old: Sequence[str], new: str, of_new: Sequence[str]) -> tuple[str, str]:
        """As `pair`, where of both configs what was `kept` is left: their texts and the fingerprints of what is hidden in them."""
        (before, kept), (after, numbered) = Numbered.of_kept(old, of_old), Numbered.of_kept(new, of_new)
        return compare((before, after), (kept, numbered))

    def _with_fingerprints(self, text: str, fingerprint: Fingerprint) -> tuple[Numbered, str]:
        side = Numbered(lambda secret, before: fingerprint(meaning(secret, before)))
        return side, self._hidden(redact_config, text, side.mark)

    def _hidden(self, rules: Callable[[str, _Mark], str], text: str, mark: _Mark) -> str:
        text = self._without_known(text)
        if not self.own.written:
            return rules(text, mark)
        text = NUMBERED.sub(MARK, text).replace(_AS_ONE_WORD, CHANGED)
        if not (spans := self.own.spans(text)):
            return rules(text, mark)
        side = Numbered()
        numbered = rules(text, side.mark)
        side.secrets = [secret.replace(_AS_ONE_WORD, CHANGED) for secret in side.secrets]
        return joined(numbered, side, spans, mark)

    def _without_known(self, text: str) -> str:
        for form in self._known:
            if form in text:
                text = text.replace(form, MARK)
        return text


def _forms(secret: str) -> Iterator[str]:
    """A secret as it stands in plain text, in an address, in JSON and in Python's own notation."""
    if len(secret) < _SHORTEST or secret in MARK:
        return
    yield secret
    for quoted in (
        quote(secret, errors="replace"),
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
    ):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
