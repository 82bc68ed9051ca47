"""Finds out once what really happened in a job that has ended, and keeps it in the store, from where every place shows it."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.errors import WebNetError, WebNetMissing
from bot.jobs.backup_changes import BackupChanges
from bot.jobs.card_state import Brought
from bot.jobs.check_results import CheckResults
from bot.jobs.judge import NO_LOG, hosts_of, judge
from bot.jobs.logs import JobLog, JobLogs
from bot.jobs.outcome import Outcome, dumped, loaded, together
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import COMMANDS, COMPLIANCE_CHECK
from bot.webnet.models import CANCELLED, Job
from store.errors import StoreError
from store.outcomes import Outcomes as Rows

log = logging.getLogger(__name__)

MOST_LOOKED_UP = 200  # devices of one job whose names are looked up to find the one that was skipped
IN_LOG = ("success", "partial", "failed")  # the statuses whose log says more than they do
LOCKS = 64
MOST_LATELY = 500


@dataclass(frozen=True, slots=True)
class Names:
    """Looks names up in copies: `device(customer, device)` is None for one that is not known, `customer(id)` always a word."""

    device: Callable[[int, int], str | None]
    customer: Callable[[int], str]


class Outcomes:
    """Knows how jobs ended. Safe to share between threads."""

    def __init__(self, webnet: WebNet, logs: JobLogs, rows: Rows, names: Names, changes: BackupChanges) -> None:
        self._webnet = webnet
        self._logs = logs
        self._rows = rows
        self._names = names
        self.changes = changes
        self._locks = tuple(threading.Lock() for _ in range(LOCKS))
        self._lately: OrderedDict[int, str] = OrderedDict()  # what was found out here, as it is or will be in the store

    def known(self, jobs: Iterable[Job]) -> dict[int, Outcome]:
        """Returns what is known already of those that have ended, by the job's id, without reading a log."""
        ended = {job.id: job for job in jobs if job.ended}
        found = {job.id: self._judge(job, NO_LOG) for job in ended.values() if job.status not in IN_LOG}
        found |= {job_id: outcome for job_id, job in ended.items() if (outcome := self._found_lately(job))}
        for job_id, text in self._rows.get(ended.keys() - found.keys()).items():
            if outcome := loaded(text, ended[job_id]):
                found[job_id] = outcome
        return self.changes.said(found, ended)

    def check_results(self) -> CheckResults:
        """Returns what serves several looks of one request."""
        return CheckResults(self._webnet)

    def of(self, job: Job, entries: JobLog | None = None, results: CheckResults | None = None) -> Outcome:
        """Returns how a job ended. Only the first who asks reads its log, unless its `entries` were just read; of a compliance
        check its `results` are read instead.

        Raises WebNetError if the log cannot be read now.
        """
        if outcome := self.known([job]).get(job.id):
            return outcome
        outcome = self.find_out(job, entries, results)
        try:
            self.keep([job.id])
        except StoreError as error:
            log.warning("how job %d ended is to be found out again: %s", job.id, error.words)
        return outcome

    def of_all(self, jobs: Sequence[Job]) -> tuple[Outcome, tuple[Brought, ...]]:
        """Returns how jobs ended that were started for one command and, if their purpose is what devices answer, what they
        brought. Raises WebNetError."""
        if any(job.type != COMMANDS.type or job.status == CANCELLED for job in jobs):
            return together([self.of(job) for job in jobs]), ()
        brought = tuple(Brought(job, self.log(job)) for job in jobs)
        return together([self.of(each.job, each.log) for each in brought]), brought

    def find_out(self, job: Job, entries: JobLog | None = None, results: CheckResults | None = None) -> Outcome:
        """Finds out how a job ended that the store knows nothing about; whoever calls this then calls `keep`."""
        with self._locks[job.id % LOCKS]:
            outcome = self._found_lately(job)
            if outcome is None:
                outcome = self._find_out(job, entries, results)
                self._lately[job.id] = dumped(outcome, job)
                if len(self._lately) > MOST_LATELY:
                    self._lately.popitem(last=False)
        return self.changes.said({job.id: outcome}, {job.id: job})[job.id]

    def keep(self, jobs: Iterable[int]) -> None:
        """Writes what was found out about these jobs into the store. Raises StoreError."""
        self._rows.put({job: text for job in jobs if (text := self._lately.get(job))})

    def _found_lately(self, job: Job) -> Outcome | None:
        text = self._lately.get(job.id)
        return loaded(text, job) if text else None

    def look_at(self, job: Job, results: CheckResults | None = None) -> Outcome:
        """Returns how a job ended that the index knows, which is less than WebNet does. Raises WebNetError."""
        found = self._webnet.job(job.id)
        if found.customer != job.customer:  # after a restore of WebNet the number may be another job's
            raise WebNetMissing(f"Job #{job.id} is not what it was.")
        return self.of(found, results=results)

    def without_log(self, job: Job) -> Outcome:
        """Decides about a job whose log can never be read, and claims nothing about its hosts."""
        return self._judge(job, NO_LOG)

    def _find_out(self, job: Job, entries: JobLog | None, results: CheckResults | None) -> Outcome:
        if job.type == COMPLIANCE_CHECK and job.status == "success":
            return (results or self.check_results()).of(job) or self._judge(job, NO_LOG)
        return self._judge(job, self.log(job) if entries is None else entries)

    def _judge(self, job: Job, entries: JobLog) -> Outcome:
        customer = self._names.customer(job.customer or 0) if job.everywhere else ""
        return judge(job, entries, self._logs.first_line(job.error), self._skipped_name(job, entries), customer)

    def _skipped_name(self, job: Job, entries: JobLog) -> str:
        """Returns the name of the one device that the job names and its log does not; empty if it is not certain which."""
        hosts = hosts_of(entries)
        if len(job.device_ids) - len(hosts) != 1 or len(job.device_ids) > MOST_LOOKED_UP:
            return ""
        names = [self._names.device(job.customer or 0, device) for device in job.device_ids]
        missing = [name for name in names if name is None or name not in hosts]
        return missing[0] or "" if len(missing) == 1 else ""

    def log(self, job: Job) -> JobLog:
        """Reads the log of a job, which is empty for one that WebNet has no log of. Raises WebNetError."""
        try:
            return self._logs.read(job.id)
        except WebNetMissing:
            return NO_LOG


