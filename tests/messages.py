"""Messages that renderers are tried with: the goldens of every chat are made from the same ones, and generated ones hold whatever there may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from hypothesis import strategies as st

from bot.core.message import (
    Alert,
    Bold,
    Button,
    Buttons,
    Code,
    Fields,
    Fold,
    Line,
    Link,
    Message,
    Mono,
    Note,
    Part,
    Span,
    Step,
    Steps,
    Table,
    Text,
    When,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "<!channel> <@U0ALICE> & <http://evil|here> *b* _i_ `c` ~s~ :tada:\n> quote"

FULL = Message(
    "core-rtr-01 is reachable.",
    "core-rtr-01",
    (
        Text((("Reachable, checked ", When(NOON), "."), (Bold("Last job"), " ", Link("#41", "http://webnet/41")))),
        Fields(
            (
                ("Address", (Mono("10.1.0.1"),)),
                ("Site", ("Zürich & <Basel>",)),
                ("Last backup", (When(NOON), " by ", Link("alice|x", "http://webnet/users?a=1&b=2|3"))),
                ("Role", ("",)),
                ("Comment", ("*not* bold", Link("page", "http://webnet/"))),
            )
        ),
        Code("hostname core-rtr-01\n<!channel>\n"),
        Buttons(
            (
                Button("Ping", "ping #41", style="primary"),
                Button("Backup", "backup #41", style="danger", confirm="Back up core-rtr-01 now?"),
                Button("Older", "jobs --page 2", replace=True),
                Button("Open", url="http://webnet/devices/41/"),
            )
        ),
        Note(("From WebNet, ", When(NOON))),
    ),
)

EVERYTHING_HOSTILE = Message(
    HOSTILE,
    HOSTILE,
    (
        Text(((HOSTILE, Bold(HOSTILE), Mono(HOSTILE), Link(HOSTILE, "javascript:alert(1)")),)),
        Fields(((HOSTILE, (HOSTILE,)), ("plain", ("<!here>", Mono("<@U1>"), Link("<x>", "http://h|<>"))))),
        Code(HOSTILE),
        Note((HOSTILE,)),
        Buttons((Button(HOSTILE, HOSTILE, confirm=HOSTILE),)),
    ),
)

TOO_MUCH = Message(
    "long " * 2_000,
    "title " * 100,
    (
        Text(tuple((f"line {n} of a listing that is far too long for one message",) for n in range(10_000))),
        Buttons(tuple(Button(f"Page {n}", f"jobs --page {n}") for n in range(1_000))),
        Code("one line\n" * 100),
    ),
)

_LINE: Line = ("Backup of ", Bold(HOSTILE), ": success.")
EVERY_PART = Message(
    "Everything.",
    parts=(
        Table("Jobs", ("Job", "Devices", "Errors"), (((Link("#41", "http://h/41"),), (HOSTILE,), 3), ((), (When(NOON),), 4.5))),
        Fold("What changed", (Text((("From line 1, in ", Mono("router bgp")),)), Code("- a <b>\n+ `c`"), Note((HOSTILE,)))),
        Steps((Step("complete", ("Backup of rtr-1: success.",), "✅"),)),
        Steps(
            (Step("error", ("rtr-1: timed out",)), Step("in_progress", ("rtr-2",), details=(_LINE, ("Since ", When(NOON))))),
            title=("⚠️ 1 of 2 devices failed",),
        ),
        Steps((Step("pending", _LINE, "🕓"),)),
        Alert("warning", ("It is the third today.",)),
    ),
)  # fmt: skip


# --- whatever a message holds

TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "\n", HOSTILE, "&" * 3_000, "<" * 1_000, "x" * 20_000, "\u200b", "\x00", "`", "a\nb", "漢" * 300]
    ),
    st.text(st.characters(codec=None), max_size=40),
    st.text(alphabet="&<>|*_~`:!@#^ \n\ud83d\u202eaz0/", max_size=40),
)


def batched(edges: list[int]) -> Iterator[tuple[int, int]]:
    return zip(edges[::2], edges[1::2], strict=False)


URLS = st.one_of(TEXTS, TEXTS.map("https://h/".__add__))
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]))
SPANS: st.SearchStrategy[Span] = st.one_of(
    TEXTS, TEXTS.map(Bold), TEXTS.map(Mono), st.builds(Link, TEXTS, URLS), MOMENTS.map(When)
)
LINES: st.SearchStrategy[Line] = st.lists(SPANS, max_size=5).map(tuple)
BUTTON = st.builds(
    Button,
    label=TEXTS,
    command=st.one_of(st.just(""), TEXTS),
    url=st.one_of(st.just(""), URLS),
    style=st.sampled_from(("", "primary", "danger")),
    confirm=TEXTS,
    replace=st.booleans(),
    modal=st.booleans(),
    page=st.integers(0, 3),
)
CODE = st.builds(
    lambda words, edges: Code(words, tuple(batched(edges))), TEXTS, st.lists(st.integers(0, 60)).map(sorted)
)
REPEATS = st.sampled_from([1, 1, 1, 12, 60, 1_200])
COLUMNS = st.integers(1, 22)
CELLS = st.one_of(LINES, st.integers(-(10**9), 10**9), st.floats())
STEPS = st.builds(
    Step,
    st.sampled_from(("pending", "in_progress", "complete", "error")),
    LINES,
    TEXTS,
    st.lists(LINES, max_size=3).map(tuple),
)


T = TypeVar("T")


def times(what: Sequence[T], n: int) -> tuple[T, ...]:
    """Repeats it up to `n` times, but to no more than two million characters: a message shows far less, and a failure is printed."""
    return tuple(what) * max(1, min(n, 2_000_000 // max(1, len(repr(what)))))


NEW_PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(
        lambda caption, columns, row, n: Table(caption, (caption or "Name",) * columns, times([(row,) * columns], n) if n else ()),
        TEXTS, COLUMNS, CELLS, st.sampled_from([0, 1, 2, 99, 100, 101, 300]),
    ),
    st.builds(
        lambda title, parts, n: Fold(title, times(parts, n)),
        TEXTS, st.lists(st.one_of(CODE, st.lists(LINES, max_size=3).map(tuple).map(Text), LINES.map(Note)), max_size=3), st.sampled_from([1, 1, 4]),
    ),
    st.builds(Alert, st.sampled_from(("info", "success", "warning", "error")), LINES),
    st.builds(lambda steps, title, n: Steps(times(steps, n), title), st.lists(STEPS, max_size=3), st.one_of(st.just(()), LINES), st.sampled_from([1, 1, 30])),
)  # fmt: skip
PARTS: st.SearchStrategy[Part] = st.one_of(
    NEW_PARTS,
    st.builds(lambda lines, n: Text(times(lines, n)), st.lists(LINES, max_size=3), REPEATS),
    st.builds(lambda pairs, n: Fields(times(pairs, n)), st.lists(st.tuples(TEXTS, LINES), max_size=3), REPEATS),
    st.builds(lambda words, n: Code("".join(times([words], min(n, 60)))), TEXTS, REPEATS),
    CODE,
    LINES.map(Note),
    st.builds(lambda buttons, n: Buttons(times(buttons, n)), st.lists(BUTTON, max_size=3), REPEATS),
)
MESSAGES = st.builds(
    lambda summary, title, parts, n: Message(summary, title, times(parts, n)),
    TEXTS,
    TEXTS,
    st.lists(PARTS, max_size=4),
    st.sampled_from([1, 1, 1, 1, 60]),
)
