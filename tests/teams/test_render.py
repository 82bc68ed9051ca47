"""Messages as Adaptive Cards, from the same messages as Slack's goldens and generated ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.core.message import (
    Audience,
    Bold,
    Button,
    Buttons,
    ChannelName,
    Code,
    Fields,
    File,
    Fold,
    Line,
    Link,
    Mention,
    Message,
    Mono,
    Note,
    Part,
    Table,
    Text,
    When,
    sentence,
)
from bot.core.pressed import Pressed
from bot.teams.buttons import read_data
from bot.teams.render import MAX_BYTES, activity, card, encoded, fits, plain_activity
from lab.teams.cards import live, nodes, problems
from tests.golden import golden
from tests.handlers.test_notices import EVENTS
from tests.handlers.test_notices import view as notice
from tests.handlers.test_views import VIEWS
from tests.messages import EVERY_PART, EVERYTHING_HOSTILE, FULL, HOSTILE, MESSAGES, NOON, TOO_MUCH
from tests.teams import models

ALICE, BOB = (f"a11ce000-0000-4000-8000-00000000000{n}" for n in (1, 2))
DATES = "{{DATE(2026-03-01T12:00:00Z, SHORT)}} {{TIME(2026-03-01T12:00:00Z)}}"


def body(*parts: Part, title: str = "") -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = card(Message("A summary.", title, parts))["body"]
    return shown


def words(node: Any) -> str:
    return "".join(each["text"] for each in nodes(node) if each["type"] in {"TextRun", "TextBlock"})


def actions(node: Any) -> list[dict[str, Any]]:
    return [dict(each) for each in nodes(node) if each["type"] in {"Action.Execute", "Action.Submit", "Action.OpenUrl"}]


# --- what it looks like


@pytest.mark.parametrize(
    ("name", "message"),
    [("full", FULL), ("hostile", EVERYTHING_HOSTILE), ("newest", EVERY_PART)],
    ids=lambda it: str(it)[:9],
)
def test_golden_messages(name: str, message: Message) -> None:
    shown = activity(message)
    golden(f"teams/{name}", shown)
    assert problems(shown) == models.problems(shown["attachments"][0]["content"]) == []


def test_golden_too_much_of_everything() -> None:
    shown = activity(TOO_MUCH)
    kept = shown["attachments"][0]["content"]["body"]
    golden(
        "teams/too_much",
        {
            "bytes": len(encoded(shown)),
            "elements": [element["type"] for element in kept],
            "buttons": len(actions(kept)),
            "note": kept[-1],
            "text_end": words(kept[1])[-70:],
        },
    )


# --- whatever a message holds


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(MESSAGES)
def test_teams_takes_any_message_and_nothing_foreign_in_it_is_live(message: Message) -> None:
    shown = activity(message)
    assert problems(shown) == []
    assert len(encoded(shown)) <= MAX_BYTES
    found = shown["attachments"][0]["content"]
    assert live(found) == []
    assert models.problems(found) == []
    assert problems(plain_activity(message)) == []
    assert words(found).strip() or actions(found)


def test_a_thousand_buttons_and_a_million_characters_are_one_message_that_teams_takes() -> None:
    text = HOSTILE * 15_000
    message = Message(
        text,
        text,
        (
            Fields(((text, (text, Mono(text), Link(text, "http://h/" + "x" * 1_900))),) * 30),
            Text(((Bold(text), Link(text, text)),) * 3),
            Buttons((Button(text, "ping " + "ü" * 1_990, confirm=text),) * 1_000),
            Table(text, (text,) * 3, (((text,),) * 3,) * 50),
            Fold(text, (Code(text), Note((text,)))),
            Note((text,)),
            Code("漢" * 100_000),
        ),
    )
    shown = activity(message)
    assert problems(shown) == []
    assert len(actions(shown["attachments"])) >= 3


# --- text


def test_a_message_without_parts_shows_its_summary() -> None:
    assert words(card(Message("Nothing to do."))) == words(card(sentence("Nothing to do."))) == "Nothing to do."


@pytest.mark.parametrize("empty", ["", " \n", "\u200b"])
def test_an_empty_message_still_shows_something(empty: str) -> None:
    shown = activity(
        Message(empty, empty, (Text(((empty,), ())), Code(empty), Note((empty,)), Fields(()), Buttons(())))
    )
    assert problems(shown) == []
    assert shown["summary"] == words(shown["attachments"]) == "–"


def test_every_character_is_shown_as_it_was_written() -> None:
    for shown in body(Text(((HOSTILE,),)), Code(HOSTILE), Note((HOSTILE,)), Fields((("", (HOSTILE,)),))):
        assert words(shown) == HOSTILE


def test_a_date_that_somebody_else_wrote_is_no_date() -> None:
    hostile = "{{DATE(2026-03-01T12:00:00Z)}} {{ hostname }} {{{{date(x)}}}}"
    (shown,) = body(Text(((hostile, Bold(hostile)),)))
    assert live(card(Message("s", parts=(Text(((hostile,),)),)))) == []
    assert words(shown).replace("\u200b", "") == hostile * 2
    assert "{{ hostname }}" in words(shown)  # templates of configs stay as they are, to be copied


def test_code_keeps_its_columns() -> None:
    (shown,) = body(Code("\ninterface Gi0/1\n  ip  address\n\tshut down\n\n"))
    assert words(shown) == "interface Gi0/1\n\u00a0\u00a0ip\u00a0\u00a0address\n\u00a0\u00a0\u00a0\u00a0shut down"


def test_marked_code_stands_out() -> None:
    (shown,) = body(Code("ip <b>\naddress", marks=((0, 2), (7, 9))))
    assert [run["text"] for run in nodes(shown) if run.get("highlight")] == ["ip", "ad"]
    assert words(shown) == "ip <b>\naddress"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://", "http://a b", "http://h/\u202e", "//h", "", "msteams://x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert not actions(body(Text(((Link("label", url),),))))


@pytest.mark.parametrize(
    ("url", "escaped"),
    [
        ("http://h/a|b?c=<d>&e=1%20%", "http://h/a%7Cb?c=%3Cd%3E&e=1%20%25"),
        ("https://[2001:db8::1]:8443/a[1]#b#c", "https://[2001:db8::1]:8443/a%5B1%5D#b%23c"),
        ("https://h/é", "https://h/%C3%A9"),
    ],
)
def test_what_may_not_stand_in_an_address_is_escaped(url: str, escaped: str) -> None:
    (run,) = (each for each in nodes(body(Text(((Link("label", url),),)))) if "selectAction" in each)
    assert run["selectAction"]["url"] == escaped


def test_a_moment_is_shown_in_the_readers_time_zone() -> None:
    (shown,) = body(Text((("At ", When(NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))), "."),)))
    assert words(shown) == f"At {DATES}."


@pytest.mark.parametrize("edge", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_the_ends_of_the_calendar_are_moments_too(edge: datetime, hours: int) -> None:
    assert words(body(Note((When(edge.replace(tzinfo=timezone(timedelta(hours=hours)))),))))


def test_lines_of_every_part_that_is_missing_are_counted() -> None:
    line = "x" * 99
    shown = body(
        Code(f"{line}\n" * 2_000), Text((("a",), ("b",))), Fields((("c", ("d",)),)), Note(("e",)), Code("f\ng")
    )
    kept = len(words(shown[0]).splitlines())
    assert 500 < kept < 800, kept
    assert words(shown[-1]) == f"… and {2_000 - kept + 6:,} more lines"
    assert not fits(Message("s", parts=(Code(f"{line}\n" * 2_000),)))
    assert fits(Message("s", parts=(Code(f"{line}\n" * 100),)))


@pytest.mark.parametrize("name", ["jobs", "changes", "approvals-waiting"])
def test_golden_of_a_table(name: str) -> None:
    golden(f"teams/{name}", activity(VIEWS[name]))


def test_a_table_is_a_list_of_which_the_first_cells_stand_out_since_a_phone_has_no_room_for_columns() -> None:
    columns = "Job", "Type", "Devices", "Outcome", "Started by", "Errors"
    rows = (
        (("✅ ", Link("#41", "http://h/41")), ("ping",), (), ("reachable",), (Bold("alice"),), 1_200),
        ((), (), (), (), ("bob",), 0),
        (("\u200b",), (), (), (), (), ()),
    )
    (shown,) = body(Table("t", columns, rows))
    assert [words(row) for row in shown["items"]] == [
        "✅ #41 · ping · reachable\nStarted by: alice · Errors: 1,200",
        "Started by: bob · Errors: 0",
        "–",
    ]
    assert [row.get("separator", False) for row in shown["items"]] == [False, True, True]
    looks = [(each["text"], each.get("weight", ""), each.get("size", "")) for each in shown["items"][0]["inlines"]]
    assert looks == [
        ("✅ ", "Bolder", ""),
        ("#41", "Bolder", ""),
        (" · ping · reachable\n", "", ""),
        ("Started by: ", "", "Small"),
        ("alice", "Bolder", "Small"),
        (" · Errors: 1,200", "", "Small"),
    ]


def test_a_table_that_is_too_large_is_lines() -> None:
    row = ((Bold("rtr-1"),), 1_200)
    (shown,) = body(Table("t", ("Device", "Errors"), (row,) * 100))
    assert len(shown["items"]) == 100
    (shown,) = body(Table("t", ("Device", "Errors"), (row,) * 101))
    assert words(shown).splitlines()[0] == "rtr-1 · Errors: 1,200"


def test_a_file_is_not_sent_and_the_message_says_what_to_do_instead() -> None:
    message = replace(sentence("Found."), file=File("a.csv", "A", "a,b", instead=("Ask in the web page of WebNet.",)))
    assert "Ask in the web page" in words(card(message))


# --- mentions


def test_who_is_mentioned_is_named_in_the_line_and_notified_below() -> None:
    line: Line = (
        "Asked by ",
        Mention(ALICE, "alice <b>*x*</at>"),
        " and ",
        Audience(BOB),
        ", not ",
        Mention("U0ALICE", "eve"),
    )
    found = card(Message("s", parts=(Text((line,)), Note((Mention(ALICE, "alice"), ChannelName("19:x", "noc"))))))
    assert words(found["body"][0]) == f"Asked by @alice <b>*x*</at> and @{BOB}, not @eve"
    assert words(found["body"][1]) == "@alice#noc"
    entities = found["msteams"]["entities"]
    assert [each["mentioned"]["id"] for each in entities] == [ALICE, BOB]
    assert found["body"][2]["text"] == " ".join(each["text"] for each in entities)
    assert live(found) == models.problems(found) == []


def test_two_of_one_name_are_two_mentions_and_whom_a_rule_mentions_has_the_name_of_the_mapping() -> None:
    found = card(Message("s", parts=(Text(((Audience(ALICE, "alice"), " ", Audience(BOB, "alice")),)),)))
    assert words(found["body"][0]) == "@alice @alice"
    assert [each["text"] for each in found["msteams"]["entities"]] == ["<at>alice</at>", "<at>alice 2</at>"]


# --- buttons


def test_six_buttons_stand_in_a_row_and_are_kept_where_text_must_go() -> None:
    shown = body(Code("x\n" * 50_000), Buttons(tuple(Button(f"{n}", f"jobs {n}") for n in range(20))), title="T")
    assert [len(each["actions"]) for each in shown if each["type"] == "ActionSet"] == [6, 6, 6, 2]


@pytest.mark.parametrize(
    "button",
    [
        Button("a", "ping #1"),
        Button("a", "jobs --page 2", replace=True, thread=True),
        Button("a", "config rtr-1", modal=True, page=3),
        Button("a", "ping", form=True),
    ],
)
def test_what_a_button_carries_comes_back(button: Button) -> None:
    (action,) = actions(body(Buttons((button,))))
    assert (action["type"] == "Action.Submit") == (button.modal or button.form)
    how = {name: getattr(button, name) for name in ("replace", "thread", "modal", "form", "page")}
    assert read_data(json.loads(json.dumps(action["data"]))) == Pressed(button.command, **how)


@pytest.mark.parametrize(
    "data", [None, [], "ping", {}, {"command": 1}, {"command": ["ping"]}, {"command": "x" * 2_001}]
)
def test_data_that_is_no_button_of_the_bots_carries_nothing(data: object) -> None:
    assert read_data(data) == Pressed("")


def test_odd_flags_are_left_out() -> None:
    assert read_data({"command": "ping", "form": 1, "page": True, "modal": "yes"}) == Pressed("ping")
    assert read_data({"command": "ping", "page": 10**9}) == Pressed("ping")


def test_a_question_stands_before_a_button_that_asks() -> None:
    (shown,) = body(Buttons((Button("Backup", "backup #1", style="danger", confirm="Back up *all*?"),)))
    (asking,) = shown["actions"]
    assert (asking["type"], asking["title"], asking["style"]) == ("Action.ShowCard", "Backup", "destructive")
    assert words(asking["card"]["body"]) == "Back up *all*?"
    assert asking["card"]["actions"][0]["data"] == {"command": "backup #1"}


def test_buttons_that_cannot_be_shown_are_counted_but_not_those_for_files() -> None:
    row = Buttons((Button("a", "x" * 2_001), Button("b", url="javascript:x"), Button("c", "search x --csv", file=True)))
    assert words(body(row)) == "2 buttons left out: too long or too many for one message"
    assert actions(body(row)) == []


def test_every_view_and_every_notice_is_one_that_teams_takes() -> None:
    messages = {**VIEWS, **{name: notice(event) for name, event in EVENTS.items()}}
    shown = {name: activity(message) for name, message in messages.items()}
    assert [name for name, made in shown.items() if problems(made)] == []
    cards = {name: made["attachments"][0]["content"] for name, made in shown.items()}
    assert [name for name, found in cards.items() if live(found) or models.problems(found)] == []
