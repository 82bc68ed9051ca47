"""Searches the copy of the configs, since WebNet itself has no search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from bot.configs.line_match import Hit, Matcher, matcher
from bot.configs.query import Query
from bot.core.errors import NotFound
from bot.core.text import nearest
from bot.webnet.client import Target
from store.configs import Config, Progress
from store.directory import Outline

PAGE = 5  # devices
MOST_HITS = 5  # of one device that are shown
MOST_ROWS = 50_000  # in a file
MOST_NAMED = 200  # devices that the store is given one by one; of more, its answer is sifted
LIMIT_S = 5.0  # of one search; what was found until then is shown


class Copy(Protocol):
    """The redacted copy in the store; every call names a customer."""

    def get(self, customer: int, device: int) -> Config | None: ...

    def texts(
        self, customer: int, needles: Sequence[str], *, devices: Sequence[int] | None = None, folded: bool = False
    ) -> Iterator[tuple[int, str]]: ...

    def progress(self, customer: int) -> Progress: ...


@dataclass(frozen=True, slots=True)
class Freshness:
    """How complete the copy is: `have` of `of` devices were read so far, and `without` of these have no config. `at` is when
    the copy was last known to be current, or None."""

    have: int
    of: int
    without: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundOn:
    """The hits on one device: the first of `lines` matching lines, and the whole config as `text`."""

    target: Target
    created_at: datetime
    lines: int
    hits: tuple[Hit, ...]
    text: str


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
    def pages(self) -> int:
        return max(1, -(-self.devices // PAGE))


class _Late(Exception):
    pass


class Look:
    """One search. First every hit is counted, then the texts to show are read again, so that memory holds few texts."""

    def __init__(
        self,
        copy: Copy,
        customer: int,
        query: Query,
        outlines: Iterable[Outline],
        monotonic: Callable[[], float],
        limit_s: float,
    ) -> None:
        """`outlines` are the customer's devices. Raises NotFound if none of them matches the filters, and UsageError for a
        pattern that cannot be read."""
        self._copy = copy
        self._customer = customer
        self.query = query
        self._outlines = {outline.id: outline for outline in outlines}
        self._wanted = _fitting(self._outlines.values(), query)
        self._monotonic = monotonic
        self._deadline = monotonic() + limit_s
        self._matcher: Matcher = matcher(query, self._heed)
        self._counts: dict[int, int] = {}
        self._late = False

    def count(self) -> Look:
        try:
            for device, text in self._candidates():
                self._heed()
                if lines := self._matcher.count(text):
                    self._counts[device] = lines
        except _Late:
            self._late = True
        return self

    def result(self) -> Result:
        devices = self._by_name()
        first = (min(self.query.page, -(-len(devices) // PAGE) or 1) - 1) * PAGE
        return Result(
            query=self.query,
            lines=sum(self._counts.values()),
            devices=len(devices),
            found=tuple(self._found(devices[first : first + PAGE], MOST_HITS)),
            searched=None if self._wanted is None else len(self._wanted),
            late=self._late,
            fresh=self._freshness(),
        )

    def _freshness(self) -> Freshness:
        progress = self._copy.progress(self._customer)
        return Freshness(progress.have, progress.of, progress.without, progress.followed_at)

    def everything(self) -> list[FoundOn]:
        """Returns the hits of all devices, as many as a file holds."""
        found, room = [], MOST_ROWS
        for on in self._found(self._by_name(), MOST_ROWS):
            if room <= 0:
                break
            found.append(on)
            room -= len(on.hits)
        return found

    def _candidates(self) -> Iterator[tuple[int, str]]:
        if self.query.secret:
            return iter(())
        wanted, matcher = self._wanted, self._matcher
        few = wanted if wanted is not None and len(wanted) <= MOST_NAMED else None
        texts = self._copy.texts(self._customer, matcher.needles, devices=few, folded=matcher.folded)
        if wanted is None or few is not None:
            return texts
        kept = frozenset(wanted)
        return (found for found in texts if found[0] in kept)

    def _by_name(self) -> list[int]:
        return sorted(self._counts, key=lambda device: (self._target(device).hostname.casefold(), device))

    def _found(self, devices: Iterable[int], most: int) -> Iterator[FoundOn]:
        """Reads the configs as they are now; one that was replaced a moment ago may have fewer hits, or none."""
        for device in devices:
            config = self._copy.get(self._customer, device)
            try:
                hits = tuple(islice(self._matcher.hits(config.text), most)) if config else ()
            except _Late:
                self._late = True
                return
            if config and hits:
                yield FoundOn(self._target(device), config.created_at, self._counts[device], hits, config.text)

    def _target(self, device: int) -> Target:
        known = self._outlines.get(device)
        return Target(device, known.hostname, known.mgmt_ip) if known else Target(device, f"#{device}", "")

    def _heed(self) -> None:
        if self._monotonic() > self._deadline:
            raise _Late


def _fitting(outlines: Iterable[Outline], query: Query) -> list[int] | None:
    """Returns the devices that match every filter, or None without a filter. Raises NotFound for a filter without a match."""
    if not query.filters:
        return None
    fitting = list(outlines)
    for name, value in query.filters.items():
        kept = [outline for outline in fitting if _fits(outline, name, value)]
        if not kept:
            raise NotFound(f"No device here fits `{name}:{value}`.{_meant(fitting, name, value)}")
        fitting = kept
    return [outline.id for outline in fitting]


def _fits(outline: Outline, name: str, value: str) -> bool:
    wanted = value.casefold()
    match name:
        case "site":
            return (outline.site or "").casefold() == wanted
        case "vendor":
            return outline.vendor.casefold() == wanted
        case _:
            return outline.hostname.casefold().startswith(wanted) or value in {outline.mgmt_ip, f"#{outline.id}"}


def _meant(outlines: Iterable[Outline], name: str, value: str) -> str:
    words = {outline.hostname if name == "device" else getattr(outline, name) or "" for outline in outlines}
    guesses = nearest(value, words - {""})
    return f" Did you mean {', '.join(f'`{guess}`' for guess in guesses)}?" if guesses else ""
