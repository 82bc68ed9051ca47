"""Says how much a channel would have got of what happened lately, from the bot's own store alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.core.events import Event, Facts
from bot.core.routing import Destination, Routing
from store.database import Store
from store.past_events import PastEvent

DAYS = 7
MOST = 5_000  # events that are looked at, the newest


@dataclass(frozen=True, slots=True)
class Past:
    """Counts the events of the last days: `got` of those that were `looked` at, which are all there were if `complete`."""

    got: int
    looked: int
    complete: bool


def event_of(past: PastEvent) -> Event:
    """Makes the event again as rules see it: without what its notice shows."""
    facts = Facts.of(past.facts)
    return Event(past.key, past.kind, past.flag, past.customer, past.happened_at, {}, facts=facts)


def would_have_got(store: Store, destination: Destination, most: int = MOST) -> Past:
    """Counts the events of the destination's customer that it would have been sent as it is now, at once or held."""
    since = store.past_events.now() - timedelta(days=DAYS)
    found = store.past_events.since(since, destination.customer, most + 1)
    looked = found[:most]
    routing = Routing([destination])
    got = sum(bool(routing.route(event_of(past))) for past in looked)
    return Past(got, len(looked), len(found) <= most)
