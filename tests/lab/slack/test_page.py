"""The page's side of the emulated Slack: what the page receives, who may open it, and what it does in a member's name."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from lab.slack import SlackLab, pages
from lab.slack.world import Json
from tests.lab.slack.conftest import Api

FOLDER = Path(pages.__file__).parent / "page"
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
MENU = {
    "type": "static_select",
    "action_id": "pick",
    "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}],
}
BLOCKS = [{"type": "actions", "elements": [BUTTON, MENU]}]


class Page:
    def __init__(self, lab: SlackLab, user: str, team: str = "T0ACME") -> None:
        self.lab = lab
        self.who = {"team": team, "user": user}
        self.session = requests.Session()

    def state(self) -> Json:
        found: Json = self.session.get(f"{self.lab.url}/_page/state", params=self.who, timeout=5).json()
        return found

    def post(self, what: str, **body: Any) -> requests.Response:
        return self.session.post(f"{self.lab.url}/_page/{what}", json={**self.who, **body}, timeout=5)

    def events(self, after: str, last_id: str | None = None) -> Iterator[tuple[str, str, Any]]:
        """Yields id, event and data as they come; ends when the lab ends the stream."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        url = f"{self.lab.url}/_page/events"
        with self.session.get(
            url, params={**self.who, "after": after}, headers=headers, stream=True, timeout=5
        ) as sent:
            fields: dict[str, str] = {}
            for line in sent.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                elif "event" in fields:
                    yield fields.get("id", ""), fields["event"], json.loads(fields["data"])
                    fields = {}


@pytest.fixture
def alice(lab: SlackLab) -> Iterator[Page]:
    page = Page(lab, "U0ALICE")
    with closing(page.session):
        yield page


@pytest.fixture
def oscar(lab: SlackLab) -> Iterator[Page]:
    page = Page(lab, "U0OSCAR")
    with closing(page.session):
        yield page


def first(events: Iterator[tuple[str, str, Any]], event: str) -> tuple[str, Any]:
    return next((number, data) for number, found, data in events if found == event)


# --- what there is


def test_everybody_sees_the_channels_they_are_in_and_only_their_own_ephemeral_messages(
    api: Api, alice: Page, oscar: Page
) -> None:
    api("chat.postMessage", channel="C0NOC", text="for all")
    api("chat.postEphemeral", channel="C0NOC", user="U0ALICE", text="for alice")
    assert [(m["text"], m["ephemeral"]) for m in alice.state()["messages"]] == [("for all", False), ("for alice", True)]
    assert [m["text"] for m in oscar.state()["messages"]] == ["for all"]
    mallory = Page(alice.lab, "U0MALLORY").state()
    assert [channel["id"] for channel in mallory["channels"]] == ["D0MALLORY", "C0NOC", "C0ALERTS"]
    assert "C0PRIVATE" in [channel["id"] for channel in oscar.state()["channels"]]


def test_a_stranger_or_no_one_becomes_the_first_member_of_the_workspace(lab: SlackLab) -> None:
    assert Page(lab, "U0NOBODY").state()["me"]["id"] == "U0ALICE"
    assert Page(lab, "U0ALICE", "T0GLOBEX").state()["me"]["id"] == "U0GINA"


# --- what happens


def test_events_reach_those_who_may_see_them_in_order(api: Api, alice: Page, oscar: Page) -> None:
    states = [page.state() for page in (alice, oscar)]
    streams = [page.events(f"{state['run']}-{state['at']}") for page, state in zip((alice, oscar), states, strict=True)]
    api("chat.postEphemeral", channel="C0NOC", user="U0ALICE", text="for alice")
    posted = api("chat.postMessage", channel="C0NOC", text="for all")
    api("chat.update", channel="C0NOC", ts=posted["ts"], text="for all, edited")
    api("chat.delete", channel="C0NOC", ts=posted["ts"])
    assert first(streams[0], "message")[1]["text"] == "for alice"
    assert first(streams[1], "message")[1]["text"] == "for all"
    edited = first(streams[1], "message")[1]
    assert (edited["text"], edited["edited"]) == ("for all, edited", True)
    assert first(streams[1], "message")[1]["deleted"] is True


