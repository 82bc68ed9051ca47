"""What keeps a notice back for a while: rules, and what else is handed in, such as quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from bot.core.events import Event
from bot.core.quiet import QuietHours
from bot.core.routing import Destination, Route, explain

RULE, QUIET = "rule", "quiet"
MORNING = "07:00-08:00"  # at whose end a channel without quiet hours gets what a rule without hours holds


class Hold(NamedTuple):
    """`held_for` is the reason, such as `quiet` or `snooze:7`."""

    held_until: datetime
    held_for: str


class Holder(Protocol):
    """Says until when an event is kept from a channel, None for not at all. It is asked when the event is enqueued, again at that
    time, and whenever what it goes by has changed; so at that time it says None, or a later one."""

    def until(self, event: Event, channel: Destination, now: datetime, /) -> Hold | None: ...


class Watcher(Holder, Protocol):
    """A holder that goes by the store, as it was read when this was made."""

    def watch(self, event: Event, now: datetime, /) -> None:
        """Sees an event before it is enqueued, whether or not a channel wants it."""
        ...


class Holders:
    """Asks the channel's rules and several holders; what is urgent is none of their business."""

    def __init__(self, *holders: Holder, reading: Sequence[Callable[[], Watcher]] = ()) -> None:
        """`reading` make those that go by the store, which `read` does."""
        self._holders = holders
        self._reading = reading
        self._watchers: Sequence[Watcher] = ()

    def read(self) -> Holders:
        """Returns the holders as they are now, for the events of one transaction."""
        watchers = [read() for read in self._reading]
        found = Holders(*self._holders, *watchers)
        found._watchers = watchers
        return found

    def watch(self, event: Event, now: datetime) -> None:
        for each in self._watchers:
            each.watch(event, now)

    def until(self, event: Event, channel: Destination, now: datetime, route: Route | None = None) -> Hold | None:
        """Returns the longest hold, of equal ones the first, and of these that of a rule. `route` is what the channel's rules make of
        the event, where that is known already."""
        holds = (by_rule(event, channel, route), *(each.until(event, channel, now) for each in self._holders))
        later = (hold for hold in holds if hold and hold.held_until > now)
        return max(later, key=lambda hold: hold.held_until, default=None)


NOBODY = Holders()


class ByQuietHours:
    def until(self, _: Event, channel: Destination, now: datetime) -> Hold | None:
        ends = _ends(channel.quiet, now) if channel.quiet else None
        return Hold(ends, QUIET) if ends else None


def by_rule(event: Event, channel: Destination, route: Route | None = None) -> Hold | None:
    """Holds what a rule holds: to the end of the hours of that rule, and without any to the end of the channel's next quiet hours, both
    counted from when the event happened. So it is the same end whenever this is asked."""
    if not channel.rules:
        return None
    route, at = route or explain(event, channel), event.happened_at
    if route.action != "hold" or route.rule is None:
        return None
    windows = channel.rules[route.rule - 1].when.get("during", ())
    if windows:
        ends = (QuietHours.daily(window, channel.zone).ends_at(at) for window in windows)
        return Hold(max(filter(None, ends), default=at), RULE)
    hours = channel.quiet or QuietHours.daily(MORNING, channel.zone)
    return Hold(hours.next_end(at), RULE)


@lru_cache(maxsize=1_000)
def _ends(hours: QuietHours, now: datetime) -> datetime | None:
    """Thousands of deliveries may be enqueued at one time."""
    return hours.ends_at(now)
