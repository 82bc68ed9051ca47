"""Gives a caller the configs of one customer: always redacted, and redacted whole before anything is cut out of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.configs import kept
from bot.configs.changes import ChangesLook, Listed, Names
from bot.configs.history import NoConfig, Pair
from bot.configs.kept import KeptTexts
from bot.configs.line_match import matcher
from bot.configs.past_search import Copy, PastLook
from bot.configs.query import Query
from bot.configs.search import LIMIT_S, FoundOn, Look, Result
from bot.configs.standing import Standing, standing
from bot.configs.volatile import Volatile
from bot.core import zones
from bot.core.errors import NotFound, WebNetMissing
from bot.core.line_patterns import LinePattern
from bot.devices.access import Devices
from bot.webnet.models import Device, Snapshot
from bot.webnet.target import Target
from store.config_history import Version

T = TypeVar("T")


class Reader(Protocol):
    def newest(self, device: int) -> Snapshot: ...

    def change(self, device: int, n: int, volatile: Volatile) -> Pair: ...

    def between(self, device: int, ids: tuple[int, int], volatile: Volatile) -> Pair: ...


class Redacts(Protocol):
    def config(self, text: str) -> str: ...

    def pair(self, old: str, new: str) -> tuple[str, str]: ...

    def both_kept(self, old: str, of_old: Sequence[str], new: str, of_new: Sequence[str]) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class ConfigSources:
    """What all callers share: the copy, the names of its devices, and WebNet's own configs with their redactor. Answers name moments in
    `zone`."""

    copy: Copy
    names: Names
    reader: Reader
    redact: Redacts
    ignored: tuple[LinePattern, ...] = ()
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009  # it is frozen
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
    """Two configs, redacted as a pair. `before` is None where the config never changed in all `configs` that WebNet has; then
    `after` is the last one. `newer` and `older` are the numbers of the next changes in both directions, None at the ends."""

    target: Target
    before: Text | None
    after: Text
    configs: int
    newer: int | None = None
    older: int | None = None
    volatile: Volatile = field(default_factory=Volatile)


@dataclass(frozen=True, slots=True)
class Configs:
    """The configs of one customer. A target comes from this customer's directory, and its device is read from WebNet before
    anything of its config is shown, since it may have been deleted or moved to another customer a moment ago."""

    customer: int
    _devices: Devices
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
        self._live(target)
        row = next(self._sources.copy.each(self.customer, [target.id]), None)
        if row is not None:
            return Text(target, row.snapshot, row.created_at, row.text)
        newest = _found(target, lambda: self._sources.reader.newest(target.id))
        return _text(target, newest, self._sources.redact.config(newest.text))

    def change(self, target: Target, n: int) -> Change:
        """Reads the configs before and after the n-th last change. Raises NotFound if there are fewer changes."""
        reader, volatile = self._sources.reader, self._volatile(target)
        return self._redacted(target, volatile, _found(target, lambda: reader.change(target.id, n, volatile)))

    def between(self, target: Target, ids: tuple[int, int]) -> Change:
        """Reads the two configs with these ids, as they were kept where WebNet has them no more. Raises NotFound if one of them is not
        the device's."""
        reader, volatile = self._sources.reader, self._volatile(target)
        try:
            return self._redacted(target, volatile, reader.between(target.id, ids, volatile))
        except WebNetMissing:
            raise _gone(target) from None
        except NotFound:
            versions = self._sources.copy.history(self.customer, target.id)
            found = [version for version in versions if version.snapshot in ids]
            if len(found) < 2:
                raise
            return self._kept_change(target, volatile, found[1], found[0])

    def at_points(self, target: Target, first: datetime, second: datetime | None = None) -> Change:
        """Returns the configs that the device had at two moments, the earlier first, or at one and now. Raises NotFound for a moment of which no config
        is known."""
        volatile, versions = self._volatile(target), self._history(target)
        before, after = self._at(target, versions, first), versions[0]
        if second is not None:
            after = self._at(target, versions, second)
        return self._kept_change(target, volatile, before, after)

    def against(self, target: Target, other: Target) -> Change:
        """Returns the latest configs of two devices, in which every secret reads alike."""
        before, after = self.text(target), self.text(other)
        return Change(other, before, after, configs=2, volatile=self._volatile(target))

    def standing(self, target: Target, query: Query) -> Standing:
        """Says since when the lines stand there that a query looks for, and when others went. Raises NotFound and UsageError."""
        self._live(target)
        return standing(target, self._history(target), self._kept, matcher(query))

    def changes(self, query: Query, since: datetime) -> Listed:
        """Returns a page of what changed since then, or all of it for a file. Raises NotFound if no device fits the filters."""
        shared, deadline = self._sources, self._sources.monotonic() + self._sources.limit_s
        return ChangesLook(
            shared.copy,
            self.customer,
            query,
            since,
            shared.names,
            self._devices.here,
            self._kept,
            partial(Volatile, shared.ignored),
            lambda: shared.monotonic() < deadline,
        ).result()

    @property
    def _kept(self) -> KeptTexts:
        return KeptTexts(self._sources.copy, self._sources.redact)

    def _history(self, target: Target) -> list[Version]:
        found = self._sources.copy.history(self.customer, target.id)
        if not found:
            _found(target, lambda: self._sources.reader.newest(target.id))
            raise NotFound(f"The bot has read no config of {target.hostname} yet. Try again in some minutes.")
        return found

    def _at(self, target: Target, versions: Sequence[Version], moment: datetime) -> Version:
        found = kept.at(versions, moment)
        if found is None:
            zone, oldest = self._sources.zone, versions[-1].created_at
            words = f"the oldest that is known is of {zones.named(oldest, zone)}"
            raise NotFound(f"No config of {target.hostname} is known from before {zones.named(moment, zone)}: {words}.")
        return found

    def _kept_change(self, target: Target, volatile: Volatile, before: Version, after: Version) -> Change:
        old, new = (
            Text(target, version.snapshot, version.created_at, text)
            for version, text in zip((before, after), self._kept.pair(before, after), strict=True)
        )
        return Change(target, old, new, configs=2, volatile=volatile)

    def _volatile(self, target: Target) -> Volatile:
        return Volatile(self._sources.ignored, self._live(target).platform)

    def _redacted(self, target: Target, volatile: Volatile, pair: Pair) -> Change:
        redact, before, after = self._sources.redact, pair.before, pair.after
        if before is None:
            return Change(target, None, _text(target, after, redact.config(after.text)), pair.configs)
        old, new = redact.pair(before.text, after.text)
        texts = _text(target, before, old), _text(target, after, new)
        return Change(target, *texts, pair.configs, pair.newer, pair.older, volatile)

    def _look(self, query: Query) -> Look:
        shared = self._sources
        asked = shared.copy, self.customer, query, shared.names, self._devices.here, shared.monotonic, shared.limit_s
        look = PastLook(*asked, self._kept) if query.gone or query.since else Look(*asked)
        return look.count()

    def _live(self, target: Target) -> Device:
        device = self._devices.live(target)
        if device is None:
            raise _gone(target)
        return device


def _gone(target: Target) -> NotFound:
    return NotFound(f"{target.hostname} is no longer here.")


def _found(target: Target, read: Callable[[], T]) -> T:
    try:
        return read()
    except WebNetMissing:
        raise _gone(target) from None
    except NoConfig:
        raise NotFound(f"WebNet has no config of {target.hostname} yet: a backup makes one.") from None


def _text(target: Target, snapshot: Snapshot, text: str) -> Text:
    return Text(target, snapshot.id, snapshot.created_at, text)
