"""Somebody follows the specification: its three curl calls, word for word but for address, token and ids, then a command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from lab.slack import plain
from tests.e2e.rig import answer
from tests.http.conftest import Web, web

CALLS = (Path(__file__).parents[1] / "fixtures" / "http" / "curl-calls.txt").read_text(encoding="utf-8")
# What a reader fills in.
OWN = {
    "T0123456789": "T0ACME",
    "xoxb-your-bot-token": "xoxb-lab-acme",
    "U0123456789": "U0BOT",
    "your-signing-secret": "lab-signing-secret",
    "C0123456789": "C0ALERTS",
    "U9876543210": "U0OSCAR",
    '"user": 5': '"user": 3',
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A bot without a workspace, reached by HTTP alone."""
    with web(f"sqlite:///{tmp_path_factory.mktemp('http')}/store.db", people=False, socket_mode=False) as running:
        yield running


def curl(bot: Web, text: str) -> requests.Response:
    """What curl would send, with this bot's address and a token."""
    for theirs, own in OWN.items():
        text = text.replace(theirs, own)
    words = shlex.split(text.replace("\\\n", " "))
    assert words[0] == "curl"
    given: dict[str, list[str]] = {}
    rest = iter(words[1:])
    url = ""
    for word in rest:
        if word in {"-X", "-H", "-d"}:
            given.setdefault(word, []).append(next(rest))
        else:
            url = word
    headers = dict(header.split(": ", 1) for header in given["-H"])
    headers["Authorization"] = headers["Authorization"].replace("YOUR_JWT_TOKEN", bot.token("admin"))
    address = url.replace("https://your-domain.com", bot.url)
    return requests.request(given["-X"][0], address, headers=headers, data=given["-d"][0].encode(), timeout=20)


def test_the_specifications_calls_are_taken_and_then_a_signed_command_is_answered(empty: Web) -> None:
    calls = [f"curl{call}" for call in CALLS.split("curl")[1:]]
    answers = [curl(empty, call) for call in calls]
    assert [each.status_code for each in answers] == [201, 201, 201], [each.text for each in answers]
    workspace, channel, mapping = (each.json() for each in answers)
    assert workspace["team_id"] == "T0ACME"
    assert {"bot_token", "signing_secret", "app_token"} & workspace.keys() == set()
    assert (channel["workspace"], channel["notify_job_failure"], channel["notify_drift_detected"]) == (1, True, False)
    assert (mapping["user"], mapping["username"]) == (3, "oscar-operator")

    empty.rig.slack.http_mode("T0ACME", empty.url)
    said = empty.rig.say("U0OSCAR", "help")
    assert "ping" in plain(answer(said))
    row = empty.rig.audit(command="help")
    listed = empty.api("GET", "commands/", params={"command": "help"}).json()["results"]
    assert [(each["id"], each["status"], each["slack_user_id"]) for each in listed] == [(row.id, "success", "U0OSCAR")]


def test_slack_may_ask_for_the_challenge_before_there_is_a_workspace(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db", people=False, socket_mode=False) as bot:
        body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"})
        answered = bot.call(
            "POST", "/api/v1/chatops/slack/events", None, data=body, headers={"Content-Type": "application/json"}
        )
        assert (answered.status_code, answered.json()) == (200, {"challenge": "3eZbrw1aB"})
