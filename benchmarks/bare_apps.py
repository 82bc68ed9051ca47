"""The yardstick for many workspaces: as many bare Bolt apps in one process: `python -m benchmarks.bare_apps API_URL APPS CONNECTIONS`."""

from __future__ import annotations

import sys
import threading

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from benchmarks.bare import fast


def app_token(number: int) -> str:
    return f"xapp-lab-{number:03}"


def main(api_url: str, apps: str, connections: str) -> None:
    for number in range(int(apps)):
        app = fast(api_url)
        for _ in range(int(connections)):
            SocketModeHandler(app, app_token(number), web_client=WebClient(base_url=api_url)).connect()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
