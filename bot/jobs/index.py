"""Lists the jobs of one customer, newest first: from the index that the feed of jobs keeps, as far back as it goes, and
behind it from WebNet's own list, which holds the jobs of all customers and cannot be filtered."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.core.commands import Caller
from bot.core.errors import OutcomeUnknown, WebNetError, WebNetMissing
from bot.jobs.judge import PER_HOST, works_on
from bot.webnet.client import WebNet
from bot.webnet.models import CANCELLED, Job
from bot.webnet.transport import PAGE_SIZE
from store.errors import StoreError
from store.jobs import Job as Row
from store.jobs import Jobs, State

log = logging.getLogger(__name__)

SIZE = 200  # jobs on a page of the index
REMEMBERED_S = 3.0  # for which WebNet's first page serves again where one device is asked about


class JobIndex:
    """Lists jobs for commands; the feed of jobs fills the rows. Safe to share between threads."""

    def __init__(self, webnet: WebNet, rows: Jobs) -> None:
        self._webnet = webnet
        self._rows = rows
        self._read: tuple[float, tuple[int, tuple[Job, ...]]] = (
            float("-inf"),
            (1, ()),
        )  # when WebNet's first page was read, by the monotonic clock, and the page

    @contextmanager
    def cancelling(self, job: Job, caller: Caller) -> Iterator[None]:
        """Keeps who cancels a job before that is done, inside, so that whoever sees it cancelled knows by whom."""
        who = caller.username, caller.chat_user
        self._rows.cancelling(index_row(job, "ending"), *who)
        try:
            yield
        except OutcomeUnknown:
            raise  # the name counts once WebNet shows the job as cancelled
        except WebNetError:
            _noting(job, lambda: self._rows.not_cancelled(job.id, caller.chat_user))
            raise
        _noting(job, lambda: self._rows.note_cancelled(job.id, *who))

    def newest_on(self, customer: int, device: int, type: str) -> tuple[int | None, int | None]:
        """Returns the ids of the newest job that works on this device, and of the newest one of that type that names the device
        and has ended.

        WebNet's first page is looked at, too, because what is new or has just ended may not be in the index yet; it may be
        `REMEMBERED_S` old. Raises WebNetError.
        """
        read_at, (_, newest) = self._read
        if time.monotonic() - read_at > REMEMBERED_S:
            _, newest = self._first_page()
        here = [job for job in newest if job.customer == customer and works_on(job, device)]
        ended = [job.id for job in here if job.ended and job.type == type and not job.everywhere]
        return (
            _highest(*(job.id for job in here), self._rows.last_on(customer, device, PER_HOST)),
            _highest(*ended, self._rows.last_end_on(customer, device, type)),
        )

    def job(self, number: int) -> Job:
        """Reads a job from WebNet, unless the page that was read last shows that it has ended. Raises WebNetError."""
        _, (_, newest) = self._read
        return next((job for job in newest if job.id == number and job.ended), None) or self._webnet.job(number)

    def ended(self, number: int) -> Job | None:
        """Returns a job of which the index knows that it has ended, and for good: one that was cancelled may run after all."""
        row = self._rows.known([number]).get(number)
        if row is None or row.state == "open" or row.status == CANCELLED:
            return None
        return indexed_job(row, self._rows.devices([number]).get(number, frozenset()))

    def of(self, customer: int) -> Listed:
        """Reads WebNet's first page, because what is new or has just ended may not be in the index yet. Raises WebNetError."""
        pages, newest = self._first_page()
        floor = self._rows.floor()
        if floor is None:
            return Listed(self._webnet, self._rows, customer, pages, newest, floor=2**63 - 1, indexed=0)
        indexed = -(-self._rows.count(floor, customer) // SIZE)
        return Listed(self._webnet, self._rows, customer, pages, newest, floor, max(1, indexed))

    def _first_page(self) -> tuple[int, tuple[Job, ...]]:
        began = time.monotonic()
        page = self._webnet.jobs_page(1)
        self._read = began, page
        return page


@dataclass(slots=True)
class Listed:
    """Serves one request. Pages 1 to `indexed` come from the index, which holds every job from the id `floor` on; the pages
    behind them are WebNet's."""

    _webnet: WebNet
    _rows: Jobs
    _customer: int
    _pages: int
    _newest: tuple[Job, ...]
    floor: int
    indexed: int
    _behind: int = 0

    def page(self, number: int) -> tuple[int, tuple[Job, ...]]:
        """Returns how many pages there are, and the jobs of page `number`, counted from 1.

        Raises WebNetMissing behind the last page, and WebNetError.
        """
        if number <= self.indexed:
            return self._in_all(), self._of_index(number)
        page = self._first_behind() + number - self.indexed - 1
        if page == 1:
            rows = self._newest
        elif page > self._pages:
            raise WebNetMissing("There are no more.")
        else:
            self._pages, rows = self._webnet.jobs_page(page)
        return self._in_all(), tuple(job for job in rows if job.id < self.floor)

    def live(self, job: Job) -> Job:
        """Reads a job from WebNet again unless it has ended or was read for this request already."""
        if job.ended or any(job.id == one.id for one in self._newest):
            return job
        try:
            found = self._webnet.job(job.id)
        except WebNetMissing:
            return job
        return found if found.customer == self._customer else job

    def _of_index(self, number: int) -> tuple[Job, ...]:
        page = self._rows.page(self._customer, number, SIZE, self.floor)
        devices = self._rows.devices([row.id for row in page])
        rows = {row.id: indexed_job(row, devices.get(row.id, frozenset())) for row in page}
        fresh = {job.id: job for job in self._newest if job.id >= self.floor and job.customer == self._customer}
        if number > 1:
            fresh = {job_id: job for job_id, job in fresh.items() if job_id in rows}
        return tuple(job for _, job in sorted({**rows, **fresh}.items(), reverse=True))

    def _in_all(self) -> int:
        return self.indexed + max(0, self._pages - self._first_behind() + 1)

    def _first_behind(self) -> int:
        """Returns the first page of WebNet's list that holds jobs older than the index, or the page before it, because jobs may
        have vanished since."""
        if not self._behind:
            self._behind = 1 if not self.indexed else max(1, self._rows.count(self.floor) // PAGE_SIZE)
            if self.indexed and self._behind == 1 and all(job.id >= self.floor for job in self._newest):
                self._behind = 2
        return self._behind


def index_row(job: Job, at_end: State) -> Row:
    """Makes a row of the index; its state is `at_end` for a job that has ended."""
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
        cancelled_by="" if job.status == CANCELLED else None,
        everywhere=job.everywhere,
        devices=job.device_ids,
    )


def _noting(job: Job, write: Callable[[], None]) -> None:
    """Logs a store that fails: WebNet has answered already."""
    try:
        write()
    except StoreError as error:
        log.warning("whether job #%d was cancelled is not noted: %s", job.id, error.words)


def _highest(*ids: int | None) -> int | None:
    return max((one for one in ids if one is not None), default=None)


def indexed_job(row: Row, devices: frozenset[int]) -> Job:
    """Makes a job of a row of the index, which does not keep why it failed."""
    return Job(
        row.id,
        row.customer,
        row.type,
        row.status,
        row.user,
        row.requested_at,
        row.started_at,
        row.finished_at,
        devices,
        everywhere=row.everywhere,
    )
