"""Whatever expression is typed, only devices that it names are ever sent to WebNet: 10,000 of them with `make soak`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import pytest

from bot.core.arguments import DEVICES, write_for_device
from bot.core.errors import BotError, Conflict
from bot.core.line import quoted
from bot.core.parsing import parse
from bot.devices.access import Devices
from bot.devices.directory import Directory
from bot.devices.groups import Groups
from bot.jobs.running import RunningJobs
from bot.jobs.starter import JobRequest, Starter
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP
from lab.webnet import WebNetLab
from store.database import Store

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
NUMBER = int(os.environ.get("EXPRESSIONS", "40"))
ACME, GLOBEX = 1, 2
FOREIGN = 131  # stays Globex's
MOST = 60


@dataclass
class Expression:
    """Holds a line and what it means by the lab's own rows: the ids that it names, or None if it has to be refused."""

    words: list[str] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    filters: dict[str, set[str]] = field(default_factory=dict)
    wrong: bool = False

    def meant(self, rows: dict[int, dict[str, Any]]) -> set[int]:
        alone = not self.named and not any(word.startswith(("@", '"@')) for word in self.words)
        found = {key for key, row in rows.items() if row["customer"] == ACME} if alone else self.named
        return {key for key in found if key in rows and self._fits(rows[key])}

    def _fits(self, row: dict[str, Any]) -> bool:
        return all((row[key] or "").lower() in values for key, values in self.filters.items())


class Generator:
    def __init__(self, lab: WebNetLab, random: Random) -> None:
        self._lab = lab
        self._random = random
        self.groups: dict[str, tuple[int, set[int]]] = {}  # id and members by name, nested ones included
        self._make_groups()

    def _make_groups(self) -> None:
        pick = self._random.sample
        inner, outer, mixed = set(pick(range(1, 131), 4)), set(pick(range(1, 131), 5)), set(pick(range(1, 169), 8))
        top = self._lab.add_group("Outer ring", sorted(outer))
        below = self._lab.add_group("inner", sorted(inner), parent=top)
        self.groups = {"Outer ring": (top, outer | inner), "inner": (below, inner)}
        self.groups["mixed"] = (self._lab.add_group("mixed", sorted(mixed)), mixed)
        self._lab.add_group("mixed", [131, 132], customer=GLOBEX)

    def expression(self) -> Expression:
        made = Expression()
        rows = {row["id"]: row for row in self._lab.rows("devices")}
        for _ in range(self._random.choice((1, 1, 2, 3, 6))):
            self._random.choices((self._device, self._group, self._filter, self._wrong), (5, 4, 5, 1))[0](made, rows)
        return made

    def _device(self, made: Expression, rows: dict[int, dict[str, Any]]) -> None:
        row = self._random.choice([row for row in rows.values() if row["customer"] == ACME])
        word = self._random.choice((row["hostname"], row["hostname"].upper(), row["mgmt_ip"], f"#{row['id']}"))
        made.words.append(word + self._random.choice(("", "", ",")) if made.words else word)
        made.named.add(row["id"])

    def _group(self, made: Expression, _: dict[int, dict[str, Any]]) -> None:
        name = self._random.choice([*self.groups])
        number, members = self.groups[name]
        made.words.append(self._random.choice((f'@"{name}"', quoted(f"@{name.lower()}"), f"@#{number}")))
        made.named |= members

    def _filter(self, made: Expression, rows: dict[int, dict[str, Any]]) -> None:
        key = self._random.choice(("site", "vendor", "role"))
        value = self._random.choice(sorted({row[key] for row in rows.values() if row[key]}))
        made.words.append(self._random.choice((f"{key}:{value}", f"{key.upper()}:{value.upper()}", f'{key}:"{value}"')))
        made.filters.setdefault(key, set()).add(value.lower())

    def _wrong(self, made: Expression, _: dict[int, dict[str, Any]]) -> None:
        """Adds a word that names nothing of this customer, so that the whole expression has to be refused."""
        foreign = self._lab.row("devices", FOREIGN)["hostname"]
        made.words.append(
            self._random.choice(("@", "site:", "@no-such-group", "@globex-fra", "no-such-device", foreign))
        )
        made.wrong = True


