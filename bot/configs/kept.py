"""Puts configs together of the lines that the store keeps, and compares two of one device: without their secrets, of which
fingerprints say whether they changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.configs import sections
from bot.configs.diff import Diff, diff
from bot.configs.volatile import Volatile
from bot.redaction.redactor import CHANGED
from store.config_history import Version


class History(Protocol):
    """The snapshots in the store, newest first, as sequences of lines; every call names a customer, but for that of lines which one of
    them gave."""

    def history(self, customer: int, device: int) -> list[Version]: ...

    def histories(self, customer: int, devices: Iterable[int]) -> Iterator[tuple[int, Iterator[Version]]]: ...

    def texts(self, lines: Iterable[int]) -> dict[int, str]: ...


class RedactsPairs(Protocol):
    def both_kept(self, old: str, of_old: Sequence[str], new: str, of_new: Sequence[str]) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class KeptTexts:
    _history: History
    _redact: RedactsPairs

    def lines(self, ids: Iterable[int]) -> dict[int, str]:
        return self._history.texts(ids)

    def text(self, version: Version) -> str:
        return _text(version, self._history.texts(version.lines))

    def pair(self, before: Version, after: Version) -> tuple[str, str]:
        """Returns the texts of both, in which a secret that changed reads so."""
        texts = self._history.texts({*before.lines, *after.lines})
        old, new = _text(before, texts), _text(after, texts)
        if before.fingerprints == after.fingerprints:
            return old, new
        return self._redact.both_kept(old, before.fingerprints.split(","), new, after.fingerprints.split(","))

    def diff(self, before: Version, after: Version, volatile: Volatile) -> Diff:
        old, new = map(sections.lines_of, self.pair(before, after))
        return diff(old, new, volatile)

    def came(self, before: Version, after: Version) -> set[int]:
        """Returns the places, counted from 0, of the lines of `after` that `before` does not have, or with another secret."""
        more = Counter(after.lines) - Counter(before.lines)
        return {place for place, line in enumerate(after.lines) if line in more} | self.other_secrets(before, after)

    def other_secrets(self, before: Version, after: Version) -> set[int]:
        """Returns the places of the lines of `after` that have another secret than `before`."""
        if before.fingerprints == after.fingerprints:
            return set()
        _, new = self.pair(before, after)
        return {place for place, line in enumerate(new.split("\n")) if CHANGED in line}


def at(versions: Iterable[Version], moment: datetime) -> Version | None:
    """Returns the snapshot that was the newest then; None if no older one is known."""
    return next((version for version in versions if version.created_at <= moment), None)


def _text(version: Version, texts: dict[int, str]) -> str:
    return "\n".join(map(texts.__getitem__, version.lines))
