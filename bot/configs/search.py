"""Searches the copy of the configs, since WebNet itself has no search."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import add
from typing import Protocol

from bot.configs.line_match import Hit, Matcher, hits, matcher
from bot.configs.page import Page
from bot.configs.query import Query
from bot.core.errors import NotFound
from bot.core.pasted_names import plain_name
from bot.core.text import did_you_mean
from bot.webnet.target import Target
from store.config_blocks import SEVERAL, dense
from store.config_index import Scanned
from store.config_progress import Progress
from store.configs import Config
from store.directory import Outline

PAGE = 5  # devices
MOST_HITS = 5  # of one device that are shown
MOST_ROWS = 50_000  # in a file
LIMIT_S = 5.0  # of one search; what was found until then is shown


class Copy(Protocol):
    """The redacted copy in the store; every call names a customer, but for that of lines which one of them gave."""

    def each(self, customer: int, devices: Iterable[int]) -> Iterator[Config]: ...

    def scanned(self, customer: int, needles: Sequence[str], *, whole: bool) -> Iterator[Scanned]: ...

    def places(self, lines: Iterable[int]) -> Iterator[tuple[int, array[int], array[int]]]: ...

    def hidden(self, customer: int) -> frozenset[int]: ...

    def progress(self, customer: int) -> Progress: ...


class Names(Protocol):
    """The customer's devices as the store knows them."""

    def outlines(self, customer: int) -> list[Outline]: ...

    def fitting(self, customer: int, name: str, value: str) -> set[int]: ...

    def some(self, customer: int, devices: Collection[int], first: int, most: int) -> list[Outline]: ...


@dataclass(frozen=True, slots=True)
class Freshness:
    """How complete the copy is: `have` of `of` devices were read so far, the first of them at `since`, and `without` of these
    have no config. `at` is when the copy was last known to be current. A time is None where there is none yet."""

    have: int
    of: int
    without: int
    since: datetime | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundOn:
    """The hits on one device: the first of `lines` matching lines, and the whole config as `text`. `gone_at` is when they went, and
    `change` the two snapshots around what brought or removed them, where lines were searched for that came or went."""

    target: Target
    created_at: datetime
    lines: int
    hits: tuple[Hit, ...]
    text: str
    gone_at: datetime | None = None
    change: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a search: `found` is the requested page of the `devices` with hits, by name. `searched` is how many devices
    match the filters, or None if all of the customer's were searched. `late` says that time ran out before the last."""

    query: Query
    lines: int
    devices: int
    found: tuple[FoundOn, ...]
    searched: int | None
    late: bool
    fresh: Freshness

    @property
    def page(self) -> Page:
        return Page.of(self.query.page, self.devices, PAGE)


class _Late(Exception):
    pass


class StillHere:
    """Finds the devices that are no longer the customer's by WebNet's own word, which is asked about each once."""

    def __init__(self, here: Callable[[Sequence[Target]], Collection[int]]) -> None:
        """`here` returns the ids of those that are."""
        self._here = here
        self._asked: set[int] = set()

    def gone(self, targets: Iterable[Target]) -> set[int]:
        """Raises WebNetError."""
        unasked = sorted((target for target in targets if target.id not in self._asked), key=lambda target: target.id)
        asked = {target.id for target in unasked}
        gone = asked.difference(self._here(unasked)) if unasked else set()
        self._asked |= asked
        return gone


