"""The yardsticks: Bolt apps with nothing of ours in them, on the SDK's own Socket Mode client: `python -m benchmarks.bare fast API_URL`.

fast: only acknowledges, with `process_before_response`. documented: as Bolt's documentation writes it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

if TYPE_CHECKING:
    from benchmarks.kit import Watched
    from benchmarks.offering import OfferingProcess
    from lab.slack import SlackLab

BOT_TOKEN = "xoxb-lab-acme"  # noqa: S105  # the lab's
SECRET = "lab-signing-secret"  # noqa: S105


def fast(api_url: str) -> App:
    app = authorized(api_url, process_before_response=True)
    app.command("/webnet")(only_ack)
    return app


def documented(api_url: str) -> App:
    app = App(client=WebClient(token=BOT_TOKEN, base_url=api_url))
    app.command("/webnet")(only_ack)
    return app


def authorized(api_url: str, **options: Any) -> App:
    """An app that never asks Slack who it is."""
    known = AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token=BOT_TOKEN)
    return App(signing_secret=SECRET, client=WebClient(base_url=api_url), authorize=lambda: known, **options)


def only_ack(ack: Ack) -> None:
    ack()


KINDS: dict[str, Callable[[str], App]] = {"fast": fast, "documented": documented}


@contextmanager
def connected(kind: str, slack: SlackLab | OfferingProcess, *words: str) -> Iterator[Watched]:
    """Starts the yardstick `kind` before this Slack, in a process that holds nothing of ours, since its memory is measured."""
    from benchmarks.kit import Watched, process  # noqa: PLC0415

    with process("benchmarks.bare", kind, slack.api_url, *words) as started:
        slack.wait_connected(1, timeout=20)
        yield Watched(started.pid)


def main(kind: str, api_url: str) -> None:
    SocketModeHandler(KINDS[kind](api_url), "xapp-lab", web_client=WebClient(base_url=api_url)).connect()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
