"""Decides what becomes of deliveries after a post: they were sent, are tried again, or are parked until somebody acts. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core.errors import OWN_LIMIT, ChatError
from bot.delivery.compose import UNSHOWABLE, Composed
from store.claims import HEAD, Claim, Settlement, Shown

PACE_S = 1.0  # Slack takes about one message a second in a channel
GROWS_EVERY_S = 4.0  # what comes meanwhile is one change of a message
LEFT_FOR_S = 120.0  # for which what has no room on a page yet may still follow in its thread
MOST_OF_A_BURST = 2_000  # notices; the next begins a burst of its own
STALE_AGAIN_S = 10.0
FIRST_WAIT_S, LONGEST_WAIT_S, A_DAY_S = 2.0, 600.0, 86_400.0


def remedy(reason: str, of_chat: Callable[[str], str]) -> str:
    """Returns what to do about the reason that parked a delivery; `of_chat` knows the chat's own words. `notify retry` then
    sends the delivery."""
    if reason == UNSHOWABLE:
        return "The log says why this event could not be shown; it is WebNet's data or a fault of this program."
    return of_chat(reason)


def posted(claim: Claim, composed: Composed, ref: str, pace_s: float, digest_pause_s: float) -> Settlement:
    """Settles what was posted as `ref`, or shown in place of a message that was there. The lane is due again after `pace_s`
    seconds. A burst goes on growing until nothing has come for `digest_pause_s`; what is added to it is gathered for a moment."""
    instead = composed.instead
    shown = Shown(id=instead.id if instead else 0, ref=ref, page=composed.page, head=composed.thread)
    settlement = Settlement(claim=claim, sent=composed.ids, shown=shown, parked=composed.parked, wait_s=pace_s)
    is_burst = bool(claim.burst) or (composed.page == HEAD and composed.thread is None)
    if not is_burst:
        return settlement
    is_held = bool(claim.deliveries[0].held_for) and not composed.left  # then nothing belongs to it any more
    if is_held or sum(len(page.deliveries) for page in claim.burst) >= MOST_OF_A_BURST:
        return replace(settlement, grows_s=0.0)
    if composed.left:
        return replace(settlement, grows_s=max(LEFT_FOR_S, digest_pause_s))
    wait_s = min(GROWS_EVERY_S, digest_pause_s)
    return replace(settlement, wait_s=wait_s, grows_s=digest_pause_s + wait_s)


def changed(claim: Claim, error: ChatError | None, pace_s: float) -> Settlement:
    """Settles the change of a message. One that the chat will not take any more, such as for a message that is too old to be
    changed, or gone, is passed over."""
    settlement = Settlement(claim=claim)
    if error is None or not (error.may_pass or error.kind == "credentials"):
        return settlement
    if error.kind == "credentials":
        settlement = replace(settlement, refused=error.reason)
    return replace(settlement, stale_s=max(error.retry_after_s or 0.0, STALE_AGAIN_S) + pace_s)


def refused(claim: Claim, composed: Composed, error: ChatError, pace_s: float, spread: float = 1.0) -> Settlement:
    """Settles what the chat refused. `spread`, about 1, varies the wait, so that replicas and channels do not come back in
    step."""
    settlement = Settlement(claim=claim, parked=composed.parked, wait_s=pace_s)
    if error.reason == OWN_LIMIT:
        return replace(settlement, wait_s=error.retry_after_s or pace_s)
    if claim.burst and error.kind == "permanent":
        # Most likely the message was deleted, or is too old to be changed. What is left begins again with a message of its own,
        # and is parked if that is refused, too.
        return replace(settlement, grows_s=0.0)
    if error.kind == "credentials":
        return replace(settlement, refused=error.reason)
    if error.kind == "permanent" or (error.kind == "content" and not (composed.message and composed.message.whole)):
        return replace(settlement, parked={**composed.parked, **dict.fromkeys(composed.ids, error.reason)})
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(claim.failures, 20)) * spread
    if error.retry_after_s is not None:
        wait_s = min(error.retry_after_s, A_DAY_S) + pace_s * spread  # never early
    unclear = error.kind == "unclear"
    return replace(settlement, failed=composed.ids, error=error.reason, ambiguous=unclear, wait_s=wait_s)
