"""Follows the logs of jobs while they run."""

from __future__ import annotations

from collections.abc import Callable

from bot.app.chats import Chats
from bot.app.part import Common, Part, Task
from bot.context import Services
from bot.core import permissions
from bot.core.commands import Workspace
from bot.core.message import Message
from bot.delivery.live_logs import LiveLogs, Sources
from bot.delivery.updates import Updates
from bot.jobs.live_log import COMMAND, LiveLogState
from bot.redaction.messages import redact_message

FOLLOWING = "following logs"  # the name of the task
SLOWER = 1.6  # than a card: by default 3.2 s after the last change, so that one is changed every 3 to 5 s
LOOKS = 3  # for those that are due, in that time


class LiveLogsPart(Part):
    def __init__(
        self,
        common: Common,
        chats: Chats,
        services: Services,
        view: Callable[[LiveLogState], Message],
        updates: Updates,
    ) -> None:
        self._store, redactor = common.store, common.redactor
        self._every_s = SLOWER * common.settings.notifications.card_interval_s
        command = services.registry[COMMAND]

        def may_read(workspace: Workspace, chat_user: str) -> None:
            caller = services.callers.caller(workspace, chat_user, fresh=False)
            permissions.belong(caller, workspace, chats.of(workspace.chat_id).name)
            permissions.may_run(caller, command, services.rules.roles)

        self.live_logs = LiveLogs(
            common.store.live_logs,
            Sources(
                services.webnet,
                services.jobs.logs,
                services.outcomes.of,
                may_read,
                services.job_page,
                services.now,
            ),
            chats,
            chats,
            lambda state: redact_message(view(state), redactor, redactor.config),
            updates,
            instance=common.instance,
            every_s=self._every_s,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(FOLLOWING, self._every_s / LOOKS, self.live_logs.tick),)

    def start(self) -> None:
        if not self._store.database.is_postgres:  # whoever held a claim on this store is gone
            self._store.live_logs.release_all()

    def drain(self) -> int:
        self.live_logs.stop()
        return 0