def meddle(lab: WebNetLab, random: Random, device: int) -> None:
    """Does to a device what somebody may do in WebNet at any moment."""
    match random.choice(("disable", "enable", "rename", "move", "site")):
        case "rename":
            lab.change("devices", device, hostname=f"renamed-{device}-{random.randrange(1000)}")
        case "move":
            lab.change("devices", device, customer=random.choice((ACME, GLOBEX)))
        case "site":
            lab.change("devices", device, site=random.choice(("fra1", "ams2", None)))
        case what:
            lab.change("devices", device, enabled=what == "enable")


@pytest.fixture
def devices(webnet: WebNet, store: Store, lab: WebNetLab) -> Devices:
    directory = Directory(webnet, store.directory, store.cursors)
    directory.sweep()
    return Devices(
        ACME,
        partial(write_for_device, "backup"),
        None,
        (),
        MOST,
        webnet,
        directory,
        Groups(webnet, monotonic=iter_clock()),
    )


def iter_clock() -> Any:
    """Makes a clock by which the list of groups is always too old."""
    times: Iterator[int] = iter(range(0, 10**9, 100))
    return lambda: float(next(times))


def start(line: str, holder: str, devices: Devices, starter: Starter) -> None:
    """Starts a backup of what a line names; after a refusal the directory learns, as it does from `ctx.jobs`."""
    selection = devices.select(parse((DEVICES,), line)[DEVICES.name])
    try:
        starter.start(JobRequest(BACKUP, ACME, selection.targets, holder, datetime.now(UTC)))
    except Conflict:
        for target in selection.targets:
            devices.live(target)
        raise


def test_nothing_but_what_an_expression_names_is_sent(
    devices: Devices, webnet: WebNet, store: Store, lab: WebNetLab
) -> None:
    running = RunningJobs(webnet, lambda *_: None, store.jobs.open_on)
    starter = Starter(webnet, store.leases, running, timeout_s=2.0, most_waiting=1, job_page=str)
    random = Random(os.environ.get("SEED", "targets"))
    generator, sent = Generator(lab, random), 0
    for number in range(NUMBER):
        made = generator.expression()
        line, rows = " ".join(made.words), {row["id"]: row for row in lab.rows("devices")}
        meant, races = made.meant(rows), random.random() < 0.3
        lab.clear_record()
        if races and meant:
            victim = random.choice(sorted(meant))
            lab.before("GET", f"/api/v1/devices/{victim}/", lambda victim=victim: meddle(lab, random, victim))
        try:
            try:
                start(line, f"request {number}", devices, starter)
            except Conflict:  # by a copy that is out of date the second try finds what is meant
                start(line, f"request {number}, again", devices, starter)
        except BotError as error:
            assert error.words
        posts = [entry.body["targets"] for entry in lab.record if entry.method == "POST"]
        assert len(posts) <= 1, line
        wanted = {key for key in meant if rows[key]["customer"] == ACME and rows[key]["enabled"]}
        for targets in posts:
            assert {*targets} == {"device_ids"}, line
            assert targets["device_ids"], line
            assert {*targets["device_ids"]} <= meant, line
            if not races:
                assert {*targets["device_ids"]} == wanted, line
            sent += 1
        if made.wrong:
            assert not posts, line
        elif not races and len(meant) <= MOST:
            assert bool(posts) == bool(wanted), line
        assert lab.gate_violations() == []
        lab.faults.hooks.clear()
        for device in random.sample(sorted(rows.keys() - {FOREIGN}), 3):
            meddle(lab, random, device)
    assert sent > NUMBER / 8
