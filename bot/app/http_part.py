"""The HTTP adapter, imported only when `http.enabled`: its libraries are an extra."""

from __future__ import annotations

from functools import partial

from bot.app.feeds_part import JOBS
from bot.app.part import Common, Part, Task
from bot.app.readiness import Readiness
from bot.app.slack_part import SlackClient, SlackPart
from bot.http.parts import PREFIX, Parts
from bot.http.server import Server
from bot.slack.hosts import origins
from bot.slack.signed_http import Inbound
from bot.webnet.client import WebNet
from bot.webnet.webhook import Hints

WEBNET_EVERY_S = 15.0
LOOKING_AT_WEBNET = "looking whether WebNet answers"  # the name of the task


class HttpPart(Part):
    def __init__(self, common: Common, webnet: WebNet, client: SlackClient, slack: SlackPart) -> None:
        settings, workspaces, metrics = common.settings, client.workspaces, common.metrics
        self._readiness = Readiness(
            common.store,
            webnet,
            connections=slack.connections,
            wanted=lambda: settings.slack.socket_mode and bool(workspaces.app_tokens()),
        )
        own = origins(settings.slack.api_url)
        inbound = Inbound(slack.receive, workspaces.signing_secret, workspaces.signing_secrets, own, metrics)
        jobs_may_have_ended = partial(common.hurry, JOBS)
        parts = Parts(
            store=common.store,
            webnet=webnet,
            metrics=metrics,
            auth_test=lambda token: client.api.call("auth.test", token),
            changed=client.workspace_changed,
            webhooks={
                f"{PREFIX}/slack/commands": inbound.commands,
                f"{PREFIX}/slack/events": inbound.events,
                f"{PREFIX}/slack/interactions": inbound.interactions,
                f"{PREFIX}/webnet/events": Hints(settings.webnet.webhook_secret, jobs_may_have_ended, metrics),
            },
            trouble=self._readiness.trouble,
            degraded=self._readiness.degraded,
            redact=common.redactor,
            instance=common.instance,
        )
        self.server = Server(parts, settings.http)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(LOOKING_AT_WEBNET, WEBNET_EVERY_S, self._readiness.look_at_webnet),)

    def start(self) -> None:
        self.server.start()

    def drain(self) -> int:
        self._readiness.stopping.set()
        return 0

    def stop(self) -> None:
        self.server.stop()
