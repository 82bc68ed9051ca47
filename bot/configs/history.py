"""Reads a device's configs in their order. The previous one is the next older of the same device by (created_at, id).

WebNet stores a config at each backup, whether it changed or not, so most neighbours are equal. A change is a pair of neighbours
that differ in more than volatile lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from bot.configs.sections import lines_of
from bot.configs.volatile import Volatile
from bot.core.errors import NotFound, WebNetMissing
from bot.core.text import count
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot


@dataclass(frozen=True, slots=True)
class Pair:
    """Two configs to compare. `newer` and `older` are the numbers of the nearest changes after and before them, counted from 1
    for the last change; None where there is none. `before` is None where none of the `configs` that WebNet has is a change."""

    before: Snapshot | None
    after: Snapshot
    configs: int
    newer: int | None = None
    older: int | None = None


class NoConfig(NotFound):
    """Says that WebNet has no config of a device."""


class Snapshots:
    """Returns whole texts with secrets, so a caller redacts them whole before it shows any part."""

    def __init__(self, webnet: WebNet) -> None:
        self._webnet = webnet

    def newest(self, device: int) -> Snapshot:
        """Raises NoConfig if there is none."""
        return self._all(device, 1)[0]

    def change(self, device: int, n: int, volatile: Volatile) -> Pair:
        """Returns the n-th last change; `n` counts from 1. Raises NotFound if there are fewer."""
        found = self._all(device)
        places = list(islice(_changes(found, volatile), n + 1))
        if n > max(1, len(places)):
            raise NotFound(f"WebNet has only {count(len(places), 'change')} of this device's config.")
        if not places:
            return Pair(None, found[0], len(found))
        at, older = places[n - 1], n + 1 if len(places) > n else None
        return Pair(found[at + 1], found[at], len(found), n - 1 or None, older)

    def between(self, device: int, ids: tuple[int, int], volatile: Volatile) -> Pair:
        """Returns these two configs of the device, the older one first. Raises NotFound if WebNet has one of them no more."""
        found = self._all(device)
        places = sorted(place for place, snapshot in enumerate(found) if snapshot.id in ids)
        if len(places) < 2:
            raise NotFound("WebNet no longer has these two configs of this device.")
        (after, before), newer, older = places, None, None
        for n, place in enumerate(_changes(found, volatile), 1):
            if place >= before:
                older = n
                break
            newer = n if place < after else newer
        return Pair(found[before], found[after], len(found), newer, older)

    def before(self, snapshot: Snapshot) -> Snapshot | None:
        """Returns the previous snapshot of the device, as far as WebNet has it by now."""
        try:
            found = self._webnet.snapshots(snapshot.device)
        except WebNetMissing:
            return None
        earlier = (older for older in found if older.order < snapshot.order)
        return next(earlier, None)

    def _all(self, device: int, most: int | None = None) -> tuple[Snapshot, ...]:
        found = self._webnet.snapshots(device, most)
        if not found:
            raise NoConfig("WebNet has no config of this device yet.")
        return found


def _changes(found: Sequence[Snapshot], volatile: Volatile) -> Iterator[int]:
    """Yields the place of each config, newest first, that differs from the one before it."""
    for place, (after, before) in enumerate(pairwise(found)):
        if after.hash != before.hash and volatile.differ(lines_of(before.text), lines_of(after.text)):
            yield place
