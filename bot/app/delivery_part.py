"""Brings notices to the chat, and keeps the cards of jobs up to date."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.app.chats import Chats
from bot.app.feeds_part import JOBS
from bot.app.part import Common, Part, Task
from bot.channels import Channels
from bot.context import Services
from bot.core.holding import Holders
from bot.core.notices import Notices
from bot.delivery.cards import Cards, Views
from bot.delivery.release import EVERY_S as RELEASE_EVERY_S
from bot.delivery.release import Release
from bot.delivery.reminders import EVERY_S as REMIND_EVERY_S
from bot.delivery.reminders import Reminders
from bot.delivery.updates import Updates
from bot.delivery.worker import Delivery
from bot.jobs.backup_changes import Patience
from bot.redaction.messages import redact_message
from store.leases import INSTANCE


def shared_updates(common: Common) -> Updates:
    return Updates(lambda: max(1, len(common.store.leases.all_live(INSTANCE))))  # its own may have run out


class DeliveryPart(Part):
    def __init__(self, common: Common, chats: Chats, notices: Notices, updates: Updates, holders: Holders) -> None:
        settings, self._outbox = common.settings, common.store.outbox
        common.metrics.outbox.read = self._depth
        self._delivery = Delivery(
            common.store,
            chats,
            notices,
            common.metrics,
            updates,
            redact=lambda message: redact_message(message, common.redactor, common.redactor.config),
            remedy_of=chats.remedy_of,
            prompt_of=chats.prompt_of,
            job_page=settings.webnet.job_page,
            digest_over=settings.notifications.digest_over,
            digest_pause_s=settings.notifications.digest_pause_s,
            heartbeats=common.vitals.heartbeats,
        )
        self.wake = self._delivery.wake
        self._release = Release(common.store.held, Channels(common.store.channels), holders, self.wake)
        self.reminders = Reminders(common.store, notices, timedelta(minutes=settings.reminders.after_min), self.wake)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task("releasing held notices", RELEASE_EVERY_S, self._release.tick),
            Task("reminding of faults", REMIND_EVERY_S, self.reminders.tick),
        )

    def start(self) -> None:
        self._delivery.start()

    def stop(self) -> None:
        self._delivery.stop()

    def _depth(self) -> list[dict[tuple[str, ...], float]]:
        found = self._outbox.depth()
        oldest_s = (datetime.now(UTC) - found.oldest).total_seconds() if found.oldest else 0.0
        held: dict[tuple[str, ...], float] = {(by,): number for by, number in found.held.items()}
        return [{("waiting",): found.waiting, ("parked",): found.parked}, {(): oldest_s}, held]


class CardsPart(Part):
    def __init__(
        self,
        common: Common,
        chats: Chats,
        services: Services,
        views: Views,
        updates: Updates,
        backed_up: Callable[[Collection[int]], object],
    ) -> None:
        """`backed_up(devices)` makes the follower look for the configs of a backup that has ended."""
        self._store, notifications = common.store, common.settings.notifications
        self._interval_s = notifications.card_interval_s
        self.cards = Cards(
            common.store.cards,
            services.webnet,
            services.outcomes,
            chats,
            chats,
            views,
            updates,
            instance=common.instance,
            card_interval_s=notifications.card_interval_s,
            poll_interval_s=notifications.poll_interval_s,
            job_page=common.settings.webnet.job_page,
            stuck=services.jobs.stuck.look,
            cancelled=common.store.jobs.cancelled,
            waits=Patience(services.outcomes.changes, backed_up).waits,
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
