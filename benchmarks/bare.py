"""The yardsticks: Bolt apps with nothing of ours in them, on the SDK's own Socket Mode client: `python -m benchmarks.bare fast API_URL`.

fast: only acknowledges, with `process_before_response`. documented: as Bolt's documentation writes it. work WEBNET_URL FILE:
for `status #<id>` the same calls as the bot's own `status`, with no corridor around them: one GET, one post, one insert.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from benchmarks.kit import Watched, process
from lab.slack import SlackLab
from lab.webnet import BOT_KEY

WORKERS = 16  # as many as the bot has
SHOWN = ("hostname", "mgmt_ip", "vendor", "platform", "role", "site", "enabled", "reachability_status")
AUDIT = """CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at REAL, team TEXT, channel TEXT, user TEXT, name TEXT, text TEXT, device INTEGER, answer TEXT
)"""
INSERT = "INSERT INTO audit (at, team, channel, user, name, text, device, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
BOT_TOKEN = "xoxb-lab-acme"  # noqa: S105  # the lab's


def fast(api_url: str) -> App:
    app = _app(api_url, process_before_response=True)
    app.command("/webnet")(only_ack)
    return app


def documented(api_url: str) -> App:
    app = App(client=WebClient(token=BOT_TOKEN, base_url=api_url))
    app.command("/webnet")(only_ack)
    return app


def only_ack(ack: Ack) -> None:
    ack()


def work(api_url: str, webnet_url: str, file: str) -> App:
    app = _app(api_url, listener_executor=ThreadPoolExecutor(WORKERS))
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=WORKERS))
    session.headers["Authorization"] = f"ApiKey {BOT_KEY}"
    audit = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    audit.execute("PRAGMA journal_mode = wal")
    audit.execute("PRAGMA synchronous = full")
    audit.execute(AUDIT)
    lock = threading.Lock()

    def status(ack: Ack, command: dict[str, Any], respond: Respond) -> None:
        ack()
        number = int(command["text"].partition("#")[2])
        device = session.get(f"{webnet_url}/api/v1/devices/{number}/", timeout=10).json()
        text, blocks = _shown(device)
        respond(text=text, blocks=blocks, response_type="in_channel")
        names = ("team_id", "channel_id", "user_id", "user_name", "text")
        with lock:
            audit.execute(INSERT, (time.time(), *(command[name] for name in names), number, text))

    app.command("/webnet")(status)
    return app


def _shown(device: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{device[name]}"} for name in SHOWN]
    header = {"type": "header", "text": {"type": "plain_text", "text": device["hostname"]}}
    return f"{device['hostname']} ({device['mgmt_ip']})", [header, {"type": "section", "fields": fields}]


def _app(api_url: str, **options: Any) -> App:
    authorized = AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token=BOT_TOKEN)
    return App(
        signing_secret="unused",  # noqa: S106  # a socket carries no signature
        client=WebClient(base_url=api_url),
        authorize=lambda: authorized,
        **options,
    )


KINDS: dict[str, Callable[..., App]] = {"fast": fast, "documented": documented, "work": work}


@contextmanager
def connected(kind: str, slack: SlackLab, *words: str) -> Iterator[Watched]:
    """The yardstick `kind` before this Slack, in a process of its own."""
    with process("benchmarks.bare", kind, slack.api_url, *words) as started:
        slack.wait_connected(1, timeout=20)
        yield Watched(started.pid)


def main(kind: str, api_url: str, *words: str) -> None:
    SocketModeHandler(KINDS[kind](api_url, *words), "xapp-lab", web_client=WebClient(base_url=api_url)).connect()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
