"""Slack's own words for what went wrong: the kind of trouble each stands for, and what an administrator can do about it."""

from __future__ import annotations

import json
import logging
import re
from http import HTTPStatus

from bot.core.chat_words import ChatWords
from bot.core.errors import ChatError, ChatTrouble
from bot.http_client import ExchangeError

log = logging.getLogger(__name__)

NO_CONNECTION = "no_connection"  # the words of this program, where Slack said none
NO_ANSWER = "no_answer"
FOREIGN = "foreign_address"
LONGEST_RETRY_S = 300.0  # that is believed of Slack's Retry-After
NO_TOKEN = "no_token"  # noqa: S105  # it is no token, but says that there is none
MISSING_SCOPE = "missing_scope"
UNKNOWN_CHANNEL = "channel_not_found"
UNTRUSTED = "certificate is not trusted: set `tls.ca_bundle` to the certificates of your own proxy or network"

_PASSING = (
    *("ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", NO_CONNECTION, NO_TOKEN),
    *("message_limit_exceeded", "org_login_required", "team_access_not_granted", "external_channel_migrating"),
    *("accesslimited", "ekm_access_denied"),
)
_CONTENT = (
    *("invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text", "view_too_large"),
    *("too_many_attachments", "cannot_parse_attachment", "invalid_attachments", "invalid_arguments", "invalid_charset"),
)
_FINAL = (
    *(UNKNOWN_CHANNEL, "not_in_channel", "is_archived", "user_not_found", "user_not_in_channel", "cannot_dm_bot"),
    *("messages_tab_disabled", "restricted_action", "restricted_action_read_only_channel", "no_permission"),
    *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "access_denied"),
    *("restricted_action_thread_locked", "thread_not_found", "message_not_found", "cant_update_message"),
    *("edit_window_closed", "not_found", "expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id"),
    *(MISSING_SCOPE, "not_allowed_token_type", "unknown_method", "method_deprecated", "deprecated_endpoint"),
    *("team_not_found", "enterprise_is_restricted", "two_factor_setup_required", "used_url", "expired_url"),
)
_KINDS: dict[str, ChatTrouble] = {
    **dict.fromkeys(_PASSING, "passing"),
    **dict.fromkeys((NO_ANSWER, "internal_error", "fatal_error", "request_timeout"), "unclear"),
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"), "credentials"
    ),
    **dict.fromkeys(_CONTENT, "content"),
    **dict.fromkeys(_FINAL, "permanent"),
}
_WORDS = ChatWords(re.compile("[a-z][a-z0-9_]{0,59}"), _KINDS)
word_of, chat_error = _WORDS.word_of, _WORDS.chat_error
_STATUSES: dict[int, ChatTrouble] = {
    HTTPStatus.TOO_MANY_REQUESTS: "passing",
    HTTPStatus.SERVICE_UNAVAILABLE: "passing",
    HTTPStatus.INTERNAL_SERVER_ERROR: "unclear",
    HTTPStatus.BAD_GATEWAY: "unclear",
    HTTPStatus.GATEWAY_TIMEOUT: "unclear",
}
_REMEDIES = {
    UNKNOWN_CHANNEL: "Correct the channel's id (`webnet-bot channel set`, option --id), or invite the bot if the channel "
    "is private.",
    "not_in_channel": "Invite the bot to the channel.",
    "is_archived": "Take the channel out of the archive, or remove it: `webnet-bot channel remove TEAM CHANNEL`.",
    "restricted_action": "A rule of the workspace keeps the bot from posting there: ask its owner.",
    "message_limit_exceeded": "The workspace has used up the messages that its plan allows: ask its owner.",
    "org_login_required": "The workspace is moving into an organization: wait until that is done.",
    "team_added_to_org": "The workspace is moving into an organization: wait until that is done.",
    "team_access_not_granted": "The organization has not granted the app to this workspace: ask an administrator of it.",
    "external_channel_migrating": "The channel is moving to another workspace: wait until that is done.",
    "accesslimited": "Slack does not take the bot's network: ask the workspace's owner which addresses are allowed.",
    "ekm_access_denied": "The organization has suspended posting: ask an administrator of its Enterprise Key Management.",
    MISSING_SCOPE: "Add the scopes that `webnet-bot manifest` names, and install the app again.",
}


def status_error(words: str, status: int, body: bytes = b"") -> ChatError:
    """The error where Slack sends a status: a response_url, and the upload of a file. The body may hold one of its words."""
    reason = _word_in(body)
    if reason in _KINDS:
        return chat_error(words, reason)
    return ChatError(words, kind=_STATUSES.get(status, "permanent"), reason=str(status))


def _word_in(body: bytes) -> str:
    text = body[:500].decode(errors="replace").strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = {"error": text}
    return word_of(found.get("error")) if isinstance(found, dict) else ""


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
    kind = _KINDS.get(reason, "passing")
    if kind == "content":
        return "Slack refuses this notice even as plain text; it is WebNet's data or a fault of this program."
    if kind in {"passing", "unclear"}:
        return f"It was tried for a day. {_REMEDIES.get(reason, 'Slack may take it now.')}"
    return _REMEDIES.get(reason, "Slack refused the message; its documentation of chat.postMessage explains the word.")