def test_a_page_that_was_away_goes_on_where_it_was(api: Api, alice: Page) -> None:
    state = alice.state()
    api("chat.postMessage", channel="C0NOC", text="one")
    number, data = first(alice.events(f"{state['run']}-{state['at']}"), "message")
    assert data["text"] == "one"
    api("chat.postMessage", channel="C0NOC", text="two")
    assert first(alice.events("ignored-0", last_id=number), "message")[1]["text"] == "two"


@pytest.mark.parametrize("after", ["another-3", "nonsense", "{run}-99999"])
def test_a_page_of_another_life_of_the_lab_has_to_begin_again(alice: Page, after: str) -> None:
    run = alice.state()["run"]
    assert [event for _, event, _ in alice.events(after.replace("{run}", run))] == ["lost"]


def test_a_page_that_missed_more_than_is_kept_begins_again(lab: SlackLab, alice: Page) -> None:
    state = alice.state()
    for number in range(2_001):
        lab.chat("alice", f"line {number}")
    assert [event for _, event, _ in alice.events(f"{state['run']}-{state['at']}")] == ["lost"]


def test_there_is_an_end_to_how_many_pages_are_served(alice: Page) -> None:
    state = alice.state()
    after = f"{state['run']}-{state['at']}"
    url, params = f"{alice.lab.url}/_page/events", {**alice.who, "after": after}
    open_ones = [requests.get(url, params=params, stream=True, timeout=5) for _ in range(32)]
    try:
        assert {answer.status_code for answer in open_ones} == {200}
        assert requests.get(url, params=params, stream=True, timeout=5).status_code == 503
    finally:
        for answer in open_ones:
            answer.close()


def test_what_slack_refuses_is_shown_with_the_limit_where_it_would_have_stood(
    api: Api, alice: Page, oscar: Page
) -> None:
    state = alice.state()
    long = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
    assert (
        api("chat.postEphemeral", channel="C0NOC", user="U0ALICE", text="t", blocks=long)["error"] == "invalid_blocks"
    )
    _, note = first(alice.events(f"{state['run']}-{state['at']}"), "note")
    assert (note["what"], note["channel"], note["code"]) == ("refused", "C0NOC", "invalid_blocks")
    assert "at most 150" in note["problems"][0]
    assert [kept["code"] for kept in alice.state()["notes"]] == ["invalid_blocks"]
    assert oscar.state()["notes"] == []


def test_the_wire_shows_envelope_and_failure_and_calls_without_tokens(api: Api, alice: Page) -> None:
    alice.state()
    assert alice.post("type", channel="C0NOC", text="/webnet help").ok
    api("chat.postMessage", channel="C0NOC", text="hello")
    state = alice.state()
    asked, call = (next(e for e in state["wire"] if e["what"] == what) for what in ("interaction", "call"))
    assert (asked["words"], asked["user"], asked["error"]) == ("/webnet help", "U0ALICE", "dispatch_failed")
    assert (call["kind"], call["error"]) == ("chat.postMessage", None)
    detail = alice.session.get(f"{alice.lab.url}/_page/wire/{asked['id']}", timeout=5).json()
    assert detail["envelope"]["payload"]["text"] == "help"
    detail = alice.session.get(f"{alice.lab.url}/_page/wire/{call['id']}", timeout=5).json()
    assert "xoxb" not in json.dumps(detail)
    assert [(n["what"], n["error"]) for n in state["notes"]] == [("failure", "dispatch_failed")]


# --- what a person does


