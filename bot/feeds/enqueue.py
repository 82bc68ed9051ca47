"""Puts events into the outbox, with a delivery for every channel that wants them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.channels import Channels, Routed
from bot.core.events import Event
from bot.core.holding import NOBODY, Hold, Holders
from bot.core.notice_kinds import JOB_COMPLETION
from bot.core.routing import Route
from store.database import Store
from store.faults import Opener
from store.outbox import NewDelivery

RemindAfter = Callable[[Event], timedelta | None]
"""Says how long after an event it is looked whether somebody is on it; None for never."""


class Enqueuer:
    """May be shared between threads."""

    def __init__(self, store: Store, holders: Holders = NOBODY, remind_after: RemindAfter = lambda _: None) -> None:
        self._store = store
        self._holders = holders
        self._remind_after = remind_after
        self._channels = Channels(store.channels)

    def enqueue(self, events: Iterable[Event], also: Collection[str] = ()) -> None:
        """Enqueues the events for every channel that wants them, in the transaction that moves the feed's cursor. An event
        that was enqueued before adds nothing. One that no channel wants is kept, too, if its customer has a workspace. What ends
        a fault marks the notices of that, and answers the first of each channel.
        `also` are the chats' ids of channels that get those of their customer whatever they ask for."""
        routed, customers = self._channels.routed(), self._store.workspaces.customers()
        now = self._store.database.now()  # which also says until when something is held
        holders, over = self._holders.read(), dict[int, datetime]()
        for each in events:
            if each.customer in customers:
                ended = self._store.faults.end(each.customer, each.facts.ends, each.happened_at)
                event = replace(each, facts=replace(each.facts, ends=ended.faults)) if each.facts.ends else each
                over |= dict.fromkeys(ended.over, event.happened_at)
                holders.watch(event, now)
                routes = {route.channel: route for route in routed.routing.route(event)} | _also(event, routed, also)
                found = _with_answers(event, routes, ended.openers, routed)
                after = self._remind_after(event)
                self._add(event, found, partial(_held, event, holders, routed, now, now + after if after else None))
        self._store.marks.end(over)

    def _add(self, event: Event, found: dict[int, _Way], held: Callable[[_Way], NewDelivery]) -> None:
        job = event.data.get("job")
        if found and isinstance(job, int):
            for channel in self._with_card(job):
                found.pop(channel, None)
        self._store.outbox.add(
            key=event.key,
            kind=event.kind,
            flag=event.flag,
            customer=event.customer,
            happened_at=event.happened_at,
            data=event.data,
            deliveries=[held(way) for way in found.values()],
            answers=event.answers,
            facts=event.facts.json(),
        )

    def _with_card(self, job: int) -> Iterator[int]:
        """Yields the channels in which a card shows the job already."""
        for workspace, channel_id in self._store.cards.channels_of(job):
            if channel := self._store.channels.find(workspace, channel_id):
                yield channel.id


@dataclass(frozen=True, slots=True)
class _Way:
    """How an event gets to a channel, with the notice there of what it ends, if there is one, and whether it `answers` that."""

    route: Route
    opener: Opener | None = None
    answers: bool = False


def _also(event: Event, routed: Routed, channel_ids: Collection[str]) -> dict[int, Route]:
    return {
        each.id: Route(each.id, "send", urgent=event.facts.pressing, revision=each.revision)
        for each in routed.channels
        if each.enabled and each.channel_id in channel_ids and each.customer == event.customer
    }


def _with_answers(
    event: Event, routes: Mapping[int, Route], openers: Mapping[int, Opener], routed: Routed
) -> dict[int, _Way]:
    """Adds the channels that have a notice of what the event ends. There it is an answer to that, unless a rule wants a message of
    its own, or the specification does: it says that the completion of a job is notified of, and nothing of what else ends a fault."""
    found = {channel: _Way(route, opener=openers.get(channel)) for channel, route in routes.items()}
    for channel, opener in openers.items():
        place = routed.by_id.get(channel)
        route = routes.get(channel)
        if place and place.enabled and place.customer == event.customer:
            asked = route and (route.rule is not None or event.flag == JOB_COMPLETION.flag)
            known = route or Route(channel, "send", revision=place.revision)
            found[channel] = _Way(known, opener, answers=not asked)
    return found


def _held(
    event: Event, holders: Holders, routed: Routed, now: datetime, remind_at: datetime | None, way: _Way
) -> NewDelivery:
    """What ends a fault is held as long as the notice of that is, so that they come as one line."""
    route, opener = way.route, way.opener
    hold = None if route.urgent else holders.until(event, routed.by_id[route.channel], now, route)
    if hold is None and opener and opener.held_until and not route.urgent:
        hold = Hold(opener.held_until, opener.held_for)
    return NewDelivery(
        channel=route.channel,
        mentions=route.mentions,
        urgent=route.urgent,
        rule=route.rule,
        revision=route.revision,
        answers=opener.event if opener and way.answers else None,
        remind_at=remind_at,
        **(hold._asdict() if hold else {}),
    )
