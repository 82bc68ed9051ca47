"""What one post says: a notice alone, or a page of a digest. Pure."""

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
class Letter:
    """`message` names the deliveries `ids`; None if none of them can be shown. `parked` says why some cannot, by id.
    Those of the claim that are in neither follow in the thread that begins with this, up to the delivery `until`."""

    message: Message | None
    ids: tuple[int, ...] = ()
    parked: Mapping[int, str] = field(default_factory=dict)
    until: int = 0


def write(claim: Claim, notices: Notices, words: Words, fits: Callable[[Message], bool]) -> Letter:
    if len(claim.deliveries) > 1 or claim.thread_ts:
        return _digest(claim, notices, fits)
    (owed,) = claim.deliveries
    try:
        return Letter(notices[owed.kind].view(_event(owed), words), (owed.id,))
    except Exception as error:
        return Letter(None, parked={owed.id: unshowable(owed.key, error)})


def _digest(claim: Claim, notices: Notices, fits: Callable[[Message], bool]) -> Letter:
    entries, parked = [], {}
    for owed in claim.deliveries:
        event = _event(owed)
        try:
            notice = notices[owed.kind]
            entry = digest.Entry(owed.id, owed.flag, notice.group(event), notice.line(event))
            digest.check(entry)
        except Exception as error:
            parked[owed.id] = unshowable(owed.key, error)
        else:
            entries.append(entry)
    if not entries:
        return Letter(None, parked=parked)
    page = digest.page(entries, fits, continued=bool(claim.thread_ts))
    left = len(page.shown) < len(entries)
    return Letter(page.message, page.shown, parked, until=claim.deliveries[-1].id if left else 0)


def _event(owed: ClaimedDelivery) -> Event:
    return Event(owed.key, owed.kind, owed.flag, owed.customer, owed.happened_at, owed.data)


def unshowable(key: str, error: Exception) -> str:
    """WebNet may hold anything: one event that no view can show is no reason to keep the others."""
    log.error("the notice of %s cannot be shown", key, exc_info=error)
    return UNSHOWABLE
