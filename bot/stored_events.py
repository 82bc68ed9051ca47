"""Makes events again of what the store keeps of them."""

from __future__ import annotations

from bot.core.events import Event, Facts
from store.stored_event import StoredEvent


def event_of(stored: StoredEvent) -> Event:
    """Returns the event as views and rules take it."""
    return Event(
        stored.key,
        stored.kind,
        stored.flag,
        stored.customer,
        stored.happened_at,
        stored.data,
        facts=Facts.of(stored.facts),
    )
