"""The Bolt app. It listens to the slash command, to the buttons of all subcommands (`webnet:<name>:…`), to shortcuts
and to some events; it acknowledges and ignores everything else.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError

from bot.slack.form_view import CALLBACK
from bot.slack.intake import Intake, Json
from bot.slack.shapes import fits
from bot.slack.shortcuts import CALLBACK as SHORTCUT
from bot.slack.socket import NotHandled, Receive
from bot.slack.suggestions import TYPE as SUGGESTION
from bot.slack.suggestions import SlackSuggestions

log = logging.getLogger(__name__)


def build_app(
    command: str,
    names: Iterable[str],
    intake: Intake,
    bot_token_of: Callable[[str], str | None],
    events: Mapping[str, Callable[[Json], object]],
) -> App:
    """`command` is the slash command with its slash, `names` are the subcommands. `bot_token_of(team)` reads a cache. `events`
    handle the events of these names by their bodies, for which they may block and raise."""
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
    _listen(app, command, names, intake)
    for name, handle in events.items():
        app.event(name)(_listener(handle))
    app.error(_failed)
    return app


def _listen(app: App, command: str, names: Iterable[str], intake: Intake) -> None:
    """Hands the intake all that callers type, click, submit or choose."""

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

    @app.view(re.compile(f"^{CALLBACK}"))
    def submitted(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        if errors := intake.submitted(body, context.get("envelope_id", "")):
            ack(response_action="errors", errors=errors)
        else:
            ack(response_action="clear")  # the answer comes elsewhere, not in what the form was opened from

    @app.shortcut(re.compile(f"^{SHORTCUT}"))
    def used(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        intake.used(body, context.get("envelope_id", ""))
        ack()


def _failed(error: Exception) -> BoltResponse:
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    if isinstance(error, NotHandled):
        log.warning("an event was not handled, so Slack sends it again: %s", error.__cause__)
        return BoltResponse(status=503, body="")
    log.error("an envelope failed", exc_info=error)
    return BoltResponse(status=200, body="")


def _listener(handle: Callable[[Json], object]) -> Callable[..., None]:
    def happened(body: dict[str, Any]) -> None:
        try:
            handle(body)
        except Exception as error:
            raise NotHandled from error

    return happened


def receiver(app: App, suggest: SlackSuggestions) -> Receive:
    """Returns a function that gives an envelope's payload to Bolt and returns the ack's payload. What somebody types does not go
    through Bolt, which would write its many options as JSON and read them again."""

    def receive(kind: str, payload: dict[str, Any], envelope_id: str) -> dict[str, Any] | None:
        if not fits(payload):
            log.warning("an envelope of type %s has an odd shape and is not handled", kind)
            return None
        try:
            if payload.get("type") == SUGGESTION:
                return {"options": suggest(payload)}
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
