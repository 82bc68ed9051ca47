"""Says what a compliance check found, by WebNet's list of results, which holds those of all checks and cannot be filtered."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.text import count
from bot.jobs.outcome import Outcome
from bot.webnet.client import WebNet
from bot.webnet.models import Job, Result

MOST_PAGES = 10  # of the newest results in which a check is looked for
MOST_OF_A_CHECK = 60  # pages that are read as long as each holds results of the check: 3,000 results


class CheckResults:
    """Reads each page once, however many checks are asked about; knows nothing of checks that end after the first one was.
    Not to be shared between threads."""

    def __init__(self, webnet: WebNet) -> None:
        self._webnet = webnet
        self._read: list[tuple[Result, ...]] = []
        self._pages = 1  # of all results

    def of(self, job: Job) -> Outcome | None:
        """Returns None if no device violates a policy. Raises WebNetError."""
        violating = set[int]()
        for number, page in enumerate(self._newest(), 1):
            own = [result for result in page if result.job == job.id]
            violating.update(result.device for result in own if result.failing)
            whole = any(_is_before(result, job) for result in page) or number >= self._pages
            if whole or number >= (MOST_OF_A_CHECK if own else MOST_PAGES):
                break
        if violating:
            least, verb = "" if whole else "at least ", "violates" if len(violating) == 1 else "violate"
            words = f"done: {least}{count(len(violating), 'device')} {verb} a policy"
            return Outcome("violated", words, at_least=not whole)
        return None if whole else Outcome("unknown", "done, but too many newer results hide what it found")

    def _newest(self) -> Iterator[tuple[Result, ...]]:
        """Yields the pages of all results, the newest first, and at least one."""
        yield from self._read
        while len(self._read) < self._pages:
            self._pages, results = self._webnet.results_page(len(self._read) + 1)
            self._read.append(results)
            yield results


def _is_before(result: Result, job: Job) -> bool:
    return bool(result.checked_at and job.requested_at and result.checked_at < job.requested_at)
