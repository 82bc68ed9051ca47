"""Searches for lines that came since a moment, and for lines that stand no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Protocol

from bot.configs import changes, search
from bot.configs.kept import KeptTexts
from bot.configs.line_match import Hit, hits
from bot.configs.query import Query
from bot.configs.search import MOST_ROWS, FoundOn, Look, Names
from bot.webnet.target import Target
from store.config_blocks import NOBODY
from store.config_history import Version


class Copy(changes.Copy, search.Copy, Protocol):
    """What both kinds of a search read."""


class PastLook(Look):
    """One search in what configs were before. Those whose lines are gone are found by the index, which knows of a line that history
    alone has it; whether a line came lately is seen in the history of the devices that changed since."""

    def __init__(
        self,
        copy: Copy,
        customer: int,
        query: Query,
        names: Names,
        here: Callable[[Sequence[Target]], Collection[int]],
        monotonic: Callable[[], float],
        limit_s: float,
        texts: KeptTexts,
    ) -> None:
        super().__init__(copy, customer, query, names, here, monotonic, limit_s)
        self._history = copy
        self._texts = texts

    def _count(self) -> None:
        if self.query.since is None:
            super()._count()
            return
        try:
            super()._count()
        finally:
            may, self._lines = self._lines, {}
        changed = [device for device in self._history.changed_since(self._customer, self.query.since) if device in may]
        for device, versions in self._history.histories(self._customer, changed):
            self._heed()
            if found := sum(len(on.hits) for on in self._each(Target(device, "", ""), versions)):
                self._lines[device] = found

    def _add(self, device: int, count: int, lines: int) -> None:
        if not self.query.gone:
            super()._add(device, count, lines)
        elif not count and device != NOBODY:
            self._lines[device] += lines

    def _add_spread(self, lines: Iterable[int]) -> None:
        if not self.query.gone:
            super()._add_spread(lines)
            return
        for base, devices, counts in self._history.places(lines):
            self._heed()
            for device, count in zip(devices, counts, strict=True):
                self._add(base + device, count, 1)

    def _found(self, targets: Sequence[Target], most: int) -> Iterator[FoundOn]:
        """Yields, for a page, of each device what went last."""
        by_id = {target.id: target for target in targets}
        found = dict(self._history.histories(self._customer, by_id))
        for device in (device for device in by_id if device in found):
            self._late |= self._is_late
            if self._late:
                return
            every = self._each(by_id[device], found[device])
            yield from every if most == MOST_ROWS else _shown(every, most)

    def _each(self, target: Target, versions: Iterator[Version]) -> Iterator[FoundOn]:
        return self._went(target, versions) if self.query.gone else self._came(target, versions)

    def _came(self, target: Target, versions: Iterator[Version]) -> Iterator[FoundOn]:
        """Of a device whose history begins later, what its first config has did not come."""
        newest, then = next(versions), None
        for then in versions:
            if self.query.since and then.created_at < self.query.since:
                break
        if then is None:
            return
        places, text = self._texts.came(then, newest), self._texts.text(newest)
        if found := [hit for hit in hits(self._matcher, text) if hit.number - 1 in places]:
            change = then.snapshot, newest.snapshot
            yield FoundOn(target, newest.created_at, len(found), tuple(found), text, change=change)

    def _went(self, target: Target, versions: Iterator[Version]) -> Iterator[FoundOn]:
        """Yields, newest first, what each snapshot removed that stands no more."""
        known: set[int] | None = None
        for after, before in pairwise(versions):
            if known is None:
                known = set(after.lines)
            if self.query.since and after.created_at < self.query.since:
                return
            if known.issuperset(before.lines):
                continue
            text = self._texts.text(before)
            found = [hit for hit in hits(self._matcher, text) if before.lines[hit.number - 1] not in known]
            known.update(before.lines)
            if found:
                yield _gone(target, before, after, found, text)


def _gone(target: Target, before: Version, after: Version, found: Sequence[Hit], text: str) -> FoundOn:
    change = before.snapshot, after.snapshot
    return FoundOn(target, before.created_at, len(found), tuple(found), text, after.created_at, change)


def _shown(every: Iterable[FoundOn], most: int) -> Iterator[FoundOn]:
    """Yields the first of what was found on one device, with the number of all lines."""
    found = list(every)
    for first in islice(found, 1):
        yield FoundOn(
            first.target,
            first.created_at,
            sum(on.lines for on in found),
            first.hits[:most],
            first.text,
            first.gone_at,
            first.change,
        )
