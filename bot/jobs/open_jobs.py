"""The jobs that have not ended, by who started them: through the bot, as its audit log knows, or in WebNet itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.jobs.starter import KnownJob
from store.jobs import Job as Row

MOST = 2_000  # jobs that are looked at, of all customers together, the newest first


class Rows(Protocol):
    def unended(self, most: int) -> list[Row]: ...


class History(Protocol):
    def starters(self, customer: int, job_ids: Sequence[int]) -> Mapping[int, KnownJob]: ...


class OpenJobs:
    """Reads the index that the feed of jobs keeps. Safe to share between threads."""

    def __init__(self, rows: Rows, history: History) -> None:
        self._rows = rows
        self._history = history

    def by_user(self, customers: Collection[int]) -> dict[tuple[int, int], list[Row]]:
        """Returns the jobs of these customers, the newest first, by the ids of their customer and of a user who started them."""
        found: dict[tuple[int, int], list[Row]] = {}
        unended = self._rows.unended(MOST)
        for customer in sorted(customers):
            jobs = [row for row in unended if row.customer == customer]
            started = self._history.starters(customer, [row.id for row in jobs])
            for row in jobs:
                users = {row.user, started[row.id].user if row.id in started else None}
                for user in users - {None}:
                    found.setdefault((customer, user or 0), []).append(row)
        return found
