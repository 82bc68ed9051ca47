from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.detail_pages import page_of
from bot.core.message import (
    Alert,
    Audience,
    Bold,
    Button,
    Buttons,
    Code,
    Detail,
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
    Step,
    Steps,
    Table,
    Text,
    When,
    sentence,
)
from bot.core.plain_text import plain
from bot.core.pressed import Pressed
from bot.slack.buttons import read_action
from bot.slack.modal import Origin, view_of
from bot.slack.newest_blocks import IN_MESSAGES, IN_MODALS
from bot.slack.render import payload
from lab.slack import limits, live_markup
from tests.golden import golden
from tests.messages import EVERY_PART, EVERYTHING_HOSTILE, FULL, HOSTILE, MESSAGES, NOON, TOO_MUCH


def blocks(*parts: Part, title: str = "", allowed: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = payload(Message("A summary.", title, parts), allowed)["blocks"]
    return shown


def buttons_of(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [button for block in shown if block["type"] == "actions" for button in block["elements"]]


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


# --- what it looks like


def test_golden_a_full_answer() -> None:
    golden("render/full", payload(FULL))


def test_golden_hostile_text() -> None:
    golden("render/hostile", payload(EVERYTHING_HOSTILE))


def test_golden_too_much_of_everything() -> None:
    shown = payload(TOO_MUCH)
    kept = shown["blocks"]
    golden(
        "render/too_much",
        {
            "blocks": [block["type"] for block in kept],
            "buttons": len(buttons_of(kept)),
            "fallback": [shown["text"][:20], shown["text"][-5:], len(shown["text"])],
            "header": kept[0]["text"],
            "note": kept[-1],
            "text_end": kept[1]["elements"][0]["elements"][-1]["text"][-70:],
        },
    )


# --- whatever a message holds

OUR_MARKUP = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>|<https?://[^<>|\s]+\|[^<>]*>")


def marked(node: Any) -> Iterator[str]:
    """Every text that Slack reads as mrkdwn."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from marked(value)
    elif isinstance(node, list):
        for value in node:
            yield from marked(value)


def tasks(shown: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Everything whose title is no text object."""
    for block in shown:
        yield from (
            (block, *block["tasks"]) if block["type"] == "plan" else [block] if block["type"] == "task_card" else []
        )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(MESSAGES)
def test_slack_accepts_any_message_and_nothing_foreign_in_it_is_live(message: Message) -> None:
    for allowed in (frozenset[str](), IN_MESSAGES):
        shown = payload(message, allowed)
        assert limits.problems(shown) == []
        assert 0 < len(shown["text"]) <= 3_000
        assert not set("<>") & set(shown["text"])
        for text in marked(shown["blocks"]):
            assert not set("<>") & set(OUR_MARKUP.sub("", text))
        assert not any(set("<>") & set(task["title"]) for task in tasks(shown["blocks"]))
        json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()
    assert limits.view_problems(view_of(message, Origin(), payload(message, IN_MODALS)["blocks"])) == []
    assert len(plain(message)) <= 4_000


def test_a_thousand_buttons_and_a_million_characters_are_one_message_that_slack_accepts() -> None:
    text = HOSTILE * 15_000
    message = Message(
        text,
        text,
        (
            Fields(((text, (text, Mono(text), Link(text, "http://h/" + "x" * 2_900))),) * 30),
            Text(((Bold(text), Link(text, text)),) * 3),
            Buttons((Button(text, "ping " + "x" * 1_990, confirm=text),) * 1_000),
            Note((text,)),
            Code(text),
        ),
    )
    shown = payload(message)
    assert limits.problems(shown) == []
    assert len(buttons_of(shown["blocks"])) >= 3


# --- text


def test_a_message_without_parts_shows_its_summary() -> None:
    shown = payload(Message("Nothing to do."))
    assert shown == payload(sentence("Nothing to do."))
    assert "Nothing to do." in strings(shown["blocks"])


@pytest.mark.parametrize("empty", ["", " \n", "\u200b"])
def test_an_empty_message_is_still_one_that_slack_accepts(empty: str) -> None:
    shown = payload(Message(empty, empty, (Text(((empty,), ())), Code(empty), Note((empty,)), Fields(()), Buttons(()))))
    assert shown["text"].strip()
    assert [block["type"] for block in shown["blocks"]] == ["context"]


def test_lines_and_code_show_every_character() -> None:
    section, code = blocks(Text(((HOSTILE,),)), Code(HOSTILE))
    for block in (section, code):
        assert block["elements"][0]["elements"] == [{"type": "text", "text": HOSTILE}]


def test_marked_code_is_bold_and_every_character_stays() -> None:
    (block,) = blocks(Code("\n\nip <b>\r\n\naddress\n", marks=((2, 4), (11, 13))))
    bold = {"style": {"bold": True}}
    assert block["elements"][0]["elements"] == [
        {"type": "text", "text": "ip"} | bold,
        {"type": "text", "text": " <b>\n\n"},
        {"type": "text", "text": "ad"} | bold,
        {"type": "text", "text": "dress"},
    ]


def test_fields_that_slack_would_format_are_plain_text() -> None:
    values = ["*b*", "~s~", "`c`", "_i_", "2001:db8:100:1", "> q", "core_sw_1", "a-b", "10.0.0.1", "12:30"]
    (block,) = blocks(Fields(tuple(("L", (value,)) for value in values)))
    assert [field["type"] for field in block["fields"]] == ["plain_text"] * 6 + ["mrkdwn"] * 4
    assert [field["text"].split("\n")[1] for field in block["fields"]] == values


def test_code_in_a_field_is_plain_text_only_where_it_could_not_be_shown() -> None:
    (block,) = blocks(Fields((("L", (Mono("show :ip: *_*"),)), ("L", (Mono("a`b"),)), ("L", (Mono("a\nb"),)))))
    assert [field["text"] for field in block["fields"]] == ["*L*\n`show :ip: *_*`", "L\na`b", "L\na\nb"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://", "http://a b", "http://h/\u202e", "//h", "", "slack://x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    line: Line = (Link("label", url),)
    assert "link" not in set(strings(blocks(Text((line,)))))
    assert "<" not in "".join(strings(blocks(Fields((("L", line),)))))


def test_a_moment_has_a_fallback_in_utc() -> None:
    moment = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    (block,) = blocks(Text(((When(moment),),)))
    (date,) = block["elements"][0]["elements"]
    assert (date["timestamp"], date["fallback"]) == (int(NOON.timestamp()), "2026-03-01 12:00 UTC")


@pytest.mark.parametrize("edge", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_the_ends_of_the_calendar_are_moments_too(edge: datetime, hours: int) -> None:
    moment = When(edge.replace(tzinfo=timezone(timedelta(hours=hours))))
    assert blocks(Text(((moment,),)), Note((moment,)))


def test_a_line_that_fits_nowhere_is_cut_and_a_line_that_does_not_fit_any_more_is_counted() -> None:
    cut, note = blocks(Text((("x" * 1_000_000,), ("second",), ("third",))))
    assert cut["elements"][0]["elements"][0]["text"].endswith("x…")
    assert list(strings(note))[-1] == "… and 2 more lines"

    whole, note = blocks(Text((("first",), ("x" * 1_000_000,))))
    assert list(strings(whole))[-1] == "first"
    assert list(strings(note))[-1] == "… and 1 more line"


def test_lines_of_every_part_that_is_missing_are_counted() -> None:
    shown = blocks(Code("line\n" * 4_000), Text((("a",), ("b",))), Fields((("c", ("d",)),)), Note(("e",)), Code("f\ng"))
    kept = len(shown[0]["elements"][0]["elements"][0]["text"].splitlines())
    assert list(strings(shown[-1]))[-1] == f"… and {4_000 - kept + 6:,} more lines"


def test_more_than_ten_fields_go_into_more_sections() -> None:
    shown = blocks(Fields(tuple((f"L{n}", ("v",)) for n in range(23))))
    assert [len(block["fields"]) for block in shown] == [10, 10, 3]


def test_sixty_parts_fit_into_fifty_blocks() -> None:
    shown = blocks(*(Text(((f"{n}",),)) for n in range(60)))
    assert len(shown) == 50
    assert list(strings(shown[-1]))[-1] == "… and 11 more lines"


# --- the newest blocks


def test_golden_the_newest_blocks() -> None:
    for name, allowed in (("newest", IN_MESSAGES), ("newest_in_modal", IN_MODALS), ("newest_simple", frozenset())):
        golden(f"render/{name}", payload(EVERY_PART, allowed))


SHORT: Line = ("x",)
LONG: Line = ("x" * 257,)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (Table("t", ("A",), ((SHORT,),) * 100), "data_table"),
        (Table("t", ("A",), ((SHORT,),) * 101), "rich_text"),
        (Table("t", ("A",) * 20, ((SHORT,) * 20,)), "data_table"),
        (Table("t", ("A",) * 21, ((SHORT,) * 21,)), "rich_text"),
        (Table("t", ("A",), ((("x" * 9_999,),),)), "data_table"),
        (Table("t", ("A",), ((("x" * 10_000,),),)), "rich_text"),
        (Fold("t", (Code("x"),)), "container"),
        (Fold("t" * 151, (Code("x"),)), "rich_text"),
        (Fold("t", (Note(SHORT),) * 10), "container"),
        (Fold("t", (Note(SHORT),) * 11), "rich_text"),
        (Fold("t", (Code("x" * 2_900),)), "container"),
        (Fold("t", (Code("x" * 2_901),)), "rich_text"),
        (Fold("t", (Code("a```b"),)), "rich_text"),
        (Steps((Step("error", LONG[:1]),)), "rich_text"),
        (Steps((Step("error", ("x" * 256,)),)), "task_card"),
        (Steps((Step("error", ("<!here>",)),)), "rich_text"),
        (Steps((Step("error", SHORT),) * 50, title=SHORT), "plan"),
        (Steps((Step("error", SHORT),) * 51, title=SHORT), "rich_text"),
        (Alert("error", ("x" * 200,)), "alert"),
        (Alert("error", ("x" * 201,)), "rich_text"),
    ],
)
def test_what_does_not_fit_one_of_the_newest_blocks_is_shown_in_simple_ones(part: Part, kind: str) -> None:
    assert blocks(part, allowed=IN_MESSAGES | IN_MODALS)[0]["type"] == kind
    assert "rich_text" in {block["type"] for block in blocks(part)}


def test_a_message_has_one_table_and_one_plan() -> None:
    parts = (Table("t", ("A",), ((SHORT,),)), Steps((Step("error", SHORT),), title=SHORT))
    shown = [block["type"] for block in blocks(*parts, *parts, allowed=IN_MESSAGES)]
    assert shown == ["data_table", "plan", "rich_text", "rich_text"]


def test_the_cells_of_a_row_are_one_line_and_a_number_has_the_name_of_its_column() -> None:
    table = Table("t", ("Device", "Site", "Errors"), (((Bold("rtr-1"),), (), 1_200), ((), ("fra1",), 0)))
    assert plain(Message("s", parts=(table,))) == "rtr-1 · Errors: 1,200\nfra1 · Errors: 0"


# --- buttons


def test_buttons_are_kept_where_text_must_go() -> None:
    shown = blocks(Code("x\n" * 50_000), Buttons(tuple(Button(f"{n}", f"jobs {n}") for n in range(60))), title="T")
    assert [len(block["elements"]) for block in shown if block["type"] == "actions"] == [25, 25, 10]


def test_action_ids_name_the_subcommand_and_are_unique() -> None:
    row = Buttons((Button("a", "ping #1"), Button("b", "PING #1"), Button("c", "<x> y"), Button("d", url="http://h/")))
    assert [button["action_id"] for button in buttons_of(blocks(row, row))] == [
        "webnet:ping:1",
        "webnet:ping:2",
        "webnet:unknown:3",
        "webnet:open:4",
        "webnet:ping:5",
        "webnet:ping:6",
        "webnet:unknown:7",
        "webnet:open:8",
    ]


def test_a_button_slack_would_refuse_is_left_out_and_said_so() -> None:
    shown = blocks(
        Buttons(
            (
                Button("fits", "x" * 2_000),
                Button("too long", "x" * 2_001),
                Button("not an address", url="ftp://h/"),
                Button("address too long", url="http://h/" + "x" * 3_000),
                Button("nothing"),
            )
        )
    )
    assert [button["text"]["text"] for button in buttons_of(shown)] == ["fits"]
    assert list(strings(shown[-1]))[-1].startswith("4 buttons left out")


def test_a_confirmation_keeps_its_limits() -> None:
    (button,) = buttons_of(blocks(Buttons((Button("l" * 100, "backup", style="danger", confirm="c" * 1_000),))))
    confirm = button["confirm"]
    lengths = {name: len(confirm[name]["text"]) for name in ("title", "text", "confirm", "deny")}
    assert lengths == {"title": 13, "text": 300, "confirm": 30, "deny": 2}
    assert confirm["style"] == "danger"


@given(
    st.text(min_size=1, max_size=50).filter(lambda text: text.strip() == text and text.isprintable()),
    st.fixed_dictionaries({"replace": st.booleans(), "thread": st.booleans(), "modal": st.booleans()}),
    st.integers(0, 9_999),
)
def test_what_a_click_carries_is_read_back(command: str, how: dict[str, bool], page: int) -> None:
    button = Button("Go", command, **how, page=page if how["modal"] else 0)
    (element,) = buttons_of(blocks(Buttons((button,))))
    assert read_action(element) == Pressed(command, **how, page=button.page)


def test_a_click_on_anything_else_carries_no_command() -> None:
    assert read_action({"action_id": "webnet:open:1"}) == Pressed("")
    assert read_action({"action_id": 7, "value": None}) == Pressed("")


# --- plain


def test_plain_text_holds_the_whole_answer() -> None:
    message = Message(
        "Summary.",
        "Title",
        (
            Text((("Checked ", When(NOON)), (Link("#41", "http://h/41"),))),
            Fields((("Site", (Mono("ZRH"),)),)),
            Code("a\nb"),
            Buttons((Button("Ping", "ping 1"), Button("Backup", "backup 1"))),
            Note(("note",)),
        ),
    )
    assert plain(message) == ("Title\nChecked 2026-03-01 12:00 UTC\n#41\nSite: `ZRH`\na\nb\n[Ping] [Backup]\nnote")
    assert plain(Message("Summary.")) == "Summary."


def test_plain_text_names_what_stands_elsewhere() -> None:
    message = Message("Summary.", detail=Detail("The config", ((), ())), file=File("hits.csv", "Hits", "a,b\n"))
    assert plain(message) == "Summary.\n(The config: 2 pages)\n(hits.csv)"


# --- pages


def shown_page(pages: int, number: int, first: int = 1) -> tuple[str, dict[str, int]]:
    """The text of the page that is shown, and its buttons with where they lead."""
    detail = Detail("All", tuple((Text(((f"page {n + 1}",),)),) for n in range(pages)), first)
    page = page_of(Message("Summary.", "Title", (Text((("short",),)),), detail), number, "config #41")
    found = buttons_of(blocks(*page.parts))
    assert all(
        read_action(button) == Pressed("config #41", modal=True, page=read_action(button).page) for button in found
    )
    turns = {button["text"]["text"]: read_action(button).page for button in found}
    return plain(page).split("\n")[1], turns


def test_a_page_has_buttons_for_those_beside_it() -> None:
    assert shown_page(1, 0) == ("page 1", {})
    assert shown_page(9, 0) == ("page 1", {"Next": 2, "Last": 9})
    assert shown_page(9, 0, first=5) == ("page 5", {"First": 1, "Back": 4, "Next": 6, "Last": 9})
    assert shown_page(9, 8, first=5) == ("page 8", {"First": 1, "Back": 7, "Next": 9})
    assert shown_page(9, 10) == ("page 9", {"First": 1, "Back": 8})
    assert shown_page(2, 2) == ("page 2", {"Back": 1})


def test_a_message_without_detail_is_its_own_page() -> None:
    assert page_of(Message("Summary."), 3, "help") == Message("Summary.")


def test_plain_text_is_bounded() -> None:
    assert len(plain(Message("s", parts=(Code("x" * 1_000_000),)), limit=100)) == 100
    assert len(plain(Message("s", parts=(Text((("x",),) * 100_000),)))) == 4_000


# --- people


def test_a_mapped_user_is_mentioned_and_stands_as_a_name_in_plain_text() -> None:
    line = ("By ", Mention("U0ALICE", "al_ice"), ".")
    blocks = payload(Message("s", parts=(Text((line,)), Note(line), Fields((("Who", line),)))))["blocks"]
    assert blocks[0]["elements"][0]["elements"][1] == {"type": "user", "user_id": "U0ALICE"}
    assert blocks[1]["elements"][0]["text"] == "By <@U0ALICE>."
    assert blocks[2]["fields"][0]["text"] == "*Who*\nBy <@U0ALICE>."
    assert plain(Message("s", parts=(Text((line,)),))) == "By @al_ice."


def test_whom_a_rule_mentions_is_notified_and_nobody_else() -> None:
    line = tuple(Audience(to) for to in ("here", "U0ALICE", "S0NOC", "channel", "C0NOC"))
    rich, note = payload(Message("s", parts=(Text((line,)), Note(line))))["blocks"]
    assert rich["elements"][0]["elements"] == [
        {"type": "broadcast", "range": "here"}, {"type": "user", "user_id": "U0ALICE"},
        {"type": "usergroup", "usergroup_id": "S0NOC"}, {"type": "text", "text": "@channel@C0NOC"},
    ]  # fmt: skip
    assert note["elements"][0]["text"] == "<!here><@U0ALICE><!subteam^S0NOC>@channel@C0NOC"
    assert plain(Message("s", parts=(Text((line,)),))) == "@here@U0ALICE@S0NOC@channel@C0NOC"


@pytest.mark.parametrize("chat_user", ["", "!channel", "U1|x", "U1>", "C0NOC", "u0alice"])
def test_what_is_no_user_of_slack_is_not_mentioned(chat_user: str) -> None:
    line = ("By ", Mention(chat_user, "<!here> *al*"), ".")
    message = payload(Message("s", parts=(Text((line,)), Note(line))))
    assert live_markup(message) == []
    assert message["blocks"][1]["elements"][0] == {"type": "plain_text", "text": "By @<!here> *al*.", "emoji": False}
