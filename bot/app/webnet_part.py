"""WebNet's client, the keys with which it acts for callers, and the directory of its devices."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.app.part import Common, Part, Task
from bot.devices.directory import Directory
from bot.webnet.caller_keys import CallerKeys
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from store.leases import INSTANCE

READERS = 16  # threads that may ask WebNet at a time beside the workers
REFRESH_EVERY_S = 30.0
SWEEP_EVERY_S = 900.0
SWEEPING = "deleting keys that were made for callers"  # the name of the task
KEYS_EVERY_S = 60.0
NAMES = "reading names to suggest"  # the name of a task that follows what is read here
USERS_EVERY_S = 24 * 3600.0


class WebNetPart(Part):
    def __init__(self, common: Common) -> None:
        settings, store = common.settings.webnet, common.store
        http = Transport.from_settings(settings, connections=common.settings.commands.workers + READERS)
        self._users, self._acts, self._hurry = store.users, settings.act_as_caller, common.hurry
        self.keys = CallerKeys(
            http,
            store.caller_keys,
            common.redactor,
            common.instance,
            lambda: [lease.name.removeprefix(INSTANCE) for lease in store.leases.all_live(INSTANCE)],
            lambda: datetime.now(UTC),
        )
        self.client = WebNet(http, acting=self.keys.acting_for if self._acts else None)
        self.directory = Directory(self.client, store.directory, store.cursors, patience_s=settings.timeout_s)

    @property
    def tasks(self) -> tuple[Task, ...]:
        seldom = Task("looking for keys that were made for callers", USERS_EVERY_S, self._sweep_users)
        return (
            Task("reading changed devices", REFRESH_EVERY_S, self.directory.refresh, at_once=False),
            Task("reading all devices", SWEEP_EVERY_S, self._sweep),
            Task(SWEEPING, KEYS_EVERY_S, self.keys.sweep),
            *([seldom] if self._acts else []),
        )

    def _sweep(self) -> None:
        self.directory.sweep()
        self._hurry(NAMES)

    def _sweep_users(self) -> None:
        self.keys.sweep_users(sorted({mapping.user for mapping in self._users.list()}))

    def drain(self) -> int:
        self.directory.stop()
        return 0

    def stop(self) -> None:
        self.client.close()
