"""From an event to the deliveries that are owed for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from bot.core.events import Event
from bot.core.notices import route
from store.database import Store


class Telling:
    def __init__(self, store: Store, carded: Callable[[int], Collection[int]] = lambda _: ()) -> None:
        """`carded(job)` are the channel rows where a card tells of that job already."""
        self._store = store
        self._carded = carded

    def tell(self, events: Iterable[Event]) -> int:
        """Owes the events to every channel that wants them, and gives how many deliveries that made. Joins the
        transaction that moves the feed on; an event that was told before adds nothing."""
        places = self._store.channels.destinations()
        return sum(self._owe(event, set(route(event, places))) for event in events)

    def _owe(self, event: Event, channels: set[int]) -> int:
        job = event.data.get("job")
        if channels and isinstance(job, int):
            channels.difference_update(self._carded(job))
        if not channels:
            return 0
        return self._store.outbox.add(
            key=event.key,
            kind=event.kind,
            flag=event.flag,
            customer=event.customer,
            happened_at=event.happened_at,
            data=event.data,
            channels=channels,
        )
