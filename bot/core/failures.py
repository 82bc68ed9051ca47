"""What a request that failed leaves in its audit row, and what its requester reads. Pure."""

from __future__ import annotations

from bot.core.audit import Status
from bot.core.errors import BotError, OutcomeUnknown, RateLimited, Refused, StoreAway, UsageError, WebNetError
from bot.core.message import Message, sentence


def status(error: BotError) -> Status:
    match error:
        case Refused():
            return "denied"
        case UsageError():
            return "usage"
        case RateLimited():
            return "rate_limited"
        case OutcomeUnknown():
            return "unclear"
        case _:
            return "failed"


def code(error: BotError) -> str:
    return error.reason if isinstance(error, Refused) else error.code


def shown(error: BotError, done: str, *, changes: bool) -> Message:
    """The message about it. It begins with what was `done` in WebNet before. If that is nothing, an error of the store's says so,
    as does one of WebNet's where the command `changes` something; a response that was lost is an error with words of its own."""
    if done:
        more = "" if isinstance(error, OutcomeUnknown) else "Nothing more was done: "
        return sentence(f"{done} {more}{error.words}")
    if isinstance(error, StoreAway):
        return sentence(f"Nothing was done: {error.words} Try again in a minute.")
    if not changes or not isinstance(error, WebNetError) or isinstance(error, OutcomeUnknown):
        return error.message
    return sentence(f"Nothing was done: {error.words}")


def unexpected(request_id: str, done: str) -> Message:
    """The message about a fault of the bot's own. What raised it may hold anything, so only the id is shown."""
    what = f"{done} Then something" if done else "Something"
    return sentence(
        f"{what} went wrong inside the bot; it has been logged. Tell your WebNet administrator this id: {request_id}"
    )
