"""300 commands that wait for a WebNet of five seconds each, before 16 workers: how soon they are acknowledged, and then, with
the workers and the queue full of them, how soon `/healthz` answers and `help` is acknowledged, by HTTP and by Socket Mode."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import requests
from rich.table import Table

from benchmarks.bots import Running, running_bot
from benchmarks.kit import Effort, paced, percentile, spread, table
from benchmarks.offering import payload
from lab.slack.payloads import form_body
from lab.slack.signing import signed_headers
from tests.e2e.process import free_port

SLOW, SLOW_PER_S = 300, 100
WEBNET_S = 5.0
PER_S, SECONDS = 40, 3
QUEUE = 1024  # one workspace may fill half of it
HEALTH, BY_HTTP, BY_SOCKET, SLOW_ONES = (
    "GET /healthz",
    "ack of help over HTTP",
    "ack of help by Socket Mode",
    "their acks",
)

Times = dict[str, list[float]]  # milliseconds


def measured(effort: Effort) -> Iterator[Table]:
    rounds = [_round() for _ in range(effort.rounds)]
    rows = [
        (
            name,
            *(spread([percentile(times[name], percent) for times in rounds]) for percent in (50, 99, 100)),
            goal,
        )
        for name, goal in ((SLOW_ONES, "p99 ≤ 50"), (BY_SOCKET, "p99 ≤ 50"), (BY_HTTP, ""), (HEALTH, ""))
    ]
    title = f"{SLOW} commands at {SLOW_PER_S} per s, WebNet {WEBNET_S:g} s, 16 workers; then help at {PER_S} per s, ms"
    yield table(title, "", "p50", "p99", "worst", "goal", rows=rows)


def _round() -> Times:
    port = free_port()
    changes = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port)}
    changes["COMMANDS__WORKERS"] = "32"  # of which one workspace may hold 16
    with running_bot(changes, queue=QUEUE, timeout_s=4 * WEBNET_S) as bot, ThreadPoolExecutor(2) as beside:
        bot.webnet.fault("delay", prefix="/api/v1/devices/", delay_s=WEBNET_S)
        slow = bot.slack.offer(SLOW, SLOW_PER_S, *(f"status #{number}" for number in range(1, 51)), answered=False)
        assert (slow.busy, slow.lost) == (0, 0), slow
        health = beside.submit(_healths, port)
        by_http = beside.submit(_over_http, port, bot)
        by_socket = bot.slack.offer(PER_S * SECONDS, PER_S, answered=False)
        assert (by_socket.busy, by_socket.lost) == (0, 0), by_socket
        return {
            SLOW_ONES: slow.acks_ms,
            BY_SOCKET: by_socket.acks_ms,
            BY_HTTP: by_http.result(),
            HEALTH: health.result(),
        }


def _healths(port: int) -> list[float]:
    with requests.Session() as session:
        return [
            _took_ms(lambda: session.get(f"http://127.0.0.1:{port}/healthz", timeout=10))
            for _ in paced(PER_S * SECONDS, PER_S)
        ]


def _over_http(port: int, bot: Running) -> list[float]:
    url = f"http://127.0.0.1:{port}/api/v1/chatops/slack/commands"
    times = []
    with requests.Session() as session:
        for index in paced(PER_S * SECONDS, PER_S):
            body = form_body("slash_commands", payload(index, f"by-http-{index}", bot.slack.url, "help"))
            headers = signed_headers(body, "lab-signing-secret")
            times.append(_took_ms(lambda: session.post(url, data=body, headers=headers, timeout=10)))  # noqa: B023
    return times


def _took_ms(ask: Callable[[], requests.Response]) -> float:
    began = time.monotonic()
    ask().raise_for_status()
    return (time.monotonic() - began) * 1000
