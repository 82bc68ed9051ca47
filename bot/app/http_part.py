"""The HTTP adapter of one bot: what it is given, and what readiness means. Imported only when `http.enabled`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.app.lifecycle import Bot
from bot.core.errors import WebNetError
from bot.http.parts import PREFIX, Parts
from bot.http.server import Server
from bot.settings.table import Settings
from bot.slack.signed_http import Inbound
from bot.slack.socket import Receive
from bot.webnet.client import WebNet
from bot.webnet.webhook import Hints
from store.database import Store
from store.errors import StoreError

COPY_S = 2.0  # how long a look at the store counts: it is asked by every probe of every replica
WEBNET_EVERY_S = 15.0


@dataclass
class Readiness:
    """Whether requests should come here. WebNet being away limits the bot, it does not keep people from being told so."""

    store: Store
    webnet: WebNet
    connections: Callable[[], int]
    wanted: Callable[[], bool]  # whether there should be Socket Mode connections
    stopping: threading.Event = field(default_factory=threading.Event)
    _webnet_words: str = ""
    _looked: tuple[float, Mapping[str, str]] = (float("-inf"), {})

    def trouble(self) -> Mapping[str, str]:
        """What is wrong, by what it is; may ask the store."""
        at, found = self._looked
        if time.monotonic() - at > COPY_S:
            found = self._of_store()
            self._looked = time.monotonic(), found
        now = dict(found)
        if self.wanted() and not self.connections():
            now["way_in"] = "No Socket Mode connection to Slack is open."
        if self.stopping.is_set():
            now["way_in"] = "The bot is stopping."
        return now

    def degraded(self) -> Mapping[str, str]:
        return {"webnet": self._webnet_words} if self._webnet_words else {}

    def look_at_webnet(self) -> None:
        try:
            self.webnet.me()
        except WebNetError as error:
            self._webnet_words = error.words
        else:
            self._webnet_words = ""

    def _of_store(self) -> Mapping[str, str]:
        try:
            pending = self.store.pending_migrations()
        except StoreError:  # its words name the host
            return {"store": "The store does not answer, or was migrated by a newer version; the log says more."}
        return {"migrations": f"Pending: {', '.join(pending)}. Run `db migrate`."} if pending else {}


def serve(
    settings: Settings, bot: Bot, receive: Receive, *, hint: Callable[[], object], refreshed: Callable[[], object]
) -> tuple[Server, Readiness]:
    """`receive` is Bolt's; `hint` makes the bot look for news in WebNet; `refreshed` is called after a workspace was
    changed."""
    teams, metrics = bot.teams, bot.metrics
    readiness = Readiness(
        bot.store,
        bot.webnet,
        connections=lambda: sum(bot.sockets.open_connections().values()),
        wanted=lambda: settings.slack.socket_mode and bool(teams.app_tokens()),
    )
    inbound = Inbound(receive, teams.signing_secret, teams.signing_secrets, metrics)
    parts = Parts(
        store=bot.store,
        webnet=bot.webnet,
        metrics=metrics,
        auth_test=lambda token: bot.chat.call("auth.test", token),
        changed=refreshed,
        webhooks={
            f"{PREFIX}/slack/commands": inbound.commands,
            f"{PREFIX}/slack/events": inbound.events,
            f"{PREFIX}/slack/interactions": inbound.interactions,
            f"{PREFIX}/webnet/events": Hints(settings.webnet.webhook_secret, hint, metrics),
        },
        trouble=readiness.trouble,
        degraded=readiness.degraded,
        redact=bot.redactor,
        instance=bot.instance,
    )
    bot.scheduler.every(WEBNET_EVERY_S, "looking whether WebNet answers", readiness.look_at_webnet)
    return Server(parts, settings.http), readiness
