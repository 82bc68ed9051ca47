"""Says whether a backup found another config than the one before, which the follower of snapshots knows a moment after the job
has ended. Where it is not known of every device that was backed up, nothing is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from bot.core.text import count, phrase
from bot.jobs.outcome import Outcome
from bot.webnet.job_kinds import BACKUP
from bot.webnet.models import Job
from store.config_changes import Changes
from store.config_progress import FOLLOWED
from store.database import Store

WAIT_S = 5.0  # that the end of a backup is put off at most
MOST_AWAITED = 10  # devices of a backup whose end waits


class BackupChanges:
    """Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def said(self, found: Mapping[int, Outcome], jobs: Mapping[int, Job]) -> dict[int, Outcome]:
        """Returns the outcomes, those of backups with what is known of their configs."""
        backups = [number for number, outcome in found.items() if _made_configs(jobs[number], outcome)]
        known = self._store.config_changes.of(backups) if backups else {}
        whole = {number: one for number, one in known.items() if one.devices >= found[number].answered}
        return {**found, **{number: _with(found[number], one) for number, one in whole.items()}}

    def awaited(self, job: Job, outcome: Outcome) -> bool:
        """Says whether it is worth a moment to wait until more is known of a backup that has ended."""
        if not _made_configs(job, outcome) or not 0 < len(job.device_ids) <= MOST_AWAITED:
            return False
        known = self._store.config_changes.of([job.id]).get(job.id)
        return (known is None or known.devices < outcome.answered) and self._store.cursors.get(FOLLOWED) is not None


class Patience:
    """Puts the end of a card off for a moment, so that it says at once whether configs changed. Not to be shared between
    threads."""

    def __init__(
        self,
        changes: BackupChanges,
        look: Callable[[Collection[int]], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`look(devices)` makes the follower look for the configs of a backup that has ended."""
        self._changes = changes
        self._look = look
        self._monotonic = monotonic
        self._since: dict[int, float] = {}  # by the job's id

    def waits(self, job: Job, outcome: Outcome) -> bool:
        """Says whether the end of this job is still to wait."""
        if not self._changes.awaited(job, outcome):
            self._since.pop(job.id, None)
            return False
        now = self._monotonic()
        if job.id not in self._since:
            self._since[job.id] = now
            self._look(job.device_ids)
        if now - self._since[job.id] < WAIT_S:
            return True
        del self._since[job.id]
        return False


def _made_configs(job: Job, outcome: Outcome) -> bool:
    return job.type == BACKUP.type and job.status == "success" and outcome.answered > 0 and not outcome.at_least


def _with(outcome: Outcome, known: Changes) -> Outcome:
    if known.devices == 1:
        words = "the config changed" if known.changed else "the config did not change"
    else:
        words = f"{known.changed or 'none'} of {count(known.devices, 'config')} changed"
    return replace(outcome, words=f"{phrase(outcome.words)}; {words}")
