"""Calls of the Bot Connector, which brings messages into Teams: post, change, and open the conversation with one user.

What Teams throttles (429, 412) is tried again for a moment, and a change, which does no harm when it comes twice, also where Teams
did not say whether it was made (502, 504). Whoever waits longer is a delivery, whose outbox knows better when to try again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from bot.core.errors import OWN_LIMIT, ChatError
from bot.http_client import ExchangeError, Response, Session
from bot.teams.app_tokens import App, AppTokens
from bot.teams.calls import Calls
from bot.teams.errors import FOREIGN, NEW_TOKEN, NO_ANSWER, chat_error, refusal, unreachable
from bot.teams.hosts import is_service_url
from bot.teams.pace import Pace
from bot.teams.render import encoded

TIMEOUT_S = 8.0  # for one try, to the last byte of the response
PATIENCE_S = 2.5  # for all pauses of one call together
MOST_S = 9.5  # for a call with its tokens, pauses and tries: a delivery counts on less than `delivery.worker.POST_S`
LEAST_S = 4.0  # without which no try is begun, since one that Teams does not answer in time may have been made
MOST_BYTES = 256 * 1024
FIRST_PAUSE_S = 0.3
BOT = "28:"  # before the app's id, where Teams asks for the id of a bot
_THROTTLED = frozenset({412, 429})
_PUT_OFF = frozenset({OWN_LIMIT, "412", "429", "PreconditionFailed", "Throttled"})  # reasons of errors
_AGAIN = {"POST": _THROTTLED, "PUT": _THROTTLED | {502, 504}}


class Connector:
    """Calls for the apps of all workspaces. Safe to share between threads."""

    def __init__(
        self,
        tokens: AppTokens,
        session: Session,
        origins: Collection[str],
        pace: Pace,
        calls: Calls | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`session` may call `origins`, which are those of `teams.service_hosts`, and no others. `calls` notes how
        they went."""
        self._tokens = tokens
        self._session = session
        self._origins = origins
        self._pace = pace
        self._clock = clock
        self._calls = calls or Calls()
        self._sleep = sleep
        self._jitter = jitter

    def post(self, app: App, service_url: str, conversation: str, activity: Mapping[str, Any]) -> str:
        """Posts into the conversation and returns the id of what was posted. Raises ChatError."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities"
        return _id_in(self._call("POST", app, service_url, path, conversation, activity))

    def change(self, app: App, service_url: str, conversation: str, id: str, activity: Mapping[str, Any]) -> None:
        """Puts the activity in the place of one that was posted. Raises ChatError."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities/{quote(id, safe='')}"
        self._call("PUT", app, service_url, path, conversation, {**activity, "id": id})

    def open(self, app: App, service_url: str, user: str) -> str:
        """Returns the id of the personal conversation with a user of the app's tenant, by the Entra object id. Raises ChatError."""
        body = {
            "bot": {"id": BOT + app.app_id},
            "members": [{"id": user}],
            "isGroup": False,
            "tenantId": app.tenant,
            "channelData": {"tenant": {"id": app.tenant}},
        }
        return _id_in(self._call("POST", app, service_url, "v3/conversations", f"{app.tenant} {user}", body))

    def _call(
        self, method: str, app: App, service_url: str, path: str, paced_by: str, body: Mapping[str, Any]
    ) -> Response:
        try:
            response = self._patiently(method, app, service_url, path, paced_by, body)
        except ChatError as error:
            if error.reason not in _PUT_OFF:
                self._calls.failed(error)
            raise
        self._calls.went()
        return response

    def _patiently(
        self, method: str, app: App, service_url: str, path: str, paced_by: str, body: Mapping[str, Any]
    ) -> Response:
        if not is_service_url(service_url, self._origins):
            raise chat_error("The address is not one of Teams'.", FOREIGN)
        url, content = f"{service_url.rstrip('/')}/{path}", encoded(dict(body))
        by, left_s, pause_s = self._clock() + MOST_S, PATIENCE_S, FIRST_PAUSE_S
        while True:
            wait_s = self._pace.claim(paced_by)
            if wait_s:
                words = "Teams takes no more messages there right now."
                refused = ChatError(words, kind="passing", reason=OWN_LIMIT, retry_after_s=wait_s, of_place=True)
            else:
                response = self._once(method, app, url, content, by)
                if response.status < 300:
                    return response
                refused = refusal(response)
                if response.status in _THROTTLED:
                    self._calls.were_throttled()
                if response.status not in _AGAIN[method]:
                    raise refused
                wait_s = refused.retry_after_s or pause_s * (0.5 + self._jitter())
                pause_s *= 2
            if wait_s > min(left_s, by - LEAST_S - self._clock()):
                raise refused
            self._sleep(wait_s)
            left_s -= wait_s

    def _once(self, method: str, app: App, url: str, content: bytes, by: float) -> Response:
        """Tries once, and with another token once more if Teams does not take the first: it may have been withdrawn, or the clocks
        have jumped. Where it does not take the new one either, that passes, unless it has been so for long."""
        token = self._token(app, by)
        response = self._send(method, url, token, content, by)
        if response.status == HTTPStatus.UNAUTHORIZED:
            response = self._send(method, url, self._token(app, by, token), content, by)
        if response.status < 300:
            self._tokens.taken(app)
        elif response.status == HTTPStatus.UNAUTHORIZED and not self._tokens.long_refused(app):
            raise chat_error("Teams does not take a token that is new.", NEW_TOKEN)
        return response

    def _token(self, app: App, by: float, refused: str = "") -> str:
        return self._tokens.token(app, by - LEAST_S - self._clock(), refused)

    def _send(self, method: str, url: str, token: str, content: bytes, by: float) -> Response:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            timeout_s = min(TIMEOUT_S, by - self._clock())
            return self._session.exchange(method, url, headers, content, timeout_s=timeout_s, most=MOST_BYTES)
        except ExchangeError as error:
            raise unreachable("Teams", error) from None


def _id_in(response: Response) -> str:
    """Returns the id of what was made. Raises ChatError where there is none: it may have been made all the same."""
    try:
        found = response.json()
    except (ValueError, RecursionError):
        found = None
    made = found.get("id") if isinstance(found, dict) else None
    if not isinstance(made, str) or not made or any(each.isspace() for each in made):
        raise chat_error(f"Teams answered with a fault ({response.status}).", NO_ANSWER)
    return made
