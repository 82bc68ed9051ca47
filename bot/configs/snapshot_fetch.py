"""Fetches snapshots by id, several at a time, since WebNet has no list of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from bot.core.errors import Conflict, WebNetError, WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import FAULTS_OF_ONE

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of one fetch: `found` by rising id, and the ids of `broken` snapshots, which WebNet has but cannot show."""

    found: tuple[Snapshot, ...]
    broken: frozenset[int]


class SnapshotFetcher:
    def __init__(self, webnet: WebNet, executor: Executor, stopping: Callable[[], bool]) -> None:
        self._webnet = webnet
        self._executor = executor
        self._stopping = stopping
        self._any_readable = False
        self._fault: WebNetError | None = None

    def require_readable(self) -> None:
        """Raises WebNetError if every request so far failed: then the fault is WebNet's and not one snapshot's."""
        if self._fault and not self._any_readable:
            raise self._fault

    def fetch(self, ids: Iterable[int]) -> Fetched:
        """Fetches these ids. Raises WebNetError if WebNet is away: then nothing is known about any of them. Raises Conflict
        once the bot is stopping."""
        if self._stopping():
            raise Conflict("The bot is stopping.")
        results = list(self._executor.map(self._one, ids))
        broken = [each for each in results if isinstance(each, _Broken)]
        self._any_readable = self._any_readable or len(results) > len(broken)
        for each in broken:
            self._fault = each.error
            log.info("snapshot %d cannot be read: %s", each.id, each.error.words)
        found = (each for each in results if isinstance(each, Snapshot))
        return Fetched(tuple(sorted(found, key=lambda one: one.id)), frozenset(each.id for each in broken))

    def newest_of(self, devices: Iterable[int], most: int, *, all_of_them: bool = False) -> list[Snapshot]:
        """Returns the newest snapshots of each device, `most` of each. Devices that are gone are left out, and so are those whose
        list cannot be read, unless `all_of_them` are needed. Raises WebNetError."""
        if self._stopping():
            raise Conflict("The bot is stopping.")
        return [one for found in self._executor.map(partial(self._newest, most, all_of_them), devices) for one in found]

    def _newest(self, most: int, needed: bool, device: int) -> tuple[Snapshot, ...]:
        try:
            return self._webnet.snapshots(device, most)
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            if needed and not isinstance(error, WebNetMissing):
                raise
            log.warning("the configs of device %d cannot be read: %s", device, error.words)
            return ()

    def _one(self, id: int) -> Snapshot | _Broken | None:
        try:
            return self._webnet.snapshot(id)
        except WebNetMissing:
            return None
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            return _Broken(id, error)


@dataclass(frozen=True, slots=True)
class _Broken:
    id: int
    error: WebNetError
