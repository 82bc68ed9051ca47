"""Publishes the homes of Slack's users, and keeps them up to date."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from bot.app.edge import Edge
from bot.app.part import Part, Task
from bot.app.slack_part import SlackClient
from bot.slack.home import HomeTabs
from bot.work_pool import Taken
from store.errors import StoreError
from store.leases import INSTANCE

log = logging.getLogger(__name__)

EVERY_S = 5.0
PUBLISHING = "publishing homes"  # the name of the task


class HomePart(Part):
    def __init__(self, client: SlackClient, edge: Edge) -> None:
        store = edge.common.store
        self._store, self._pool = store, edge.queue.pool
        self._tabs = HomeTabs(
            store.homes,
            edge.dispatcher,
            client.api,
            client.workspaces,
            edge.homes,
            replicas=lambda: max(1, len(store.leases.all_live(INSTANCE))),  # its own may have run out
            now=lambda: datetime.now(UTC),
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(PUBLISHING, EVERY_S, self._tabs.tick),)

    def start(self) -> None:
        if not self._store.database.is_postgres:  # whoever held a claim on this store is gone
            self._store.homes.release_all()

    def drain(self) -> int:
        self._tabs.stop()
        return 0

    def opened(self, team: str, chat_user: str) -> None:
        """Has the home of a user published who opens it. Waits for nothing and raises nothing: a busy bot leaves the home as it
        is, until it is opened again."""
        if self._pool.offer(lambda: self._open(team, chat_user), share=team) is not Taken.yes:
            log.info("the home of %s in %s is left as it is: the bot is busy", chat_user, team)

    def _open(self, team: str, chat_user: str) -> None:
        try:
            self._tabs.opened(team, chat_user)
        except StoreError as error:
            log.warning("the home of %s in %s is left as it is: %s", chat_user, team, error.words)
