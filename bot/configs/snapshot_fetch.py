"""Snapshots by id, several at a time: WebNet has no list of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from bot.core.errors import Conflict, WebNetBroken, WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.responses import Passing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """`found` by id; of `broken` WebNet has something that cannot be read."""

    found: tuple[Snapshot, ...]
    broken: frozenset[int]


class Asker:
    def __init__(self, webnet: WebNet, executor: Executor, stopping: Callable[[], bool]) -> None:
        self._webnet = webnet
        self._executor = executor
        self._stopping = stopping
        self._heard = False
        self._fault: WebNetBroken | None = None

    def require_sense(self) -> None:
        """Raises WebNetBroken if everything that was asked got a fault for an answer: then it is not the one snapshot."""
        if self._fault and not self._heard:
            raise self._fault

    def ask(self, ids: Iterable[int]) -> Asked:
        """Raises WebNetError where WebNet is away: then nothing is known about any of them."""
        if self._stopping():
            raise Conflict("The bot is stopping.")
        answers = list(self._executor.map(self._one, ids))
        broken = [answer for answer in answers if isinstance(answer, _Broken)]
        self._heard = self._heard or len(answers) > len(broken)
        for answer in broken:
            self._fault = answer.error
            log.info("snapshot %d cannot be read: %s", answer.id, answer.error.words)
        found = (answer for answer in answers if isinstance(answer, Snapshot))
        return Asked(tuple(sorted(found, key=lambda one: one.id)), frozenset(answer.id for answer in broken))

    def of_devices(self, devices: Iterable[int], most: int) -> list[Snapshot]:
        """The newest ones of each device; nothing of those that are gone, or whose list cannot be read."""
        if self._stopping():
            raise Conflict("The bot is stopping.")
        return [one for found in self._executor.map(partial(self._newest, most), devices) for one in found]

    def _newest(self, most: int, device: int) -> tuple[Snapshot, ...]:
        try:
            return self._webnet.snapshots(device, most)
        except WebNetMissing:
            return ()
        except Passing:
            raise
        except WebNetBroken as error:
            log.warning("the configs of device %d cannot be read: %s", device, error.words)
            return ()

    def _one(self, id: int) -> Snapshot | _Broken | None:
        try:
            return self._webnet.snapshot(id)
        except WebNetMissing:
            return None
        except Passing:
            raise
        except WebNetBroken as error:
            return _Broken(id, error)


@dataclass(frozen=True, slots=True)
class _Broken:
    id: int
    error: WebNetBroken
