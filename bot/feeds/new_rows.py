"""Follows one list of WebNet by id: rows that are new, and rows that came late with a lower id.

Ids that the list skips are looked for again (bot/gaps.py), without a request of their own where the newest page shows them
anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from bot.core.errors import WebNetMissing
from bot.gaps import LOOK_FOR, Gaps, Patience
from bot.webnet.client import WebNet
from bot.webnet.responses import FAULTS_OF_ONE
from store.database import Store
from store.missing import Gap

log = logging.getLogger(__name__)

REST = timedelta(seconds=20)  # at least, of what a row is about and WebNet cannot show
PATIENCE = Patience(first=timedelta(seconds=5), longest=LOOK_FOR, most=5_000)
ASKED_ALONE = 10  # more of them are cheaper found in the list
MOST_PAGES_BACK = 20


class WithId(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=WithId)
Page = Callable[[int], tuple[int, tuple[Row, ...]]]


@dataclass(frozen=True, slots=True)
class News(Generic[Row]):
    """What one look found. `rows` are new to the feed, by rising id; `shown` are all rows that the list showed on the way. At
    the very first look (`first`) no row counts as new."""

    rows: tuple[Row, ...]
    shown: tuple[Row, ...]
    first: bool
    moved: bool
    top: int
    gaps: tuple[Gap, ...]
    closed: frozenset[int]

    @property
    def nothing(self) -> bool:
        return not (self.rows or self.moved or self.gaps or self.closed)


class NewRows(Generic[Row]):
    def __init__(
        self,
        name: str,
        webnet: WebNet,
        page: Page[Row],
        one: Callable[[int], Row],
        store: Store,
        now: Callable[[], datetime],
    ) -> None:
        """`page(number)` gives (number of pages, rows by falling id); `one(id)` raises WebNetMissing."""
        self._name = name
        self._webnet = webnet
        self._page = page
        self._one = one
        self._store = store
        self._gaps = Gaps(store, name, PATIENCE)
        self._now = now

    def look(self, go_on: Callable[[], None]) -> News[Row]:
        """Reads down to the highest id that is known. `go_on` may end it between two requests."""
        cursor = self._store.cursors.get(self._cursor)
        highest = int(cursor.value) if cursor else None
        pages = _Pages(self._page, go_on)
        pages.read()
        if highest is None:
            return News((), pages.in_order(), first=True, moved=True, top=pages.top, gaps=(), closed=frozenset())
        while pages.lowest > highest and pages.read():
            pass
        missing, now = self._gaps.all(), self._now()
        due = sorted(gap.id for gap in missing.values() if gap.due_at <= now)
        asked, broken, unasked = self._ask_again(due, pages, go_on)
        found = {**pages.rows, **asked}
        fresh = tuple(row for _, row in sorted(found.items()) if row.id > highest or row.id in missing)
        top = max(highest, pages.top)
        looked_for = [missing[number] for number in due if number not in unasked]
        over = {gap.id for gap in looked_for if self._gaps.over(gap, now, broken=gap.id in broken)}
        if lost := over & broken:
            log.error("given up, as WebNet cannot show them: %s %s", self._name, sorted(lost))
        closed = frozenset(over | (missing.keys() & found.keys()))
        later = [gap for gap in looked_for if gap.id not in closed and gap.id < pages.lowest]
        gaps = (
            *self._skipped(found, range(highest + 1, top)),
            *(self._gaps.again(gap, now) for gap in later),
        )
        return News(fresh, pages.in_order(), first=False, moved=top != highest, top=top, gaps=gaps, closed=closed)

    def keep(self, news: News[Row]) -> None:
        """Moves the cursor, in the transaction that writes what the news led to. Needed only if they are not `nothing`."""
        if news.moved:
            self._store.cursors.put(self._cursor, str(news.top))
        if news.gaps:
            self._gaps.put(news.gaps)
        if news.closed:
            self._gaps.drop(news.closed)

    def later(self, id: int, waiting: Mapping[int, Gap], *, broken: bool = False) -> Gap | None:
        """Returns a gap to look once more for a row that is of no use yet, or None once that has gone on for too long. A `broken`
        one, about which WebNet cannot show something, is looked for much longer, and more and more seldom. The
        caller puts it into the store after `keep`; `waiting` are the gaps from before the look."""
        if broken:
            return self._gaps.broken(id, waiting.get(id), self._now())
        return self._gaps.soon(id, waiting.get(id), self._now())

    @property
    def _cursor(self) -> str:
        return f"feed:{self._name}"

    def _ask_again(
        self, due: list[int], pages: _Pages[Row], go_on: Callable[[], None]
    ) -> tuple[dict[int, Row], set[int], set[int]]:
        """Reads the missing rows that are due below the pages that were read. Returns those that were found, the ids of those that
        WebNet cannot show, and those that are left for the next look."""
        due = [number for number in due if number < pages.lowest]
        if len(due) > ASKED_ALONE:
            for _ in range(MOST_PAGES_BACK):
                if pages.lowest <= due[0] or not pages.read():
                    break
        due = [number for number in due if number < pages.lowest]
        found, broken = dict[int, Row](), set[int]()
        for number in due[:ASKED_ALONE]:
            go_on()
            try:
                found[number] = self._one(number)
            except WebNetMissing:
                continue
            except FAULTS_OF_ONE as error:
                self._webnet.require_admin()
                log.warning("%s %d cannot be read: %s", self._name, number, error.words)
                broken.add(number)
        return found, broken, set(due[ASKED_ALONE:])

    def _skipped(self, found: dict[int, Row], between: range) -> list[Gap]:
        most = PATIENCE.most
        skipped = [number for number in between[-most - len(found) :] if number not in found]
        if len(between) > len(found) + most:
            log.warning("%s skipped about %d ids; only the newest are looked for", self._name, len(between))
        return self._gaps.opened(skipped, self._now())


class _Pages(Generic[Row]):
    """The list from its top, as far as it was read. Pages shift while they are read, so each row counts once."""

    def __init__(self, page: Page[Row], go_on: Callable[[], None]) -> None:
        self._page = page
        self._go_on = go_on
        self._number, self._last = 0, 1
        self.rows: dict[int, Row] = {}
        self.lowest = 2**63

    @property
    def top(self) -> int:
        return max(self.rows, default=0)

    def read(self) -> bool:
        """Reads one page more; False if there is none."""
        if self._number >= self._last:
            self.lowest = -1
            return False
        self._go_on()
        try:
            self._last, rows = self._page(self._number + 1)
        except WebNetMissing:  # the list is shorter than it was
            self._last = self._number
            return self.read()
        self._number += 1
        self.rows.update((row.id, row) for row in rows)
        self.lowest = min(self.rows, default=-1)
        return True

    def in_order(self) -> tuple[Row, ...]:
        return tuple(row for _, row in sorted(self.rows.items()))
