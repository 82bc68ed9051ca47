"""Kills a bot with SIGKILL in the middle of its deploys, again and again, and counts what became of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from bot.deploys.steps import STEPS
from lab.slack import SlackLab, plain
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from store.deploys import Deploy
from store.leases import INSTANCE
from store.models import DeployRow, Lease
from tests.conftest import STORE_KEY
from tests.e2e.process import BotProcess, Surroundings, bot_process
from tests.e2e.rig import add_people, settings_for, wait_until

COMMIT = "/api/v1/config/deploy/commit"
QUICK = {"NOTIFICATIONS__CARD_INTERVAL_S": "0.1"}
POINTS = [  # a request of WebNet's before which the process dies; without it being carried out, or with it
    ("GET", "/api/v1/config/devices/", True),
    ("POST", "/api/v1/config/deploy/preview", False),
    ("POST", "/api/v1/config/deploy/preview", True),
    ("GET", "/api/v1/jobs/", True),
    ("POST", COMMIT, False),
    ("POST", COMMIT, True),
    ("POST", "/api/v1/config/backup", False),
    ("POST", "/api/v1/config/backup", True),
    ("GET", "/api/v1/config/snapshots/", True),
]
LONGER = timedelta(minutes=3)  # than a job that may have been started is looked for


class Gone(Exception):
    """The request was not carried out."""


@dataclass
class Counts:
    kills: int = 0
    twice: int = 0  # devices on which the same lines were committed more than once
    lost: int = 0  # deploys without an end
    ends: Counter[str] = field(default_factory=Counter)
    not_once: int = 0  # requesters who were not notified of the end, or more than once


@contextmanager
def surroundings(store_url: str, folder: Path) -> Iterator[Surroundings]:
    with WebNetLab(job_seconds=0.1, config_lines=60) as webnet, SlackLab() as slack:
        settings = settings_for(slack, webnet, store_url)
        migrate_store(store_url)
        with open_store(store_url, keys=[STORE_KEY]) as store:
            add_people(store)
            yield Surroundings(slack, webnet, store, settings, folder)
        assert webnet.gate_violations() == []


class Bots:
    """Processes of one bot, by the names that they have in the store."""

    def __init__(self, at: Surroundings, stack: ExitStack) -> None:
        self._at = at
        self._stack = stack
        self.alive: dict[str, BotProcess] = {}
        self.killed = 0

    def start(self) -> None:
        process = self._stack.enter_context(bot_process(self._at.settings, self._at.folder, **QUICK))
        process.wait_said("running;")
        names = {lease.holder for lease in self._at.store.leases.all_live(INSTANCE)}
        (name,) = names - self.alive.keys()
        self.alive[name] = process
        self._at.slack.wait_connected(2 * len(self.alive), timeout=60)

    def kill_worker(self) -> bool:
        """Kills the process that works on a deploy, and ends its leases, as half a minute does. False if none does."""
        for lease in self._at.store.leases.all_live("deploy:"):
            if process := self.alive.pop(lease.holder, None):
                process.process.kill()
                process.ended()
                self.killed += 1
                self._at.store.database.run(Lease.update(expires_at=0).where(Lease.holder == lease.holder))
                return True
        return False


def kills(at: Surroundings, seed: int, number: int, replicas: int = 1) -> Counts:
    """Asks for one deploy after the other and kills the process that works on it, once each, at a point that the seed chooses."""
    random, counts = Random(seed), Counts()
    free = [row["id"] for row in at.webnet.rows("devices") if (row["customer"], row["enabled"]) == (1, True)]
    with ExitStack() as stack:
        bots = Bots(at, stack)
        for turn in range(number):
            while len(bots.alive) < replicas:
                bots.start()
            devices = random.sample(free, random.choice([1, 3]))
            _arm(at, bots, *POINTS[(seed + turn) % len(POINTS)])
            line = f"ntp server 10.{seed % 250}.{turn // 250}.{turn % 250}"
            asked = " ".join(f"#{device}" for device in devices)
            at.say("U0OSCAR", f'deploy {asked} reason:"kill {turn}" "{line}"')
            deploy = wait_until(lambda devices=devices: at.store.deploys.holding(devices), "the deploy")[0]
            _follow(at, bots, deploy)
            at.webnet.clear_faults()
            _count(at, deploy, line, counts)
        counts.kills = bots.killed
    return counts


def _arm(at: Surroundings, bots: Bots, method: str, prefix: str, done: bool) -> None:
    def die() -> None:
        if not bots.kill_worker():  # somebody else asked
            _arm(at, bots, method, prefix, done)
        elif not done:
            raise Gone

    at.webnet.before(method, prefix, die)


def _follow(at: Surroundings, bots: Bots, number: int) -> None:
    """Approves the deploy when it waits for that, lets the time pass that a lost start is looked for, and waits for the end."""

    def ended() -> bool:
        row = _row(at, number)
        if not bots.alive:
            bots.start()
        if row.state == "waiting":
            _approve(at, number)
        if row.state in STEPS and row.state not in row.jobs:
            older = DeployRow.update(moved_at=row.moved_at - LONGER)
            at.store.database.run(older.where(DeployRow.id == number, DeployRow.revision == row.revision))
            at.store.deploys.hurry(number)
            time.sleep(0.3)
        return row.notified_at is not None and bool(_replies(at, number))

    with suppress(AssertionError):
        wait_until(ended, f"the end of deploy #{number}", 60)


def _approve(at: Surroundings, number: int) -> None:
    for message in at.slack.messages("C0NOC"):
        said = plain(message)
        if f"Deploy #{number} " in said and "[Approve]" in said:
            at.slack.click("U0ALICE", message, "Approve")
            with suppress(AssertionError):
                wait_until(lambda: _row(at, number).state != "waiting", "the approval", 3)


def _row(at: Surroundings, number: int) -> Deploy:
    row = at.store.deploys.get(number)
    assert row is not None
    return row


def _replies(at: Surroundings, number: int) -> list[str]:
    said = [plain(message) for message in at.slack.messages("C0NOC") if message.thread_ts]
    return [words for words in said if f"Deploy #{number} of" in words and words.startswith("@U0OSCAR")]


def _count(at: Surroundings, number: int, line: str, counts: Counts) -> None:
    row, replies = _row(at, number), _replies(at, number)
    counts.ends[row.state] += 1
    counts.lost += row.ended_at is None
    counts.not_once += len(replies) != 1
    sent = [e for e in at.webnet.record if e.path == COMMIT and e.jobs and e.body["snippet"] == line]
    devices = Counter(device for entry in sent for device in entry.body["targets"]["device_ids"])
    counts.twice += sum(times > 1 for times in devices.values())