@dataclass(slots=True)
class Reading:
    """Serves one request that shows many jobs: what is known of them, and at most `most` more logs."""

    _outcomes: Outcomes
    most: int
    _known: dict[int, Outcome] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    _results: CheckResults | None = None

    def prepare(self, jobs: Iterable[Job]) -> None:
        """Reads what is known of these jobs, at once."""
        self._known |= self._outcomes.known(jobs)
        self._results = self._outcomes.check_results()  # these jobs may have ended since the results were read

    def allow(self, more: int) -> None:
        """Lets so many more logs be read, unless one could not be, also of jobs that have ended since `prepare`."""
        self._results = self._outcomes.check_results()
        if self.most >= 0:
            self.most += more
            self.unread.clear()

    def of(self, job: Job) -> Outcome | None:
        """Returns how a job ended; None for one that has not, or that nobody has looked at."""
        if not job.ended or job.id in self._known:
            return self._known.get(job.id)
        if job.id not in self.unread and self.most > 0:
            self.most -= 1
            try:
                self._known[job.id] = self._outcomes.look_at(job, self._results)
            except WebNetError as error:
                log.info("how job %d ended cannot be read now: %s", job.id, error.words)
                if not isinstance(error, WebNetMissing):
                    self.most = -1  # the next one would have to wait as long
            else:
                return self._known[job.id]
        self.unread.add(job.id)
        return None
