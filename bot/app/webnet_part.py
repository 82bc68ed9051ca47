"""WebNet's client, and the directory of its devices."""

from __future__ import annotations

from bot.app.part import Common, Part, Task
from bot.devices.directory import Directory
from bot.webnet.client import WebNet

READERS = 16  # threads that may ask WebNet at a time beside the workers
REFRESH_EVERY_S = 30.0
SWEEP_EVERY_S = 900.0


class WebNetPart(Part):
    def __init__(self, common: Common) -> None:
        settings = common.settings.webnet
        self.client = WebNet.from_settings(settings, connections=common.settings.commands.workers + READERS)
        self.directory = Directory(
            self.client, common.store.directory, common.store.cursors, patience_s=settings.timeout_s
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task("reading changed devices", REFRESH_EVERY_S, self.directory.refresh, at_once=False),
            Task("reading all devices", SWEEP_EVERY_S, self.directory.sweep),
        )

    def drain(self) -> int:
        self.directory.stop()
        return 0

    def stop(self) -> None:
        self.client.close()
