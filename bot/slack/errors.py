"""Slack's own words for what went wrong: the kind of trouble each stands for, and what an administrator can do about it."""

from __future__ import annotations

from http import HTTPStatus

from bot.core.errors import ChatError, ChatTrouble

NO_CONNECTION = "no_connection"  # the words of this program, where Slack said none
NO_ANSWER = "no_answer"
NO_TOKEN = "no_token"  # noqa: S105  # it is no token, but says that there is none
MISSING_SCOPE = "missing_scope"

_KINDS: dict[str, ChatTrouble] = {
    **dict.fromkeys(
        ("ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", NO_CONNECTION, NO_TOKEN), "passing"
    ),
    **dict.fromkeys((NO_ANSWER, "internal_error", "fatal_error", "request_timeout"), "unclear"),
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"), "credentials"
    ),
}
_STATUSES: dict[int, ChatTrouble] = {
    HTTPStatus.TOO_MANY_REQUESTS: "passing",
    HTTPStatus.SERVICE_UNAVAILABLE: "passing",
    HTTPStatus.INTERNAL_SERVER_ERROR: "unclear",
    HTTPStatus.BAD_GATEWAY: "unclear",
    HTTPStatus.GATEWAY_TIMEOUT: "unclear",
}
_REMEDIES = {
    "channel_not_found": "Correct the channel's id, or invite the bot if the channel is private.",
    "not_in_channel": "Invite the bot to the channel.",
    "is_archived": "Take the channel out of the archive, or remove it: `webnet-bot channel remove`.",
    "restricted_action": "A rule of the workspace keeps the bot from posting there: ask its owner.",
    MISSING_SCOPE: "Add the scopes that `webnet-bot manifest` names, and install the app again.",
}


def chat_error(words: str, reason: str, retry_after_s: float | None = None) -> ChatError:
    """The error for one of Slack's words. An unknown word is permanent, unless Slack said when to come back."""
    kind = _KINDS.get(reason, "permanent" if retry_after_s is None else "passing")
    return ChatError(words, kind=kind, reason=reason, retry_after_s=retry_after_s)


def status_error(words: str, status: int) -> ChatError:
    """The error where Slack sends a status only: a response_url, and the upload of a file."""
    return ChatError(words, kind=_STATUSES.get(status, "permanent"), reason=str(status))


def remedy(reason: str) -> str:
    """What to do about a message that Slack refused with this word; `notify retry` then sends the message."""
    if _KINDS.get(reason) in {"passing", "unclear"}:
        return "It was tried for a day. Slack may take it now."
    return _REMEDIES.get(reason, "Slack refused the message; its documentation of chat.postMessage explains the word.")
