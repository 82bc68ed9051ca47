"""Reminds a channel once of each fault that nobody is on, where it was notified of it.

A reminder is an event of its own for that channel. It is enqueued in the transaction in which its time is forgotten, so it comes once
over any number of processes, however they end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.channels import Channel, Channels
from bot.core.events import Event
from bot.core.message import line_text
from bot.core.notices import Notices
from bot.core.text import cut
from bot.stored_events import event_of
from store.database import Store
from store.marks import EVERYWHERE, SEEN_TO, Mark
from store.outbox import NewDelivery
from store.reminders import KIND, DueReminder

log = logging.getLogger(__name__)

EVERY_S = 15.0  # between two looks; so much later than its time a reminder may come
A_MOMENT = timedelta(minutes=1)  # until what waits to be sent is looked at again
TOO_LATE = timedelta(days=1)  # after which nobody is reminded any more, such as after an outage
LONGEST_LINE = 300


class Reminders:
    """Has `tick`, which the scheduler calls every EVERY_S."""

    def __init__(self, store: Store, notices: Notices, after: timedelta, written: Callable[[], object]) -> None:
        """A channel is reminded so long `after` it was notified. `written` is called when something was enqueued."""
        self._store = store
        self._channels = Channels(store.channels)
        self._notices = notices
        self._after = after
        self._written = written

    def after(self, event: Event) -> timedelta | None:
        """Returns how long after this event somebody may have to be reminded; None for never."""
        notice = self._notices.get(event.kind)
        return self._after if self._after and notice and notice.fault(event) else None

    def tick(self) -> None:
        """Raises StoreError."""
        with self._store.transaction():
            due = self._store.reminders.due()
            marks = self._store.marks.of({each.event for each in due})
            channels, now = self._channels.routed().by_id if due else {}, self._store.database.now()
            reminded = 0
            for each in due:
                at = self._when(each, marks.get(each.event, ()), channels.get(each.channel), now)
                if at is not None and at <= now:
                    reminded += self._remind(each, now)
                    at = None
                self._store.reminders.look_at(each.id, at)
        if reminded:
            self._written()

    def _when(self, due: DueReminder, marks: Sequence[Mark], channel: Channel | None, now: datetime) -> datetime | None:
        """Returns when the channel is to be reminded, as far as it is known now; None for never."""
        here = [mark for mark in marks if mark.channel in (EVERYWHERE, due.channel)]
        if not self._after or channel is None or not channel.enabled or channel.customer != due.customer:
            return None
        if now - due.remind_at > TOO_LATE or any(mark.kind in SEEN_TO for mark in here):
            return None
        if due.status != "sent" or due.settled_at is None:
            return {"held": max(due.held_until or now, now) + self._after, "waiting": now + A_MOMENT}.get(due.status)
        at = max([due.settled_at + self._after, *(mark.until or now + self._after for mark in here)])
        quiet = channel.quiet and not due.urgent and channel.quiet.ends_at(now)
        return max(at, quiet) if quiet else at

    def _remind(self, due: DueReminder, now: datetime) -> int:
        """Returns for how many channels it was enqueued."""
        event = event_of(due)
        try:
            notice = self._notices[due.kind]
            data = {
                "notice": due.key,
                "group": notice.group(event),
                "line": cut(line_text(notice.line(event)), LONGEST_LINE),
            }
        except Exception:  # WebNet may hold anything, and one event keeps no other back
            log.exception("nobody can be reminded of %s", due.key)
            return 0
        return self._store.outbox.add(
            key=f"{KIND}:{due.id}",
            kind=KIND,
            flag=due.flag,
            customer=due.customer,
            happened_at=now,
            data=data,
            deliveries=[NewDelivery(channel=due.channel, mentions=due.mentions, urgent=due.urgent, answers=due.event)],
        )
