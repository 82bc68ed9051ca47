"""Follows jobs: new ones, those that ended, and those that are open still.

Reading and enqueueing are two steps. Reading marks a job in the store's index as ending; enqueueing (`bot.feeds.job_events`)
reads its log and puts the event into the outbox. A stop between any two lines repeats nothing and loses nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.errors import WebNetMissing
from bot.feeds.commits import Commits
from bot.feeds.ended_jobs import Ends
from bot.feeds.job_events import EndedJobs
from bot.feeds.new_rows import REST, NewRows, News
from bot.feeds.poller import Poll
from bot.feeds.unclear_starts import UnclearStarts
from bot.gaps import LOOK_FOR
from bot.jobs.index import index_row
from bot.jobs.webnet_clock import WebNetClock
from bot.webnet.client import WebNet
from bot.webnet.models import Job
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.database import Store
from store.jobs import Job as Row

log = logging.getLogger(__name__)

NAME = "jobs"
CURSOR = "feed:jobs:ends"
BY_END = "-finished_at,-id"
# Workers write the time of the end before they commit it, and their clocks differ.
OVERLAP = timedelta(seconds=60)
# After this nothing that ended before the newest end can still come in; the clocks of replicas differ, too.
CALM = 2 * OVERLAP
MAY_RUN_FOR = timedelta(days=1)  # after it was cancelled
NEVER, FAR = datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """How far the list of ended jobs was read, and the page where its newest one stood. `moved_at` is when that one was first
    seen; `calm` says that so much time has passed since that a whole look began after it."""

    until: datetime
    page: int
    moved_at: datetime
    calm: bool = False

    @property
    def since(self) -> datetime:
        """Jobs that ended after this are to be read."""
        return self.until if self.calm else self.until - OVERLAP


class JobFeed:
    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        ends: EndedJobs,
        unclear: UnclearStarts,
        commits: Commits | None,
        now: Callable[[], datetime],
    ) -> None:
        """Without `commits` nobody is notified that a config is being committed."""
        self._webnet = webnet
        self._store = store
        self._ends = ends
        self._unclear = unclear
        self._commits = commits
        self._now = now
        self._clock = WebNetClock(store.cursors, now)
        self._looked_at: datetime | None = None
        self._resting = Resting[int](now, REST, LOOK_FOR)  # open jobs that cannot be read
        self._new_rows = NewRows(NAME, webnet, webnet.jobs_page, webnet.job, store, now)

    def read(self, poll: Poll) -> None:
        position = self._position() or self._begin(poll)
        fresh: dict[int, Job] = {}
        shown = self._read_new(poll, position, fresh)
        self._read_ends(poll, position, fresh, shown)
        self._read_an_open_one(poll, fresh)
        self._unclear.give_back(poll)  # before the end of the job, which names its requester
        self._ends.enqueue(poll, fresh)

    def _begin(self, poll: Poll) -> Position:
        """Finds where to start: nobody is notified of jobs that ended before the first start, but open ones are followed."""
        ends = self._list_of_ends(poll, 1)
        newest = self._latest(next(ends.newest_first(FAR)))
        done = list(ends.newest_first(newest - OVERLAP))
        left = list(ends.without_end())
        position = Position(newest, ends.page, self._now())
        with poll.writing():
            for page in (*done, *left):
                self._store.jobs.put([index_row(job, "ended") for job in page], self._now())
            self._keep(position)
        log.info("following jobs from now on; %d have not ended yet", sum(map(len, left)))
        return position

    def _read_new(self, poll: Poll, position: Position, fresh: dict[int, Job]) -> tuple[Job, ...]:
        """Returns the newest jobs by rising id, whether they are news or not."""
        news = self._new_rows.look(poll.go_on)
        known = self._store.jobs.known([job.id for job in (*news.shown, *news.rows)])
        # A job that is neither new nor known ended before the first start, or so long ago that the index forgot it.
        # One that is new and known was cancelled by the bot before this look; the store takes a job once.
        listed = news.shown if news.first else (*news.rows, *(job for job in news.shown if job.id in known))
        wanted = {job.id: job for job in listed}.values()
        rows = []
        for job in wanted:
            before = news.first and job.id not in known and (job.finished_at or NEVER) <= position.until
            rows.append(index_row(job, "ended" if before else "ending"))
            fresh[job.id] = job
        changed = [row for row in rows if _differs(row, known.get(row.id))]
        if changed or not news.nothing:
            commits = self._commits.of(news.rows) if self._commits else []
            with poll.writing():
                self._store.jobs.put(changed, self._now())
                if self._commits:
                    self._commits.enqueue(commits)
                self._new_rows.keep(news)
                self._compare_clocks(news)
                if news.first:
                    self._store.jobs.raise_floor(min((job.id for job in news.shown), default=0))
        self._looked_at = self._now()
        return news.shown

    def _compare_clocks(self, news: News[Job]) -> None:
        """Takes WebNet's time from the newest job, if it was not there at the look before, seconds ago."""
        newest = news.rows[-1] if news.rows else None
        just_now = self._looked_at is not None and self._now() - self._looked_at < OVERLAP
        if newest and just_now and newest.id == news.top:
            self._clock.saw_new(newest)

    def _read_ends(self, poll: Poll, position: Position, fresh: dict[int, Job], shown: Sequence[Job]) -> None:
        """Reads what ended since the position, which is moved once, after the last page.

        The list of ends is left alone while every job that may still end is among those that were `shown` anyway.
        """
        ends, began_at = self._list_of_ends(poll, position.page), self._now()
        since, newest = position.since, position.until
        if shown and not self._store.jobs.may_end_below(shown[0].id, began_at - MAY_RUN_FOR):
            ended = self._latest(shown)
            if ended > newest:
                with poll.writing():
                    self._keep(replace(position, until=ended, moved_at=began_at, calm=False))
            return
        for page in ends.newest_first(since):
            newest = max(newest, self._latest(page))
            jobs = [job for job in page if job.finished_at and job.finished_at > since]
            fresh.update((job.id, job) for job in jobs)
            known = self._store.jobs.known([job.id for job in jobs])
            changed = [row for row in (index_row(job, "ending") for job in jobs) if _differs(row, known.get(row.id))]
            if changed:
                with poll.writing():
                    self._store.jobs.put(changed, self._now())
        if newest > position.until:
            moved = Position(newest, ends.page, began_at)
        else:
            calm = position.calm or began_at - position.moved_at >= CALM
            moved = replace(position, page=ends.page, calm=calm)
        if moved != position:
            with poll.writing():
                self._keep(moved)

    def _read_an_open_one(self, poll: Poll, fresh: dict[int, Job]) -> None:
        """Reads the open job that was not read for the longest time, since no list shows some ends in time. A job that
        vanished is forgotten."""
        for number in self._store.jobs.longest_unread(1, self._resting.now()):
            poll.go_on()
            try:
                job = fresh[number] = fresh.get(number) or self._webnet.job(number)
            except FAULTS_OF_ONE as error:
                self._webnet.require_admin()
                if not isinstance(error, WebNetMissing):
                    log.warning("job %d, which was open, cannot be read: %s", number, error.words)
                    self._resting.failed(number)
                    continue
                with poll.writing():
                    self._store.jobs.drop(number)
                continue
            self._resting.read(number)
            with poll.writing():
                self._store.jobs.put([index_row(job, "ending")], self._now())

    def _list_of_ends(self, poll: Poll, page: int) -> Ends:
        def fetch(number: int) -> tuple[int, tuple[Job, ...]]:
            poll.go_on()
            return self._webnet.jobs_page(number, BY_END)

        return Ends(fetch, page)

    def _latest(self, jobs: Iterable[Job]) -> datetime:
        """Returns the newest end, none later than now: one that is ahead of the clock must not hide those that come next."""
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


def _differs(row: Row, known: Row | None) -> bool:
    if known is None:
        return True
    # A state never goes back, so the states of the two need not be the same.
    forward = known.state == "open" and row.state != "open"
    return forward or replace(known, state=row.state, tries=row.tries, cancelled_by=row.cancelled_by) != row
