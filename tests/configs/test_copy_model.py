"""Whatever happens to WebNet, to the processes that keep the copy and between them, the copy ends as what WebNet has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from bot.configs.follower import Follower
from bot.configs.keeper import Keeper
from bot.configs.search_copy import Copying
from bot.core.errors import Conflict, WebNetError
from bot.devices.directory import Directory
from bot.redaction.redactor import RULES_VERSION, Redactor
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from store.config_history import Version
from store.database import Store
from store.fields import EPOCH

DEVICES = range(1, 6)
LISTS, ONE = "/api/v1/config/devices/", "/api/v1/config/snapshots/"
SECRET = "snmp-server community {} RO"


class Replica:
    """A process of the bot that keeps the copy by rules of one version."""

    def __init__(self, world: World, name: str, rules: int) -> None:
        webnet, store = world.webnet, world.store
        self.rules = rules
        self.directory = Directory(webnet, store.directory, store.cursors)
        self.follower = Follower(webnet, store, name, now=world.clock)
        keeper = Keeper(store, Redactor(), rules)
        self.copying = Copying(
            webnet, store, self.directory, self.follower, keeper, name, now=world.clock, rest=lambda _: None
        )
        self.follower.add(self.copying.receive)


class World:
    def __init__(self, lab: WebNetLab, webnet: WebNet, store: Store, random: Random) -> None:
        self.lab, self.webnet, self.store, self.random = lab, webnet, store, random
        self.now = datetime.now(UTC)
        lab.clock = self.clock
        for row in lab.rows("devices"):
            if row["id"] not in DEVICES:
                lab.delete("devices", row["id"])
        self.ever: dict[int, dict[str, Any]] = {row["id"]: row for row in lab.rows("snapshots")}
        self.late: list[tuple[int, datetime]] = []
        self.number = 0
        self.started = self.highest = 0
        self.replicas: list[Replica] = []
        self.start(RULES_VERSION)
        self.replicas[0].copying.prepare()

    def clock(self) -> datetime:
        return self.now

    def start(self, rules: int) -> None:
        self.started, self.highest = self.started + 1, max(self.highest, rules)
        self.replicas.append(Replica(self, f"replica-{self.started}", rules))

    @property
    def devices(self) -> list[int]:
        return [row["id"] for row in self.lab.rows("devices")]

    def step(self) -> None:
        steps: list[tuple[int, Callable[[], object]]] = [
            (8, self.back_up),
            (2, self.reserve),
            (2, self.commit_late),
            (1, self.lose_snapshot),
            (1, self.move),
            (1, self.remove),
            (1, self.make_again),
            (2, self.fail),
            (3, self.lab.clear_faults),
            (2, self.replace),
            (1, self.roll_on),
            (1, self.roll_back),
            (4, self.pass_time),
            (8, self.poll),
            (9, self.fill),
            (2, self.tidy),
            (2, self.sweep),
            (1, self.store.configs.check().rebuild),
            (1, self.hint),
        ]
        work = self.random.choices([work for _, work in steps], [weight for weight, _ in steps])[0]
        with suppress(WebNetError, Conflict):
            work()
        self.now += timedelta(seconds=self.random.choice((0, 1, 10)))

    def one(self) -> Replica:
        return self.random.choice(self.replicas)

    def poll(self) -> None:
        self.one().follower.poll()

    def fill(self) -> None:
        """One in five ends in the middle, and one in ten reads all again."""
        copying, ends = self.one().copying, self.random.random() < 0.2
        copying.fill(copying.stop if ends else lambda: None, again=self.random.random() < 0.1)

    def tidy(self) -> None:
        self.one().copying.tidy()

    def sweep(self) -> None:
        self.one().directory.sweep()

    def hint(self) -> None:
        self.one().follower.backed_up(self.devices)

    def back_up(self, **values: Any) -> None:
        if self.devices:
            self.number += 1
            device = self.random.choice(self.devices)
            lines = ["hostname x", SECRET.format(f"s3cret{self.random.randint(1, 3)}"), f"vlan {self.number % 7}"]
            row = self.lab.store_config(device, "\n".join(lines), **values)
            self.ever[row["id"]] = row

    def reserve(self) -> None:
        """A transaction begins that commits late."""
        number = max(self.ever) + 1 + len(self.late)
        self.late.append((number, self.now))
        self.lab.next_id("snapshots", number + 1)

    def commit_late(self) -> None:
        if self.late:
            number, made = self.late.pop()
            if number not in self.ever and self.now - made < timedelta(minutes=10):
                self.back_up(id=number, created_at=made.isoformat())

    def lose_snapshot(self) -> None:
        here = [row["id"] for row in self.lab.rows("snapshots") if row["device"] in DEVICES]
        self.lab.delete("snapshots", self.random.choice(here))

    def move(self) -> None:
        if self.devices:
            self.lab.change("devices", self.random.choice(self.devices), customer=self.random.choice((1, 2)))

    def remove(self) -> None:
        if self.devices:
            self.lab.delete("devices", self.random.choice(self.devices))

    def make_again(self) -> None:
        for device in set(DEVICES) - set(self.devices):
            self.lab.add("devices", id=device, hostname=f"again-{device}", customer=self.random.choice((1, 2)))

    def fail(self) -> None:
        device = self.random.choice(DEVICES)
        prefix = self.random.choice((f"{LISTS}{device}/", f"/api/v1/devices/{device}/", ONE, LISTS, "/api/"))
        kind: Any = self.random.choice(("error", "garbage", "away"))
        self.lab.fault(kind, prefix=prefix, times=self.random.choice((None, 1, 4)))

    def replace(self) -> None:
        """A process ends anywhere, and another one begins in its place."""
        gone = self.replicas.pop(self.random.randrange(len(self.replicas)))
        self.start(gone.rules)

    def roll_on(self) -> None:
        if len(self.replicas) < 3:
            self.start(max(replica.rules for replica in self.replicas) + 1)

    def roll_back(self) -> None:
        if len(self.replicas) > 1:
            self.replicas.remove(self.one())

    def pass_time(self) -> None:
        self.now += timedelta(minutes=self.random.choice((1, 3)))

    def come_to_rest(self) -> None:
        self.lab.clear_faults()
        self.make_again()
        self.replicas.clear()
        self.start(self.highest)
        (last,) = self.replicas
        last.directory.sweep()
        for _ in range(40):
            self.now += timedelta(minutes=1)
            last.follower.poll()
            last.copying.fill()
            last.copying.tidy()
        self.lab.clear_record()
        last.copying.fill()
        assert self.lab.record == []

    def check(self) -> None:
        rows = self.lab.rows("snapshots")
        configs = self.store.configs
        for row in self.lab.rows("devices"):
            device, customer = row["id"], row["customer"]
            stored = {one["id"]: one for one in rows if one["device"] == device}
            history = configs.history(customer, device)
            assert set(stored) <= {version.snapshot for version in history}
            assert all(self.ever[version.snapshot]["device"] == device for version in history)
            assert history == sorted(history, key=lambda version: version.order, reverse=True)
            assert all(self.text(version) == self.redacted(version) for version in history)
            assert (latest := configs.latest(device))
            assert (latest.snapshot, latest.history_due) == (history[0].snapshot if history else 0, False)
        progress = configs.progress()
        assert (progress.have, progress.of) == (len(DEVICES), len(DEVICES))
        assert progress.without == sum(configs.latest(device).created_at == EPOCH for device in DEVICES)  # type: ignore[union-attr]
        assert configs.check().faults() == 0
        assert configs.hidden(1) | configs.hidden(2) == frozenset()

    def text(self, version: Version) -> str:
        texts = self.store.configs.texts(version.lines)
        return "\n".join(texts[line] for line in version.lines)

    def redacted(self, version: Version) -> str:
        return Redactor().config(self.ever[version.snapshot]["config_text"])


@pytest.fixture
def webnet(lab: WebNetLab) -> Iterator[WebNet]:
    client = WebNet(Transport(lab.url, BOT_KEY, timeout_s=5.0, sleep=lambda _: None))
    yield client
    client.close()


@pytest.mark.parametrize("seed", range(2))
def test_the_copy_ends_as_what_webnet_has(seed: int, lab: WebNetLab, webnet: WebNet, store: Store) -> None:
    """Ids commit in any order, devices go, come and move, WebNet fails for one or all, processes of several versions end anywhere."""
    world = World(lab, webnet, store, Random(seed))
    for _ in range(120):
        world.step()
    world.come_to_rest()
    world.check()
