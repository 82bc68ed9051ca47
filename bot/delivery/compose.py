"""Composes one message: a notice alone, or a page of a digest. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.events import Event
from bot.core.message import Message
from bot.core.notices import Notices, Words
from bot.delivery import digest
from store.lanes import Claim, ClaimedDelivery

log = logging.getLogger(__name__)

UNSHOWABLE = "cannot_be_shown"


@dataclass(frozen=True, slots=True)
class Composed:
    """A message about the deliveries `ids`, or None if none of them can be shown. `parked` gives the reason for those that
    cannot, by id. What else was claimed follows in the thread of this message, up to the delivery `until`."""

    message: Message | None
    ids: tuple[int, ...] = ()
    parked: Mapping[int, str] = field(default_factory=dict)
    until: int = 0


def compose(claim: Claim, notices: Notices, words: Words, fits: Callable[[Message], bool]) -> Composed:
    """`fits` says whether the chat can show a message whole. Raises nothing: an event that cannot be shown is parked."""
    if len(claim.deliveries) > 1 or claim.thread_ts:
        return _digest(claim, notices, fits)
    (delivery,) = claim.deliveries
    try:
        return Composed(notices[delivery.kind].view(_event(delivery), words), (delivery.id,))
    except Exception as error:
        return Composed(None, parked={delivery.id: unshowable(delivery.key, error)})


def _digest(claim: Claim, notices: Notices, fits: Callable[[Message], bool]) -> Composed:
    entries, parked = [], {}
    for delivery in claim.deliveries:
        event = _event(delivery)
        try:
            notice = notices[delivery.kind]
            entry = digest.Entry(delivery.id, delivery.flag, notice.group(event), notice.line(event))
            digest.check(entry)
        except Exception as error:
            parked[delivery.id] = unshowable(delivery.key, error)
        else:
            entries.append(entry)
    if not entries:
        return Composed(None, parked=parked)
    page = digest.page(entries, fits, continued=bool(claim.thread_ts))
    left = len(page.shown) < len(entries)
    return Composed(page.message, page.shown, parked, until=claim.deliveries[-1].id if left else 0)


def _event(delivery: ClaimedDelivery) -> Event:
    return Event(delivery.key, delivery.kind, delivery.flag, delivery.customer, delivery.happened_at, delivery.data)


def unshowable(key: str, error: Exception) -> str:
    """WebNet may hold anything: one event that no view can show is no reason to keep the others."""
    log.error("the notice of %s cannot be shown", key, exc_info=error)
    return UNSHOWABLE
