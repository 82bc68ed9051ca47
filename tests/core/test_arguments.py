"""A line becomes values by its command's table, and values a line that means them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import handlers
from bot.core.arguments import ALERT, DEVICE, JOB, Argument, Kind, Sealed, usage, write
from bot.core.errors import UsageError
from bot.core.parsing import parse

COMMANDS = tuple(handlers.discover().values())
# The first text builds tables of Unicode, which takes seconds on a busy machine; no test here is about time.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NASTY = st.text(st.sampled_from("\"'“’«\\ \n\t\u00a0ab:#1"), max_size=12)
FILTERS = ["site:fra1", "job:7", "page:3", "how:dry", "after:1d", "last:x", "user:"]  # what looks like one of TABLE
WORDS = st.sampled_from(
    [*FILTERS, "'", '"', '""', "a:b", "note:x", "<redacted>", "site: b", "a\nb", "ago", "8:00", "2h", " 'a\\\" ", "\\"]
)
TEXT = (NASTY | WORDS | st.text(max_size=20)).filter(lambda text: bool(text.strip()))
STRAIGHT = st.sampled_from(FILTERS) | st.text(st.sampled_from("\"'\\ ab:#1"), max_size=12).map(
    lambda text: " ".join(text.split())
).filter(bool)
TABLE = (
    Argument("where", Kind.device, required=True),
    Argument("site", Kind.text, named=True),
    Argument("note", Kind.text),
    Argument("job", Kind.job, named=True),
    Argument("user", Kind.user, named=True),
    Argument("how", Kind.choice, named=True, choices=("dry", "Wet")),
    Argument("page", Kind.number, named=True, hidden=True, most=99),
    Argument("after", Kind.duration, named=True),
    Argument("at", Kind.moment, named=True),
    Argument("for", Kind.span, named=True),
    Argument("since", Kind.point, named=True),
    Argument("back", Kind.window, named=True),
    Argument("snippet", Kind.sealed, named=True),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "site": TEXT,
    "job": st.integers(1, 10**18 - 1),
    "user": STRAIGHT,
    "how": st.sampled_from(["dry", "Wet"]),
    "page": st.integers(1, 99),
    "after": st.integers(0, 10**9).map(lambda seconds: timedelta(seconds=seconds)),
    "at": st.datetimes(timezones=st.just(UTC)),
    "for": st.sampled_from(["1h30m", "until 08:00", "until resolved", "until 2026-12-01T08:00"]),
    "since": st.sampled_from(["3d", "8:00", "Yesterday", "2026-12-01", "2026-12-01 08:00", "today 08:00"]),
    "back": st.sampled_from(["3d", "today", "since 08:00", "since 2026-12-01 08:00", "since yesterday 08:00"]),
    "snippet": st.uuids().map(lambda found: Sealed(found.hex)),
}
LAST = {
    "targets": (Argument("last", Kind.targets), st.lists(STRAIGHT, min_size=1, max_size=4).map(tuple)),
    "words": (Argument("last", Kind.words), st.lists(TEXT, min_size=1, max_size=4).map(tuple)),
    "rest": (Argument("last", Kind.rest), TEXT),
    "named rest": (Argument("last", Kind.rest, named=True), TEXT),
}


@pytest.mark.parametrize("last", LAST)
@UNHURRIED
@given(st.data())
def test_what_is_written_is_read_back(last: str, data: st.DataObject) -> None:
    argument, strategy = LAST[last]
    table = (*TABLE, argument)
    given_values = st.fixed_dictionaries({"where": STRAIGHT, "note": TEXT, "last": strategy}, optional=VALUES)
    values = data.draw(given_values)
    line = write("do", table, values)
    assert parse(table, line.removeprefix("do ")) == values


TARGETS = (
    Argument("page", Kind.number, named=True, hidden=True),
    Argument("targets", Kind.targets),
    Argument("command", Kind.rest, begins="show|get|/.*"),
)
COMMAND = TEXT | st.sampled_from(
    ["bgp", "show", "/ip route print", 'show a | match "b c"', 'get "a"', "ping 10.0.0.1", "page:3"]
)


@UNHURRIED
@given(
    st.lists(STRAIGHT | st.sampled_from(["show", "GET", "/a", "@core"]), min_size=1, max_size=4), COMMAND, st.booleans()
)
def test_targets_end_where_a_command_begins(targets: list[str], command: str, page: bool) -> None:
    values = {"targets": tuple(targets), "command": command} | ({"page": 3} if page else {})
    assert parse(TARGETS, write("do", TARGETS, values).removeprefix("do ")) == values


@pytest.mark.parametrize(
    ("line", "targets", "command"),
    [
        ("rtr1 show ip bgp summary", ["rtr1"], "show ip bgp summary"),
        ("rtr1 @core site:fra1 bgp", ["rtr1", "@core", "site:fra1"], "bgp"),
        ("rtr1 /ip route print", ["rtr1"], "/ip route print"),
        ('rtr1 Show run | match "to core"', ["rtr1"], 'Show run | match "to core"'),
        ("rtr1 'ping 10.0.0.1'", ["rtr1"], "ping 10.0.0.1"),
        ("rtr1 “show version”", ["rtr1"], "show version"),
        ('"show" "core group" bgp', ["show", "core group"], "bgp"),
    ],
)
def test_a_command_is_what_begins_with_its_words_or_ends_the_line(line: str, targets: list[str], command: str) -> None:
    assert parse(TARGETS, line) == {"targets": tuple(targets), "command": command}


CHOICE = (
    Argument("what", Kind.text),
    Argument("span", Kind.span),
    Argument("where", Kind.choice, choices=("everywhere",)),
    Argument("reason", Kind.rest),
)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("rtr1 1h", {"span": "1h"}),
        ("rtr1 until 08:00 a new card", {"span": "until 08:00", "reason": "a new card"}),
        ("rtr1 until 2026-12-01 08:00 a card", {"span": "until 2026-12-01 08:00", "reason": "a card"}),
        ("rtr1 Until resolved", {"span": "Until resolved"}),
        ("rtr1 'until  resolved' x", {"span": "until resolved", "reason": "x"}),
        ("rtr1 1h everywhere a card", {"span": "1h", "where": "everywhere", "reason": "a card"}),
        ("rtr1 1h Everywhere", {"span": "1h", "where": "everywhere"}),
        ("rtr1 1h everywhere everywhere", {"span": "1h", "where": "everywhere", "reason": "everywhere"}),
        ("rtr1 1h 'everywhere it rains'", {"span": "1h", "reason": "everywhere it rains"}),
        ("rtr1 1h everybody", {"span": "1h", "reason": "everybody"}),
    ],
)
def test_a_span_may_have_two_words_and_a_choice_may_be_missing_before_the_rest(
    line: str, values: dict[str, str]
) -> None:
    read = parse(CHOICE, line)
    assert read == {"what": "rtr1", **values}
    assert parse(CHOICE, write("do", CHOICE, read).removeprefix("do ")) == read


@UNHURRIED
@given(
    st.sampled_from([None, "everywhere"]), TEXT | st.sampled_from(["everywhere", "EVERYWHERE we are", " everywhere"])
)
def test_a_rest_behind_a_choice_is_read_back(where: str | None, reason: str) -> None:
    values = {"what": "a", "span": "1h", "reason": reason} | ({"where": where} if where else {})
    assert parse(CHOICE, write("do", CHOICE, values).removeprefix("do ")) == values


@pytest.mark.parametrize("line", ["rtr1 until", "rtr1 until later", "rtr1 until 25:00", "rtr1 soon", "rtr1 until 1h"])
def test_a_span_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="is not understood"):
        parse(CHOICE, line)


def test_targets_without_a_command_are_refused() -> None:
    with pytest.raises(UsageError, match="`command` is missing"):
        parse(TARGETS, "rtr1 ''")
    assert parse(TARGETS, "rtr1") == {"command": "rtr1"}
    assert parse(TARGETS, "page:3") == {"page": 3}


@pytest.mark.parametrize(
    "text",
    [
        "'one' and \"two\"",
        "it's 5\" wide",
        "back\\slash\\",
        "two\nlines\r\n",
        "  blanks \t\u00a0around  ",
        "site:fra1",
        "page:3",
        "'",
        '"',
        '""',
    ],
)
@pytest.mark.parametrize("name", ["site", "note", "last"])
def test_any_text_has_a_spelling(name: str, text: str) -> None:
    table = (*TABLE[1:3], *TABLE[6:7], LAST["named rest"][0])
    assert parse(table, write("do", table, {name: text}).removeprefix("do ")) == {name: text}


@UNHURRIED
@given(st.text())
def test_any_line_is_read_or_refused_in_words(line: str) -> None:
    for command in COMMANDS:
        try:
            values = command.parse(line)
        except UsageError:
            continue
        assert command.parse(command.write(values).removeprefix(command.name).strip()) == values


@pytest.mark.parametrize(
    ("table", "line", "number"),
    [
        (JOB, "#163", 163),
        (JOB, "job #163", 163),
        (JOB, "Job 163.", 163),
        (ALERT, "drift alert #163:", 163),
        (Argument("request", Kind.request), "request 163,", 163),
        (Argument("deploy", Kind.number), "#163", 163),
    ],
)
def test_a_number_is_read_as_messages_name_it(table: Argument, line: str, number: int) -> None:
    assert parse((table,), line) == {table.name: number}


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ((JOB,), "job", "Name one job by its number"),
        ((JOB,), "alert 3", "Name one job by its number"),
        ((DEVICE,), "", "Name one device: `/webnet do <device>`, by host name or address."),
        ((DEVICE,), "a b", "Name one device: `/webnet do <device>`, by host name or address."),
        ((JOB,), "all", "Name one job by its number, such as `/webnet do 163`."),
        ((ALERT,), "all", "Name one drift alert by its number, such as `/webnet do 3`."),
        ((JOB,), "9" * 19, "Name one job by its number, such as `/webnet do 163`."),
        ((Argument("alert", Kind.alert, required=True),), "0", "Name one drift alert by its number"),
        ((Argument("n", Kind.number, "A hint", most=9),), "10", "`10` is not understood: A hint."),
        ((Argument("n", Kind.choice, choices=("a", "b")),), "c", "`c` is not understood: choose one of a, b."),
        ((Argument("n", Kind.duration, named=True),), "n:soon", "`soon` is not understood: `/webnet do`."),
        ((Argument("n", Kind.moment),), "2026-13-01", "`2026-13-01` is not understood: `/webnet do [n]`."),
        ((Argument("n", Kind.group, required=True),), "", "`n` is missing: `/webnet do <n>`."),
        ((Argument("n", Kind.text, named=True),), "n:a n:b", "There are two of `n:`, where one is allowed."),
        ((), "x", "`x` is not understood: `/webnet do`."),
    ],
)
def test_what_is_not_understood_is_said(table: tuple[Argument, ...], line: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(table, line, "/webnet do")
    assert raised.value.message.summary.startswith(words)


def test_a_hidden_argument_that_cannot_be_read_is_a_word() -> None:
    table = (Argument("words", Kind.words), Argument("page", Kind.number, named=True, hidden=True))
    assert parse(table, "page:x 'page:2' page:3") == {"words": ("page:x", "page:2"), "page": 3}


def test_a_sealed_text_stands_in_no_line() -> None:
    table = (Argument("snippet", Kind.sealed, named=True),)
    with pytest.raises(TypeError):
        write("do", table, {"snippet": "enable secret hunter2secret"})
    with pytest.raises(UsageError) as raised:
        parse(table, "snippet:hunter2secret")
    assert "hunter2secret" not in str(raised.value.message)
    assert write("do", table, {"snippet": Sealed("ab" * 16)}) == f"do snippet:{'ab' * 16}"


def test_a_moment_without_a_zone_is_utc() -> None:
    assert parse((Argument("at", Kind.moment),), "2026-11-29T02:00") == {"at": datetime(2026, 11, 29, 2, tzinfo=UTC)}


def test_the_usage_shows_what_people_type() -> None:
    table = (DEVICE, Argument("section", Kind.words), Argument("line", Kind.number, named=True, hidden=True))
    assert usage("config", table) == "config <device> [section]"
