"""Decides what becomes of deliveries after a post: they were sent, are tried again, or are parked until somebody acts. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core.errors import ChatError
from bot.delivery.compose import UNSHOWABLE, Composed
from store.lanes import Claim, Settlement

PACE_S = 1.0  # Slack takes about one message a second in a channel
FIRST_WAIT_S, LONGEST_WAIT_S, A_DAY_S = 2.0, 600.0, 86_400.0


def remedy(reason: str, of_chat: Callable[[str], str]) -> str:
    """Returns what to do about the reason that parked a delivery; `of_chat` knows the chat's own words. `notify retry` then
    sends the delivery."""
    if reason == UNSHOWABLE:
        return "The log says why this event could not be shown; it is WebNet's data or a fault of this program."
    return of_chat(reason)


def posted(claim: Claim, composed: Composed, ref: str, pace_s: float) -> Settlement:
    """Settles what was posted as `ref`. The lane is due again after `pace_s` seconds; a digest's further pages are replies to
    its first."""
    settlement = Settlement(claim=claim, sent=composed.ids, parked=composed.parked, wait_s=pace_s)
    return (
        replace(settlement, thread_ts=claim.thread_ts or ref, thread_until=composed.until)
        if composed.until
        else settlement
    )


def refused(claim: Claim, composed: Composed, error: ChatError, pace_s: float, spread: float = 1.0) -> Settlement:
    """Settles what the chat refused. `spread`, about 1, varies the wait, so that replicas and channels do not come back in
    step."""
    settlement = Settlement(claim=claim, parked=composed.parked, wait_s=pace_s)
    if claim.thread_ts:
        if error.kind == "permanent":
            # Most likely the digest's first message was deleted. What is left begins again with a message of its own, and
            # is parked if that is refused, too.
            return settlement
        settlement = replace(settlement, thread_ts=claim.thread_ts, thread_until=claim.deliveries[-1].id)
    if error.kind == "credentials":
        return replace(settlement, refused=error.reason)
    if error.kind == "permanent":
        return replace(settlement, parked={**composed.parked, **dict.fromkeys(composed.ids, error.reason)})
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(claim.failures, 20)) * spread
    if error.retry_after_s is not None:
        wait_s = min(error.retry_after_s, A_DAY_S) + pace_s * spread  # never early
    unclear = error.kind == "unclear"
    return replace(settlement, failed=composed.ids, error=error.reason, ambiguous=unclear, wait_s=wait_s)
