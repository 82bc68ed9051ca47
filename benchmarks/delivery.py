"""Notices a second, from the outbox to an emulated Slack that answers in 50 ms: `python -m benchmarks.delivery [--quick]`.

10,000 events for 100 channels, each a message of its own, with neither Slack's pace nor digests; Slack and every replica are
processes of their own. The second table is what people get: Slack's pace of a message a second, and digests.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.table import Table

from bot.core.metrics import Metrics
from bot.core.notices import FLAGS
from lab.slack import SlackLab
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.notify.parcels import NOON, deliveries
from tests.postgres import postgres_server

CHANNELS = 100
ANSWER_S = 0.05
SINGLY = 1_000_000


def slack() -> None:
    """A process: prints its address."""
    with SlackLab() as lab:
        for number in range(CHANNELS):
            lab.add_channel(f"C0BENCH{number}", f"bench-{number}")
        lab.trouble("chat.postMessage", delay_s=ANSWER_S, times=None)
        sys.stdout.write(f"{lab.api_url}\n")
        sys.stdout.flush()
        threading.Event().wait()


def replica(url: str, api_url: str, digest_over: str, pace_s: str) -> None:
    """A process: says when it is ready, begins when it is told so, and delivers until it is killed."""
    with open_store(url, keys=[STORE_KEY], max_connections=8) as store:
        delivery = deliveries(store, api_url, Metrics(), digest_over=int(digest_over), pace_s=float(pace_s))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        delivery.start()
        threading.Event().wait()


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.delivery", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as started:  # noqa: S603  # our own words
        try:
            yield started
        finally:
            started.kill()


def line(of: subprocess.Popen[str]) -> str:
    assert of.stdout is not None
    return of.stdout.readline().strip()


def owe(store: Store, events: int) -> None:
    """Each event for one channel, evenly."""
    workspace = store.workspaces.add(
        customer=1,
        team_id="T0ACME",
        team_name="Acme",
        bot_user_id="U0BOT",
        bot_token="xoxb-lab-acme",  # noqa: S106  # the lab's
        signing_secret="lab-signing-secret",  # noqa: S106
    )
    places = [store.channels.add(workspace=workspace.id, channel_id=f"C0BENCH{n}").id for n in range(CHANNELS)]
    for start in range(0, events, 500):
        with store.transaction():
            for number in range(start, min(start + 500, events)):
                store.outbox.add(
                    key=f"bench:{number}",
                    kind="parcel",
                    flag=FLAGS[0],
                    customer=1,
                    happened_at=NOON,
                    data={"number": number},
                    channels=[places[number % CHANNELS]],
                )


def run(url: str, api_url: str, events: int, replicas: int, digest_over: int, pace_s: float) -> float:
    """Seconds from the start to the last settled delivery."""
    with ExitStack() as stack:
        store = stack.enter_context(open_store(url, keys=[STORE_KEY]))
        owe(store, events)
        words = ("replica", url, api_url, str(digest_over), str(pace_s))
        ready = [stack.enter_context(process(*words)) for _ in range(replicas)]
        for each in ready:
            line(each)
        started = time.monotonic()
        for each in ready:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        while store.outbox.depth().waiting:
            time.sleep(0.05)
        took_s = time.monotonic() - started
        assert len(store.outbox.list("sent", limit=events + 1)) == events
        return took_s


def measure(api_url: str, events: int, rounds: int, digest_over: int, pace_s: float) -> Iterator[tuple[str, str, str]]:
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-"))
        for name, replicas in (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 2)):
            rates = []
            for number in range(rounds):
                url = f"sqlite:///{folder}/{number}.db" if name == "SQLite" else server.url(server.create())
                migrate_store(url)
                rates.append(events / run(url, api_url, events, replicas, digest_over, pace_s))
            spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
            yield f"{name}, {replicas} replica{'s' if replicas > 1 else ''}", f"{statistics.median(rates):,.0f}", spread


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["slack"]:
        return slack()
    if arguments[:1] == ["replica"]:
        return replica(*arguments[1:])
    events, rounds = (2_000, 1) if "--quick" in arguments else (10_000, 5)
    with process("slack") as lab:
        api_url = line(lab)
        for title, options in (
            ("a message each, no pace", (SINGLY, 0.0)),
            ("digests over 5, a message a second", (5, 1.0)),
        ):
            table = Table(title=f"{events:,} events for {CHANNELS} channels, {title}; medians of {rounds}")
            for heading in ("", "deliveries a second", "spread"):
                table.add_column(heading, justify="right" if heading else "left")
            for row in measure(api_url, events, rounds, *options):
                table.add_row(*row)
            Console(width=100).print(table)
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
