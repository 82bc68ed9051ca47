"""Runs as a process that is killed: a feed of numbers, which writes cursor and outbox in one transaction, a release of what was
held, and deliveries.

`python -m tests.delivery.delivery_process STORE_URL STORE_KEY LAST DIGEST_OVER LEASE_S SLACK_URL [TEAMS_URL]`
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from bot.channels import Channels
from bot.core.chat import Chat
from bot.core.holding import NOBODY
from bot.core.metrics import Metrics
from bot.delivery.release import Release
from bot.feeds.enqueue import Enqueuer
from store.database import Store, open_store
from tests.delivery.stored_deliveries import deliveries, event, slack_chat

log = logging.getLogger(__name__)

BATCH = 10
CURSOR = "numbers"


def kinds(store: Store) -> list[tuple[int, str]]:
    """Returns the customers and the flags of the events, of which channels want some: the event of a number is of the kind
    at the number's place, over and over again."""
    customers = {row.id: row.customer for row in store.workspaces.list()}
    channels = store.channels.list()
    return sorted({(customers[each.workspace], flag) for each in channels for flag in each.flags})


def feed(store: Store, last: int) -> None:
    """Enqueues the numbers from 0 to before `last`, a few at a time, for every channel that wants them."""
    cursor = store.cursors.get(CURSOR)
    position = int(cursor.value) if cursor else 0
    found, enqueuer = kinds(store), Enqueuer(store)
    while position < last:
        batch = range(position, min(last, position + BATCH))
        log.info("fetched up to %d", batch.stop)
        with store.transaction():
            enqueuer.enqueue([event(number, *found[number % len(found)]) for number in batch])
            store.cursors.put(CURSOR, str(batch.stop))
        position = batch.stop


def two_chats(store: Store, metrics: Metrics, slack_url: str, teams_url: str) -> tuple[Chat, dict[str, Any]]:
    """Returns both chats as one, and what deliveries ask them."""
    from tests.delivery.two_chats import chats  # most processes need but one

    found = chats(store, metrics, slack_url, teams_url)
    return found, {"remedy_of": found.remedy_of, "prompt_of": found.prompt_of}


def main(url: str, key: str, last: str, digest_over: str, lease_s: str, slack_url: str, teams_url: str = "") -> None:
    logging.basicConfig(level=logging.INFO)
    with open_store(url, keys=[key]) as store:
        limits = {"digest_over": int(digest_over), "digest_pause_s": 5.0, "lease_s": float(lease_s), "pace_s": 0.005}
        metrics, chat, own = Metrics(), slack_chat(store, slack_url), dict[str, Any]()
        if teams_url:
            chat, own = two_chats(store, metrics, slack_url, teams_url)
        delivery = deliveries(store, chat, metrics, **limits, **own)
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
