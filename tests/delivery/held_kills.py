"""Kills processes while they release what was held, each at a chosen point, and counts what arrived."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from tests.delivery.kill_rig import Count, KillRig
from tests.delivery.kills import POINT
from tests.e2e.rig import wait_until

BATCH = 20  # notices that are held together, and so come as one message


def _releasing(at: KillRig) -> None:
    """Kills a few milliseconds after the first look at what is held, which is when a release begins."""
    newest = at.folder / f"process-{at.started}.log"
    wait_until(lambda: "looks at what is held" in newest.read_text(), "a look")
    at.kill()


def _released(at: KillRig) -> None:
    wait_until(lambda: not at.store.outbox.depth().held, "a release")
    at.kill()


HELD_POINT: dict[str, Callable[[KillRig], None]] = {
    "releasing": _releasing,
    "released": _released,
    **{name: POINT[name] for name in ("claimed", "sent", "answered", "settled")},
}


def held_kills(at: KillRig, seed: int, *, replicas: int = 1, points: tuple[str, ...] = tuple(HELD_POINT)) -> Count:
    """Holds a batch for each point and kills there, in an order that `seed` gives; then delivers the rest."""
    order = list(points)
    random.Random(seed).shuffle(order)
    for number, point in enumerate(order):
        until = at.store.database.now() - timedelta(seconds=1)
        at.add(range(number * BATCH, (number + 1) * BATCH), held_for="quiet", held_until=until)
        for _ in range(replicas):
            at.start_process()
        HELD_POINT[point](at)
    for _ in range(replicas):
        at.start_process()
    wait_until(lambda: len(at.store.outbox.list("sent", limit=10_000)) == len(order) * BATCH, "the end", 240)
    at.last = len(order) * BATCH
    return Count(len(order), at.lost(at.delivered()), at.repeated().total())
