"""Brings deploys on, and keeps their cards up to date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from bot.app.chats import Chats
from bot.app.part import Common, Part, Task
from bot.configs.snapshot_fetch import SnapshotFetcher
from bot.context import Services
from bot.core.message import Message
from bot.core.pipeline import Performer
from bot.deploys.cards import DeployCards, DeployViews
from bot.deploys.changes import DeployChanges
from bot.deploys.runner import DeployRunner
from bot.deploys.work import FOLLOWED_FOR, Parts, Work
from bot.redaction.messages import redact_message
from bot.webnet.job_kinds import COMMIT

ADVANCING = "advancing deploys"  # the name of the task
READERS = 8  # threads that read snapshots
MOST_OPEN = 20  # commits that the index believes to be open and that are looked at


def deploy_cards(common: Common, chats: Chats, services: Services, views: DeployViews) -> DeployCards:
    """Makes the cards, whose messages are redacted once more on their way out."""
    redactor = common.redactor

    def redacted(message: Message) -> Message:
        return redact_message(message, redactor, redactor.config)

    shown = DeployViews(lambda deploy: redacted(views.card(deploy)), lambda *end: redacted(views.end(*end)))
    return DeployCards(services.deploys.deploys, chats, shown, chats.by_id)


class DeploysPart(Part):
    def __init__(
        self, common: Common, chats: Chats, services: Services, dispatcher: Performer, cards: DeployCards
    ) -> None:
        store, settings, sources = common.store, common.settings, services.deploys
        self._interval_s = settings.notifications.card_interval_s
        self._readers = ThreadPoolExecutor(READERS, "deploys")
        fetcher = SnapshotFetcher(services.webnet, self._readers, lambda: False)
        changes = DeployChanges(fetcher, common.redactor, settings.drift.patterns)
        parts = Parts(
            sources.deploys,
            services.approvals.requests,
            services.approvals.approvers,
            dispatcher,
            services.webnet,
            services.outcomes,
            services.jobs.stuck,
            changes,
            lambda customer, devices: store.jobs.open_on(
                customer, COMMIT.type, devices, services.jobs.now() - FOLLOWED_FOR, MOST_OPEN
            ),
            lambda: services.jobs.now() - services.now(),
            store.database.transaction,
            timedelta(minutes=settings.approvals.expires_min),
        )
        sources.deploys.changed = partial(common.hurry, ADVANCING)
        services.approvals.requests.listeners.append(self._decided)
        self._store = store.deploys
        self._hurry = sources.deploys.changed
        self._runner = DeployRunner(
            sources.deploys,
            Work(parts),
            cards,
            changes,
            store.leases,
            lambda deploy: sources.deploys.with_approval(deploy, sources.approval),
            chats.by_id,
            instance=common.instance,
            interval_s=self._interval_s,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(ADVANCING, self._interval_s, self._runner.tick),)

    def drain(self) -> int:
        self._runner.stop()
        return 0

    def stop(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _decided(self) -> None:
        self._store.hurry_in("waiting")
        self._hurry()
