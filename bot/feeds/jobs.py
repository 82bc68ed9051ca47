"""The feed of jobs: new ones, ends, and what became of those that were open.

Reading and telling are two steps. Reading marks a job in the store's index as ending; telling (`bot.feeds.job_events`) looks
into its log and owes the event to the channels. A stop between any two lines repeats nothing and loses nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.errors import WebNetMissing
from bot.feeds.ended_jobs import Ends
from bot.feeds.job_events import JobEnds
from bot.feeds.new_rows import Newest
from bot.feeds.poller import Turn
from bot.webnet.client import WebNet
from bot.webnet.models import Job
from store.database import Store
from store.jobs import Job as Row
from store.jobs import State

log = logging.getLogger(__name__)

NAME = "jobs"
CURSOR = "feed:jobs:ends"
BY_END = "-finished_at,-id"
# Workers write the time of the end before they commit it, and their clocks differ.
OVERLAP = timedelta(seconds=60)
# After this nothing that ended before the newest end can still come in; the clocks of replicas differ, too.
CALM = 2 * OVERLAP
NEVER, FAR = datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """How far ends were read, and the page of the list where the newest one stood. `moved_at`: when the newest one was first
    seen; `calm`: it has been for so long that a whole reading began since."""

    until: datetime
    page: int
    moved_at: datetime
    calm: bool = False

    @property
    def since(self) -> datetime:
        """What ended later is to be read."""
        return self.until if self.calm else self.until - OVERLAP


class JobFeed:
    def __init__(self, webnet: WebNet, store: Store, ends: JobEnds, now: Callable[[], datetime]) -> None:
        self._webnet = webnet
        self._store = store
        self._ends = ends
        self._now = now
        self._newest = Newest(NAME, webnet.jobs_page, webnet.job, store, now)

    def read(self, turn: Turn) -> None:
        position = self._position() or self._begin(turn)
        fresh: dict[int, Job] = {}
        self._read_new(turn, position, fresh)
        self._read_ends(turn, position, fresh)
        self._read_an_open_one(turn, fresh)
        self._ends.tell(turn, fresh)

    def _begin(self, turn: Turn) -> Position:
        """What ended before the first start is not told, but what is open then is followed."""
        ends = self._list_of_ends(turn, 1)
        newest = self._latest(next(ends.newest_first(FAR)))
        done = list(ends.newest_first(newest - OVERLAP))
        left = list(ends.without_end())
        position = Position(newest, ends.page, self._now())
        with turn.writing():
            for page in (*done, *left):
                self._store.jobs.put([_row(job, "ended") for job in page], self._now())
            self._keep(position)
        log.info("following jobs from now on; %d have not ended yet", sum(map(len, left)))
        return position

    def _read_new(self, turn: Turn, position: Position, fresh: dict[int, Job]) -> None:
        news = self._newest.look(turn.go_on)
        known = self._store.jobs.known([job.id for job in (*news.shown, *news.rows)])
        # What is neither new nor known ended before the first start, or so long ago that the index forgot it.
        wanted = news.shown if news.first else (*news.rows, *(job for job in news.shown if job.id in known))
        rows = []
        for job in wanted:
            before = news.first and job.id not in known and (job.finished_at or NEVER) <= position.until
            rows.append(_row(job, "ended" if before else "ending"))
            fresh[job.id] = job
        changed = [row for row in rows if _differs(row, known.get(row.id))]
        if changed or not news.nothing:
            with turn.writing():
                self._store.jobs.put(changed, self._now())
                self._newest.keep(news)
                if news.first:
                    self._store.jobs.raise_floor(min((job.id for job in news.shown), default=0))

    def _read_ends(self, turn: Turn, position: Position, fresh: dict[int, Job]) -> None:
        """The position moves at the end, past all that lies between."""
        ends, began_at = self._list_of_ends(turn, position.page), self._now()
        since, newest = position.since, position.until
        for page in ends.newest_first(since):
            newest = max(newest, self._latest(page))
            jobs = [job for job in page if job.finished_at and job.finished_at > since]
            fresh.update((job.id, job) for job in jobs)
            known = self._store.jobs.known([job.id for job in jobs])
            changed = [row for row in (_row(job, "ending") for job in jobs) if _differs(row, known.get(row.id))]
            if changed:
                with turn.writing():
                    self._store.jobs.put(changed, self._now())
        if newest > position.until:
            moved = Position(newest, ends.page, began_at)
        else:
            calm = position.calm or began_at - position.moved_at >= CALM
            moved = replace(position, page=ends.page, calm=calm)
        if moved != position:
            with turn.writing():
                self._keep(moved)

    def _read_an_open_one(self, turn: Turn, fresh: dict[int, Job]) -> None:
        """A slow round over what is open, for ends that no list shows in time; what vanished is forgotten."""
        for number in self._store.jobs.longest_unread(1):
            turn.go_on()
            try:
                job = fresh[number] = fresh.get(number) or self._webnet.job(number)
            except WebNetMissing:
                with turn.writing():
                    self._store.jobs.drop(number)
                continue
            with turn.writing():
                self._store.jobs.put([_row(job, "ending")], self._now())

    def _list_of_ends(self, turn: Turn, page: int) -> Ends:
        def fetch(number: int) -> tuple[int, tuple[Job, ...]]:
            turn.go_on()
            return self._webnet.jobs_page(number, BY_END)

        return Ends(fetch, page)

    def _latest(self, jobs: Iterable[Job]) -> datetime:
        """The newest end that is not ahead of the clock: one of tomorrow must not hide those of today."""
        now = self._now()
        return max((min(job.finished_at, now) for job in jobs if job.finished_at), default=NEVER)

    def _position(self) -> Position | None:
        cursor = self._store.cursors.get(CURSOR)
        if cursor is None:
            return None
        value = json.loads(cursor.value)
        moved_at = value.get("moved_at") or self._now().isoformat()  # an earlier version kept none
        return Position(
            datetime.fromisoformat(value["until"]),
            value["page"],
            datetime.fromisoformat(moved_at),
            value.get("calm", False),
        )

    def _keep(self, position: Position) -> None:
        value = {**asdict(position), "until": position.until.isoformat(), "moved_at": position.moved_at.isoformat()}
        self._store.cursors.put(CURSOR, json.dumps(value))


def _row(job: Job, at_end: State) -> Row:
    return Row(
        job.id,
        job.customer,
        job.type,
        job.status,
        job.user,
        job.requested_at,
        job.started_at,
        job.finished_at,
        at_end if job.ended else "open",
    )


def _differs(row: Row, known: Row | None) -> bool:
    if known is None:
        return True
    # What was told stays told, so the states of the two need not be the same.
    forward = known.state == "open" and row.state != "open"
    return forward or replace(known, state=row.state, tries=row.tries) != row
