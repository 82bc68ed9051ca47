"""How soon the bot answers somebody who types into a select of 10,000 devices, beside its own acknowledgement of `/webnet help`
in the same rounds, and what that costs `help`; and how much memory the names take.

A round is twice as long as it takes: first `help` alone, then `help` and fifty keys a second. All come at random times, so that
one does meet another. What is typed is mostly the beginning of a name, as long as somebody may have come; every seventh has a slip
in it, others are parts of names, addresses, sites, and what is nowhere. The typists are twenty, all known to the bot.
"""

from __future__ import annotations

import random
import statistics
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.bots import Running, running_bot
from benchmarks.kit import Effort, percentile, spread, table
from benchmarks.offering import TYPED, TYPISTS, typist
from bot.devices.suggestions import DeviceIndex
from lab.webnet.seed.devices import hostname
from store.directory import Outline

DEVICES, QUICK_DEVICES = 10_000, 1_000
PER_S = 50  # of either kind
SLIPS, OTHERS = 7, 5  # every so manieth


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds until the ack: of `help` alone, of `help` while others type, and of what these type."""

    alone: Sequence[float]
    beside: Sequence[float]
    keys: Sequence[float]
    cpu_ms: float  # of the thread that answers, for one key

    def p99(self, of: str) -> float:
        return percentile(getattr(self, of), 99)


def measured(effort: Effort) -> Iterator[Table]:
    devices, seconds = effort.scaled(DEVICES, QUICK_DEVICES), effort.scaled(20, 4)
    typists = {typist(number): 3 for number in range(TYPISTS)}
    with running_bot(devices=devices, mapped=typists) as bot:
        bot.wait_quiet()
        chance = random.Random(1)
        one_round(bot, chance, devices, 2)  # to warm up
        rounds = [one_round(bot, chance, devices, seconds) for _ in range(effort.rounds)]
    yield _times(rounds, devices)
    yield _goals(rounds, devices, memory(devices))


def one_round(bot: Running, chance: random.Random, devices: int, seconds: int) -> Round:
    number = PER_S * seconds
    before = bot.watched.thread_cpu_s("sockets")
    alone = bot.slack.offer(number, PER_S, by_chance=True)
    middle = bot.watched.thread_cpu_s("sockets")
    texts = [word for _ in range(number) for word in ("help", TYPED + typed(chance, devices))]
    both = bot.slack.offer(2 * number, 2 * PER_S, *texts, answered=False, by_chance=True)
    after = bot.watched.thread_cpu_s("sockets")
    assert not alone.lost + both.lost, (alone, both)
    key_s = (after - middle - (middle - before)) / number
    return Round(alone.acks_ms, both.acks_ms[::2], both.acks_ms[1::2], key_s * 1000)


def typed(chance: random.Random, devices: int) -> str:
    """Makes what somebody may have typed so far."""
    name = hostname(chance.randrange(1, devices))
    part = name[: chance.randrange(1, len(name) + 1)]
    if chance.randrange(SLIPS) == 0:
        at = chance.randrange(len(part))
        return part[:at] + chance.choice("qx7") + part[at + 1 :]
    if chance.randrange(OTHERS) == 0:
        return chance.choice((name[4:], f"10.10.{chance.randrange(40)}.", "fra1", "nowhere at all", name[-3:], ""))
    return part


def memory(devices: int) -> float:
    """Returns the bytes that the index takes for each device."""
    rows = [
        Outline(number, hostname(number), f"10.10.{number // 250}.{number % 250}", "cisco", "fra1", "core", "ios")
        for number in range(1, devices + 1)
    ]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        index = DeviceIndex(Outline(row.id, *(str(text.encode(), "ascii") for text in _texts(row))) for row in rows)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(index.devices) == devices
    return taken / devices


def _texts(row: Outline) -> tuple[str, ...]:
    return row.hostname, row.mgmt_ip, row.vendor, row.site or "", row.role or "", row.platform


def _times(rounds: Sequence[Round], devices: int) -> Table:
    rows = [
        (what, *(spread([percentile(getattr(each, of), percent) for each in rounds]) for percent in (50, 95, 99)))
        for what, of in (("help alone", "alone"), ("help beside typists", "beside"), ("a key", "keys"))
    ]
    title = f"Acks by Socket Mode with {devices:,} devices, {PER_S} per s of each, ms"
    return table(title, "", "p50", "p95", "p99", rows=rows)


def _goals(rounds: Sequence[Round], devices: int, bytes_each: float) -> Table:
    keys = [each.p99("keys") for each in rounds]
    beside_help = [each.p99("keys") / each.p99("beside") for each in rounds]
    raised = [each.p99("beside") / each.p99("alone") for each in rounds]
    cost = statistics.median(each.cpu_ms for each in rounds)
    rows = [
        ("ack p99 of a key", f"{spread(keys)} ms", "≤ 20 ms"),
        ("the same beside help's in the same round", f"{spread(beside_help)} ×", "≤ 5 ×"),
        ("help's p99 beside typists, beside help's alone", f"{spread(raised)} ×", "≤ 1.5 ×"),
        ("processor time of the thread that answers, for a key", f"{cost:.2f} ms", "-"),
        (f"memory of the names of {devices:,} devices", f"{bytes_each:,.0f} bytes a device", "≤ 1,000"),
    ]
    return table("The goals of the suggestions", "", "measured", "goal", rows=rows)
