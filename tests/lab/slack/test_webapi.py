from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from lab.slack import SlackLab
from lab.slack.scopes import NEEDED_SCOPE
from tests.lab.slack.conftest import Api

HEADER = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]


def test_auth_test_names_team_bot_and_scopes(api: Api) -> None:
    answer = api("auth.test")
    wanted = {"ok": True, "team": "Acme", "team_id": "T0ACME", "user_id": "U0BOT", "bot_id": "B0BOT"}
    assert wanted.items() <= answer.items()
    assert answer["headers"]["x-oauth-scopes"] == "chat:write,chat:write.public,commands"
    assert api("auth.test", token="xoxb-lab-globex")["team_id"] == "T0GLOBEX"


def test_the_date_header_follows_slacks_clock(lab: SlackLab, api: Api) -> None:
    before = parsedate_to_datetime(api("auth.test")["headers"]["Date"])
    lab.world.clock_skew_s = 600
    after = parsedate_to_datetime(api("auth.test")["headers"]["Date"])
    assert 590 < (after - before).total_seconds() < 620


@pytest.mark.parametrize(
    "method", ["users.info", "users.lookupByEmail", "conversations.list", "team.info", "bots.info"]
)
def test_methods_outside_the_granted_scopes_name_the_scope_they_need(api: Api, method: str) -> None:
    answer = api(method)
    assert (answer["ok"], answer["error"]) == (False, "missing_scope")
    assert answer["needed"] == NEEDED_SCOPE[method]
    assert answer["provided"] == "chat:write,chat:write.public,commands"


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("chat.postMessage", None, "not_authed"),
        ("chat.postMessage", "xoxb-wrong", "invalid_auth"),
        ("chat.postMessage", "xapp-lab", "not_allowed_token_type"),
        ("apps.connections.open", "xoxb-lab-acme", "not_allowed_token_type"),
        ("chat.shout", "xoxb-lab-acme", "unknown_method"),
    ],
)
def test_tokens_and_methods_that_do_not_fit_are_refused(api: Api, method: str, token: str | None, error: str) -> None:
    assert api(method, token=token, channel="C0NOC", text="t")["error"] == error


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
def test_a_token_can_be_withdrawn_and_given_back(lab: SlackLab, api: Api, error: str) -> None:
    lab.revoke("xoxb-lab-acme", error)
    assert api("auth.test")["error"] == error
    lab.revoke("xoxb-lab-acme", None)
    assert api("auth.test")["ok"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NOPE", "text": "t"}, "channel_not_found"),
        ({"channel": "C0GXNOC", "text": "t"}, "channel_not_found"),
        ({"channel": "C0PRIVATE", "text": "t"}, "channel_not_found"),
        ({"text": "t"}, "invalid_arguments"),
        ({"channel": "U0BOT", "text": "t"}, "cannot_dm_bot"),
        ({"channel": "C0NOC"}, "no_text"),
        ({"channel": "C0NOC", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0NOC", "text": "t", "blocks": HEADER}, "invalid_blocks"),
        ({"channel": "C0NOC", "text": "t", "blocks": {}}, "invalid_blocks_format"),
        ({"channel": "C0NOC", "text": "t", "thread_ts": "1.0"}, "thread_not_found"),
        ({"channel": "C0NOC", "text": "t", "attachments": [{"text": "x"}]}, "invalid_arguments"),
    ],
)
def test_a_post_that_slack_refuses(lab: SlackLab, api: Api, args: dict[str, Any], error: str) -> None:
    assert api("chat.postMessage", **args)["error"] == error
    assert lab.messages("C0NOC", "U0ALICE") == []


def test_refused_blocks_are_kept_with_the_limit_in_words(lab: SlackLab, api: Api) -> None:
    answer = api("chat.postMessage", channel="C0NOC", text="t", blocks=HEADER)
    words = "blocks[0].text.text: 151 characters, at most 150"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {words}"]
    (refused,) = lab.refused
    assert (refused.via, refused.code, refused.problems) == ("chat.postMessage", "invalid_blocks", [words])


def test_an_archived_channel_and_one_the_bot_has_not_joined(lab: SlackLab, api: Api) -> None:
    lab.add_channel("C0OTHER", "other", bot_member=False)
    assert api("chat.postMessage", channel="C0OTHER", text="t")["ok"]
    assert api("chat.postEphemeral", channel="C0OTHER", user="U0ALICE", text="t")["error"] == "not_in_channel"
    lab.world.grants["xoxb-lab-acme"].scopes = ("chat:write", "commands")
    assert api("chat.postMessage", channel="C0OTHER", text="t")["error"] == "not_in_channel"
    lab.channel("C0NOC").archived = True
    assert api("chat.postMessage", channel="C0NOC", text="t")["error"] == "is_archived"


def test_a_message_is_posted_updated_and_deleted(lab: SlackLab, api: Api) -> None:
    posted = api("chat.postMessage", channel="C0NOC", text="one", blocks=[{"type": "divider"}])
    assert posted["message"]["blocks"][0]["block_id"]
    here = {"channel": "C0NOC", "ts": posted["ts"]}
    assert api("chat.update", **here, text="two", blocks=[])["text"] == "two"
    (message,) = lab.messages("C0NOC")
    assert (message.text, message.blocks, message.edited, message.via) == ("two", [], True, "chat.update")
    assert [revision.text for revision in message.history] == ["one"]
    assert api("chat.delete", **here)["ok"]
    assert lab.messages("C0NOC") == []
    assert api("chat.update", **here, text="three")["error"] == "message_not_found"
    assert api("chat.delete", **here)["error"] == "message_not_found"


def test_only_the_bots_own_messages_can_be_changed(lab: SlackLab, api: Api) -> None:
    typed = lab.world.post(lab.channel("C0NOC"), "U0ALICE", "hello", [], "typed")
    assert api("chat.update", channel="C0NOC", ts=typed.ts, text="x")["error"] == "cant_update_message"
    assert api("chat.delete", channel="C0NOC", ts=typed.ts)["error"] == "cant_delete_message"
    whisper = api("chat.postEphemeral", channel="C0NOC", user="U0ALICE", text="psst")
    assert api("chat.update", channel="C0NOC", ts=whisper["message_ts"], text="x")["error"] == "message_not_found"


def test_an_ephemeral_message_is_seen_by_its_reader_only(lab: SlackLab, api: Api) -> None:
    assert api("chat.postEphemeral", channel="C0NOC", user="U0ALICE", text="psst")["ok"]
    assert [m.text for m in lab.messages("C0NOC", "U0ALICE")] == ["psst"]
    assert [m.text for m in lab.messages("C0NOC", "alice")] == ["psst"]
    with pytest.raises(ValueError, match="zoe is not a member of T0ACME"):
        lab.messages("C0NOC", "zoe")
    assert lab.messages("C0NOC", "U0BOB") == lab.messages("C0NOC") == []
    assert api("chat.postEphemeral", channel="C0NOC", user="U0NOONE", text="t")["error"] == "user_not_in_channel"


def test_a_user_as_channel_is_a_direct_message(lab: SlackLab, api: Api) -> None:
    assert api("chat.postMessage", channel="U0ALICE", text="hi")["channel"] == "D0ALICE"
    assert [m.text for m in lab.messages("D0ALICE", "U0ALICE")] == ["hi"]
    assert lab.messages("D0ALICE", "U0BOB") == []


def test_a_reply_joins_the_thread_of_its_parent(lab: SlackLab, api: Api) -> None:
    first = api("chat.postMessage", channel="C0NOC", text="1")["ts"]
    second = api("chat.postMessage", channel="C0NOC", text="2", thread_ts=first)["ts"]
    api("chat.postMessage", channel="C0NOC", text="3", thread_ts=second)
    assert [m.thread_ts for m in lab.messages("C0NOC")] == [None, first, first]


def test_a_form_with_the_token_in_the_body_works_too(lab: SlackLab) -> None:
    form = {"token": "xoxb-lab-acme", "channel": "C0NOC", "text": "t", "blocks": json.dumps([{"type": "divider"}])}
    answer = requests.post(lab.api_url + "chat.postMessage", data=form, timeout=5).json()
    assert answer["ok"]
    (call,) = lab.calls
    assert (call.method, call.status, call.args["token"]) == ("chat.postMessage", 200, "bot token of T0ACME")
    assert call.args["blocks"] == [{"type": "divider"}]


def test_a_rate_limit_on_demand_answers_429(lab: SlackLab, api: Api) -> None:
    lab.rate_limit("chat.postMessage", channel="C0NOC", seconds=7, times=2)
    assert api("chat.postMessage", channel="C0ALERTS", text="t")["ok"]
    for _ in range(2):
        answer = api("chat.postMessage", channel="C0NOC", text="t")
        assert (answer["status"], answer["error"], answer["headers"]["Retry-After"]) == (429, "ratelimited", "7")
    assert api("chat.postMessage", channel="C0NOC", text="t")["ok"]


def test_a_rate_limit_without_times_lasts_its_seconds(lab: SlackLab, api: Api) -> None:
    lab.rate_limit(seconds=30, times=None)
    assert api("auth.test")["status"] == api("auth.test")["status"] == 429
    lab.world.clock_skew_s = 31
    assert api("auth.test")["ok"]


def test_slacks_own_limit_is_one_post_per_second_and_channel_after_a_burst(lab: SlackLab, api: Api) -> None:
    lab.rates.enforced = True
    statuses = [api("chat.postMessage", channel="C0NOC", text="t")["status"] for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    assert api("chat.postMessage", channel="C0ALERTS", text="t")["ok"]
    lab.world.clock_skew_s = 1.5
    assert api("chat.postMessage", channel="C0NOC", text="t")["ok"]


def test_two_teams_do_not_see_each_other(lab: SlackLab, api: Api) -> None:
    assert api("chat.postMessage", token="xoxb-lab-globex", channel="C0NOC", text="t")["error"] == "channel_not_found"
    assert api("chat.postMessage", token="xoxb-lab-globex", channel="U0GINA", text="t")["ok"]
    assert lab.messages("D0GINA", "U0GINA", team="T0ACME") == []
    assert len(lab.messages("D0GINA", "U0GINA", team="T0GLOBEX")) == 1
