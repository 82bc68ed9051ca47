"""The yardstick of whole commands: a Bolt app that for `status #<id>` makes the same calls as the bot, with no pipeline around
them, one GET, one post and one insert: `python -m benchmarks.bare_work API_URL WEBNET_URL FILE`."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from benchmarks.bare import authorized
from lab.webnet import BOT_KEY

WORKERS = 16  # as many as the bot has
SHOWN = ("hostname", "mgmt_ip", "vendor", "platform", "role", "site", "enabled", "reachability_status")
AUDIT = """CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at REAL, team TEXT, channel TEXT, user TEXT, name TEXT, text TEXT, device INTEGER, answer TEXT
)"""
INSERT = "INSERT INTO audit (at, team, channel, user, name, text, device, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def work(api_url: str, webnet_url: str, file: str) -> App:
    app = authorized(api_url, listener_executor=ThreadPoolExecutor(WORKERS))
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


def main(api_url: str, webnet_url: str, file: str) -> None:
    SocketModeHandler(work(api_url, webnet_url, file), "xapp-lab", web_client=WebClient(base_url=api_url)).connect()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
