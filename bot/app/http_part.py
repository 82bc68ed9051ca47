"""The HTTP adapter, imported only when `http.enabled`: its libraries are an extra."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot.app.chats import Chats
from bot.app.feeds_part import JOBS
from bot.app.part import Common, Part
from bot.app.readiness import Readiness
from bot.core.webhook import PREFIX, Webhook
from bot.http.parts import Parts
from bot.http.server import Server
from bot.webnet import webhook
from bot.webnet.client import WebNet
from bot.webnet.webhook import Hints


class HttpPart(Part):
    def __init__(self, common: Common, webnet: WebNet, chats: Chats, of_chats: Mapping[str, Webhook]) -> None:
        """`of_chats` are the webhooks of the chats."""
        settings, metrics = common.settings, common.metrics
        self._readiness = Readiness(common.store, common.vitals, lambda: webnet.last.trouble if webnet.last else "")
        hints = Hints(settings.webnet.webhook_secret, partial(common.hurry, JOBS), metrics)
        parts = Parts(
            store=common.store,
            webnet=webnet,
            metrics=metrics,
            wrong_in=chats.wrong_in,
            changed=chats.workspace_changed,
            webhooks={**of_chats, f"{PREFIX}/webnet/events": Webhook(webhook.HEADER, webhook.SIGNATURE, hints)},
            vitals=common.vitals,
            trouble=self._readiness.trouble,
            degraded=self._readiness.degraded,
            redact=common.redactor,
            instance=common.instance,
        )
        self.server = Server(parts, settings.http)

    def start(self) -> None:
        self.server.start()

    def drain(self) -> int:
        self._readiness.stopping.set()
        return 0

    def stop(self) -> None:
        self.server.stop()
