"""Patterns of RE2 that an administrator writes: for one platform, or for every one as `any`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

LEAST = 3  # literal characters: a pattern with fewer fits nearly everything
_NO_LITERAL = re.compile(r"\\.|\[\^?\]?[^\]]*\]|\(\?(?:P?<\w+>|[a-z-]*:?)|\{[\d,]*\}|\W")


@dataclass(frozen=True)
class LinePattern:
    """`written` as it stands in the settings: `ios: ^ntp server `."""

    written: str

    @property
    def platform(self) -> str:
        return self.written.partition(":")[0].strip().lower()

    @property
    def pattern(self) -> str:
        return self.written.partition(":")[2].strip()

    def check(self) -> None:
        """Raises ValueError for what RE2 cannot read, and for what would fit nearly every line."""
        if not self.platform or not self.pattern or self._compiled.search("") is not None:
            raise ValueError(self.written)
        if len(_NO_LITERAL.sub("", self.pattern)) < LEAST:
            raise ValueError(self.written)

    def holds_for(self, platform: str) -> bool:
        return self.platform in {"any", platform.lower()}

    def fits(self, line: str) -> bool:
        return self._compiled.search(line) is not None

    def fits_whole(self, line: str) -> bool:
        """Whether the pattern fits from the line's beginning to its end."""
        return self._compiled.fullmatch(line) is not None

    @cached_property
    def _compiled(self) -> Any:
        import re2  # noqa: PLC0415  # 2 MiB, and most bots are given no pattern

        options = re2.Options()
        options.log_errors = False
        try:
            return re2.compile(self.pattern, options)
        except re2.error:
            raise ValueError(self.written) from None
