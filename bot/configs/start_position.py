"""Finds where to begin to follow: no endpoint names the newest snapshot, so its id is found by doubling and bisecting.

Each step asks for a window of ids, because ids have gaps. A gap that is wider may hide what lies behind it; then the
beginning is too low, which costs requests but notifies nobody of old snapshots: they are known by their time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.configs.follow_position import Position
from bot.configs.snapshot_fetch import SnapshotFetcher
from bot.webnet.client import WebNet
from bot.webnet.responses import not_admin
from store.database import Store

WINDOW = 8
LEAST_REACH = 1_024
PAGES = 4  # of devices, that are searched for a first id
AT_ONCE = 8


def find_position(webnet: WebNet, store: Store, fetcher: SnapshotFetcher, renew_lease: Callable[[], None]) -> Position:
    """Returns a new position behind the newest snapshot. `renew_lease` raises if another process has the lease by now.

    Raises WebNetForbidden for a key that does not see all customers.
    """
    me, date = webnet.me_and_date()
    if me.role != "admin":
        raise not_admin()
    now = datetime.now(UTC)
    since = date or now
    head = highest(fetcher, _existing_id(webnet, fetcher))
    below = range(max(1, head - WINDOW), head)
    there = {one.id for one in fetcher.fetch(below).found} if below else set()
    position = Position(store, head, since, {})
    with store.transaction():
        renew_lease()
        for number in below:
            if number not in there:
                position.miss(range(number, number + 1), now)
        position.save()
    return position


def highest(fetcher: SnapshotFetcher, known: int) -> int:
    """Returns the highest id that no gap hides, and at least `known`, which exists or is 0."""
    best, step = known, 1
    while step <= max(LEAST_REACH, 2 * (best - known)):
        best = max(best, _top(fetcher, known + step))
        step *= 2
    low, high = best, known + step
    while high - low > WINDOW:
        middle = (low + high) // 2
        top = _top(fetcher, middle)
        low, high = (top, high) if top else (low, middle)
    while top := _top(fetcher, low + 1):
        low = top
    return low


def _top(fetcher: SnapshotFetcher, first: int) -> int:
    """Returns the highest id of the window that begins at `first`, or 0 if there is none."""
    return max((one.id for one in fetcher.fetch(range(first, first + WINDOW)).found), default=0)


def _existing_id(webnet: WebNet, fetcher: SnapshotFetcher) -> int:
    """Returns an id that exists (1 may have been deleted), or 0 if there seem to be no snapshots."""
    number, pages = 1, 1
    while number <= min(pages, PAGES):
        pages, devices = webnet.devices_page(number, "-updated_at,id")
        for start in range(0, len(devices), AT_ONCE):
            found = fetcher.newest_of((device.id for device in devices[start : start + AT_ONCE]), 1)
            if found:
                return max(one.id for one in found)
        number += 1
    return 0
