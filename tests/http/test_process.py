"""The bot as an operator starts it, with the HTTP adapter: it listens, drains on SIGTERM, and says what keeps it from starting."""

from __future__ import annotations

import signal
import socket
from contextlib import closing
from pathlib import Path

import requests

from lab.slack import SlackLab, plain
from lab.webnet import WebNetLab
from store.database import open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process, free_port
from tests.e2e.rig import add_people, answer, settings_for, wait_until


def test_by_http_alone_it_answers_and_drains(tmp_path: Path) -> None:
    port, url = free_port(), f"sqlite:///{tmp_path}/store.db"
    with WebNetLab() as webnet, SlackLab() as slack, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        changes = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port), "SLACK__SOCKET_MODE": "false"}
        with bot_process(settings_for(slack, webnet, url), tmp_path, **changes) as bot:
            bot.wait_said("by HTTP alone")
            base = f"http://127.0.0.1:{port}"
            assert requests.get(f"{base}/readyz", timeout=20).json()["status"] == "ready"
            slack.http_mode("T0ACME", base)
            wait_until(store.directory.swept_at, "the first sweep", 30)
            webnet.fault("delay", prefix="/api/v1/devices/", delay_s=1.0)
            held = slack.say("U0OSCAR", "/webnet status rtr-fra1-001")
            held.wait_ack()
            bot.process.send_signal(signal.SIGTERM)
            assert "rtr-fra1-001" in plain(answer(held, 30))
            assert bot.ended() == 0
        assert slack.connections() == []


def test_a_port_that_is_taken_ends_it_with_a_sentence(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with (
        WebNetLab() as webnet,
        SlackLab() as slack,
        closing(socket.create_server(("127.0.0.1", 0))) as other,
    ):
        port = other.getsockname()[1]
        changes = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port)}
        with bot_process(settings_for(slack, webnet, url), tmp_path, **changes) as bot:
            assert bot.ended() == 1
            assert f"Nothing can listen on 127.0.0.1, port {port}" in bot.said
            assert "Traceback" not in bot.said
