"""Gives a caller the configs of one customer: always redacted, and redacted whole before anything is cut out of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.configs.query import Query
from bot.configs.search import LIMIT_S, Copy, FoundOn, Look, Result
from bot.configs.volatile import Volatile
from bot.core.errors import NotFound, WebNetMissing
from bot.core.line_patterns import LinePattern
from bot.webnet.client import Target
from bot.webnet.models import Device, Snapshot
from store.directory import Outline


class Names(Protocol):
    def outlines(self, customer: int) -> list[Outline]: ...


class Reader(Protocol):
    def around(self, device: int, n: int = 1) -> tuple[Snapshot | None, Snapshot]: ...


class Redacts(Protocol):
    def config(self, text: str) -> str: ...

    def pair(self, old: str, new: str) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class ConfigSources:
    """What all callers share: the copy, the names of its devices, and WebNet's own devices and configs with their redactor."""

    copy: Copy
    names: Names
    device: Callable[[int], Device]
    reader: Reader
    redact: Redacts
    ignored: tuple[LinePattern, ...] = ()
    limit_s: float = LIMIT_S
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Text:
    """A device's config without secrets."""

    target: Target
    snapshot: int
    created_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A config and the one before it, redacted as a pair; `before` is None if there is none."""

    target: Target
    before: Text | None
    after: Text
    volatile: Volatile = field(default_factory=Volatile)


@dataclass(frozen=True, slots=True)
class Configs:
    """The configs of one customer. A target comes from this customer's directory."""

    customer: int
    _sources: ConfigSources

    def search(self, query: Query) -> Result:
        """Raises UsageError for a pattern that cannot be read, and NotFound if no device fits the filters."""
        return self._look(query).result()

    def every(self, query: Query) -> tuple[Result, list[FoundOn]]:
        """Searches as `search` does, and also returns the hits of all devices, as many as a file holds."""
        look = self._look(query)
        found = look.everything()
        return look.result(), found

    def text(self, target: Target) -> Text:
        """Reads the latest config from the copy, or from WebNet while the copy has none. Raises NotFound."""
        row = self._sources.copy.get(self.customer, target.id)
        if row is not None:
            return Text(target, row.snapshot, row.created_at, row.text)
        _, _, newest = self._around(target, 1)
        return _text(target, newest, self._sources.redact.config(newest.text))

    def change(self, target: Target, n: int) -> Change:
        """Reads the n-th last config and the one before. Raises NotFound."""
        redact = self._sources.redact
        device, before, after = self._around(target, n)
        if before is None:
            return Change(target, None, _text(target, after, redact.config(after.text)))
        old, new = redact.pair(before.text, after.text)
        volatile = Volatile(self._sources.ignored, device.platform)
        return Change(target, _text(target, before, old), _text(target, after, new), volatile)

    def _look(self, query: Query) -> Look:
        shared = self._sources
        names = shared.names.outlines(self.customer)
        return Look(shared.copy, self.customer, query, names, shared.monotonic, shared.limit_s).count()

    def _around(self, target: Target, n: int) -> tuple[Device, Snapshot | None, Snapshot]:
        """Reads from WebNet, which serves every customer, so it checks that the device still belongs to this one."""
        gone = NotFound(f"{target.hostname} is no longer in WebNet.")
        try:
            device = self._sources.device(target.id)
            if device.customer != self.customer:
                raise gone
            return device, *self._sources.reader.around(target.id, n)
        except WebNetMissing:
            raise gone from None


def _text(target: Target, snapshot: Snapshot, text: str) -> Text:
    return Text(target, snapshot.id, snapshot.created_at, text)
