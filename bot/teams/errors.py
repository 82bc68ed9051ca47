"""What Teams and Microsoft's login say when they refuse: the kind of trouble each word stands for, and what an administrator can do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from bot.core.chat_words import ChatWords
from bot.core.errors import ChatError, ChatTrouble
from bot.http_client import ExchangeError, Response

NO_CONNECTION = "no_connection"  # the words of this program, where Teams said none
NO_ANSWER = "no_answer"
NO_APP = "no_app"
NO_CONVERSATION = "no_conversation"
FOREIGN = "foreign_address"
NEW_TOKEN = "new_token_refused"  # noqa: S105  # it is no token
LONGEST_RETRY_S = 300.0  # that is believed of a Retry-After

_KINDS: dict[str, ChatTrouble] = {
    **dict.fromkeys((NO_CONNECTION, NO_APP, NO_CONVERSATION, NEW_TOKEN), "passing"),
    **dict.fromkeys(("temporarily_unavailable", "ServiceUnavailable", "Throttled", "PreconditionFailed"), "passing"),
    **dict.fromkeys((NO_ANSWER, "server_error", "ServiceError", "InternalServerError"), "unclear"),
    **dict.fromkeys(("invalid_client", "unauthorized_client", "invalid_grant", "Unauthorized"), "credentials"),
    **dict.fromkeys(("MessageSizeTooBig", "BadSyntax", "InvalidCard", "RequestEntityTooLarge"), "content"),
    **dict.fromkeys(("ConversationNotFound", "BotNotInConversationRoster", "MessageWritesBlocked"), "permanent"),
    **dict.fromkeys(("ConversationBlockedByUser", "BotDisabledByAdmin", "ForbiddenOperationException"), "permanent"),
    **dict.fromkeys(("ActivityNotFoundInConversation", "MessageNotFound", "invalid_request", FOREIGN), "permanent"),
}
_WORDS = ChatWords(re.compile("[A-Za-z][A-Za-z0-9_]{0,59}"), _KINDS)
word_of, chat_error = _WORDS.word_of, _WORDS.chat_error
# Teams asks for another try after each of the first five. Of the later three a message may be there already.
_STATUSES: dict[int, ChatTrouble] = {
    **dict.fromkeys((HTTPStatus.PRECONDITION_FAILED, HTTPStatus.TOO_MANY_REQUESTS), "passing"),
    HTTPStatus.SERVICE_UNAVAILABLE: "passing",
    **dict.fromkeys((HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT), "unclear"),
    HTTPStatus.UNAUTHORIZED: "credentials",
    **dict.fromkeys((HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE), "content"),
}
_ADD = "Add the app to the team, the chat or the person again, then send the message once more."
_REMEDIES = {
    "ConversationNotFound": f"The conversation is gone, or the app was removed from it. {_ADD}",
    "BotNotInConversationRoster": f"The app was removed from the conversation. {_ADD}",
    "MessageWritesBlocked": "The person blocked the app: only they can change that.",
    "ConversationBlockedByUser": "The person blocked the app: only they can change that.",
    "BotDisabledByAdmin": "An administrator of the tenant switched the app off: ask them in the Teams admin center.",
    "ForbiddenOperationException": "A policy of the tenant keeps the app from posting there: ask its administrator.",
    "invalid_client": "Microsoft does not take the app's password: make a new client secret, and set it as app_password.",
    "unauthorized_client": "The app is not registered in this tenant: the bot needs a single-tenant app of its own.",
    "invalid_request": "Microsoft's login does not know the tenant or the app: check the workspace's tenant and app_id.",
    NO_CONVERSATION: "Add the app to the team or the chat, so that Teams says where it is.",
}


def unreachable(whom: str, error: ExchangeError) -> ChatError:
    """Returns the error where nothing came back. Its words hold no address: one may name a tenant."""
    if error.reason == "forbidden":
        return chat_error(f"The address is not one of {whom}.", FOREIGN)
    if error.reason == "untrusted":
        return chat_error(f"The certificate of {whom} is not trusted: check `tls.ca_bundle`.", NO_CONNECTION)
    if error.reason == "proxy":
        return chat_error(f"{whom} cannot be reached through the proxy: check HTTPS_PROXY and NO_PROXY.", NO_CONNECTION)
    if not error.sent:
        return chat_error(f"{whom} cannot be reached.", NO_CONNECTION)
    return chat_error(f"{whom} did not answer ({error.reason.replace('_', ' ')}).", NO_ANSWER)


def login_error(status: int, body: Mapping[str, Any]) -> ChatError:
    """Returns the error where Microsoft's login gave no token, so that nothing was sent to Teams. Its own description is left out: it
    names the tenant."""
    reason = word_of(body.get("error"))
    kind = _KINDS.get(reason, "passing")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR or kind == "unclear":
        kind = "passing"
    elif kind != "passing":  # no message is at fault, whatever the word: nothing can be sent until the app is set right
        kind = "credentials"
    return ChatError(f"Microsoft's login refused the app ({status}: {reason}).", kind=kind, reason=reason)


def refusal(response: Response) -> ChatError:
    """Returns the error for a status of 400 and more, with Teams' own word if it said one that is known."""
    try:
        found = json.loads(response.body[:10_000])
    except (ValueError, RecursionError):
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    said = word_of(error.get("code") if isinstance(error, dict) else None)
    kind = _STATUSES.get(response.status)
    if kind not in {"passing", "unclear", "credentials"}:  # those say more than any word
        kind = _KINDS.get(said, kind or "permanent")
    reason = said if said in _KINDS else str(response.status)
    words = f"Teams refused a message ({response.status}: {said})."
    retry_after_s = _retry_after_s(response.headers.get("Retry-After"))
    return ChatError(words, kind=kind, reason=reason, retry_after_s=retry_after_s, of_place=True)


def _retry_after_s(value: str | None) -> float | None:
    if not value or not value.isdecimal() or len(value) > 10:
        return None
    return min(float(value), LONGEST_RETRY_S)


def remedy(reason: str) -> str:
    """Returns what to do about a message that Teams refused with this word; `notify retry` then sends it again."""
    kind = _KINDS.get(reason, "permanent" if not reason.isdecimal() else _STATUSES.get(int(reason), "permanent"))
    if kind == "content":
        return "Teams refuses this notice even as plain text; it is WebNet's data or a fault of this program."
    if kind in {"passing", "unclear"}:
        return f"It was tried for a day. {_REMEDIES.get(reason, 'Teams may take it now.')}"
    return _REMEDIES.get(
        reason, "Teams refused the message; Microsoft's documentation of bot errors explains the word."
    )
