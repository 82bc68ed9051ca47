"""Brings notices to the chat, and keeps the cards of jobs up to date."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from bot.app.feeds_part import JOBS
from bot.app.part import ChatClient, Common, Part, Task
from bot.context import Services
from bot.core.notices import Notices
from bot.delivery.cards import Cards, Views
from bot.delivery.worker import Delivery


class DeliveryPart(Part):
    def __init__(self, common: Common, client: ChatClient, notices: Notices) -> None:
        settings, self._outbox = common.settings, common.store.outbox
        common.metrics.outbox.read = self._depth
        self._delivery = Delivery(
            common.store,
            client.chat,
            notices,
            common.metrics,
            remedy=client.remedy,
            prompt=settings.slack.command,
            job_page=settings.webnet.job_page,
            digest_over=settings.notifications.digest_over,
        )
        self.wake = self._delivery.wake

    def start(self) -> None:
        self._delivery.start()

    def stop(self) -> None:
        self._delivery.stop()

    def _depth(self) -> list[dict[tuple[str, ...], float]]:
        found = self._outbox.depth()
        oldest_s = (datetime.now(UTC) - found.oldest).total_seconds() if found.oldest else 0.0
        return [{("waiting",): found.waiting, ("parked",): found.parked}, {(): oldest_s}]


class CardsPart(Part):
    def __init__(self, common: Common, client: ChatClient, services: Services, views: Views) -> None:
        self._store, notifications = common.store, common.settings.notifications
        self._interval_s = notifications.card_interval_s
        self.cards = Cards(
            common.store.cards,
            services.webnet,
            services.outcomes,
            client.chat,
            client.workspaces,
            views,
            instance=common.instance,
            card_interval_s=notifications.card_interval_s,
            poll_interval_s=notifications.poll_interval_s,
            job_page=common.settings.webnet.job_page,
            ended=partial(common.hurry, JOBS),
            now=services.now,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task("updating cards", self._interval_s, self.cards.tick),)

    def start(self) -> None:
        if not self._store.database.is_postgres:  # whoever held a claim on this store is gone
            self._store.cards.release_all()

    def drain(self) -> int:
        self.cards.stop()
        return 0
