"""Commands not responding: workspaces, their tokens, the way in, the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime

from bot.core.errors import ChatError
from bot.doctor import teams
from bot.doctor.finding import COMMANDS, Finding, Surroundings
from bot.ids.chats import TEAMS
from bot.slack.bot_tokens import owner
from bot.slack.manifest import SCOPES
from bot.slack.uninstalled import WAY as LEFT
from bot.slack.uninstalled import WORDS as ENDS
from bot.slack.web_api import JSON, json_bytes
from bot.slack.websocket import trial
from store.audit import AuditFilter
from store.workspaces import Workspace


def workspace(at: Surroundings, row: Workspace) -> Iterator[Finding]:
    what = f"workspace {row.team_id}"
    if not row.enabled:
        remedy = f"Enable it: `webnet-bot workspace enable {row.team_id}`."
        words = f"{row.team_name} is disabled: commands are refused.{_why(at, row)}"
        yield Finding(COMMANDS, what, "warn", words, remedy)
        return
    if row.chat == TEAMS:
        yield from teams.tenant(at, row)
        return
    try:
        found = owner(at.slack, row.bot_token, row.team_id, row.bot_user_id)
    except ChatError as error:
        remedy = _remedy(error, f"Copy the Bot User OAuth Token again: {_new_token(row)}.")
        yield Finding(COMMANDS, what, "fail", f"{row.team_name}: {error.words}", remedy)
        return
    if found.wrong == "bot_token":
        words = f"The bot token is of another workspace: {found.team_id}."
        yield Finding(COMMANDS, what, "fail", words, f"Copy the token of this workspace: {_new_token(row)}.")
    elif found.wrong:
        words = f"The bot is {found.user_id} there, not {row.bot_user_id}."
        remedy = f"`webnet-bot workspace set {row.team_id} --bot-user {found.user_id}`."
        yield Finding(COMMANDS, what, "warn", words, remedy)
    else:
        yield Finding(COMMANDS, what, "pass", f"{row.team_name}: enabled, and its bot token is valid.")
    yield from _scopes(what, found.scopes)


def _new_token(row: Workspace) -> str:
    return f"`webnet-bot workspace set {row.team_id} --bot-token-prompt`"


def _why(at: Surroundings, row: Workspace) -> str:
    """Returns what Slack last said about the app there, if it said that the app is gone."""
    events = at.store.audit.list(AuditFilter(workspace=row.id, way=LEFT), limit=100)
    said = [each for each in events if each.code in ENDS]
    if not said or said[0].created_at is None:
        return ""
    return f" On {said[0].created_at:%Y-%m-%d %H:%M} UTC Slack said {said[0].code}: install the app again first."


def _scopes(what: str, granted: str) -> Iterator[Finding]:
    missing = sorted(set(SCOPES) - set(granted.replace(" ", "").split(","))) if granted else []
    if missing:
        words = f"The bot token lacks {', '.join(missing)}."
        yield Finding(COMMANDS, what, "fail", words, "Add the scopes in the Slack app and install it again.")


def way_in(at: Surroundings, workspaces: Sequence[Workspace]) -> Iterator[Finding]:
    settings = at.settings.slack
    if not settings.socket_mode:
        words = "Switched off by `slack.socket_mode`: Slack's requests must come over HTTP."
        yield Finding(COMMANDS, "Socket Mode", "skip", words)
        return
    lacking = [w.team_id for w in workspaces if w.enabled and not w.app_token and not settings.app_token]
    if lacking:
        words = f"No app-level token for {', '.join(lacking)}."
        remedy = (
            "Set `slack.app_token` (xapp-…, with connections:write), or one of the workspace's own: "
            f"`webnet-bot workspace set {lacking[0]} --app-token-prompt`."
        )
        yield Finding(COMMANDS, "Socket Mode", "fail", words, remedy)
    own = {w.app_token: f"app token of {w.team_id}" for w in workspaces if w.enabled and w.app_token}
    shared = {settings.app_token: "app token"} if settings.app_token else {}
    for token, what in {**own, **shared}.items():
        yield from _app_token(at, token, what)


def _app_token(at: Surroundings, token: str, what: str) -> Iterator[Finding]:
    try:
        answer = at.slack.call("apps.connections.open", token)
    except ChatError as error:
        renew = "Enable Socket Mode in the Slack app and generate an app-level token with connections:write."
        yield Finding(COMMANDS, what, "fail", error.words, _remedy(error, renew))
        return

    def say(address: str, words: str) -> None:
        with suppress(ChatError):
            at.slack.send(
                address, json_bytes({"response_type": "ephemeral", "replace_original": False, "text": words}), JSON
            )

    trouble = trial(str(answer.get("url")), at.settings.tls.ca_bundle, say)
    if trouble:
        remedy = "Let this machine open WebSockets to wss-primary.slack.com and wss-backup.slack.com, port 443, also through the proxy."
        yield Finding(COMMANDS, what, "fail", trouble, remedy)
    else:
        yield Finding(COMMANDS, what, "pass", "A Socket Mode connection was opened, greeted by Slack and closed.")
    with suppress(ValueError):
        at.slack_date = parsedate_to_datetime(answer["headers"].get("date", "")), at.now()


def audit_log(at: Surroundings) -> Iterator[Finding]:
    rows = [row for row in at.store.audit.list(limit=100) if row.way not in {LEFT, "api"}][:1]
    if rows and rows[0].created_at:
        words = f"Last request: {rows[0].created_at:%Y-%m-%d %H:%M} UTC, {rows[0].status}."
        yield Finding(COMMANDS, "audit log", "pass", words)
    else:
        remedy = "If commands were typed since, no chat reaches the bot: is it running, and its app installed?"
        yield Finding(COMMANDS, "audit log", "warn", "No command has ever arrived.", remedy)


def _remedy(error: ChatError, otherwise: str) -> str:
    if error.may_pass:
        return "The token may be right: check the way out to Slack (proxy, DNS, firewall), then run `check` again."
    return otherwise
