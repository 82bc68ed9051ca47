from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lab.slack import SlackLab
from tests.lab.slack.conftest import Api, Scenario, Sockets

Play = Callable[[Scenario], None]
TITLE = {"type": "plain_text", "text": "Pick"}
ELEMENT = {"type": "plain_text_input", "action_id": "a"}


def modal(**more: Any) -> dict[str, Any]:
    blocks = [{"type": "input", "block_id": "b", "label": TITLE, "element": ELEMENT}]
    return {"type": "modal", "title": TITLE, "submit": TITLE, "blocks": blocks, **more}


def trigger(lab: SlackLab) -> str:
    found = lab.say("alice", "/webnet form", send=False).trigger_id
    assert found
    return found


def test_a_trigger_opens_one_view_within_three_seconds(lab: SlackLab, api: Api) -> None:
    fresh = trigger(lab)
    assert api("views.open", trigger_id=fresh, view=modal())["view"]["id"].startswith("V0")
    assert api("views.open", trigger_id=fresh, view=modal())["error"] == "exchanged_trigger_id"
    assert api("views.open", trigger_id="1.2.3", view=modal())["error"] == "invalid_trigger_id"
    old = trigger(lab)
    lab.world.clock_skew_s = 3.5
    assert api("views.open", trigger_id=old, view=modal())["error"] == "expired_trigger_id"


def test_a_view_beyond_a_limit_is_refused_and_recorded(lab: SlackLab, api: Api) -> None:
    answer = api("views.open", trigger_id=trigger(lab), view=modal(title={"type": "plain_text", "text": "x" * 25}))
    assert answer["error"] == "invalid_arguments"
    assert "at most 24" in answer["response_metadata"]["messages"][0]
    assert lab.refused[0].via == "views.open"


def test_views_are_updated_pushed_and_published(lab: SlackLab, api: Api) -> None:
    opened = api("views.open", trigger_id=trigger(lab), view=modal(external_id="x1"))["view"]
    assert api("views.update", view_id=opened["id"], hash="old", view=modal())["error"] == "hash_conflict"
    assert api("views.update", external_id="x1", hash=opened["hash"], view=modal(callback_id="new"))["ok"]
    assert (view := lab.open_view("U0ALICE")) and view.content["callback_id"] == "new"
    assert api("views.push", trigger_id=trigger(lab), view=modal())["view"]["root_view_id"] == opened["id"]
    assert api("views.update", view_id="V0NOPE", view=modal())["error"] == "not_found"
    assert api("views.publish", user_id="U0ALICE", view={"type": "home", "blocks": []})["ok"]
    assert api("views.publish", user_id="U0NOONE", view={"type": "home", "blocks": []})["error"] == "user_not_found"


@pytest.mark.parametrize(
    ("payload", "left", "error"),
    [
        (None, 0, None),
        ({"response_action": "clear"}, 0, None),
        ({"response_action": "push", "view": modal()}, 2, None),
        ({"response_action": "update", "view": modal(callback_id="next")}, 1, None),
        ({"response_action": "errors", "errors": {"b": "not so"}}, 1, None),
        ({"response_action": "errors", "errors": {"nope": "x"}}, 1, "invalid_response_action"),
        ({"response_action": "update", "view": {"type": "modal"}}, 1, "invalid_response_action"),
        ({"response_action": "dance"}, 1, "invalid_response_action"),
    ],
)
def test_a_submission_follows_the_response_action(
    lab: SlackLab, api: Api, play: Play, payload: Any, left: int, error: str | None
) -> None:
    api("views.open", trigger_id=trigger(lab), view=modal())

    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        view = lab.open_view("U0ALICE")
        assert view
        sent = lab.submit_view("U0ALICE", view, {"b": {"a": {"type": "plain_text_input", "value": "x"}}})
        envelope = await ws.receive_json()
        assert envelope["payload"]["view"]["state"]["values"]["b"]["a"]["value"] == "x"
        await sockets.ack(ws, envelope, payload)
        await asyncio.to_thread(sent.wait_ack)
        assert sent.error == error

    play(scenario)
    assert len(lab.views.stack("T0ACME", "U0ALICE")) == left


def test_closing_a_view_notifies_the_app_if_it_asked(lab: SlackLab, api: Api) -> None:
    api("views.open", trigger_id=trigger(lab), view=modal())
    assert (view := lab.open_view("U0ALICE")) and lab.close_view("U0ALICE", view) is None
    api("views.open", trigger_id=trigger(lab), view=modal(notify_on_close=True))
    view = lab.open_view("U0ALICE")
    assert view and (told := lab.close_view("U0ALICE", view)) and told.payload["type"] == "view_closed"
    assert lab.open_view("U0ALICE") is None


def options(n: int) -> dict[str, Any]:
    return {"options": [{"text": {"type": "plain_text", "text": f"rtr{i}"}, "value": str(i)} for i in range(n)]}


@pytest.mark.parametrize(("n", "error"), [(100, None), (101, "invalid_options")])
def test_typing_ahead_shows_at_most_100_options(lab: SlackLab, api: Api, play: Play, n: int, error: str | None) -> None:
    menu = {"type": "external_select", "action_id": "device", "min_query_length": 1}
    api("chat.postMessage", channel="C0NOC", text="t", blocks=[{"type": "actions", "elements": [menu]}])
    (message,) = lab.messages("C0NOC")

    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        asked = lab.type_ahead("alice", message, "device", "rtr")
        envelope = await ws.receive_json()
        assert (envelope["payload"]["type"], envelope["payload"]["value"]) == ("block_suggestion", "rtr")
        await sockets.ack(ws, envelope, options(n))
        await asyncio.to_thread(asked.wait_ack)
        assert (asked.error, len(asked.options)) == (error, 0 if error else n)

    play(scenario)
    picked = lab.choose("alice", message, "device", "rtr1").payload["actions"][0]
    assert picked["selected_option"]["value"] == "rtr1"


def test_a_choice_is_one_of_the_options(lab: SlackLab, api: Api) -> None:
    menu = {"type": "static_select", "action_id": "m", **options(2)}
    api("chat.postMessage", channel="C0NOC", text="t", blocks=[{"type": "actions", "elements": [menu]}])
    (message,) = lab.messages("C0NOC")
    assert lab.choose("alice", message, "m", "rtr1").payload["actions"][0]["selected_option"]["value"] == "1"
    with pytest.raises(ValueError, match="no option 'rtr9'"):
        lab.choose("alice", message, "m", "rtr9")
