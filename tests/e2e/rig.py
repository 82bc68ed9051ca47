"""The whole bot between the emulated Slack and the simulated WebNet, over real sockets, nothing patched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import main
from bot.app.configs_part import COPYING, ConfigsPart
from bot.app.feeds_part import FeedsPart
from bot.app.lifecycle import Bot
from bot.app.slack_part import SlackClient
from bot.app.suggestions_part import SuggestionsPart
from bot.app.webnet_part import WebNetPart
from bot.configs.follow_position import Position
from bot.devices.directory import Directory
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings, Slack, WebNet
from bot.settings.table import Store as StoreSettings
from bot.slack.web_api import WebApi
from bot.slack.workspace_cache import WorkspaceCache
from lab.slack import Interaction, Message, SlackLab, live_markup, plain
from lab.webnet import BOT_KEY, WebNetLab
from store.audit import AuditRow
from store.database import Store
from store.directory import Device
from tests.conftest import STORE_KEY

ACK_TIMEOUT_S = 60.0  # the labs share the processor with the bot; `make faults` measures how long an ack takes
T = TypeVar("T")

OWN = (
    "<!date^",
    "user:U0",
    "<@U0",
    "channel:C0",
    "<#C0",
)  # the bot mentions people and channels, by the ids it has from Slack
CALM = {"poll_interval_s": 3_600.0, "digest_pause_s": 1.0}
UNLIMITED = {"per_user_per_minute": 10_000, "per_workspace_per_minute": 100_000}
PEOPLE = {  # Slack user -> WebNet user; U0MALLORY is not mapped
    "U0ALICE": 2,
    "U0OSCAR": 3,
    "U0VERA": 4,
    "U0GINA": 5,
    "U0IVAN": 6,
    "U0BOB": 7,
    "U0NICK": 8,
}


@dataclass
class Rig:
    slack: SlackLab
    webnet: WebNetLab
    store: Store
    settings: Settings
    bot: Bot

    @property
    def api(self) -> WebApi:
        return self.bot.part(SlackClient).api

    @property
    def workspaces(self) -> WorkspaceCache:
        return self.bot.part(SlackClient).workspaces

    @property
    def directory(self) -> Directory:
        return self.bot.part(WebNetPart).directory

    def say(self, user: str, words: str, channel: str = "C0NOC", **options: Any) -> Interaction:
        return self.slack.say(user, f"/webnet {words}", channel, **options)

    def ask(self, user: str, words: str, channel: str = "C0NOC", timeout: float = 60.0, **options: Any) -> Message:
        """The answer; not the word that it takes longer."""
        return answer(self.say(user, words, channel, **options), timeout)

    def click(self, user: str, message: Message, button: str, timeout: float = 60.0) -> Message:
        return answer(self.slack.click(user, message, button), timeout)

    def copied(self) -> None:
        """Waits until the copy of the configs is whole, and does not wait for the time of its task."""
        self.bot.common.hurry(COPYING)
        wait_until(lambda: (now := self.store.configs.progress()).of and now.have == now.of, "the copy of the configs")

    def add_unreadable(self) -> int:
        """Adds a device of customer 1 whose config WebNet cannot show, so that the copy is never whole; returns its id."""
        with self.webnet.lock:  # before anybody can have read it
            device: int = self.webnet.add("devices", hostname="unreadable", customer=1)["id"]
            self.webnet.fault("garbage", prefix=f"/api/v1/config/devices/{device}/")
        self.store.directory.put([Device(id=device, customer=1, hostname="unreadable", enabled=True)])
        return device

    def audit(self, **expected: object) -> AuditRow:
        """The newest audit row with these fields, once it is closed, which is after the answer was sent."""

        def found() -> AuditRow | None:
            rows = self.store.audit.list(limit=200)
            fitting = (row for row in rows if all(getattr(row, name) == value for name, value in expected.items()))
            row = next(fitting, None)
            return row if row and row.status != "running" else None

        return wait_until(found, f"an audit row with {expected}")


def answer(interaction: Interaction, timeout: float = 60.0) -> Message:
    """The answer; not a direct message that came meanwhile, about something earlier, when a command was typed elsewhere."""
    typed = interaction.kind == "slash_commands"

    def final() -> Message | None:
        there = [message for message in interaction.replies if not typed or message.channel == interaction.channel]
        seen = [message for message in there if message.seen_by(interaction.user)]
        return next((message for message in reversed(seen) if "Working" not in plain(message)), None)

    return wait_until(final, f"an answer ({interaction.described()})", timeout)


def wait_until(found: Callable[[], T | None], what: str, timeout: float = 60.0) -> T:
    deadline = time.monotonic() + timeout
    while not (value := found()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}")
        time.sleep(0.02)
    return value


def add_people(store: Store) -> None:
    """The lab's workspaces and people, as in the demo's seed."""
    acme, globex = (
        store.workspaces.add(
            customer=customer,
            team_id=f"T0{name.upper()}",
            team_name=name,
            bot_user_id="U0BOT",
            bot_token=f"xoxb-lab-{name.lower()}",
            signing_secret="lab-signing-secret",
            app_token=None,
            enabled=True,
        )
        for customer, name in ((1, "Acme"), (2, "Globex"))
    )
    for slack_user, user in PEOPLE.items():
        store.users.add(workspace=acme.id, slack_user_id=slack_user, user=user, username=f"user-{user}")
    for slack_user in ("U0GINA", "U0BOB"):
        store.users.add(workspace=globex.id, slack_user_id=slack_user, user=PEOPLE[slack_user], username="")


def add_position(store: Store, lab: WebNetLab) -> None:
    """Where the snapshots end, as a bot left it that found that by 170 requests."""
    if (snapshots := lab.rows("snapshots")) and Position.load(store) is None:
        Position(store, snapshots[-1]["id"], lab.clock(), {}).save()


class ASlack(Protocol):
    @property
    def api_url(self) -> str: ...


class AWebNet(Protocol):
    @property
    def url(self) -> str: ...


def settings_for(
    slack: ASlack, webnet: AWebNet, store_url: str, *, notifications: dict[str, Any] | None = None, **commands: Any
) -> Settings:
    defaults = Settings()
    return replace(
        defaults,
        slack=Slack(api_url=slack.api_url, app_token="xapp-lab"),
        webnet=WebNet(url=webnet.url, api_key=BOT_KEY, timeout_s=commands.pop("timeout_s", 5.0)),
        store=StoreSettings(url=store_url, encryption_keys=(STORE_KEY,)),
        notifications=replace(defaults.notifications, **{**CALM, **(notifications or {})}),
        audit=replace(defaults.audit, store_queries=commands.pop("store_queries", True)),
        commands=replace(defaults.commands, **{**UNLIMITED, **commands}),
    )


@contextmanager
def rig(
    store_url: str,
    *,
    webnet: dict[str, Any] | None = None,
    strict: bool = True,
    change: Callable[[Settings], Settings] = lambda settings: settings,
    people: bool = True,
    build: Callable[[Settings, Store, Redactor], Bot] = main.build,
    **commands: Any,
) -> Iterator[Rig]:
    """At the end: nothing was left unanswered, Slack refused no message, none held live markup from outside, and no job
    was started past the gate. `commands` are settings of that section, `timeout_s` of WebNet, or `notifications`, without
    which WebNet is polled at the start alone; `change` alters others. `people` False leaves the store without workspaces. `build` joins the bot."""
    with WebNetLab(**{"job_seconds": 0.3, **(webnet or {})}) as lab, SlackLab(ack_timeout_s=ACK_TIMEOUT_S) as slack:
        settings = change(settings_for(slack, lab, store_url, **commands))
        with main.opened(settings) as store:
            if people:
                with store.transaction():
                    add_people(store)
                    add_position(store, lab)
            bot = build(settings, store, Redactor(settings.secrets(), settings.redaction.own))
            bot.start()
            try:
                if settings.slack.socket_mode:
                    slack.wait_connected(settings.slack.connections, timeout=60)
                wait_until(store.directory.swept_at, "the first sweep of the directory")
                if people and store.directory.count(1):
                    wait_until(lambda: bot.part(SuggestionsPart).names.knows(1), "the names of the devices")
                poller = bot.part(FeedsPart).poller
                wait_until(lambda: {*poller.feeds} <= poller.polled, "the first look at every feed")
                if "notifications" in commands:
                    wait_until(bot.part(ConfigsPart).follower.has_position, "the newest snapshot to be found")
                yield Rig(slack, lab, store, settings, bot)
            finally:
                left = bot.stop()
            assert left == 0
            assert lab.gate_violations() == []
            if strict:
                assert slack.refused == []
                assert foreign_markup(slack, settings) == []


def foreign_markup(slack: SlackLab, settings: Settings) -> list[str]:
    """Live mentions and links that did not come from the bot itself."""
    own = settings.webnet.public_url
    found = []
    for team in slack.world.teams.values():
        for channel in team.channels.values():
            messages = [message for message in channel.messages if not message.deleted]
            for message in messages:
                found += [mark for mark in live_markup(message) if own not in mark and not mark.startswith(OWN)]
    return found
