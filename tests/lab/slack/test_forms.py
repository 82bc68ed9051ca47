"""A member fills in a modal: what is kept, what the app is asked, and what reaches it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from lab.slack import SlackLab, View
from tests.lab.slack.conftest import Api, Scenario, Sockets

Play = Callable[[Scenario], None]
Json = dict[str, Any]


def words(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(label: str, value: str) -> Json:
    return {"text": words(label), "value": value}


def field(name: str, kind: str, *, optional: bool = True, **more: Any) -> Json:
    element = {"type": kind, "action_id": "value", **more}
    return {"type": "input", "block_id": name, "label": words(name), "element": element, "optional": optional}


CHOICES = [option("One", "1"), option("Two", "2")]
GROUPS = [{"label": words("Numbers"), "options": CHOICES}]
FIELDS = [
    field("name", "plain_text_input", optional=False, min_length=2),
    field("device", "external_select", min_query_length=1),
    field("devices", "multi_external_select", min_query_length=1),
    field("choice", "static_select", option_groups=GROUPS, initial_option=CHOICES[0]),
    field("ticks", "checkboxes", options=CHOICES),
    field("count", "number_input", is_decimal_allowed=False, min_value="1", max_value="5"),
    field("day", "datepicker"),
    field("time", "timepicker", initial_time="09:30"),
    field("moment", "datetimepicker"),
]


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": words("Form"), "submit": words("Go"), "blocks": list(blocks), **more}


@pytest.fixture
def form(lab: SlackLab, api: Api) -> View:
    return opened(lab, api, modal(*FIELDS, external_id="form", notify_on_close=True))


def opened(lab: SlackLab, api: Api, view: Json) -> View:
    assert api("views.open", trigger_id=lab.say("alice", "/webnet form", send=False).trigger_id, view=view)["ok"]
    found = lab.open_view("alice")
    assert found
    return found


def held(view: View, block_id: str) -> Any:
    (value,) = view.state[block_id].values()
    (content,) = (part for name, part in value.items() if name != "type")
    return content


def test_a_field_holds_what_it_starts_with_and_then_what_is_filled_in(lab: SlackLab, form: View) -> None:
    assert [held(form, name) for name in ("name", "device", "devices", "count")] == [None, None, [], None]
    assert (held(form, "choice")["value"], held(form, "time")) == ("1", "09:30")
    lab.fill("alice", form, {"name": "x", "choice": "Two", "ticks": ["One", "2"], "count": 3, "day": "2026-12-24"})
    lab.fill(
        "alice", form.id, {"device": option("rtr1", "#1"), "devices": [option("rtr2", "#2")], "moment": 1_800_000_000}
    )
    assert [held(form, name) for name in ("name", "count", "day", "moment")] == ["x", "3", "2026-12-24", 1_800_000_000]
    assert (held(form, "choice")["value"], held(form, "device")["value"]) == ("2", "#1")
    assert [[one["value"] for one in held(form, name)] for name in ("ticks", "devices")] == [["1", "2"], ["#2"]]
    with pytest.raises(ValueError, match="no field 'colour' in the view, only"):
        lab.fill("alice", form, {"colour": "red"})
    with pytest.raises(ValueError, match="U0OSCAR does not see the view"):
        lab.fill("oscar", form, {"name": "x"})


def test_what_is_filled_in_outlives_an_update_of_the_view(lab: SlackLab, api: Api, form: View) -> None:
    lab.fill("alice", form, {"name": "kept", "count": 3})
    seen = form.hash
    shown = modal(FIELDS[0], field("count", "plain_text_input"), external_id="form")
    assert api("views.update", view_id=form.id, hash=seen, view=shown)["view"]["state"]["values"]["name"]
    assert (held(form, "name"), held(form, "count"), "day" in form.state) == ("kept", None, False)
    assert api("views.update", view_id=form.id, hash=seen, view=shown)["error"] == "hash_conflict"


def test_slack_itself_refuses_what_the_fields_do_not_accept(lab: SlackLab, form: View) -> None:
    with pytest.raises(ValueError, match="'name': 'Please complete this required field"):
        lab.submit("alice", form)
    lab.fill("alice", form, {"name": "x", "count": 9})
    with pytest.raises(ValueError, match=r"'name': 'This needs at least 2.*'count': 'This must be at most 5"):
        lab.submit("alice", form)


def test_a_submission_carries_the_state_and_a_choice_made_ahead(lab: SlackLab, form: View, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        filling = asyncio.create_task(asyncio.to_thread(lab.fill, "alice", form, {"device": "rtr2", "name": "ok"}))
        asked = await ws.receive_json()
        payload = asked["payload"]
        assert (payload["type"], payload["block_id"], payload["value"]) == ("block_suggestion", "device", "rtr2")
        assert payload["view"]["state"]["values"]["time"]["value"]["selected_time"] == "09:30"
        offered = [{"label": words("Site"), "options": [option("rtr1", "#1"), option("rtr2", "#2")]}]
        await sockets.ack(ws, asked, {"option_groups": offered})
        await filling
        sent = lab.submit("alice", form)
        submission = await ws.receive_json()
        values = submission["payload"]["view"]["state"]["values"]
        assert values["device"]["value"]["selected_option"]["value"] == "#2"
        assert values["devices"]["value"] == {"type": "multi_external_select", "selected_options": []}
        await sockets.ack(ws, submission, {"response_action": "errors", "errors": {"device": "rtr2 is gone."}})
        await asyncio.to_thread(sent.wait_ack)
        assert form.errors == {"device": "rtr2 is gone."}

    play(scenario)


def test_nothing_is_chosen_that_is_not_offered(lab: SlackLab, form: View, play: Play) -> None:
    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        for answer, refusal in (({"options": []}, "Nothing is offered for 'rtr'"), ({}, "Slack shows no options")):
            filling = asyncio.create_task(asyncio.to_thread(lab.fill, "alice", form, {"device": "rtr"}))
            await sockets.ack(ws, await ws.receive_json(), answer)
            with pytest.raises(ValueError, match=refusal):
                await filling

    play(scenario)
    assert held(form, "device") is None


@pytest.mark.parametrize("errors", [{}, {"title": "x"}, {"name": ""}, {"name": 1}, {"form": "x"}])
def test_errors_name_input_blocks_in_sentences(lab: SlackLab, api: Api, play: Play, errors: Json) -> None:
    title = {"type": "section", "block_id": "title", "text": words("x")}
    form = opened(lab, api, modal(title, *FIELDS))

    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        sent = lab.submit_view("alice", form)
        await sockets.ack(ws, await ws.receive_json(), {"response_action": "errors", "errors": errors})
        await asyncio.to_thread(sent.wait_ack)
        assert sent.error == "invalid_response_action"

    play(scenario)
    assert (form.errors, lab.open_view("alice")) == ({}, form)


def test_a_button_of_a_view_carries_the_view_with_its_state_and_no_message(lab: SlackLab, api: Api) -> None:
    button = {"type": "button", "action_id": "next", "text": words("Next"), "value": "2"}
    menu = {"type": "static_select", "action_id": "menu", "options": CHOICES}
    form = opened(lab, api, modal({"type": "actions", "block_id": "row", "elements": [button, menu]}, FIELDS[0]))
    lab.fill("alice", form, {"name": "typed"})
    chosen = lab.choose("alice", form, "menu", "Two").payload
    payload = lab.click("alice", form, "Next").payload
    assert {"message", "channel", "response_url"} & set(payload) == set()
    assert payload["container"] == {"type": "view", "view_id": form.id}
    assert payload["view"]["state"]["values"]["name"]["value"]["value"] == "typed"
    assert payload["view"]["state"]["values"]["row"]["menu"] == chosen["view"]["state"]["values"]["row"]["menu"]
    assert payload["view"]["hash"] == form.hash


def test_closing_says_whether_the_whole_stack_is_gone(lab: SlackLab, api: Api, form: View) -> None:
    trigger = lab.say("alice", "/webnet form", send=False).trigger_id
    pushed = api("views.push", trigger_id=trigger, view=modal(notify_on_close=True))["view"]
    assert (pushed["root_view_id"], pushed["previous_view_id"]) == (form.id, form.id)
    top = lab.open_view("alice")
    assert top
    closed = lab.close_view("alice", top)
    assert closed
    assert (closed.payload["is_cleared"], lab.open_view("alice")) == (False, form)
    closed = lab.close_view("alice", form, whole_stack=True)
    assert closed
    assert (closed.payload["is_cleared"], lab.open_view("alice")) == (True, None)


def test_at_most_three_views_stand_on_one_another(lab: SlackLab, api: Api, form: View) -> None:
    def push() -> Json:
        return api("views.push", trigger_id=lab.say("alice", "/webnet f", send=False).trigger_id, view=modal())

    assert [push()["ok"], push()["ok"], push().get("error")] == [True, True, "push_limit_reached"]
    assert form in lab.views.stack("T0ACME", "U0ALICE")


def test_who_cannot_see_a_view_or_message_acts_on_it_only_on_purpose(lab: SlackLab, api: Api, form: View) -> None:
    button = {"type": "button", "action_id": "go", "text": words("Go")}
    lab.world.post(
        lab.channel("C0NOC"), "U0BOT", "t", [{"type": "actions", "elements": [button]}], "ack", ephemeral_to="U0ALICE"
    )
    (message,) = lab.messages("C0NOC", "alice")
    with pytest.raises(ValueError, match="does not see"):
        lab.click("oscar", message, "Go")
    with pytest.raises(ValueError, match="does not see"):
        lab.submit_view("oscar", form)
    assert lab.click("oscar", message, "Go", unseen=True).payload["user"]["id"] == "U0OSCAR"
    assert lab.click("gina", message, "Go", unseen=True, team="T0GLOBEX").payload["team"]["id"] == "T0GLOBEX"
    stolen = lab.submit_view("gina", form, unseen=True, team="T0GLOBEX").payload
    assert (stolen["team"]["id"], stolen["view"]["id"]) == ("T0GLOBEX", form.id)
    assert lab.type_ahead("mallory", form, "device", "r", unseen=True).payload["user"]["id"] == "U0MALLORY"


@pytest.mark.parametrize(("size", "error"), [(249_000, None), (251_000, "view_too_large")])
def test_a_view_holds_250_kilobytes(lab: SlackLab, api: Api, size: int, error: str | None) -> None:
    def filled(each: int) -> Json:
        return modal(*[{"type": "section", "text": words("x" * each)} for _ in range(90)])

    view = filled(1 + (size - len(json.dumps(filled(1)))) // 90)
    answer = api("views.open", trigger_id=lab.say("alice", "/webnet form", send=False).trigger_id, view=view)
    assert answer.get("error") == error


def test_a_modal_is_no_home_tab_and_a_home_tab_no_modal(lab: SlackLab, api: Api) -> None:
    trigger = lab.say("alice", "/webnet form", send=False).trigger_id
    assert api("views.open", trigger_id=trigger, view={"type": "home", "blocks": []})["error"] == "invalid_arguments"
    assert api("views.publish", user_id="U0ALICE", view=modal())["error"] == "invalid_arguments"
