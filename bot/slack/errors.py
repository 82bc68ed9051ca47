"""Slack's own words for what went wrong: the kind of trouble each stands for, and what an administrator can do about it."""

from __future__ import annotations

import logging
from http import HTTPStatus

from bot.core.errors import ChatError, ChatTrouble
from bot.http_client import ExchangeError

log = logging.getLogger(__name__)

NO_CONNECTION = "no_connection"  # the words of this program, where Slack said none
NO_ANSWER = "no_answer"
FOREIGN = "foreign_address"
LONGEST_RETRY_S = 300.0  # that is believed of Slack's Retry-After
NO_TOKEN = "no_token"  # noqa: S105  # it is no token, but says that there is none
MISSING_SCOPE = "missing_scope"
UNTRUSTED = "certificate is not trusted: set `tls.ca_bundle` to the certificates of your own proxy or network"

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


def retry_after_s(value: str | None) -> float | None:
    """Seconds that Slack asks to wait for in a Retry-After header, five minutes at most: one absurd value must not silence
    a workspace for years. None if there is no such header or it cannot be read."""
    if not value or not value.isdecimal():
        return None
    asked_s = float(value)
    if asked_s > LONGEST_RETRY_S:
        log.warning("Slack asks for a pause of %s s; the bot waits for %d s", value[:20], LONGEST_RETRY_S)
    return min(asked_s, LONGEST_RETRY_S)


def exchange_error(error: ExchangeError) -> ChatError:
    """The error where nothing came back. Its words hold no address: a response_url is as good as a key for half an hour."""
    if error.reason == "forbidden":
        return ChatError("The address is not one of Slack's.", kind="permanent", reason=FOREIGN)
    if error.reason == "untrusted":
        return chat_error(f"Slack's {UNTRUSTED}.", NO_CONNECTION)
    if error.reason == "proxy":
        return chat_error("Slack cannot be reached through the proxy: check HTTPS_PROXY and NO_PROXY.", NO_CONNECTION)
    if not error.sent:
        return chat_error("Slack cannot be reached.", NO_CONNECTION)
    return chat_error(f"Slack did not answer ({error.reason.replace('_', ' ')}).", NO_ANSWER)


def remedy(reason: str) -> str:
    """What to do about a message that Slack refused with this word; `notify retry` then sends the message."""
    if _KINDS.get(reason) in {"passing", "unclear"}:
        return "It was tried for a day. Slack may take it now."
    return _REMEDIES.get(reason, "Slack refused the message; its documentation of chat.postMessage explains the word.")
