from __future__ import annotations

from typing import Any

import pytest
import requests

from lab.slack import Interaction, Message, SlackLab
from tests.lab.slack.conftest import Api

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ping"}, "action_id": "ping", "value": "ping rtr1"}
BLOCKS = [{"type": "actions", "elements": [BUTTON]}]


def respond(interaction: Interaction, **body: Any) -> requests.Response:
    assert interaction.response_url
    return requests.post(interaction.response_url, json=body, timeout=5)


@pytest.fixture
def said(lab: SlackLab) -> Interaction:
    return lab.say("alice", "/webnet help", send=False)


@pytest.fixture
def posted(lab: SlackLab, api: Api) -> Message:
    api("chat.postMessage", channel="C0NOC", text="card", blocks=BLOCKS)
    return lab.messages("C0NOC")[0]


def test_a_response_is_ephemeral_unless_it_says_otherwise(lab: SlackLab, said: Interaction) -> None:
    answer = respond(said, text="one")
    assert (answer.status_code, answer.text) == (200, "ok")
    respond(said, text="two", response_type="in_channel")
    assert [m.ephemeral_to for m in said.wait(2)] == ["U0ALICE", None]
    assert [m.text for m in lab.messages("C0NOC", "U0BOB")] == ["two"]


def test_five_uses_and_no_more(lab: SlackLab, said: Interaction) -> None:
    assert [respond(said, text=str(i)).status_code for i in range(6)] == [200] * 5 + [404]
    assert lab.calls[-1].answer == {"ok": False, "error": "used_url"}


def test_thirty_minutes_and_no_longer(lab: SlackLab, said: Interaction) -> None:
    lab.world.clock_skew_s = 29 * 60
    assert respond(said, text="in time").ok
    lab.world.clock_skew_s = 31 * 60
    answer = respond(said, text="too late")
    assert (answer.status_code, answer.json()) == (404, {"ok": False, "error": "expired_url"})


def test_replace_original_replaces_the_last_response_of_a_command(said: Interaction) -> None:
    respond(said, text="Working…")
    respond(said, text="done", replace_original=True)
    (reply,) = said.replies
    assert (reply.text, reply.edited, [r.text for r in reply.history]) == ("done", True, ["Working…"])


def test_replace_original_cannot_change_who_sees_it(said: Interaction) -> None:
    respond(said, text="Working…")
    respond(said, text="done", replace_original=True, response_type="in_channel")
    assert [(m.text, m.ephemeral_to) for m in said.replies] == [("Working…", "U0ALICE"), ("done", None)]


def test_delete_original_deletes_the_last_response(said: Interaction) -> None:
    respond(said, text="Working…")
    assert respond(said, delete_original=True).ok
    assert [m.deleted for m in said.replies] == [True]
    assert said.visible == []


def test_a_click_replaces_or_deletes_the_message_with_the_button(lab: SlackLab, posted: Message) -> None:
    click = lab.click("bob", posted, "Ping")
    respond(click, text="pong", replace_original=True)
    assert [(m.text, m.blocks) for m in lab.messages("C0NOC")] == [("pong", [])]
    assert [m.text for m in click.wait()] == ["pong"]
    respond(click, delete_original=True)
    assert lab.messages("C0NOC") == []


def test_a_click_answers_with_a_new_message_otherwise(lab: SlackLab, posted: Message) -> None:
    click = lab.click("bob", posted, "ping")
    respond(click, text="pong")
    (reply,) = click.wait()
    assert (reply.text, reply.ephemeral_to) == ("pong", "U0BOB")
    assert len(lab.messages("C0NOC", "U0BOB")) == 2


def test_a_click_on_an_ephemeral_message_omits_the_message(lab: SlackLab, said: Interaction) -> None:
    respond(said, text="only you", blocks=BLOCKS)
    click = lab.click("alice", said.replies[0], "Ping")
    assert "message" not in click.payload
    assert click.payload["container"]["is_ephemeral"] is True
    respond(click, text="pong", replace_original=True)
    assert [m.text for m in said.visible] == ["pong"]
    with pytest.raises(ValueError, match="U0BOB does not see"):
        lab.click("bob", said.replies[0], "Ping")


def test_a_click_carries_what_slack_sends(lab: SlackLab, posted: Message) -> None:
    payload = lab.click("bob", posted, "Ping").payload
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("ping", "ping rtr1", "button")
    assert action["block_id"] == posted.blocks[0]["block_id"]
    assert payload["message"]["ts"] == payload["container"]["message_ts"] == posted.ts
    assert payload["trigger_id"]
    assert (payload["user"]["id"], payload["team"]["id"], payload["channel"]["id"]) == ("U0BOB", "T0ACME", "C0NOC")


def test_only_buttons_that_are_there_can_be_clicked(lab: SlackLab, posted: Message) -> None:
    with pytest.raises(ValueError, match=r"no button 'Backup' here, only \['Ping'\]"):
        lab.click("bob", posted, "Backup")


def test_a_chat_update_after_a_click_counts_as_its_reply(lab: SlackLab, api: Api, posted: Message) -> None:
    click = lab.click("bob", posted, "Ping")
    api("chat.update", channel="C0NOC", ts=posted.ts, text="pong", blocks=[])
    assert [m.text for m in click.wait()] == ["pong"]


def test_a_post_in_the_channel_counts_as_a_reply_of_the_latest_interaction(lab: SlackLab, api: Api) -> None:
    said = lab.say("alice", "/webnet backup rtr1", send=False)
    api("chat.postMessage", channel="C0ALERTS", text="elsewhere")
    api("chat.postMessage", channel="C0NOC", text="done")
    assert [m.text for m in said.wait()] == ["done"]


def test_a_refused_response_is_recorded_and_no_use(lab: SlackLab, said: Interaction) -> None:
    answer = respond(said, text="t", blocks=[{"type": "divider"}] * 51)
    assert (answer.status_code, answer.text) == (400, "invalid_blocks")
    assert lab.refused[0].via == "response_url"
    assert respond(said).text == "no_text"
    assert all(respond(said, text="t").ok for _ in range(5))


def test_an_unknown_url_and_a_body_that_is_no_json(lab: SlackLab, said: Interaction) -> None:
    assert requests.post(f"{lab.url}/response/nope", json={"text": "t"}, timeout=5).status_code == 404
    assert said.response_url
    assert requests.post(said.response_url, data="text=t", timeout=5).text == "invalid_payload"


def test_a_response_url_can_be_rate_limited(lab: SlackLab, said: Interaction) -> None:
    lab.rate_limit("response_url", seconds=3)
    answer = respond(said, text="t")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert respond(said, text="t").ok


def test_waiting_for_what_never_comes_lists_what_there_was(said: Interaction) -> None:
    respond(said, text="Working…")
    with pytest.raises(TimeoutError, match=r"2 replies.*appeared: 'Working…'"):
        said.wait(2, timeout=0.05)
    with pytest.raises(TimeoutError, match="a reply with 'done'"):
        said.wait_for("done", timeout=0.05)
    assert said.wait_for("Work").text == "Working…"
