"""Where to begin to follow: no endpoint tells the newest snapshot, so its id is found by doubling and bisecting.

Each step asks for a window of ids, because ids have gaps. A gap that is wider may hide what lies behind it; then the
beginning is too low, which costs requests but tells nobody of old snapshots: they are known by their time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.configs.follow_position import Trail
from bot.configs.snapshot_fetch import Asker
from bot.webnet.client import WebNet
from bot.webnet.responses import not_admin
from store.database import Store

WINDOW = 8
LEAST_REACH = 1_024
PAGES = 4  # of devices that are looked at for a first id
AT_ONCE = 8


def place(webnet: WebNet, store: Store, asker: Asker, hold: Callable[[], None]) -> Trail:
    """Begins at what is there now. `hold` raises if meanwhile somebody else does it.

    Raises WebNetForbidden to a key that does not see all customers.
    """
    me, date = webnet.me_and_date()
    if me.role != "admin":
        raise not_admin()
    now = datetime.now(UTC)
    since = date or now
    head = highest(asker, _foothold(webnet, asker))
    below = range(max(1, head - WINDOW), head)
    there = {one.id for one in asker.ask(below).found} if below else set()
    trail = Trail(store, head, since, {})
    with store.transaction():
        hold()
        for number in below:
            if number not in there:
                trail.miss(range(number, number + 1), now)
        trail.save()
    return trail


def highest(asker: Asker, known: int) -> int:
    """The highest id there is, as far as no gap hides it; at least `known`, which exists or is 0."""
    best, step = known, 1
    while step <= max(LEAST_REACH, 2 * (best - known)):
        best = max(best, _top(asker, known + step))
        step *= 2
    low, high = best, known + step
    while high - low > WINDOW:
        middle = (low + high) // 2
        top = _top(asker, middle)
        low, high = (top, high) if top else (low, middle)
    while top := _top(asker, low + 1):
        low = top
    return low


def _top(asker: Asker, first: int) -> int:
    """The highest id of the window that begins here; 0 if it is empty."""
    return max((one.id for one in asker.ask(range(first, first + WINDOW)).found), default=0)


def _foothold(webnet: WebNet, asker: Asker) -> int:
    """An id that exists: old snapshots may have been deleted, so 1 need not be one. 0 if there seem to be none."""
    number, pages = 1, 1
    while number <= min(pages, PAGES):
        pages, devices = webnet.devices_page(number, "-updated_at,id")
        for start in range(0, len(devices), AT_ONCE):
            found = asker.of_devices((device.id for device in devices[start : start + AT_ONCE]), 1)
            if found:
                return max(one.id for one in found)
        number += 1
    return 0
