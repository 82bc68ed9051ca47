"""The HTTP adapter of one bot: what it is given, and what readiness means. Imported only when `http.enabled`."""

from __future__ import annotations

from collections.abc import Callable

from bot.app.lifecycle import Bot
from bot.app.readiness import Readiness
from bot.http.parts import PREFIX, Parts
from bot.http.server import Server
from bot.settings.table import Settings
from bot.slack.hosts import origins
from bot.slack.signed_http import Inbound
from bot.slack.socket import Receive
from bot.webnet.webhook import Hints

WEBNET_EVERY_S = 15.0


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
    inbound = Inbound(receive, teams.signing_secret, teams.signing_secrets, origins(settings.slack.api_url), metrics)
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
