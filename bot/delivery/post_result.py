"""What the chat's answer to a post means: told, to be tried again, or of no use until somebody does something. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.core.errors import ChatError
from bot.delivery.compose import UNSHOWABLE, Letter
from store.lanes import Claim, Settlement

PACE_S = 1.0  # Slack takes about one message a second in a channel
FIRST_WAIT_S, LONGEST_WAIT_S, A_DAY_S = 2.0, 600.0, 86_400.0
REFUSED_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "no_answer",
        "no_connection",
        "no_token",
    }
)
UNCLEAR = frozenset({"no_answer", "internal_error", "fatal_error", "request_timeout"})  # it may be there all the same

# What to do about what parked a delivery, by error; `notify retry` then sends it.
REMEDIES = {
    "channel_not_found": "Correct the channel's id, or invite the bot if the channel is private.",
    "not_in_channel": "Invite the bot to the channel.",
    "is_archived": "Take the channel out of the archive, or remove it: `webnet-bot channel remove`.",
    "restricted_action": "A rule of the workspace keeps the bot from posting there: ask its owner.",
    "missing_scope": "Add the scopes that `webnet-bot manifest` names, and install the app again.",
    UNSHOWABLE: "The log says why this event could not be shown; it is WebNet's data or a fault of this program.",
}
OTHERWISE = "Slack refused the message; its documentation of chat.postMessage explains the word."


def remedy(error: str) -> str:
    if error in PASSING:
        return "It was tried for a day. Slack may take it now."
    return REMEDIES.get(error, OTHERWISE)


def told(claim: Claim, letter: Letter, ts: str, pace_s: float) -> Settlement:
    """The next turn comes after `pace_s`; a digest's further pages go into the thread of its first."""
    settlement = Settlement(claim=claim, sent=letter.ids, parked=letter.parked, wait_s=pace_s)
    return (
        replace(settlement, thread_ts=claim.thread_ts or ts, thread_until=letter.until) if letter.until else settlement
    )


def refused(claim: Claim, letter: Letter, error: ChatError, pace_s: float, spread: float = 1.0) -> Settlement:
    """`spread`, about 1, varies the wait, so that replicas and channels do not come back in step."""
    settlement = Settlement(claim=claim, parked=letter.parked, wait_s=pace_s)
    if claim.thread_ts:
        if error.error == "thread_not_found":  # the digest's first message was deleted: what is left begins anew
            return settlement
        settlement = replace(settlement, thread_ts=claim.thread_ts, thread_until=claim.owed[-1].id)
    if error.error in REFUSED_TOKEN:
        return replace(settlement, refused=error.error)
    if error.error in PASSING or error.retry_after_s is not None:
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(claim.failures, 20)) * spread
        if error.retry_after_s is not None:
            wait_s = min(error.retry_after_s, A_DAY_S) + pace_s * spread  # never early
        unclear = error.error in UNCLEAR
        return replace(settlement, failed=letter.ids, error=error.error, ambiguous=unclear, wait_s=wait_s)
    return replace(settlement, parked={**letter.parked, **dict.fromkeys(letter.ids, error.error)})
