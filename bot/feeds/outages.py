"""Notifies the channels that ask for something of a feed once it has failed for long, and once it is read again.

Silence would look like a quiet network. So no rule concerns these notices, and nothing holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels import Channels
from bot.core.events import Facts
from bot.core.notice_kinds import JOB_FAILURE
from bot.vitals import FAILED
from store.database import Store
from store.outbox import NewDelivery
from store.past_events import FEED


class Outages:
    """Is called under the lease of the feed. The cursor FAILED holds since when the feed fails; it is empty while it does not."""

    def __init__(self, store: Store, channels: Channels, after: timedelta, written: Callable[[], None]) -> None:
        """Channels are notified once a feed has failed for so long; `written` is called when something was enqueued."""
        self._store = store
        self._channels = channels
        self._after = after
        self._written = written

    def failed(self, feed: str, why: str) -> None:
        """Notes that a look at a feed failed. Raises StoreError."""
        now = datetime.now(UTC)
        since = min(self._since(feed) or now, now)
        self._store.cursors.put(FAILED + feed, since.isoformat())
        if now - since >= self._after:
            self._begin(feed, since, why)

    def ended(self, feed: str) -> None:
        """Notes that a feed was read to its end. Raises StoreError."""
        since, fault = self._since(feed), f"{FEED}:{feed}"
        if since is None:
            return
        now = max(datetime.now(UTC), since)
        over = dict[int, datetime]()
        with self._store.transaction():
            self._store.cursors.put(FAILED + feed, "")
            for each in self._store.faults.of_kind(FEED):
                if each.key == fault:
                    found = self._store.faults.end(each.customer, [fault], now)
                    over |= dict.fromkeys(found.over, now)
                    answers = [(channel, opener.event) for channel, opener in found.openers.items()]
                    self._add(f"{each.event}:ended", each.customer, now, {"feed": feed}, answers, Facts(FEED))
            self._store.marks.end(over)
        if over:
            self._written()

    def _since(self, feed: str) -> datetime | None:
        cursor = self._store.cursors.get(FAILED + feed)
        return datetime.fromisoformat(cursor.value) if cursor and cursor.value else None

    def _begin(self, feed: str, since: datetime, why: str) -> None:
        """Notifies the channels of each customer whose channels have not been. Where another feed fails, too, it is a reply to that."""
        fault, customers = f"{FEED}:{feed}", dict[int, list[int]]()
        with self._store.transaction():
            known = {(each.customer, each.key): each.event for each in self._store.faults.of_kind(FEED)}
            first = {customer: event for (customer, _), event in known.items()}
            for each in self._channels.routed().asking(feed):
                if (each.customer, fault) not in known:
                    customers.setdefault(each.customer, []).append(each.id)
            for customer, channels in customers.items():
                key, data = f"{fault}:{customer}:{since:%Y%m%dT%H%M%S}", {"feed": feed, "why": why}
                facts = Facts(FEED, opens=(fault,))
                places = [(channel, None) for channel in channels]
                self._add(key, customer, since, data, places, facts, first.get(customer))
        if customers:
            self._written()

    def _add(
        self,
        key: str,
        customer: int,
        at: datetime,
        data: Mapping[str, Any],
        places: Collection[tuple[int, int | None]],
        facts: Facts,
        answers: str | None = None,
    ) -> None:
        """Enqueues an event for channels, the ids of rows, each with the event whose notice there it answers."""
        self._store.outbox.add(
            key=key,
            kind=FEED,
            flag=JOB_FAILURE.flag,
            customer=customer,
            happened_at=at,
            data=data,
            deliveries=[NewDelivery(channel=channel, urgent=True, answers=event) for channel, event in places],
            answers=answers,
            facts=facts.json(),
        )
