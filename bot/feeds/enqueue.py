"""Puts events into the outbox, with a delivery for every channel that wants them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.events import Event
from bot.core.routing import route
from store.database import Store


class Enqueuer:
    def __init__(self, store: Store) -> None:
        self._store = store

    def enqueue(self, events: Iterable[Event]) -> None:
        """Enqueues the events for every channel that wants them, in the transaction that moves the feed's cursor. An event
        that was enqueued before adds nothing."""
        places = self._store.channels.destinations()
        for event in events:
            self._add(event, set(route(event, places)))

    def _add(self, event: Event, channels: set[int]) -> None:
        job = event.data.get("job")
        if channels and isinstance(job, int):
            channels.difference_update(self._with_card(job))
        self._store.outbox.add(
            key=event.key,
            kind=event.kind,
            flag=event.flag,
            customer=event.customer,
            happened_at=event.happened_at,
            data=event.data,
            channels=channels,
        )

    def _with_card(self, job: int) -> Iterator[int]:
        """Yields the channels in which a card shows the job already."""
        for workspace, channel_id in self._store.cards.channels_of(job):
            if channel := self._store.channels.find(workspace, channel_id):
                yield channel.id
