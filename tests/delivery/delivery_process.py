"""Runs as a process that is killed: a feed of numbers, which writes cursor and outbox in one transaction, a release of what was
held, and deliveries.

`python -m tests.delivery.delivery_process STORE_URL STORE_KEY API_URL LAST DIGEST_OVER LEASE_S`
"""

from __future__ import annotations

import logging
import sys
import time

from bot.channels import Channels
from bot.core.holding import NOBODY
from bot.core.metrics import Metrics
from bot.core.notice_kinds import BY_RANK
from bot.delivery.release import Release
from store.database import Store, open_store
from store.outbox import NewDelivery
from tests.delivery.stored_deliveries import NOON, deliveries

log = logging.getLogger(__name__)

BATCH = 10
CURSOR = "numbers"


def feed(store: Store, last: int) -> None:
    """Enqueues the numbers from 0 to before `last` for every channel, a few at a time."""
    cursor = store.cursors.get(CURSOR)
    position = int(cursor.value) if cursor else 0
    channels = [channel.id for channel in store.channels.list()]
    while position < last:
        batch = range(position, min(last, position + BATCH))
        log.info("fetched up to %d", batch.stop)
        with store.transaction():
            for number in batch:
                store.outbox.add(
                    key=f"number:{number}",
                    kind="numbered",
                    flag=BY_RANK[0],
                    customer=1,
                    happened_at=NOON,
                    data={"number": number},
                    deliveries=[NewDelivery(channel=each) for each in channels],
                )
            store.cursors.put(CURSOR, str(batch.stop))
        position = batch.stop


def main(url: str, key: str, api_url: str, last: str, digest_over: str, lease_s: str) -> None:
    logging.basicConfig(level=logging.INFO)
    with open_store(url, keys=[key]) as store:
        limits = {"digest_over": int(digest_over), "digest_pause_s": 5.0, "lease_s": float(lease_s), "pace_s": 0.005}
        delivery = deliveries(store, api_url, Metrics(), **limits)
        delivery.start()
        feed(store, int(last))
        delivery.wake()
        release = Release(store.held, Channels(store.channels), NOBODY, delivery.wake)
        log.info("looks at what is held")
        while True:
            release.tick()
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
