"""A form is made from a command's table, and what was filled in becomes a line that means it, or errors by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handlers
from bot.core.arguments import ALERT, DEVICE, DEVICES, JOB, Argument, Kind, Sealed
from bot.core.commands import Command, Role
from bot.core.forms import TOO_LONG, UNSEALED, Form, fields_of, filled, form_of, offered, sealed_in
from bot.core.message import Buttons, sentence
from bot.slack.form_view import blocks_of, texts_of, view_of
from lab.slack.limits import view_problems
from tests.core.test_arguments import TEXT, UNHURRIED
from tests.forms import state
from tests.golden import golden

BERLIN = ZoneInfo("Europe/Berlin")


def command(*arguments: Argument, name: str = "do") -> Command[Any, Any]:
    return Command(name, "Do it", "", Role.viewer, lambda _ctx, values: values, lambda _: sentence(""), arguments)


EVERY = command(
    DEVICE,
    Argument("group", Kind.group, named=True),
    Argument("user", Kind.user, named=True),
    Argument("job", Kind.job, named=True),
    Argument("alert", Kind.alert, named=True),
    Argument("request", Kind.request, named=True),
    Argument("how", Kind.choice, named=True, choices=("dry", "Wet")),
    Argument("number", Kind.number, named=True, most=99),
    Argument("after", Kind.duration, named=True),
    Argument("at", Kind.moment, named=True),
    Argument("ticket", Kind.text, named=True),
    Argument("snippet", Kind.sealed, named=True),
    Argument("page", Kind.number, named=True, hidden=True),
    Argument("notes", Kind.rest),
)
NOBODY = "That cannot be read."
A_NUMBER = "Choose one, or write its number."
HOW_LONG = "Write how long, such as 90s, 30m or 1d12h."
TO_99 = "Write a whole number from 1 to 99."
HOSTILE = '"; drop <!channel> @here page:3\n\u202e\0 '

# kind: what is filled in, and the value or the error
FILLED: list[tuple[str, str, Any]] = [
    *[("device", text, text) for text in ("#17", "rtr-fra1-001", "10.0.0.1")],
    ("device", " rtr-1 ", "rtr-1"),
    ("device", HOSTILE, " ".join(HOSTILE.split())),
    ("device", "x" * 501, "That is too long: 501 characters, where 500 are allowed."),
    ("group", "@#3", "@#3"),
    ("user", "alice-admin", "alice-admin"),
    *[(kind, text, 163) for kind in ("job", "alert", "request") for text in ("163", "#163", " 163 ")],
    *[
        (kind, text, A_NUMBER)
        for kind in ("job", "alert", "request")
        for text in ("x", "0", "-1", "1e3", HOSTILE, "9" * 19, "٣")
    ],
    ("how", "dry", "dry"),
    ("how", "WET", "Wet"),
    ("how", "damp", "Choose dry or Wet."),
    ("how", HOSTILE, "Choose dry or Wet."),
    ("number", "99", 99),
    *[("number", text, TO_99) for text in ("0", "100", "1.5", "-1", "x", HOSTILE, "9" * 30)],
    ("after", "1d12h", timedelta(days=1, hours=12)),
    *[("after", text, HOW_LONG) for text in ("soon", "-1h", "9" * 30 + "d", HOSTILE)],
    ("ticket", " CHG 31 ", "CHG 31"),
    ("ticket", HOSTILE, HOSTILE.strip()),
    ("snippet", '  line "a"\n\n line\' b\n', '  line "a"\n\n line\' b\n'),
    ("snippet", "x" * 3_001, "That is too long: 3,001 characters, where 3,000 are allowed."),
    ("notes", "by 'me'\nand \"you\"", "by 'me'\nand \"you\""),
    ("notes", HOSTILE, HOSTILE.strip()),
]


@pytest.mark.parametrize(("name", "text", "expected"), FILLED)
def test_what_is_filled_in_is_read_or_refused_below_its_field(name: str, text: str, expected: object) -> None:
    found = filled(EVERY, {"device": ("r1",), name: (text,)}, UTC)
    if found.errors:
        assert found.errors == {name: expected}
        return
    assert found.values[name] == expected
    values = {**found.values, **dict.fromkeys(sealed_in(EVERY, found.values), UNSEALED)}
    assert EVERY.parse(EVERY.write(values).removeprefix("do")) == values


MOMENTS: list[tuple[tuple[str, ...], tuple[str, ...], object]] = [
    (("2026-11-30",), ("22:00",), datetime(2026, 11, 30, 21, tzinfo=UTC)),
    (("2026-07-01",), ("00:30",), datetime(2026, 6, 30, 22, 30, tzinfo=UTC)),
    ((), (), None),
    (("2026-11-30",), (), {"at:time": "Choose a date and a time of day."}),
    ((), ("22:00",), {"at": "Choose a date and a time of day."}),
    (("2026-13-30",), ("22:00",), {"at": "Choose a date and a time of day."}),
    (("2026-11-30",), ("22:00+05:00",), {"at": "Choose a date and a time of day."}),
    (("0001-01-01",), ("00:00",), {"at": "Choose a date and a time of day."}),
    ((HOSTILE,), (HOSTILE,), {"at": "Choose a date and a time of day."}),
    (("2026-03-29",), ("02:30",), {"at": "There is no such time on that day: clocks are put forward."}),
]


@pytest.mark.parametrize(("date", "time", "expected"), MOMENTS)
def test_a_moment_is_in_the_zone_of_the_settings(
    date: tuple[str, ...], time: tuple[str, ...], expected: object
) -> None:
    found = filled(EVERY, {"device": ("r1",), "at": date, "at:time": time}, BERLIN)
    assert (found.errors or found.values.get("at")) == expected
    if not found.errors:
        assert EVERY.parse(EVERY.write(found.values).removeprefix("do")) == found.values


def test_several_targets_are_one_argument_and_a_prefix_without_a_name_is_refused() -> None:
    ping = command(DEVICES)
    found = filled(ping, {"devices": ("#17", "@#3", "site:new york", "role:core")}, UTC)
    assert EVERY and ping.parse(ping.write(found.values).removeprefix("do")) == {
        "devices": ("#17", "@#3", "site:new york", "role:core")
    }
    assert "without a blank" in filled(ping, {"devices": ("#17", "site:")}, UTC).errors["devices"]
    assert filled(ping, {"devices": ("x",) * 101}, UTC).errors == {"devices": NOBODY}


def test_what_is_missing_or_given_twice_or_odd_is_said() -> None:
    assert filled(EVERY, {}, UTC).errors == {"device": "Choose one."}
    assert filled(EVERY, {"device": ("  ",)}, UTC).errors == {"device": "Choose one."}
    assert filled(EVERY, {"device": ("a", "b")}, UTC).errors == {"device": NOBODY}
    assert filled(EVERY, {"device": ("a",), "page": ("3",), "unknown": ("x",)}, UTC).values == {"device": "a"}
    both = '"' * 1_100 + "'" * 890  # so that one kind is doubled
    long = filled(command(Argument("a", Kind.rest, named=True)), {"a": (both,)}, UTC)
    assert long.errors == {"a": TOO_LONG}


NEEDED: dict[str, set[str]] = {
    "approvals": set(),
    "backup": {"devices"},
    "config": {"device"},
    "deny": {"request", "reason"},
    "deploy": {"devices", "snippet", "reason"},
    "diff": {"device"},
    "jobs": set(),
    "logs": {"job"},
    "resolve": {"alert", "notes"},
    "search": set(),
    "show": {"devices", "command"},
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_field_is_needed_where_the_usage_says_so(name: str) -> None:
    fields = fields_of(handlers.discover()[name], {})
    assert {field.name for field in fields if field.needed} == NEEDED[name]


KEPT = [
    (DEVICE, "rtr-1", {"device": ("rtr-1",)}),
    (JOB, "x 163 y", {"job": ("163",)}),
    (ALERT, "#3", {"alert": ("3",)}),
    (DEVICES, '#1 @core site:"new york"', {"devices": ("#1", "@core", "site:new york")}),
    (Argument("words", Kind.words), 'a "b c" d', {"words": ('a "b c" d',)}),
    (Argument("n", Kind.number, named=True), "n:x n:7 n:8", {"n": ("7",)}),
    (Argument("notes", Kind.rest), "by 'me'", {"notes": ("by 'me'",)}),
    (Argument("how", Kind.choice, choices=("dry",)), "wet DRY", {"how": ("dry",)}),
]


@pytest.mark.parametrize(("argument", "line", "expected"), KEPT)
def test_a_form_keeps_what_can_be_read_of_a_line(argument: Argument, line: str, expected: dict[str, object]) -> None:
    form = opened(command(argument), line)
    assert {field.name: field.given for field in form.fields} == expected


def opened(of: Command[Any, Any], line: str, typed: str = "", *, by_hand: bool = False) -> Form:
    form = form_of(of, line, typed or line, by_hand=by_hand)
    assert form is not None
    return form


def test_only_what_a_button_carried_stays_beside_the_fields() -> None:
    assert opened(EVERY, "r1 page:3").line == "do r1 page:3"
    assert opened(EVERY, "r1 page:3", by_hand=True).line == "do r1"
    assert "page" not in {field.name for field in opened(EVERY, "r1 page:3").fields}


def test_an_exact_argument_is_kept_as_it_was_typed_and_all_others_without_secrets() -> None:
    resolve = handlers.discover()["resolve"]
    form = opened(resolve, "3 password <redacted>", "3 password hunter2")
    assert [field.given for field in form.fields] == [("3",), ("password hunter2",)]
    config = opened(handlers.discover()["config"], "r1 password <redacted>", "r1 password hunter2")
    assert "hunter2" not in f"{config}"


def test_a_command_that_takes_nothing_has_no_form() -> None:
    assert form_of(handlers.discover()["health"], "x", "x", by_hand=True) is None


def test_the_button_that_opens_a_form_carries_the_line_as_far_as_there_is_room() -> None:
    (buttons,) = [part for part in offered(opened(EVERY, "r1"), sentence("Not so.")).parts if isinstance(part, Buttons)]
    (button,) = buttons.buttons
    assert (button.label, button.command, button.form) == ("Fill in", "do r1", True)
    (buttons,) = [
        part for part in offered(opened(EVERY, f"r1 {'x' * 2_000}"), sentence("")).parts if isinstance(part, Buttons)
    ]
    assert buttons.buttons[0].command == "do"


# -- as Slack's modal


HUNDRED = tuple(f"#{number}" for number in range(1, 101))


@pytest.mark.parametrize(
    ("given", "held"), [(HUNDRED, True), ((*HUNDRED, "site:fra1"), False), (("#1", f"site:{'x' * 150}"), False)]
)
def test_devices_of_which_a_form_cannot_hold_all_are_left_to_be_picked(given: tuple[str, ...], *, held: bool) -> None:
    fields = fields_of(command(DEVICES), {"devices": given})
    (_, block) = view_of(Form("do", "Do it", fields, "do"), "0" * 32, BERLIN)["blocks"]
    assert ("initial_options" in block["element"]) is held


@pytest.mark.parametrize("name", [*handlers.discover(), "do"])
def test_every_form_is_a_modal_that_slack_takes_and_gives_back_what_it_held(name: str) -> None:
    of = EVERY if name == "do" else handlers.discover()[name]
    lines = [
        "",
        "r1 x",
        "#17 site:fra1",
        "163",
        "at:2026-07-01T00:30 n:3 how:dry number:7 after:90s job:3 page:3 notes",
    ]
    for line in (*lines, f"{'x' * 200} {HOSTILE}", "at:0001-01-01"):
        form = form_of(of, line, line, by_hand=False)
        if form is None:
            continue
        view = view_of(form, "0" * 32, BERLIN)
        assert view_problems(view) == []
        texts = texts_of({"state": {"values": state(view["blocks"], {})}})
        found = filled(of, texts, BERLIN)
        given = {field.name for field in form.fields if field.given}
        assert given - {"at"} - {
            name for name in given if any(len(text) > 150 for text in texts.get(name, ("x" * 151,)))
        } <= {
            *found.values,
            *found.errors,
        }
        if line == lines[-1] and name == "do":
            assert found.values["at"] == datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
            assert (found.values["how"], found.values["number"]) == ("dry", 7)


@pytest.mark.parametrize("name", ["do", "resolve", "search", "show"])
def test_golden_of_a_form(name: str) -> None:
    line = {"do": "#17 how:wet number:7 at:2026-11-30T21:00+00:00 job:163 notes", "show": "#17 @core bgp"}.get(name, "")
    form = opened(EVERY if name == "do" else handlers.discover()[name], line)
    golden(f"modals/form-{name}", view_of(form, "0" * 32, BERLIN))


def test_the_zone_of_a_moment_stands_in_its_label() -> None:
    view = view_of(opened(EVERY, ""), "0" * 32, BERLIN)
    labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    assert [label for label in labels if "Berlin" in label] == [
        "At: date (Europe/Berlin)",
        "At: time of day (Europe/Berlin)",
    ]
    assert {"device", "at", "at:time", "notes"} <= blocks_of(view)
    assert "page" not in blocks_of(view)


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["value", "device", "#17"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["values", "state", "device", "value", "selected_option", "selected_options", "blocks", "block_id", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@UNHURRIED
@given(ODD, ODD, ODD)
def test_whatever_a_payload_holds_is_read_as_texts(values: object, blocks: object, element: object) -> None:
    view = {"state": {"values": {"device": {"x": element}, "x": values}}, "blocks": blocks}
    for each in (view, {"state": values}, {"state": {"values": values}}):
        texts = texts_of(each)
        assert all(isinstance(text, str) for given in texts.values() for text in given)
        filled(EVERY, texts, UTC)
        blocks_of(each)


@UNHURRIED
@given(TEXT, TEXT, st.sampled_from([EVERY, *handlers.discover().values()]))
def test_any_line_has_a_form_and_what_is_filled_in_again_means_the_same(
    first: str, second: str, of: Command[Any, Any]
) -> None:
    form = form_of(of, f"{first} {second}", f"{first} {second}", by_hand=False)
    if form is None:
        return
    view = view_of(form, "0" * 32, UTC)
    assert view_problems(view) == []
    found = filled(of, texts_of({"state": {"values": state(view["blocks"], {})}}), UTC)
    if not found.errors:
        values = {**found.values, **{name: Sealed("0" * 32) for name in sealed_in(of, found.values)}}
        assert of.parse(of.write(values).removeprefix(of.name)) == values
