"""A whole bot in a process of its own before a Slack that only offers and times: with SQLite store, audit and WebNet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import named
from benchmarks.kit import Watched
from benchmarks.offering import OfferingProcess, offering
from lab.webnet import WebNetLab
from lab.webnet.seed.devices import RECORDED_DEVICES
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import add_people, settings_for, wait_until

NAMED = (sys.executable, "-W", "error", named.__file__)  # so that its threads are known by name
WARM = 8
QUIET_S = 1.5


@dataclass(frozen=True, slots=True)
class Running:
    slack: OfferingProcess
    webnet: WebNetLab
    store: Store
    watched: Watched

    def wait_quiet(self) -> None:
        """Waits until the bot has read what it reads at its start, such as every config."""
        before = -1
        while (now := self.webnet.request_count) != before:
            before = now
            time.sleep(QUIET_S)

    def rows(self) -> int:
        """Counts the rows of the audit log."""
        return self.store.audit.count(None, 1_000_000)

    def wait_rows(self, number: int, timeout_s: float = 60.0) -> None:
        """Looks seldom, since counting is slow while the bot writes."""
        deadline = time.monotonic() + timeout_s
        while (found := self.rows()) != number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout_s} s for {number} audit rows, there are {found}")
            time.sleep(0.25)


@contextmanager
def running_bot(
    changes: dict[str, str] | None = None,
    *,
    queue: int = 256,
    timeout_s: float = 5.0,
    devices: int = RECORDED_DEVICES,
    mapped: Mapping[str, int] | None = None,
) -> Iterator[Running]:
    """Starts a bot and yields it once it is connected, has read the devices and has answered a command. `changes` are those of
    `bot_process`, `mapped` are further users of Acme with their ids in WebNet, and all others but `devices` are settings."""
    with TemporaryDirectory(prefix="webnet-bot-") as name, WebNetLab(devices=devices) as webnet, offering() as slack:
        url = f"sqlite:///{name}/store.db"
        migrate_store(url)
        with open_store(url, keys=[STORE_KEY]) as store:
            add_people(store)
            for user, number in (mapped or {}).items():
                store.users.add(workspace=1, slack_user_id=user, user=number, username="")
            settings = settings_for(slack, webnet, url, queue=queue, timeout_s=timeout_s)
            with bot_process(settings, Path(name), python=NAMED, **(changes or {})) as bot:
                slack.wait_connected(2)
                wait_until(store.directory.swept_at, "the first sweep", 180)
                running = Running(slack, webnet, store, Watched(bot.process.pid))
                slack.offer(WARM)  # each user's first command is looked up in WebNet
                running.wait_rows(WARM)
                yield running
