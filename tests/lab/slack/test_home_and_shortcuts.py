"""The home tab, and the shortcuts of the lightning bolt and of a message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lab.slack import SlackLab
from tests.lab.slack.conftest import Api, Scenario, Sockets

Play = Callable[[Scenario], None]
Json = dict[str, Any]


def home(words: str) -> Json:
    return {"type": "home", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": words}}]}


def test_opening_the_home_tab_sends_the_event_and_returns_what_is_published(
    lab: SlackLab, api: Api, play: Play
) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        opening = asyncio.create_task(asyncio.to_thread(lab.open_home, "alice"))
        envelope = await ws.receive_json()
        event = envelope["payload"]["event"]
        assert {event[key] for key in ("type", "user", "tab")} == {"app_home_opened", "U0ALICE", "home"}
        assert (event["channel"], "view" in event) == ("D0ALICE", False)
        await sockets.ack(ws, envelope)
        published = await asyncio.to_thread(api, "views.publish", user_id="U0ALICE", view=home("first"))
        view = await opening
        assert (view.id, view.content["blocks"][0]["text"]["text"]) == (published["view"]["id"], "first")
        lab.look_at_home("alice")
        again = (await ws.receive_json())["payload"]["event"]
        assert (again["view"]["id"], again["view"]["hash"]) == (view.id, view.hash)

    play(scenario)


def test_a_home_tab_keeps_its_id_and_a_publisher_that_looked_too_early_is_refused(lab: SlackLab, api: Api) -> None:
    first = api("views.publish", user_id="U0ALICE", view=home("first"))["view"]
    second = api("views.publish", user_id="U0ALICE", view=home("second"), hash=first["hash"])["view"]
    assert (second["id"], second["hash"] == first["hash"]) == (first["id"], False)
    assert api("views.publish", user_id="U0ALICE", view=home("late"), hash=first["hash"])["error"] == "hash_conflict"
    assert api("views.publish", user_id="U0VERA", view=home("x"), hash=first["hash"])["error"] == "hash_conflict"
    shown = lab.home("alice")
    assert shown
    assert (shown.content["blocks"][0]["text"]["text"], lab.home("vera")) == ("second", None)


def test_a_global_shortcut_has_a_trigger_and_no_channel(lab: SlackLab, api: Api) -> None:
    used = lab.shortcut("alice", "webnet:command")
    payload = used.payload
    assert (payload["type"], payload["callback_id"], payload["user"]["id"]) == ("shortcut", "webnet:command", "U0ALICE")
    assert {"channel", "message", "response_url"} & set(payload) == set()
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    assert api("views.open", trigger_id=used.trigger_id, view=view)["ok"]
    assert api("views.open", trigger_id=used.trigger_id, view=view)["error"] == "exchanged_trigger_id"


def test_a_shortcut_of_a_message_carries_it_and_answers_by_response_url(lab: SlackLab, api: Api) -> None:
    message = lab.chat("oscar", "rtr-fra1-001 is down")
    payload = lab.shortcut("alice", "webnet:status", message).payload
    assert (payload["type"], payload["message_ts"]) == ("message_action", message.ts)
    assert payload["channel"] == {"id": "C0NOC", "name": "noc"}
    assert (payload["message"]["text"], payload["message"]["user"]) == ("rtr-fra1-001 is down", "U0OSCAR")
    assert {"bot_id", "app_id"} & set(payload["message"]) == set()
    assert payload["response_url"].startswith(lab.url)
    posted = api("chat.postMessage", channel="C0NOC", text="hello")
    (of_the_bot,) = (each for each in lab.messages("C0NOC") if each.ts == posted["ts"])
    assert lab.shortcut("alice", "webnet:status", of_the_bot).payload["message"]["bot_id"] == "B0BOT"


def test_a_message_that_one_member_sees_has_no_shortcut(lab: SlackLab) -> None:
    channel = lab.channel("C0NOC")
    message = lab.world.post(channel, "U0BOT", "for alice", [], "ack", ephemeral_to="U0ALICE")
    with pytest.raises(ValueError, match="no shortcuts"):
        lab.shortcut("alice", "webnet:status", message)
    with pytest.raises(ValueError, match="does not see"):
        lab.shortcut("oscar", "webnet:status", message)
    elsewhere = lab.chat("alice", "rtr1", "C0PRIVATE")
    with pytest.raises(ValueError, match="not a member"):
        lab.shortcut("vera", "webnet:status", elsewhere)
    assert lab.shortcut("vera", "webnet:status", elsewhere, unseen=True).payload["message_ts"] == elsewhere.ts
