"""While 40 commands wait for a WebNet of five seconds each: how soon `/healthz` answers, and how soon new commands are
acknowledged, by HTTP and by Socket Mode. The bot is a process of its own."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import requests
from rich.table import Table

from benchmarks.kit import Effort, percentile, table
from lab.slack import Interaction, SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import add_people, settings_for, wait_until

WAITING = 40
WEBNET_S = 5.0
TURNS = 400
PER_S = 40


def measured(_: Effort) -> Iterator[Table]:
    health, by_http, by_socket = _measure()
    rows = [
        (name, *(f"{percentile(times, percent):.1f}" for percent in (50, 99, 100)))
        for name, times in (("GET /healthz", health), ("ack over HTTP", by_http), ("ack by Socket Mode", by_socket))
    ]
    title = f"While {WAITING} commands wait for a WebNet of {WEBNET_S:g} s each, ms"
    yield table(title, "", "p50", "p99", "worst", rows=rows)


def _measure() -> tuple[list[float], list[float], list[float]]:
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as name, WebNetLab() as webnet, SlackLab() as slack:
        folder = Path(name)
        url, port = f"sqlite:///{folder}/store.db", _free_port()
        migrate_store(url)
        with open_store(url, keys=[STORE_KEY]) as store:
            add_people(store)
            settings = settings_for(slack, webnet, url, timeout_s=4 * WEBNET_S)
            with bot_process(settings, folder, HTTP__ENABLED="true", HTTP__PORT=str(port)):
                slack.wait_connected(2, timeout=20)
                wait_until(store.directory.swept_at, "the first sweep", 20)
                slack.say("U0OSCAR", "/webnet help").wait()  # warm
                webnet.fault("delay", prefix="/api/v1/devices/", delay_s=WEBNET_S)
                held = [slack.say("U0OSCAR", f"/webnet status #{number}") for number in range(1, WAITING + 1)]
                for interaction in held:
                    interaction.wait_ack()
                return _during(slack, f"http://127.0.0.1:{port}")


def _during(slack: SlackLab, url: str) -> tuple[list[float], list[float], list[float]]:
    health: list[float] = []
    asked: tuple[list[Interaction], list[Interaction]] = ([], [])
    started = time.monotonic()
    with requests.Session() as session:
        for turn in range(TURNS):
            time.sleep(max(0.0, started + turn / PER_S - time.monotonic()))
            over_http = turn % 2
            slack.http_mode("T0ACME", url if over_http else None)
            interaction = slack.say("U0VERA", "/webnet help")
            asked[over_http].append(interaction)
            before = time.monotonic()
            session.get(f"{url}/healthz", timeout=10).raise_for_status()
            health.append((time.monotonic() - before) * 1000)
            interaction.wait_ack()
    by_socket, by_http = ([interaction.wait_ack() for interaction in each] for each in asked)
    return health, by_http, by_socket


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])
