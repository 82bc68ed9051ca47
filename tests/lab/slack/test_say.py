from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from lab.slack import SlackLab, plain
from lab.slack.say import click, say
from lab.slack.serving import serve

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ping"}, "action_id": "ping"}
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*rtr1* is up"}, "accessory": BUTTON}]


@pytest.fixture
def bolt(lab: SlackLab) -> Iterator[App]:
    app = App(client=WebClient(token="xoxb-lab-acme", base_url=lab.api_url), process_before_response=True)

    @app.command("/webnet")
    def webnet(ack: Ack, respond: Respond, command: dict[str, str]) -> None:
        ack("Working…")
        threading.Timer(0.5, respond, kwargs={"text": command["text"], "blocks": BLOCKS}).start()

    @app.action("ping")
    def ping(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="pong", replace_original=True)

    handler = SocketModeHandler(app, "xapp-lab", web_client=WebClient(token="xapp-lab", base_url=lab.api_url))
    handler.connect()  # type: ignore[no-untyped-call]
    lab.wait_connected()
    yield app
    handler.close()  # type: ignore[no-untyped-call]


def test_a_bolt_app_answers_commands_and_clicks(lab: SlackLab, bolt: App) -> None:
    said = lab.say("alice", "/webnet status rtr1")
    said.wait_ack()
    assert [plain(m) for m in said.wait(2)] == ["Working…", "*rtr1* is up\n[Ping]"]
    pressed = lab.click("alice", said.replies[1], "Ping")
    assert plain(pressed.wait()[0]) == "pong"


def test_say_prints_what_appears_and_who_sees_it(
    lab: SlackLab, bolt: App, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.slack.console.QUIET_S", 2.0)
    assert say("Alice", "/webnet status rtr1", "C0NOC", lab.url) == 0
    assert capsys.readouterr().out.splitlines() == [
        "U0BOT (Only visible to you)",
        "  Working…",
        "U0BOT (Only visible to you)",
        "  *rtr1* is up",
        "  [Ping]",
    ]
    assert click("alice", "Ping", "C0NOC", lab.url) == 0
    assert capsys.readouterr().out.splitlines() == ["U0BOT (edited, Only visible to you)", "  pong"]


def test_who_has_read_enough_leaves_no_traceback(lab: SlackLab, bolt: App, caplog: pytest.LogCaptureFixture) -> None:
    before, body = len(lab.world.watchers), {"user": "alice", "text": "/webnet status rtr1"}
    with requests.post(f"{lab.url}/_lab/say", json=body, stream=True, timeout=10) as response:
        assert next(response.iter_lines(chunk_size=1))
    with lab.world.changed:
        assert any(lab.world.changed.wait_for(lambda: len(lab.world.watchers) == before, 0.05) for _ in range(200))
    assert [record.message for record in caplog.records if record.name.startswith("aiohttp")] == []


@pytest.mark.parametrize(
    ("user", "text", "channel", "sentence"),
    [
        ("alice", "/webnet help", "C0NOC", "No bot is connected"),
        ("zoe", "/webnet help", "C0NOC", "zoe is not a member of T0ACME"),
        ("alice", "/webnet help", "C0NOPE", "There is no channel C0NOPE."),
        ("alice", "/foo", "C0NOC", "There is no command /foo here; type /webnet help."),
        ("alice", "help", "C0NOC", "Type a command that starts with a slash"),
    ],
)
def test_say_fails_with_one_sentence(
    lab: SlackLab, capsys: pytest.CaptureFixture[str], user: str, text: str, channel: str, sentence: str
) -> None:
    assert say(user, text, channel, lab.url) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_say_without_a_slack_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert say("alice", "/webnet help", "C0NOC", "http://127.0.0.1:9") == 1
    assert "python main.py demo" in capsys.readouterr().err


def test_click_without_such_a_button(lab: SlackLab, capsys: pytest.CaptureFixture[str]) -> None:
    assert click("alice", "Ping", "C0NOC", lab.url) == 1
    assert "U0ALICE sees no button 'Ping' in C0NOC." in capsys.readouterr().err


def test_the_page_says_how_to_type(lab: SlackLab) -> None:
    assert "lab say" in requests.get(lab.url + "/", timeout=5).text


def test_a_taken_port_is_said_in_one_sentence(lab: SlackLab, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve(lab.port) == 1
    assert f"cannot listen on port {lab.port}" in capsys.readouterr().err
    with pytest.raises(OSError, match="in use"):
        SlackLab(lab.port).start()


def test_forgetting_keeps_the_lab_working(lab: SlackLab) -> None:
    lab.world.post(lab.channel("C0NOC"), "U0BOT", "old", [], "chat.postMessage")
    lab.forget()
    assert (lab.messages("C0NOC"), lab.calls, lab.acks, lab.refused) == ([], [], [], [])
    with pytest.raises(TimeoutError, match="dispatch_failed"):
        lab.say("alice", "/webnet help").wait_ack()


def test_wait_message_finds_what_appears_later(lab: SlackLab) -> None:
    late = threading.Timer(0.05, lab.world.post, (lab.channel("C0ALERTS"), "U0BOT", "job done", [], "chat.postMessage"))
    late.start()
    assert lab.wait_message("C0ALERTS", "job done").text == "job done"
    with pytest.raises(TimeoutError, match="'nothing'"):
        lab.wait_message("C0ALERTS", "nothing", timeout=0.05)
    late.join()
