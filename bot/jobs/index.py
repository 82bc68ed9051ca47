"""The jobs of one customer, newest first: from the index that the feed of jobs keeps, as far back as it goes, and then from
WebNet's own list, which holds every customer's jobs and cannot be filtered."""

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
    def __init__(self, webnet: WebNet, rows: Jobs) -> None:
        self._webnet = webnet
        self._rows = rows

    def of(self, customer: int) -> Listed:
        """As it is now: what is new, or has just ended, may not be in the index yet. Raises WebNetError."""
        pages, newest = self._webnet.jobs_page(1)
        floor = self._rows.floor()
        if floor is None:
            return Listed(self._webnet, self._rows, customer, pages, newest, floor=2**63 - 1, indexed=0)
        indexed = -(-self._rows.count(floor, customer) // SIZE)
        return Listed(self._webnet, self._rows, customer, pages, newest, floor, max(1, indexed))


@dataclass(slots=True)
class Listed:
    """Pages 1 to `indexed` are of the index, which holds all from the id `floor` on; those behind them are WebNet's."""

    _webnet: WebNet
    _rows: Jobs
    _customer: int
    _pages: int
    _newest: tuple[Job, ...]
    floor: int
    indexed: int
    _behind: int = 0

    def page(self, number: int) -> tuple[int, tuple[Job, ...]]:
        """(pages in all, jobs of page `number`, from 1). Raises WebNetMissing behind the last one."""
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
        """One that has not ended as WebNet has it now."""
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
        """The first page of WebNet's list with what the index does not have, or the one before: jobs may have vanished."""
        if not self._behind:
            self._behind = 1 if not self.indexed else max(1, self._rows.count(self.floor) // PAGE_SIZE)
            if self.indexed and self._behind == 1 and all(job.id >= self.floor for job in self._newest):
                self._behind = 2
        return self._behind


def indexed_job(row: Row) -> Job:
    """What the index keeps of it: its devices are not."""
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
