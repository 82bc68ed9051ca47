"""Keeps the moments that lie ahead true when the clock that decides about them is set.

A due time or the end of a claim is a moment by the database's clock: PostgreSQL's own, on SQLite this machine's. Set back by an
hour, it would leave all of them an hour further away.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from store.engine import Database
from store.fields import in_us
from store.statements import Statement

STEP_S = 3.0  # by which the clock moves against the monotonic one before it counts as set
SLOW_S = 1.0  # a reading that took longer tells nothing
LONGEST_WAIT_S = 900.0  # no due time is written further ahead than this
LONGEST_CLAIM_S = 120.0  # which is longer than a claim needs that is still alive: it is renewed before its next use

_PULLED_BACK = (
    Statement("UPDATE lane SET due_at = :now_us WHERE due_at > :now_us + :wait_us"),
    Statement("UPDATE lane SET expires_at = :now_us + :claim_us WHERE expires_at > :now_us + :claim_us"),
    Statement("UPDATE lane SET burst_until = 0 WHERE burst_until > :now_us + :wait_us"),
    Statement("UPDATE notice_message SET due_at = :now_us WHERE due_at > :now_us + :wait_us"),
    Statement("UPDATE card SET due_at = :now_us WHERE ended_at IS NULL AND due_at > :now_us + :wait_us"),
    Statement(
        "UPDATE card SET expires_at = :now_us + :claim_us WHERE ended_at IS NULL AND expires_at > :now_us + :claim_us"
    ),
    Statement("UPDATE live_log SET due_at = :now_us WHERE ended_at IS NULL AND due_at > :now_us + :wait_us"),
    Statement(
        "UPDATE live_log SET expires_at = :now_us + :claim_us WHERE ended_at IS NULL AND expires_at > :now_us + :claim_us"
    ),
    Statement("UPDATE home SET due_at = :now_us WHERE due_at > :now_us + :wait_us"),
    Statement("UPDATE home SET expires_at = :now_us + :claim_us WHERE expires_at > :now_us + :claim_us"),
    Statement("UPDATE request SET due_at = :now_us WHERE due_at > :now_us + :wait_us"),
    # What was decided later than now was decided now, so that it is not started later than it would have been; alike for a deploy.
    Statement("UPDATE request SET decided_at = :now_us WHERE state = 'approved' AND decided_at > :now_us"),
    Statement("UPDATE deploy SET due_at = :now_us WHERE due_at > :now_us + :wait_us"),
    Statement("UPDATE deploy SET moved_at = :now_us WHERE ended_at IS NULL AND moved_at > :now_us"),
    Statement("UPDATE lease SET expires_at = :now_us + :claim_us WHERE expires_at > :now_us + :claim_us"),
    Statement("UPDATE delivery SET held_until = :now_us WHERE status = 'held' AND held_until > :now_us + :wait_us"),
    Statement("UPDATE delivery SET tried_since = :now_us WHERE status = 'waiting' AND tried_since > :now_us"),
    Statement("UPDATE reachability SET since = :now_us WHERE since > :now_us"),
    Statement("UPDATE slack_channel SET report_since = :now_us WHERE report_since > :now_us"),
    Statement("UPDATE report_run SET made_at = :now_us WHERE made_at > :now_us"),
    # A snooze that began later than now begins now, and lasts as long as it was to; its marks are known by its beginning.
    Statement("UPDATE mark SET until = until - (at - :set_us), at = :set_us WHERE kind = 'snoozed' AND at > :set_us"),
    Statement(
        "UPDATE snooze SET until = until - (since - :set_us), since = :set_us WHERE ended_at IS NULL AND since > :set_us"
    ),
)


class DueTimes:
    """Compares the clock with the monotonic one at every `check`. Several replicas may each find the same step: what one has
    pulled back another leaves as it is."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._ahead_s: float | None = None

    def check(self) -> float:
        """Returns by how many seconds the clock was set since the last call, 0.0 for not at all. After a step everything is due
        now; at the first call only what lies further ahead than is ever written, as a clock that was wrong left it."""
        before = self._monotonic()
        now_s = self._database.now().timestamp()
        after = self._monotonic()
        if after - before > SLOW_S:
            return 0.0
        known, self._ahead_s = self._ahead_s, now_s - after
        if known is None:
            self._pull_back(LONGEST_WAIT_S)
            return 0.0
        step_s = self._ahead_s - known
        if abs(step_s) <= STEP_S:
            return 0.0
        self._pull_back(0.0)
        return step_s

    def _pull_back(self, wait_s: float) -> None:
        wait_us, claim_us, set_us = in_us(wait_s), in_us(LONGEST_CLAIM_S), self._database.now()
        with self._database.transaction():
            for statement in _PULLED_BACK:
                self._database.run(statement, wait_us=wait_us, claim_us=claim_us, set_us=set_us)