class Look:
    """One search. Lines are found first, each of which stands for all of its places, and then the configs to show are read."""

    def __init__(
        self,
        copy: Copy,
        customer: int,
        query: Query,
        names: Names,
        here: Callable[[Sequence[Target]], Collection[int]],
        monotonic: Callable[[], float],
        limit_s: float,
    ) -> None:
        """`here` returns the ids of those devices that are the customer's by WebNet's own word; it is asked about a device before a
        line of its config is shown. Raises NotFound if no device matches the filters, and UsageError for a pattern that cannot
        be read."""
        self._copy = copy
        self._customer = customer
        self.query = query
        self._names = names
        self._here = StillHere(here)
        self._wanted = fitting(names, customer, query)
        self._monotonic = monotonic
        self._deadline = monotonic() + limit_s
        self._matcher: Matcher = matcher(query)
        self._lines: dict[int, int] = defaultdict(int)  # by device
        self._late = False

    def count(self) -> Look:
        try:
            if not self.query.secret:
                self._count()
        except _Late:
            self._late = True
        return self

    def result(self) -> Result:
        """Raises WebNetError."""
        page = self._page()
        while self._drop_gone(page):
            page = self._page()
        return Result(
            query=self.query,
            lines=sum(self._lines.values()),
            devices=len(self._lines),
            found=tuple(self._found(page, MOST_HITS)),
            searched=None if self._wanted is None else len(self._wanted),
            late=self._late,
            fresh=freshness(self._copy, self._customer),
        )

    def everything(self) -> list[FoundOn]:
        """Returns the hits of all devices, as many as a file holds. Raises WebNetError."""
        every = self._targets(0, len(self._lines))
        self._drop_gone(every)
        found, room = [], MOST_ROWS
        for on in self._found([target for target in every if target.id in self._lines], MOST_ROWS):
            if room <= 0:
                break
            found.append(on)
            room -= len(on.hits)
        return found

    def _count(self) -> None:
        try:
            self._add_up()
        finally:
            hidden, wanted = self._copy.hidden(self._customer), self._wanted
            self._lines = {
                device: lines
                for device, lines in self._lines.items()
                if lines and device not in hidden and (wanted is None or device in wanted)
            }

    def _add_up(self) -> None:
        several = list[int]()
        for block in self._copy.scanned(self._customer, self._matcher.needles, whole=self._matcher.whole):
            self._heed()
            if not (places := self._matcher.places(block.folded, block.text)):
                continue
            for device, count, first, end in block.owned(places):
                if device == SEVERAL:
                    several += map(block.line, places[first:end])
                else:
                    self._add(device, count, end - first)
        self._add_spread(several)

    def _add_spread(self, lines: Iterable[int]) -> None:
        """Counts lines that stand on several devices each: all counts of a number of devices at once."""
        sums: dict[int, Sequence[int]] = {}
        try:
            for base, devices, counts in self._copy.places(lines):
                self._heed()
                more = dense(devices, counts)
                sums[base] = list(map(add, sums[base], more)) if base in sums else more
        finally:
            for base, every in sums.items():
                for device, count in enumerate(every, base):
                    self._add(device, count, 1)

    def _add(self, device: int, count: int, lines: int) -> None:
        """Counts so many lines that each stand `count` times on the device; 0 is of what its history alone holds, and of nobody."""
        self._lines[device] += count * lines

    def _page(self) -> list[Target]:
        return self._targets(Page.of(self.query.page, len(self._lines), PAGE).first, PAGE)

    def _targets(self, first: int, most: int) -> list[Target]:
        """Returns some of the devices with hits, by name."""
        outlines = self._names.some(self._customer, self._lines.keys(), first, most)
        return [Target(each.id, each.hostname, each.mgmt_ip) for each in outlines]

    def _drop_gone(self, targets: Sequence[Target]) -> bool:
        """Leaves out the devices that are no longer the customer's, and says whether there are any."""
        gone = self._here.gone(targets)
        if gone:  # asking may have shown of others, too, that they are no longer here
            left = {each.id for each in self._targets(0, len(self._lines))} - gone
            self._lines = {device: lines for device, lines in self._lines.items() if device in left}
        return bool(gone)

    def _found(self, targets: Sequence[Target], most: int) -> Iterator[FoundOn]:
        """Reads the configs as they are now; one that was replaced a moment ago may have fewer hits, or none."""
        by_id = {target.id: target for target in targets}
        for config in self._copy.each(self._customer, by_id):
            if self._is_late:
                self._late = True
                return
            every = list(hits(self._matcher, config.text))
            if every:
                shown = tuple(islice(every, most))
                yield FoundOn(by_id[config.device], config.created_at, len(every), shown, config.text)

    @property
    def _is_late(self) -> bool:
        return self._monotonic() > self._deadline

    def _heed(self) -> None:
        if self._is_late:
            raise _Late


class Progressing(Protocol):
    def progress(self, customer: int) -> Progress: ...


def freshness(copy: Progressing, customer: int) -> Freshness:
    progress = copy.progress(customer)
    return Freshness(progress.have, progress.of, progress.without, progress.oldest_read_at, progress.followed_at)


def fitting(names: Names, customer: int, query: Query) -> Collection[int] | None:
    """Returns the devices that match every filter, None without filters. Raises NotFound for a filter without a match."""
    left: set[int] | None = None
    for name, value in query.filters.items():
        found = names.fitting(customer, name, value)
        if not found and name == "device":
            found = names.fitting(customer, name, plain_name(value))
        kept = found if left is None else left & found
        if not kept:
            others = (each for each in names.outlines(customer) if left is None or each.id in left)
            raise NotFound(f"No device here fits `{name}:{value}`.{_meant(others, name, value)}")
        left = kept
    return left


def _meant(outlines: Iterable[Outline], name: str, value: str) -> str:
    words = {outline.hostname if name == "device" else getattr(outline, name) or "" for outline in outlines}
    return did_you_mean(value, words - {""})
