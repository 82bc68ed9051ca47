"""Says which homes would show something else than they do, from the store alone: what the feeds and the commands left there.

The marks of a home stand for what it is made from. Of WebNet only the list of its users is read, once in a while for all homes
together, because nothing else says that an account became inactive or went to another customer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from bot.callers import Callers
from bot.configs.open_alerts import CURSOR
from bot.core.errors import WebNetError
from bot.jobs.open_jobs import OpenJobs
from bot.webnet.models import User
from store.database import Store
from store.homes import Home

USERS_S = 30.0  # how old the list of WebNet's users may be


class HomeMarks:
    """Is called with homes and returns their marks, in the same order: of each those of its user's rights, a blank, and those of
    everything else. Raises StoreError."""

    def __init__(self, store: Store, jobs: OpenJobs, callers: Callers) -> None:
        self._store = store
        self._jobs = jobs
        self._callers = callers
        self._users: dict[int, User] = {}

    def __call__(self, homes: Sequence[Home]) -> list[str]:
        if not homes:
            return []
        mapped = {home.user for home in homes if home.user is not None}
        if mapped:  # while WebNet does not answer, everybody counts as who they were
            with suppress(WebNetError):
                self._users = {user.id: user for user in self._callers.users(USERS_S)}
        customers = {home.belongs_to for home in homes if home.user is not None}
        parts = _Parts(self._store, self._jobs, customers, {home.workspace for home in homes})
        return [f"{_digest(self._rights(home))} {_digest(parts.of(home))}" for home in homes]

    def _rights(self, home: Home) -> tuple[Any, ...]:
        """What decides whether its user may see anything, and what they may do."""
        user = self._users.get(home.user) if home.user is not None else None
        seen = (user.is_active, user.role, sorted(user.customers), user.username) if user else ()
        return home.user, home.belongs_to, seen


class _Parts:
    """What homes are made from, read once for all of them."""

    def __init__(self, store: Store, jobs: OpenJobs, customers: set[int], workspaces: set[int]) -> None:
        with store.connection():
            self._jobs = jobs.by_user(customers) if customers else {}
            self._requests = store.requests.waiting()
            self._violations = store.compliance.standing() if customers else {}
            self._alerts = {customer: store.cursors.get(f"{CURSOR}{customer}") for customer in customers}
            self._channels = {workspace: _channels(store, workspace) for workspace in workspaces}

    def of(self, home: Home) -> tuple[Any, ...]:
        if home.user is None:
            return ()
        customer, alert = home.belongs_to, self._alerts.get(home.belongs_to)
        return (
            [(job.id, job.status) for job in self._jobs.get((customer, home.user or 0), ())],
            self._requests.get(customer),
            self._violations.get(customer),
            (alert.value, alert.updated_at.isoformat()) if alert else None,
            self._channels[home.workspace],
        )


def _channels(store: Store, workspace: int) -> list[Any]:
    found = store.channels.list(workspace=workspace)
    return [(each.channel_id, each.channel_name, sorted(each.flags), each.rules_revision) for each in found]


def _digest(parts: tuple[Any, ...]) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()
