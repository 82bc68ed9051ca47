"""The Bolt app. It listens to the slash command, to the buttons of all subcommands (`webnet:<name>:…`) and to the events that
end a workspace; it acknowledges and ignores everything else.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError

from bot.slack.intake import Intake, Json
from bot.slack.manifest import EVENTS
from bot.slack.socket import NotHandled, Receive

log = logging.getLogger(__name__)


def build_app(
    command: str,
    names: Iterable[str],
    intake: Intake,
    bot_token_of: Callable[[str], str | None],
    uninstalled: Callable[[Json], object] = lambda _: None,
) -> App:
    """`command` is the slash command with its slash, `names` are the subcommands. `bot_token_of(team)` reads a cache, and
    `uninstalled(body)` handles the events that end a workspace, for which it may block and raise."""
    app = App(
        # Sockets carry no signature; with a secret nobody knows a stray HTTP dispatch fails closed.
        signing_secret=secrets.token_hex(32),
        authorize=lambda enterprise_id, team_id: _authorized(enterprise_id, team_id, bot_token_of),
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        # These are for requests that Bolt parses itself and for workflow functions, of which none come here.
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )

    @app.command(command)
    def typed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        words = intake.typed(body, context.get("envelope_id", ""))
        if words:
            ack(text=words, response_type="ephemeral")
        else:
            ack()

    # One listener for all subcommands, since Bolt tries its listeners one by one.
    @app.action(re.compile(f"^webnet:({'|'.join(map(re.escape, names))})(:|$)"))
    def clicked(ack: Ack, body: dict[str, Any], action: dict[str, Any], context: BoltContext) -> None:
        intake.clicked(body, action, context.get("envelope_id", ""))
        ack()

    _listen_for_the_end(app, uninstalled)
    app.error(_failed)
    return app


def _failed(error: Exception) -> BoltResponse:
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    log.error("an envelope failed", exc_info=error)
    return BoltResponse(status=503 if isinstance(error, NotHandled) else 200, body="")


def _listen_for_the_end(app: App, uninstalled: Callable[[Json], object]) -> None:
    for event in EVENTS:

        @app.event(event)
        def gone(body: dict[str, Any]) -> None:
            try:
                uninstalled(body)
            except Exception as error:
                raise NotHandled from error


def receiver(app: App) -> Receive:
    """Returns a function that gives an envelope's payload to Bolt and returns the ack's payload."""

    def receive(kind: str, payload: dict[str, Any], envelope_id: str) -> dict[str, Any] | None:
        try:
            request = BoltRequest(mode="socket_mode", body=payload, context={"envelope_id": envelope_id})
            response = app.dispatch(request)
        except Exception:
            log.exception("an envelope of type %s failed", kind)
            return None
        if response.status >= 500:
            raise NotHandled
        body = response.body
        answer = json.loads(body) if body else None
        return answer if isinstance(answer, dict) else None

    return receive


def timed(receive: Receive, observe: Callable[[float], None]) -> Receive:
    """Calls `observe` with how many seconds each acknowledgement took."""

    def timed_receive(kind: str, payload: dict[str, Any], envelope_id: str) -> dict[str, Any] | None:
        started = time.monotonic()
        try:
            return receive(kind, payload, envelope_id)
        finally:
            observe(time.monotonic() - started)

    return timed_receive


def _authorized(
    enterprise_id: str | None, team_id: str | None, bot_token_of: Callable[[str], str | None]
) -> AuthorizeResult:
    """Reads a cache and never asks `auth.test`. An unknown team passes here: the pipeline refuses it, which answers the caller
    and writes the audit row."""
    token = bot_token_of(team_id or "") or "xoxb-unknown"
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)
