"""Lists the jobs of one customer, newest first: from the index that the feed of jobs keeps, as far back as it goes, and
behind it from WebNet's own list, which holds the jobs of all customers and cannot be filtered."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.models import Job
from bot.webnet.transport import PAGE_SIZE
from store.jobs import Job as Row
from store.jobs import Jobs

SIZE = 200  # jobs on a page of the index


class JobIndex:
    """Lists jobs for commands; the feed of jobs fills the rows. Safe to share between threads."""

    def __init__(self, webnet: WebNet, rows: Jobs) -> None:
        self._webnet = webnet
        self._rows = rows

    def of(self, customer: int) -> Listed:
        """Reads WebNet's first page, because what is new or has just ended may not be in the index yet. Raises WebNetError."""
        pages, newest = self._webnet.jobs_page(1)
        floor = self._rows.floor()
        if floor is None:
            return Listed(self._webnet, self._rows, customer, pages, newest, floor=2**63 - 1, indexed=0)
        indexed = -(-self._rows.count(floor, customer) // SIZE)
        return Listed(self._webnet, self._rows, customer, pages, newest, floor, max(1, indexed))


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
        rows = {row.id: indexed_job(row) for row in self._rows.page(self._customer, number, SIZE, self.floor)}
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


def indexed_job(row: Row) -> Job:
    """Makes a job of a row of the index, which does not keep the job's devices."""
    return Job(
        row.id,
        row.customer,
        row.type,
        row.status,
        row.user,
        row.requested_at,
        row.started_at,
        row.finished_at,
        frozenset(),
    )
