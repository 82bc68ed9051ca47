"""Composes one message: a notice alone, or a page of a digest. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.message import Audience, Message, Text
from bot.core.notices import Notices, Words
from bot.delivery import digest, held_digest
from bot.delivery.held_digest import Held
from bot.stored_events import event_of
from store.claims import ALONE, HEAD, Claim, ClaimedDelivery, NoticeMessage

log = logging.getLogger(__name__)

UNSHOWABLE = "cannot_be_shown"
MOST_MENTIONED = 20  # in one message
Fits = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class Composed:
    """A message about the deliveries `ids`, or None if none of them can be shown. `parked` gives the reason for those that
    cannot, by id. The message takes the place of `instead`, or is the given `page` of a burst, and a reply to the one with the ref
    `reply_to` and the id `thread`, if there is one. `left`: more of the burst follows. A digest names
    so many `lines` that are new."""

    message: Message | None
    ids: tuple[int, ...] = ()
    parked: Mapping[int, str] = field(default_factory=dict)
    instead: NoticeMessage | None = None
    page: int = ALONE
    reply_to: str = ""
    thread: int | None = None
    left: bool = False
    lines: int = 1


def compose(claim: Claim, notices: Notices, words: Words, fits: Fits) -> Composed:
    """`fits` says whether the chat can show a message whole. Raises nothing: an event that cannot be shown is parked."""
    if whole := next((each for each in claim.deliveries if _is_sent_alone(each, notices)), None):
        return _alone(whole, notices, words)
    if len(claim.deliveries) > 1 or claim.burst:
        return _digest(claim, notices, words, fits, digest.MOST_LINES)
    return _alone(claim.deliveries[0], notices, words)


def mentioned(message: Message, deliveries: Iterable[ClaimedDelivery], names: Mapping[str, str]) -> Message:
    """Adds a line with those whom the rules for these deliveries mention. `names` are those of users by the chat's ids."""
    found = dict.fromkeys(each for delivery in deliveries for each in delivery.mentions)
    line = tuple(
        piece for each in list(found)[:MOST_MENTIONED] for piece in (Audience(each, names.get(each, "")), " ")
    )[:-1]
    return replace(message, parts=(Text((line,)), *message.parts)) if line else message


def smaller(refused: Composed, claim: Claim, notices: Notices, words: Words, fits: Fits) -> Composed:
    """Composes a digest of half as many lines as the one whose content the chat refused, at last the first notice alone.
    So one notice that the chat does not take keeps no other back. Raises nothing."""
    if refused.lines > 1:
        return _digest(claim, notices, words, fits, refused.lines // 2)
    delivery = next(each for each in claim.deliveries if each.id in refused.ids)
    alone = replace(_alone(delivery, notices, words), left=refused.left)
    return replace(alone, reply_to=claim.burst[0].ref, thread=claim.burst[0].id) if claim.burst else alone


def again(message: NoticeMessage, notices: Notices, words: Words) -> Message | None:
    """Composes a message that was sent as it is to be shown now; None where that is not possible any more."""
    try:
        if message.page == ALONE:
            return _view(message.deliveries[0], notices, words)
        found = _Entries(message.deliveries, notices, words)
        left = _Entries(message.beyond, notices, words).lines
        continued = message.page > HEAD
        shown = digest.shown(found.lines, left, continued=continued, held_since=found.held_since)
        return shown if continued else mentioned(shown, message.deliveries, words.names)
    except Exception as error:
        unshowable(message.deliveries[0].key, error)
        return None


def _is_sent_alone(delivery: ClaimedDelivery, notices: Notices) -> bool:
    return delivery.kind in notices and notices[delivery.kind].alone


def _alone(delivery: ClaimedDelivery, notices: Notices, words: Words) -> Composed:
    try:
        message = _view(delivery, notices, words)
        return Composed(message, (delivery.id,), reply_to=delivery.reply_to, thread=delivery.thread)
    except Exception as error:
        return Composed(None, parked={delivery.id: unshowable(delivery.key, error)})


def _view(delivery: ClaimedDelivery, notices: Notices, words: Words) -> Message:
    return mentioned(
        notices[delivery.kind].view(event_of(delivery), words.marked(delivery.marks)), [delivery], words.names
    )


def _digest(claim: Claim, notices: Notices, words: Words, fits: Fits, new: int) -> Composed:
    """Makes a page with at most so many lines that are new. What was held is on pages of its own, which do not grow."""
    found = _Entries(claim.deliveries, notices, words)
    lines, since = found.lines, found.held_since
    if not lines:
        return Composed(None, parked=found.parked)
    if not claim.burst:
        first, page = claim.deliveries[0], _page(claim.deliveries, words, lines, fits, new, since=since)
        composed = Composed(page.message, page=HEAD, reply_to=first.reply_to, thread=first.thread)
    else:
        head, last = claim.burst[0], claim.burst[-1]
        before = () if since else _Entries(last.deliveries, notices, words).lines
        to_mention = last.deliveries if last.page == HEAD else ()
        most = min(new + len(before), digest.MOST_LINES)
        page = _page(to_mention, words, lines, fits, most, before, continued=last.page > HEAD)
        composed = Composed(page.message, instead=last, page=last.page)
        if since or not page.shown:
            page = _page((), words, lines, fits, new, continued=True, since=since)
            composed = Composed(page.message, page=last.page + 1, reply_to=head.ref, thread=head.id)
    left = page.lines < len(lines)
    return replace(composed, ids=page.shown, parked=found.parked, left=left, lines=page.lines)


def _page(
    to_mention: Sequence[ClaimedDelivery],
    words: Words,
    lines: Sequence[digest.Entry],
    fits: Fits,
    most: int,
    before: Sequence[digest.Entry] = (),
    *,
    continued: bool = False,
    since: datetime | None = None,
) -> digest.Page:
    def has_all(message: Message) -> bool:
        return fits(mentioned(message, to_mention, words.names))

    page = digest.page(lines, has_all, most, before=before, continued=continued, held_since=since)
    return replace(page, message=mentioned(page.message, to_mention, words.names))


class _Entries:
    """Reads deliveries as lines of a digest. `parked` gives, by id, the reason for those that cannot be shown; what was held is joined
    by device, the oldest of it from `held_since`."""

    def __init__(self, deliveries: Iterable[ClaimedDelivery], notices: Notices, words: Words) -> None:
        self.parked: dict[int, str] = {}
        found, was_held = list[Held](), False
        for delivery in deliveries:
            event, was_held = event_of(delivery), was_held or bool(delivery.held_for)
            try:
                notice, short = notices[delivery.kind], words.marked(delivery.marks).short()
                entry = digest.Entry((delivery.id,), delivery.flag, notice.group(event), notice.line(event), short)
                digest.check(entry)
            except Exception as error:
                self.parked[delivery.id] = unshowable(delivery.key, error)
            else:
                found.append(Held(event, entry))
        self.held_since = min((each.at for each in found), default=None) if was_held else None
        self.lines = held_digest.joined(found) if was_held else [each.entry for each in found]


def unshowable(key: str, error: Exception) -> str:
    """WebNet may hold anything: one event that no view can show is no reason to keep the others."""
    log.error("the notice of %s cannot be shown", key, exc_info=error)
    return UNSHOWABLE
