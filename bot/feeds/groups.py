"""Keeps a copy of who is in the groups of devices that rules name, so that routing asks WebNet for nothing."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from bot.channels import Channels
from bot.core.errors import Conflict, NotFound
from bot.devices.groups import Groups
from bot.webnet.client import WebNet
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.database import Store
from store.engine import utc_now

log = logging.getLogger(__name__)

CURSOR = "groups:named"  # what the copy holds, and when it was read
FRESH = timedelta(minutes=10)
REST = timedelta(seconds=20)  # at least, of a group that cannot be read
MOST_GROUPS = 100  # of one customer; each costs a request


class NamedGroups:
    def __init__(self, store: Store, webnet: WebNet, groups: Groups, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._webnet = webnet
        self._resting = Resting[tuple[int, str]](now, REST, FRESH)  # by customer and word, groups that cannot be read
        self._groups = groups
        self._now = now
        self._channels = Channels(store.channels)

    def follow(self) -> None:
        """Reads the groups again if the copy is old, or rules name others by now; one replica does. A group that cannot be
        read stays as it is in the copy. Raises WebNetError, and then all of it does."""
        named, before = self._named(), self._store.cursors.get(CURSOR)
        value = self._value(named)
        if value == (before.value if before else "[]") and (
            not named or (before and timedelta(0) <= self._now() - before.updated_at < FRESH)
        ):
            return
        found = {customer: self._members(customer, words) for customer, words in named.items()}
        with self._store.transaction():
            self._store.device_groups.replace(found)
            self._store.cursors.put(CURSOR, self._value(named))

    def _value(self, named: Mapping[int, set[str]]) -> str:
        """Returns what the copy holds of those that are named, which are all but those that rest."""
        resting = self._resting.now()
        read = (
            (customer, [word for word in words if (customer, word) not in resting]) for customer, words in named.items()
        )
        return json.dumps(sorted((customer, sorted(words)) for customer, words in read))

    def _named(self) -> dict[int, set[str]]:
        """Returns the words by which rules name groups, by customer."""
        named: dict[int, set[str]] = defaultdict(set)
        for channel in self._channels.routed().channels:
            for rule in channel.rules if channel.enabled else ():
                named[channel.customer].update(rule.when.get("group", ()))
        return {customer: words for customer, words in named.items() if words}

    def _members(self, customer: int, words: set[str]) -> dict[int, set[str]]:
        members: dict[int, set[str]] = defaultdict(set)
        self._groups.of(customer)  # without their list nothing is known of any
        for word in sorted(words)[:MOST_GROUPS]:
            for device in self._devices(customer, word):
                members[device].add(word)
        if len(words) > MOST_GROUPS:
            log.warning("rules of customer %d name %d groups, of which %d are read", customer, len(words), MOST_GROUPS)
        return members

    def _devices(self, customer: int, word: str) -> Collection[int]:
        """Returns the devices of a group; those that were in it where WebNet cannot show it."""
        if (customer, word) in self._resting.now():
            return self._store.device_groups.devices(customer, word)
        try:
            found = self._groups.members(customer, word)
        except (NotFound, Conflict) as error:
            log.warning("a rule of customer %d names a group that fits nothing: %s", customer, error.words)
            found = []
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            log.warning("a group that a rule of customer %d names cannot be read: %s", customer, error.words)
            self._resting.failed((customer, word))
            return self._store.device_groups.devices(customer, word)
        self._resting.read((customer, word))
        return {device.id for device in found if device.customer == customer}
