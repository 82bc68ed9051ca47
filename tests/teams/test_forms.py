"""Forms as dialogs: they open for who may run the command, are read as the command's own table says, and are good once for one user."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import handlers
from bot.core.arguments import Argument, Kind
from bot.core.commands import Command, Role
from bot.core.forms import Form, fields_of, filled, form_of
from bot.teams.form_card import COMMAND, ID, dialog, texts_of
from lab.teams.activities import NOC, ONCALL, OSCAR, VERA
from lab.teams.cards import problems
from tests.e2e.rig import wait_until
from tests.teams.rig import Both

CARD = "application/vnd.microsoft.card.adaptive"
REGISTRY = handlers.discover()
PARIS = ZoneInfo("Europe/Paris")


def shown(opened: dict[str, Any]) -> dict[str, Any]:
    """Returns the card of a dialog, which Teams would take."""
    assert opened["task"]["type"] == "continue", opened
    attachment = opened["task"]["value"]["card"]
    assert problems({"attachments": [attachment]}) == []
    card: dict[str, Any] = attachment["content"]
    return card


def inputs(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in card["body"] if each["type"].startswith("Input.")}


def carried(card: dict[str, Any]) -> dict[str, Any]:
    (send,) = card["actions"]
    data: dict[str, Any] = send["data"]
    return data


@pytest.mark.parametrize("name", [name for name, command in REGISTRY.items() if fields_of(command, {})])
def test_the_form_of_each_command_is_a_card_that_teams_takes(name: str) -> None:
    form = form_of(REGISTRY[name], "", "", by_hand=True)
    assert form is not None
    card = shown(dialog(form, "0" * 32, PARIS))
    assert set(inputs(card)) >= {field.name for field in form.fields}
    assert carried(card) == {ID: "0" * 32, COMMAND: name}


KINDS = (
    Argument("devices", Kind.targets),
    Argument("one", Kind.device),
    Argument("how", Kind.choice, choices=("fast", "slow")),
    Argument("times", Kind.number, most=9),
    Argument("at", Kind.moment),
    Argument("note", Kind.rest),
)
EVERYTHING: Command[Any, Any] = Command("all", "Take all", "all", Role.viewer, lambda *_: None, lambda _: None, KINDS)  # type: ignore[arg-type, return-value]


def test_what_is_filled_in_is_read_back_and_what_is_wrong_is_shown_beside_what_was_filled_in() -> None:
    at = datetime(2026, 7, 1, 10, 30, tzinfo=UTC)
    values = {"devices": ("rtr-1", "site:fra1"), "one": "rtr-1", "how": "slow", "times": 3, "at": at, "note": "a  b"}
    form = Form("all", "Take all", fields_of(EVERYTHING, values), "")
    fields = inputs(shown(dialog(form, "0" * 32, PARIS)))
    sent = {name: each.get("value", "") for name, each in fields.items()}
    assert (sent["at"], sent["at:time"], sent["times"], sent["devices"]) == (
        "2026-07-01",
        "12:30",
        3,
        "rtr-1,site:fra1",
    )
    assert filled(EVERYTHING, texts_of(EVERYTHING, sent), PARIS).values == values

    texts = texts_of(EVERYTHING, {**sent, "times": "12", "at:time": "", "devices": None, "how": ["x"]})
    errors = filled(EVERYTHING, texts, PARIS).errors
    assert set(errors) == {"times", "at:time"}
    card = shown(dialog(form, "0" * 32, PARIS, texts, errors))
    assert (inputs(card)["at"]["value"], inputs(card)["times"]["value"]) == ("2026-07-01", 12)
    words = [run["text"] for each in card["body"] for run in each.get("inlines", ()) if run.get("color") == "Attention"]
    assert words == list(errors.values())


def test_a_target_that_would_come_back_as_two_is_not_filled_in() -> None:
    form = Form("all", "Take all", fields_of(EVERYTHING, {"devices": ("rtr-1", "site:a,b")}), "")
    assert "value" not in inputs(shown(dialog(form, "0" * 32, PARIS)))["devices"]


def test_a_usage_error_offers_a_form_which_is_sent_once_by_whom_it_was_opened_for(at: Both) -> None:
    at.say(OSCAR, "ping", NOC)

    def fill_in() -> dict[str, Any] | None:
        cards = (
            each["content"] for m in at.teams.messages(OSCAR.personal) for each in m.activity.get("attachments", ())
        )
        buttons = (each for card in cards for node in card["body"] for each in node.get("actions", ()))
        return next(
            (each for each in buttons if each["title"] == "Fill in" and each["data"]["command"] == "ping"), None
        )

    button = wait_until(fill_in, "the button")
    card = shown(at.post(at.made.opened(OSCAR, button["data"], NOC)).json())
    assert next(iter(inputs(card))) == "devices"

    wrong = shown(at.post(at.made.sent(OSCAR, carried(card), NOC)).json())
    assert carried(wrong) == carried(card)
    data = {**carried(card), "devices": "rtr-fra1-001"}
    assert at.post(at.made.sent(VERA, data, NOC)).content == b""
    assert "opened for somebody else" in at.teams.wait_message(VERA.personal, "opened for").text
    assert at.post(at.made.sent(OSCAR, data, NOC)).content == b""
    row = at.row("ping rtr-fra1-001", "form")
    assert (row.status, row.channel_id) == ("success", NOC)
    assert at.post(at.made.sent(OSCAR, data, NOC)).content == b""
    assert at.teams.wait_message(OSCAR.personal, "was sent already")


def test_who_may_not_run_a_command_reads_so_in_the_dialog(at: Both) -> None:
    opened = at.post(at.made.opened(VERA, {"command": "backup", "form": True}, ONCALL)).json()
    assert "needs the role operator" in str(shown(opened))
    nobody = at.made.opened(VERA, {"command": "backup", "form": True}, ONCALL)
    nobody["from"]["aadObjectId"] = "a11ce000-0000-4000-8000-00000000dead"
    card = shown(at.post(nobody).json())
    assert "not mapped" in str(card)
    assert "Action.Execute" not in str(card)  # which no dialog runs


def test_a_secret_of_a_dialog_stands_in_no_line(at: Both) -> None:
    card = shown(at.post(at.made.opened(OSCAR, {"command": "deploy rtr-fra1-001", "form": True}, ONCALL)).json())
    assert inputs(card)["snippet"]["isMultiline"] is True
    filled_in = {"devices": "rtr-fra1-001", "snippet": "snmp-server community krakatoa9 ro", "reason": "a test"}
    data = {**carried(card), **filled_in}
    at.post(at.made.sent(OSCAR, data, ONCALL))
    since = datetime.now(UTC) - timedelta(minutes=5)
    row = wait_until(
        lambda: next((r for r in at.store.audit.list(limit=5) if r.way == "form" and r.command == "deploy"), None), "it"
    )
    assert row.created_at is not None
    assert row.created_at > since
    assert "krakatoa" not in repr(at.store.audit.list(limit=50))


def test_what_is_typed_into_a_field_is_completed_with_fifteen_options_at_the_most(at: Both) -> None:
    at.say(OSCAR, "help ping", NOC)  # so that who he is in WebNet is at hand
    at.row("help ping")

    def options(member: Any = OSCAR) -> list[dict[str, str]]:
        answer = at.post(at.made.searched(member, "targets", "rtr-fra1-00", NOC)).json()
        assert (answer["statusCode"], answer["type"]) == (200, "application/vnd.microsoft.search.searchResponse")
        found: list[dict[str, str]] = answer["value"]["results"]
        return found

    found = wait_until(options, "options")
    assert 0 < len(found) <= 15
    assert any(each["title"].startswith("rtr-fra1-001") for each in found)
    assert all(each["title"] and "," not in each["value"] for each in found)
    odd = at.made.searched(OSCAR, "nothing", "x", NOC) | {"value": {"queryText": 7, "dataset": None}}
    assert at.post(odd).json()["value"]["results"] == []
