"""Keeps a copy of who is in the groups of devices that rules name, so that routing asks WebNet for nothing."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.channels import Channels
from bot.core.errors import Conflict, NotFound
from bot.devices.groups import Groups
from store.database import Store
from store.engine import utc_now

log = logging.getLogger(__name__)

CURSOR = "groups:named"  # what the copy holds, and when it was read
FRESH = timedelta(minutes=10)
MOST_GROUPS = 100  # of one customer; each costs a request


class NamedGroups:
    def __init__(self, store: Store, groups: Groups, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._groups = groups
        self._now = now
        self._channels = Channels(store.channels)

    def follow(self) -> None:
        """Reads the groups again if the copy is old, or rules name others by now; one replica does. Raises WebNetError, and then
        the copy stays as it is."""
        named, before = self._named(), self._store.cursors.get(CURSOR)
        value = json.dumps(sorted((customer, sorted(words)) for customer, words in named.items()))
        if value == (before.value if before else "[]") and (
            not named or (before and timedelta(0) <= self._now() - before.updated_at < FRESH)
        ):
            return
        found = {customer: self._members(customer, words) for customer, words in named.items()}
        with self._store.transaction():
            self._store.device_groups.replace(found)
            self._store.cursors.put(CURSOR, value)

    def _named(self) -> dict[int, set[str]]:
        """Returns the words by which rules name groups, by customer."""
        named: dict[int, set[str]] = defaultdict(set)
        for channel in self._channels.routed().channels:
            for rule in channel.rules if channel.enabled else ():
                named[channel.customer].update(rule.when.get("group", ()))
        return {customer: words for customer, words in named.items() if words}

    def _members(self, customer: int, words: set[str]) -> dict[int, set[str]]:
        members: dict[int, set[str]] = defaultdict(set)
        for word in sorted(words)[:MOST_GROUPS]:
            try:
                found = self._groups.members(customer, word)
            except (NotFound, Conflict) as error:
                log.warning("a rule of customer %d names a group that fits nothing: %s", customer, error.words)
                continue
            for device in found:
                if device.customer == customer:
                    members[device.id].add(word)
        if len(words) > MOST_GROUPS:
            log.warning("rules of customer %d name %d groups, of which %d are read", customer, len(words), MOST_GROUPS)
        return members
