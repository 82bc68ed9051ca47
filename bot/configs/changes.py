"""Finds what changed in the configs of a customer since a moment: snapshots that differ from the one before in more than volatile
lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, Protocol

from bot.configs import search
from bot.configs.diff import Diff, diff
from bot.configs.kept import History, KeptTexts
from bot.configs.line_match import Matcher, hits, matcher
from bot.configs.page import Page
from bot.configs.query import Query
from bot.configs.search import Freshness, StillHere, fitting, freshness
from bot.configs.volatile import Volatile
from bot.webnet.target import Target
from store.config_history import Version
from store.config_progress import Progress
from store.directory import Outline

PAGE = 8  # changes
MOST = 10_000  # changes that are listed at all
MOST_ROWS = 5_000  # in a file
AT_ONCE = 100  # devices


class Copy(History, Protocol):
    def changed_since(self, customer: int, since: datetime) -> list[int]:
        """Lists devices, the last change first."""

    def progress(self, customer: int) -> Progress: ...


class Names(search.Names, Protocol):
    """The customer's devices as the store knows them."""

    def outlines_of(self, customer: int, ids: Collection[int] | None) -> list[Outline]: ...


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of a device's config: the numbers and times of the snapshots before and after it, and the job that made the later."""

    target: Target
    before: int
    before_at: datetime
    after: int
    at: datetime
    job: int | None
    diff: Diff


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the `number` changes on `devices` devices, newest first, or as many as a file holds. `searched` is how many devices
    match the filters, or None for all; `late` says that not all were looked through."""

    query: Query
    since: datetime
    number: int
    devices: int
    changes: tuple[Changed, ...]
    searched: int | None
    late: bool
    fresh: Freshness

    @property
    def page(self) -> Page:
        return Page.of(self.query.page, self.number, PAGE)


class _Place(NamedTuple):
    """Where a change is, in the order in which changes are listed."""

    at: datetime
    after: int
    device: int
    before: int


class ChangesLook:
    """One look at the changes since a moment. All are counted first, each by the few lines that differ; of those that are shown the
    whole texts are compared."""

    def __init__(
        self,
        copy: Copy,
        customer: int,
        query: Query,
        since: datetime,
        names: Names,
        here: Callable[[Sequence[Target]], Collection[int]],
        texts: KeptTexts,
        volatile: Callable[[str], Volatile],
        in_time: Callable[[], bool],
    ) -> None:
        """`here(targets)` returns the ids of those that are still the customer's; `volatile(platform)` is what does not count there.
        A query without words wants every change. Raises NotFound for a filter that no device matches, and UsageError."""
        self._copy = copy
        self._customer = customer
        self._query = query
        self._since = since
        self._here = StillHere(here)
        self._texts = texts
        self._volatile = volatile
        self._in_time = in_time
        self._matcher: Matcher | None = matcher(query) if query.words else None
        wanted = fitting(names, customer, query)
        self._searched = None if wanted is None else len(wanted)
        devices = [device for device in copy.changed_since(customer, since) if wanted is None or device in wanted]
        self._outlines = {outline.id: outline for outline in names.outlines_of(customer, devices)}
        self._devices = [device for device in devices if device in self._outlines]
        self._found: list[_Place] = []
        self._late = False

    def result(self) -> Listed:
        """Raises WebNetError."""
        if not self._query.secret:
            self._count()
        page = self._page()
        while self._drop_gone({place.device for place in page}):
            page = self._page()
        devices = len({place.device for place in self._found})
        changes = tuple(self._changes(page))
        fresh = freshness(self._copy, self._customer)
        return Listed(self._query, self._since, len(self._found), devices, changes, self._searched, self._late, fresh)

    def _count(self) -> None:
        for first in range(0, len(self._devices), AT_ONCE):
            if not self._in_time() or len(self._found) >= MOST:
                self._late = True
                break
            found = self._copy.histories(self._customer, self._devices[first : first + AT_ONCE])
            pairs = [
                (device, before, after, *_pieces(before, after))
                for device, versions in found
                for before, after in self._pairs(versions)
            ]
            texts = self._copy.texts({line for *_, old, new in pairs for side in (old, new) for line in side})
            self._found += (
                _Place(after.created_at, after.snapshot, device, before.snapshot)
                for device, before, after, *pieces in pairs
                if self._counts(device, before, after, *([texts[line] for line in side] for side in pieces))
            )
        self._found.sort(reverse=True)

    def _pairs(self, versions: Iterator[Version]) -> Iterator[tuple[Version, Version]]:
        for after, before in pairwise(versions):
            if after.created_at < self._since:
                return
            if after.differs(before):
                yield before, after

    def _counts(self, device: int, before: Version, after: Version, old: list[str], new: list[str]) -> bool:
        """Says whether this is a change, and one with a line that is searched for; `old` and `new` are the lines that differ."""
        volatile = self._volatile(self._outlines[device].platform)
        if before.fingerprints != after.fingerprints:
            return self._is_wanted(self._texts.diff(before, after, volatile))
        if self._matcher is None:
            return volatile.differ(old, new)
        return self._fits([*old, *new]) and self._is_wanted(diff(old, new, volatile))

    def _is_wanted(self, found: Diff) -> bool:
        if self._matcher is None or not found.hunks:
            return bool(found.hunks)
        return self._fits([line.text for hunk in found.hunks for line in hunk.lines if line.sign != " "])

    def _fits(self, lines: Sequence[str]) -> bool:
        assert self._matcher is not None
        return any(True for _ in hits(self._matcher, "\n".join(lines)))

    def _page(self) -> list[_Place]:
        if self._query.as_file:
            return self._found[:MOST_ROWS]
        first = Page.of(self._query.page, len(self._found), PAGE).first
        return self._found[first : first + PAGE]

    def _drop_gone(self, devices: set[int]) -> bool:
        """Leaves out the devices that are no longer the customer's, and says whether there are any."""
        gone = self._here.gone(map(self._target, devices))
        self._found = [place for place in self._found if place.device not in gone]
        return bool(gone)

    def _changes(self, places: Sequence[_Place]) -> Iterator[Changed]:
        """Yields the changes as they are now; what ended with the history a moment ago is left out."""
        wanted: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
        for order, place in enumerate(places):
            wanted[place.device][place.before, place.after] = order
        found: dict[int, Changed] = {}
        for device, versions in self._copy.histories(self._customer, wanted):
            target, volatile = self._target(device), self._volatile(self._outlines[device].platform)
            for before, after in self._pairs(versions):
                order = wanted[device].get((before.snapshot, after.snapshot), -1)
                if order >= 0 and not self._give_up():
                    compared = self._texts.diff(before, after, volatile)
                    found[order] = _changed(target, before, after, compared)
        yield from (found[order] for order in sorted(found))

    def _give_up(self) -> bool:
        self._late |= self._query.as_file and not self._in_time()
        return self._late and self._query.as_file

    def _target(self, device: int) -> Target:
        outline = self._outlines[device]
        return Target(outline.id, outline.hostname, outline.mgmt_ip)


def _changed(target: Target, before: Version, after: Version, compared: Diff) -> Changed:
    return Changed(target, before.snapshot, before.created_at, after.snapshot, after.created_at, after.job, compared)


def _pieces(before: Version, after: Version) -> tuple[list[int], list[int]]:
    """Returns the lines that differ, each piece with the line that follows it, by which some volatile lines are known; none where
    other secrets need the whole texts to be compared."""
    old, new = list[int](), list[int]()
    for start, end, lines in before.patch or () if before.fingerprints == after.fingerprints else ():
        piece = after.lines[start : end + 1].tolist()
        old += lines
        old += piece[end - start :]
        new += piece
    return old, new
