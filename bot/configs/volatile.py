"""What of a config is volatile, so that a change of it alone is no change. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from bot.configs.volatile_lines import DOUBTFUL, IN_PIECES, PIECES, SALTED, WHOLE
from bot.core.line_patterns import LinePattern
from bot.redaction.redactor import CHANGED


class Volatile:
    """The entries of the table, and those patterns of the settings that hold for the platform of a device."""

    def __init__(self, ignored: Collection[LinePattern] = (), platform: str = "") -> None:
        self._ignored = tuple(one for one in ignored if one.holds_for(platform))

    def differ(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Says whether two texts differ in more than what is volatile; a secret that may only be salted again counts."""
        both = set(old).intersection(new)
        counted = ((key for key in self.keys(lines, both) if key is not None) for lines in (old, new))
        return any(one != other for one, other in zip_longest(*counted))

    def keys(self, lines: Sequence[str], others: Collection[str]) -> Iterator[str | None]:
        """What counts of each line, None for nothing. A line that the other text holds, too, is left as it is.

        A line whose secret changed is volatile only where secrets are salted at each export.
        """
        for index, line in enumerate(lines):
            if line in others and CHANGED not in line:
                yield line.rstrip()
            else:
                following = lines[index + 1] if index + 1 < len(lines) else ""
                yield self._key(line.rstrip(), following)

    def _key(self, line: str, following: str) -> str | None:
        patterns = _patterns()
        if CHANGED in line:
            return line.replace(CHANGED, "") if patterns.salted(line) else line
        if patterns.whole(f"{line}\n{following}") or any(one.fits(line) for one in self._ignored):
            return None
        return patterns.pieces("", line) if patterns.may_have_pieces(line) else line


def may_be_salted(line: str) -> bool:
    """Whether the secret that changed in this line may be the old one, salted again."""
    return CHANGED in line and bool(_patterns().doubtful(line))


@dataclass(frozen=True, slots=True)
class _Patterns:
    whole: Callable[[str], object]
    may_have_pieces: Callable[[str], object]
    pieces: Callable[[str, str], str]
    salted: Callable[[str], object]
    doubtful: Callable[[str], object]


@cache
def _patterns() -> _Patterns:
    """Compiled with the first comparison, each table as one pattern."""

    def joined(table: Sequence[tuple[str, str, str]]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for _, pattern, _ in table), re.MULTILINE)

    return _Patterns(
        joined(WHOLE).match,
        re.compile(f"[{IN_PIECES}]").search,
        joined(PIECES).sub,
        joined(SALTED).match,
        joined((*SALTED, *DOUBTFUL)).match,
    )
