from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from lab.slack import SlackLab
from lab.slack.signing import signature


@dataclass
class Bot:
    """A bot behind HTTP that answers what a test puts into `answers`, 200 without a body by default."""

    url: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)


@pytest.fixture
def bot() -> Iterator[Bot]:
    found = Bot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append((self.path, dict(self.headers), body))
            status, answer = found.answers.pop(0) if found.answers else (200, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def verified(headers: dict[str, str], body: bytes, secret: str = "lab-signing-secret") -> bool:
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:".encode() + body
    return headers["X-Slack-Signature"] == "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def test_the_signature_is_the_one_slack_documents() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    wanted = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body) == wanted


def test_a_command_arrives_as_a_signed_form_and_its_answer_is_shown(lab: SlackLab, bot: Bot) -> None:
    lab.http_mode("T0ACME", bot.url)
    bot.answers.append((200, json.dumps({"text": "over HTTP"}).encode()))
    said = lab.say("alice", "/webnet search payload & more")
    assert said.wait()[0].text == "over HTTP"
    path, headers, body = bot.requests[0]
    assert path == "/api/v1/chatops/slack/commands"
    assert verified(headers, body)
    assert parse_qs(body.decode())["text"] == ["search payload &amp; more"]
    assert lab.acks[0].ms == said.acked_ms


def test_a_click_arrives_as_a_form_with_one_field(lab: SlackLab, bot: Bot) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Ping"}}
    message = lab.world.post(lab.channel("C0NOC"), "U0BOT", "t", [{"type": "actions", "elements": [button]}], "typed")
    lab.http_mode("T0ACME", bot.url)
    lab.click("alice", message, "Ping").wait_ack()
    path, headers, body = bot.requests[0]
    assert path == "/api/v1/chatops/slack/interactions"
    assert verified(headers, body)
    assert json.loads(parse_qs(body.decode())["payload"][0])["type"] == "block_actions"


def test_typing_ahead_arrives_as_an_interaction_and_its_answer_is_offered(lab: SlackLab, bot: Bot) -> None:
    menu = {"type": "external_select", "action_id": "device"}
    message = lab.world.post(lab.channel("C0NOC"), "U0BOT", "t", [{"type": "actions", "elements": [menu]}], "typed")
    lab.http_mode("T0ACME", bot.url)
    option = {"text": {"type": "plain_text", "text": "rtr1"}, "value": "#1"}
    bot.answers.append((200, json.dumps({"options": [option]}).encode()))
    assert lab.suggest("alice", message, "device", "rtr") == [option]
    path, headers, body = bot.requests[0]
    assert path == "/api/v1/chatops/slack/interactions"
    assert verified(headers, body)
    assert json.loads(parse_qs(body.decode())["payload"][0])["type"] == "block_suggestion"


def test_an_event_is_retried_with_slacks_headers(lab: SlackLab, bot: Bot) -> None:
    lab.http_mode("T0ACME", bot.url)
    bot.answers.append((500, b""))
    lab.event("T0ACME", {"type": "app_home_opened", "user": "U0ALICE"}).wait_ack()
    (_, first, body), (path, second, again) = bot.requests
    assert path == "/api/v1/chatops/slack/events"
    assert body == again
    assert "X-Slack-Retry-Num" not in first
    assert (second["X-Slack-Retry-Num"], second["X-Slack-Retry-Reason"]) == ("1", "http_error")
    assert second["Content-Type"] == "application/json"


@pytest.mark.parametrize(("status", "error"), [(500, "http_service_error"), (401, "http_service_error")])
def test_a_bot_that_fails_shows_an_error(lab: SlackLab, bot: Bot, status: int, error: str) -> None:
    lab.http_mode("T0ACME", bot.url)
    bot.answers.append((status, b""))
    with pytest.raises(TimeoutError, match=error):
        lab.say("alice", "/webnet help").wait_ack()


def test_a_bot_that_is_not_there_shows_an_error(lab: SlackLab) -> None:
    lab.http_mode("T0ACME", "http://127.0.0.1:9")
    with pytest.raises(TimeoutError, match="dispatch_failed"):
        lab.say("alice", "/webnet help").wait_ack()
    lab.http_mode("T0ACME", None)
    assert lab.sender.http == {}


def test_a_request_can_be_signed_with_any_secret_and_time(lab: SlackLab) -> None:
    request = lab.signed(lab.say("alice", "/webnet help", send=False), secret="wrong", timestamp=1_000)
    assert request.path.endswith("/commands")
    assert request.headers["X-Slack-Request-Timestamp"] == "1000"
    assert verified(request.headers, request.body, "wrong")