def test_members_talk_and_answer_in_threads_but_type_no_commands_there(alice: Page, oscar: Page) -> None:
    assert alice.post("type", channel="C0NOC", text="hello @oscar").ok
    said = oscar.state()["messages"][0]
    assert (said["author"], said["text"]) == ("U0ALICE", "hello <@U0OSCAR|oscar>")
    assert oscar.post("type", channel="C0NOC", text="hi", thread_ts=said["ts"]).ok
    assert oscar.state()["messages"][1]["thread_ts"] == said["ts"]
    refused = oscar.post("type", channel="C0NOC", text="/webnet help", thread_ts=said["ts"])
    assert (refused.status_code, "threads" in refused.json()["error"]) == (400, True)


def test_a_click_without_a_bot_says_what_slack_shows(api: Api, alice: Page) -> None:
    ts = api("chat.postMessage", channel="C0NOC", text="t", blocks=BLOCKS)["ts"]
    assert alice.post("act", channel="C0NOC", ts=ts, action_id="go").json() == {"failed": "dispatch_failed"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"ts": "1.0", "action_id": "go"}, "not there any more"),
        ({"view": "V0", "action_id": "go"}, "closed already"),
        ({"action_id": "nope"}, "There is no"),
        ({"action_id": "pick", "chosen": {"value": "1"}}, "gives selected_option"),
    ],
)
def test_what_cannot_be_done_is_said(api: Api, alice: Page, body: Json, words: str) -> None:
    ts = api("chat.postMessage", channel="C0NOC", text="t", blocks=BLOCKS)["ts"]
    answer = alice.post("act", **{"channel": "C0NOC", "ts": ts, **body})
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_nobody_acts_on_what_they_do_not_see(api: Api, alice: Page, oscar: Page) -> None:
    ts = api("chat.postEphemeral", channel="C0NOC", user="U0ALICE", text="t", blocks=BLOCKS)["message_ts"]
    assert oscar.post("act", channel="C0NOC", ts=ts, action_id="go").status_code == 400
    assert Page(oscar.lab, "U0VERA").post("type", channel="C0PRIVATE", text="hello").status_code == 400


# --- who may ask


def test_another_sites_page_can_neither_ask_nor_act(alice: Page) -> None:
    elsewhere = {"Host": "lab.example.net"}
    assert requests.get(f"{alice.lab.url}/_page/state", headers=elsewhere, timeout=5).status_code == 403
    form = requests.post(f"{alice.lab.url}/_page/type", data={"text": "/webnet help"}, timeout=5)
    assert form.status_code == 415


@pytest.mark.parametrize("body", ["{}", "[]", '{"team": "T0NOPE", "user": "x"}', "not json"])
def test_a_request_that_is_not_whole_is_refused(alice: Page, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{alice.lab.url}/_page/type", data=body, headers=headers, timeout=5)
    assert answer.status_code == 400


def test_a_stop_ends_open_pages_at_once(lab: SlackLab, alice: Page) -> None:
    state = alice.state()
    ended = threading.Event()

    def follow() -> None:
        with suppress(requests.RequestException):
            list(alice.events(f"{state['run']}-{state['at']}"))
        ended.set()

    threading.Thread(target=follow, daemon=True).start()
    lab.stop()
    assert ended.wait(5)


# --- the files


def test_the_page_names_only_files_that_there_are_and_runs_nothing_else(lab: SlackLab) -> None:
    index = requests.get(lab.url, timeout=5)
    assert index.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    named = set(re.findall(r"/page/([\w.]+)", index.text))
    for script in FOLDER.glob("*.js"):
        named |= set(re.findall(r'from "\./([\w.]+)"', script.read_text(encoding="utf-8")))
    assert named <= {path.name for path in FOLDER.iterdir()}
    for name in named:
        assert requests.get(f"{lab.url}/page/{name}", timeout=5).ok
    assert requests.get(f"{lab.url}/page/..%2Fserver.py", timeout=5).status_code == 404


def test_the_page_weighs_less_than_half_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000


def test_nothing_from_outside_is_ever_parsed_as_markup() -> None:
    for script in FOLDER.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
