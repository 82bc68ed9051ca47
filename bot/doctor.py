"""`check`: every precondition, whether it holds, and what to do if not; in the order of the troubleshooting page."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from bot.core.commands import Role
from bot.core.errors import ChatError, WebNetError, WebNetMissing
from bot.core.words import ago
from bot.settings import Settings
from bot.slack.chat import Chat
from bot.slack.manifest import SCOPES
from bot.webnet.client import WebNet
from bot.webnet.models import User
from store.channels import Channel
from store.database import Store
from store.workspaces import Workspace

Outcome = Literal["pass", "warn", "fail", "skip"]

STEADY_S = 30.0  # a clock that is further off is worth a word
SIGNED_S = 300.0  # beyond it Slack's signed requests are refused
BASICS = "Basics"
COMMANDS = "Commands not responding"
PERMISSIONS = "Permission denied errors"
NOTIFICATIONS = "Notifications not sending"
WEBHOOKS = "Webhook verification failures"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` says what to do; empty where nothing is to be done."""

    heading: str
    what: str
    outcome: Outcome
    words: str
    remedy: str = ""


class Doctor:
    """Reads only; the one thing it makes is a Socket Mode ticket that nobody uses."""

    def __init__(
        self,
        settings: Settings,
        store: Store | None,
        webnet: WebNet,
        chat: Chat,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._given_store = store
        self._webnet = webnet
        self._chat = chat
        self._now = now
        self._users: dict[int, User | None] = {}
        self._slack_date: tuple[datetime, datetime] | None = None  # and when it was read here

    def examine(self) -> Iterator[Finding]:
        """Each finding as soon as it is made. Without a store what needs none is looked at."""
        if self._given_store is None:
            yield from self._webnet_answers()
            yield from self._way_in([])
            return
        yield from self._key_opens()
        yield self._directory()
        reachable = yield from self._webnet_answers()
        workspaces = self._store.workspaces.list()
        if not workspaces:
            remedy = "Add one: `webnet-bot seed FILE.toml` or `webnet-bot workspace add`."
            yield Finding(COMMANDS, "workspaces", "fail", "No Slack workspace is configured.", remedy)
        for workspace in workspaces:
            yield from self._workspace(workspace)
        yield from self._way_in(workspaces)
        yield from self._audit_log()
        if reachable:
            yield from self._customers(workspaces)
        for workspace in workspaces:
            yield from self._people(workspace, reachable)
        for workspace in workspaces:
            yield from self._channels(workspace)
        yield from self._signatures(workspaces)

    @property
    def _store(self) -> Store:
        assert self._given_store is not None
        return self._given_store

    # -- basics

    def _key_opens(self) -> Iterator[Finding]:
        self._store.check_secrets()  # a StoreError ends the examination; the command line says what it says
        yield Finding(BASICS, "store", "pass", f"{self._store.shown_url}: migrated, and the key opens its secrets.")

    def _directory(self) -> Finding:
        swept = self._store.directory.swept_at()
        if swept is None:
            remedy = "`run` reads them when it starts, and every 15 minutes."
            return Finding(BASICS, "devices", "warn", "WebNet's devices were never read.", remedy)
        return Finding(BASICS, "devices", "pass", f"All of WebNet's devices were read {ago(self._now(), swept)}.")

    def _webnet_answers(self) -> Generator[Finding, None, bool]:
        """Returns whether the rest may ask WebNet."""
        url = self._settings.webnet.url
        try:
            me, date = self._webnet.me_and_date()
        except WebNetError as error:
            yield Finding(BASICS, "WebNet", "fail", f"{url}: {error.words}", "Check `webnet.url` and `webnet.api_key`.")
            return False
        if Role.of(me.role) is Role.admin:
            yield Finding(BASICS, "WebNet", "pass", f"{url}: reachable; the key is {me.username}'s, an admin.")
        else:
            words = f"{url}: the key is {me.username}'s, whose role is {me.role}."
            yield Finding(BASICS, "WebNet", "fail", words, "The service account needs the role admin in WebNet.")
        yield self._clock(BASICS, "WebNet", date, self._now())
        return True

    def _clock(self, heading: str, whose: str, date: datetime | None, read_at: datetime) -> Finding:
        what = f"clock beside {whose}'s"
        if date is None:
            return Finding(heading, what, "skip", f"{whose} told no time.")
        off_s = (read_at - date).total_seconds()
        words = f"{abs(off_s):.0f} s {'ahead' if off_s > 0 else 'behind'}."
        if abs(off_s) <= STEADY_S:
            return Finding(heading, what, "pass", words)
        outcome: Outcome = "fail" if abs(off_s) > SIGNED_S else "warn"
        return Finding(heading, what, outcome, words, "Let a time service (NTP) set this machine's clock.")

    # -- commands not responding

    def _workspace(self, workspace: Workspace) -> Iterator[Finding]:
        what = f"workspace {workspace.team_id}"
        if not workspace.enabled:
            remedy = f"Enable it: `webnet-bot workspace enable {workspace.team_id}`."
            yield Finding(COMMANDS, what, "warn", f"{workspace.team_name} is disabled: commands are refused.", remedy)
            return
        try:
            answer = self._chat.call("auth.test", workspace.bot_token)
        except ChatError as error:
            remedy = _remedy(
                error, f"Copy the Bot User OAuth Token again: `webnet-bot workspace set {workspace.team_id}`."
            )
            yield Finding(COMMANDS, what, "fail", f"{workspace.team_name}: {error.words}", remedy)
            return
        if answer.get("team_id") != workspace.team_id:
            words = f"The bot token is of another workspace: {answer.get('team_id')}."
            yield Finding(COMMANDS, what, "fail", words, "Set the token of this workspace, or its right team id.")
        elif answer.get("user_id") != workspace.bot_user_id:
            words = f"The bot is {answer.get('user_id')} there, not {workspace.bot_user_id}."
            yield Finding(COMMANDS, what, "warn", words, f"`webnet-bot workspace set {workspace.team_id}`.")
        else:
            yield Finding(COMMANDS, what, "pass", f"{workspace.team_name}: enabled, and its bot token is valid.")
        yield from self._scopes(what, answer["headers"].get("x-oauth-scopes"))

    def _scopes(self, what: str, granted: str | None) -> Iterator[Finding]:
        missing = sorted(set(SCOPES) - set((granted or "").replace(" ", "").split(","))) if granted else []
        if missing:
            words = f"The bot token lacks {', '.join(missing)}."
            yield Finding(COMMANDS, what, "fail", words, "Add the scopes in the Slack app and install it again.")

    def _way_in(self, workspaces: list[Workspace]) -> Iterator[Finding]:
        settings = self._settings.slack
        if not settings.socket_mode:
            yield Finding(COMMANDS, "Socket Mode", "skip", "Switched off by `slack.socket_mode`.")
            return
        lacking = [w.team_id for w in workspaces if w.enabled and not w.app_token and not settings.app_token]
        if lacking:
            words = f"No app-level token for {', '.join(lacking)}."
            remedy = "Set `slack.app_token` (xapp-…, with connections:write), or one of the workspace's own."
            yield Finding(COMMANDS, "Socket Mode", "fail", words, remedy)
        own = {w.app_token: f"app token of {w.team_id}" for w in workspaces if w.enabled and w.app_token}
        shared = {settings.app_token: "app token"} if settings.app_token else {}
        for token, what in {**own, **shared}.items():
            yield from self._app_token(token, what)

    def _app_token(self, token: str, what: str) -> Iterator[Finding]:
        try:
            answer = self._chat.call("apps.connections.open", token)
        except ChatError as error:
            renew = "Enable Socket Mode in the Slack app and generate an app-level token with connections:write."
            yield Finding(COMMANDS, what, "fail", error.words, _remedy(error, renew))
            return
        yield Finding(COMMANDS, what, "pass", "Slack opens Socket Mode connections for it.")
        with suppress(ValueError):
            self._slack_date = parsedate_to_datetime(answer["headers"].get("date", "")), self._now()

    def _audit_log(self) -> Iterator[Finding]:
        rows = self._store.audit.list(limit=1)
        if rows and rows[0].created_at:
            words = f"Last request: {rows[0].created_at:%Y-%m-%d %H:%M} UTC, {rows[0].status}."
            yield Finding(COMMANDS, "audit log", "pass", words)
        else:
            remedy = "If commands were typed since, Slack does not reach the bot: is it running, and its app installed?"
            yield Finding(COMMANDS, "audit log", "warn", "No command has ever arrived.", remedy)

    # -- permission denied

    def _customers(self, workspaces: list[Workspace]) -> Iterator[Finding]:
        try:
            names = {customer.id: customer.name for customer in self._webnet.customers()}
        except WebNetError as error:
            yield Finding(PERMISSIONS, "customers", "skip", error.words)
            return
        for workspace in workspaces:
            what = f"customer of {workspace.team_id}"
            if workspace.customer in names:
                yield Finding(PERMISSIONS, what, "pass", f"{names[workspace.customer]} ({workspace.customer}).")
            else:
                remedy = f"`webnet-bot workspace set {workspace.team_id} --customer` with an id of WebNet's."
                yield Finding(PERMISSIONS, what, "fail", f"WebNet has no customer {workspace.customer}.", remedy)

    def _people(self, workspace: Workspace, reachable: bool) -> Iterator[Finding]:
        what = f"people of {workspace.team_id}"
        mappings = self._store.users.list(workspace=workspace.id)
        if not mappings:
            remedy = "Map people: `webnet-bot user map`; everybody else is refused."
            yield Finding(PERMISSIONS, what, "warn", "Nobody is mapped to a WebNet user.", remedy)
            return
        if not reachable:
            yield Finding(PERMISSIONS, what, "skip", "WebNet did not answer.")
            return
        try:
            wrong = [
                f"{mapping.slack_user_id} ({mapping.username or mapping.user}) {reason}"
                for mapping in mappings
                if (reason := self._refused(workspace, mapping.user))
            ]
        except WebNetError as error:
            yield Finding(PERMISSIONS, what, "skip", error.words)
            return
        if wrong:
            remedy = "Correct the person in WebNet, or map another one: `webnet-bot user map`."
            yield Finding(PERMISSIONS, what, "warn", f"Refused: {'; '.join(wrong)}.", remedy)
        else:
            yield Finding(PERMISSIONS, what, "pass", f"{len(mappings)} mapped, all of them active and of the customer.")

    def _refused(self, workspace: Workspace, user_id: int) -> str:
        """Why this WebNet user may do nothing there; empty if he may."""
        user = self._user(user_id)
        if user is None:
            return "no longer exists in WebNet"
        if not user.is_active:
            return "is inactive"
        if Role.of(user.role) is not Role.admin and workspace.customer not in user.customers:
            return f"does not belong to customer {workspace.customer}"
        return ""

    def _user(self, user_id: int) -> User | None:
        if not self._users:
            self._users.update((user.id, user) for user in self._webnet.users())
        if user_id not in self._users:
            try:
                self._users[user_id] = self._webnet.user(user_id)
            except WebNetMissing:
                self._users[user_id] = None
        return self._users[user_id]

    # -- notifications and webhooks

    def _channels(self, workspace: Workspace) -> Iterator[Finding]:
        what = f"channels of {workspace.team_id}"
        channels = self._store.channels.list(workspace=workspace.id)
        if not channels:
            remedy = "Add one: `webnet-bot channel add`."
            yield Finding(NOTIFICATIONS, what, "warn", "No channel asks for notices.", remedy)
            return
        silent = [c.channel_name or c.channel_id for c in channels if not any(_flags(c))]
        words = f"{len(channels)} configured; a private channel must also have invited the bot."
        if silent:
            remedy = "Switch a flag on: `webnet-bot channel set`."
            yield Finding(NOTIFICATIONS, what, "warn", f"All flags are off for {', '.join(silent)}.", remedy)
        else:
            yield Finding(NOTIFICATIONS, what, "pass", words)

    def _signatures(self, workspaces: list[Workspace]) -> Iterator[Finding]:
        date, read_at = self._slack_date or (None, self._now())
        yield self._clock(WEBHOOKS, "Slack", date, read_at)
        if not self._settings.http.enabled:
            words = "Slack is not received over HTTP, so no request is verified by signature."
            yield Finding(WEBHOOKS, "signing secrets", "skip", words)
            return
        empty = [workspace.team_id for workspace in workspaces if not workspace.signing_secret]
        if empty:
            remedy = "Copy the Signing Secret of the Slack app: `webnet-bot workspace set`."
            yield Finding(WEBHOOKS, "signing secrets", "fail", f"Missing for {', '.join(empty)}.", remedy)
        else:
            words = "Every workspace has one; compare it with the Slack app's if requests are refused."
            yield Finding(WEBHOOKS, "signing secrets", "pass", words)


def _remedy(error: ChatError, otherwise: str) -> str:
    if error.error in {"no_connection", "no_answer", "ratelimited"}:
        return "The token may be right: check the way out to Slack (proxy, DNS, firewall), then run `check` again."
    return otherwise


def _flags(channel: Channel) -> tuple[bool, ...]:
    return (
        channel.notify_job_completion,
        channel.notify_job_failure,
        channel.notify_compliance_violations,
        channel.notify_drift_detected,
    )
