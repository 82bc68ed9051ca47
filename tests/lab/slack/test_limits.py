"""Every limit accepts a message at it and refuses one beyond it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.slack.limits import option_problems, problems, refusal, view_problems

Json = dict[str, Any]


def words(n: int) -> str:
    return "x" * n


def pt(n: int | str = "ok", **more: Any) -> Json:
    return {"type": "plain_text", "text": words(n) if isinstance(n, int) else n, **more}


def md(n: int | str = "ok", **more: Any) -> Json:
    return {"type": "mrkdwn", "text": words(n) if isinstance(n, int) else n, **more}


def section(**more: Any) -> Json:
    return {"type": "section", **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": pt(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def buttons(n: int) -> Json:
    return actions(*[button(action_id=f"a{i}") for i in range(n)])


def option(text: int | str = "ok", value: int | str = "v", **more: Any) -> Json:
    return {"text": pt(text), "value": words(value) if isinstance(value, int) else value, **more}


def options(n: int) -> list[Json]:
    return [option(f"o{i}", f"v{i}") for i in range(n)]


def select(**more: Any) -> Json:
    return {"type": "static_select", **({"options": options(1)} if "option_groups" not in more else {}), **more}


def confirm(**more: Any) -> Json:
    return {"title": pt(), "text": pt(), "confirm": pt(), "deny": pt(), **more}


def groups(n: int, each: int = 1) -> list[Json]:
    return [{"label": pt(f"g{i}"), "options": options(each)} for i in range(n)]


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": pt(), "element": element, **more}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def rich_section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def table(rows: int, cells: int, chars: int = 1) -> Json:
    row = [{"type": "raw_text", "text": words(chars)}] * cells
    return {"type": "table", "rows": [row] * rows}


def url(n: int) -> str:
    return "https://example.com/" + words(n - 20)


def one(*elements: Json) -> list[Json]:
    return [actions(*elements)]


# name, builder of blocks, the limit
LIMITS: list[tuple[str, Callable[[int], list[Json]], int]] = [
    ("blocks in a message", lambda n: [{"type": "divider"}] * n, 50),
    ("section text", lambda n: [section(text=md(n))], 3000),
    ("section plain text", lambda n: [section(text=pt(n))], 3000),
    ("section fields", lambda n: [section(fields=[md()] * n)], 10),
    ("one field", lambda n: [section(fields=[md(n)])], 2000),
    ("header", lambda n: [{"type": "header", "text": pt(n)}], 150),
    ("context elements", lambda n: [{"type": "context", "elements": [md()] * n}], 10),
    ("context text", lambda n: [{"type": "context", "elements": [md(n)]}], 3000),
    ("actions elements", lambda n: [buttons(n)], 25),
    ("button text", lambda n: one(button(text=pt(n))), 75),
    ("button value", lambda n: one(button(value=words(n))), 2000),
    ("button url", lambda n: one(button(url=url(n))), 3000),
    ("accessibility label", lambda n: one(button(accessibility_label=words(n))), 75),
    ("action_id", lambda n: one(button(action_id=words(n))), 255),
    ("block_id", lambda n: [{"type": "divider", "block_id": words(n)}], 255),
    ("option text", lambda n: one(select(options=[option(n)])), 75),
    ("option value", lambda n: one(select(options=[option(value=n)])), 150),
    ("option description", lambda n: one(select(options=[option(description=pt(n))])), 75),
    ("select options", lambda n: one(select(options=options(n))), 100),
    ("option groups", lambda n: one(select(option_groups=groups(n))), 100),
    ("options of a group", lambda n: one(select(option_groups=groups(1, n))), 100),
    ("group label", lambda n: one(select(option_groups=[{"label": pt(n), "options": options(1)}])), 75),
    ("multi-select options", lambda n: [section(text=md(), accessory=select(type="multi_static_select", options=options(n)))], 100),
    ("overflow options", lambda n: one({"type": "overflow", "options": options(n)}), 5),
    ("checkboxes", lambda n: one({"type": "checkboxes", "options": options(n)}), 10),
    ("radio buttons", lambda n: one({"type": "radio_buttons", "options": options(n)}), 10),
    ("checkbox description", lambda n: one({"type": "checkboxes", "options": [option(description=md(n))]}), 75),
    ("placeholder", lambda n: one(select(placeholder=pt(n))), 150),
    ("placeholder of an external select", lambda n: one({"type": "external_select", "placeholder": pt(n)}), 150),
    ("confirm title", lambda n: one(button(confirm=confirm(title=pt(n)))), 100),
    ("confirm text", lambda n: one(button(confirm=confirm(text=md(n)))), 300),
    ("confirm button", lambda n: one(button(confirm=confirm(confirm=pt(n)))), 30),
    ("deny button", lambda n: one(button(confirm=confirm(deny=pt(n)))), 30),
    ("image url", lambda n: [image(image_url=url(n))], 3000),
    ("image alt text", lambda n: [image(alt_text=words(n))], 2000),
    ("image title", lambda n: [image(title=pt(n))], 2000),
    ("input label", lambda n: [field({"type": "plain_text_input"}, label=pt(n))], 2000),
    ("input hint", lambda n: [field({"type": "plain_text_input"}, hint=pt(n))], 2000),
    ("input's initial value", lambda n: [field({"type": "plain_text_input", "initial_value": words(n)})], 3000),
    ("input's max_length", lambda n: [field({"type": "plain_text_input", "max_length": n})], 3000),
    ("markdown together", lambda n: [{"type": "markdown", "text": words(n - 1)}, {"type": "markdown", "text": "x"}], 12_000),
    ("table rows", lambda n: [table(n, 1)], 100),
    ("table cells", lambda n: [table(1, n)], 20),
    ("table characters", lambda n: [table(1, 2, n // 2)], 10_000),
    ("tables in a message", lambda n: [table(1, 1)] * n, 1),
    ("list indent", lambda n: [rich({"type": "rich_text_list", "style": "bullet", "indent": n, "elements": [rich_section({"type": "text", "text": "x"})]})], 8),
]  # fmt: skip


@pytest.mark.parametrize(("build", "limit"), [pytest.param(b, n, id=name) for name, b, n in LIMITS])
def test_a_message_at_the_limit_is_taken_and_one_beyond_refused(build: Callable[[int], list[Json]], limit: int) -> None:
    assert problems({"text": "t", "blocks": build(limit)}) == []
    beyond = refusal({"text": "t", "blocks": build(limit + (2 if limit == 10_000 else 1))})
    assert beyond is not None
    assert beyond.code == "invalid_blocks"
    assert all(problem.startswith("blocks") for problem in beyond.problems)


def test_a_problem_names_path_value_and_limit() -> None:
    found = problems({"blocks": [{"type": "divider"}, section(text=md(3001))]})
    assert found == ["blocks[1].text.text: 3001 characters, at most 3000"]


def test_text_over_40000_characters_is_too_long() -> None:
    assert refusal({"text": words(40_000)}) is None
    assert (found := refusal({"text": words(40_001)})) and found.code == "msg_too_long"


def test_all_blocks_together_hold_13200_characters() -> None:
    full = [section(text=md(3000)) for _ in range(4)]
    assert refusal({"blocks": [*full, section(text=md(1200))]}) is None
    assert (found := refusal({"blocks": [*full, section(text=md(1201))]})) and found.code == "msg_blocks_too_long"
    long = rich(rich_section({"type": "text", "text": words(13_201)}))
    assert (found := refusal({"blocks": [long]})) and found.code == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, "no_text"),
        ({"text": "", "blocks": []}, "no_text"),
        ({"text": 1}, "invalid_arguments"),
        ({"text": "t", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
    ],
)
def test_a_message_needs_text_or_blocks(message: Json, code: str) -> None:
    assert (found := refusal(message)) and found.code == code


REFUSED: list[tuple[str, list[Any]]] = [
    ("an unknown block", [{"type": "banner"}]),
    ("a block that is no object", ["x"]),
    ("an unknown field", [{"type": "divider", "colour": "red"}]),
    ("a section without text or fields", [section()]),
    ("an empty text object", [section(text=md(""))]),
    ("a text object without type", [section(text={"text": "x"})]),
    ("emoji on mrkdwn", [section(text=md("x", emoji=False))]),
    ("verbatim on plain_text", [section(text=pt("x", verbatim=True))]),
    ("emoji that is no boolean", [section(text=pt("x", emoji="no"))]),
    ("a header in mrkdwn", [{"type": "header", "text": md()}]),
    ("button text in mrkdwn", one(button(text=md()))),
    ("a style of its own", one(button(style="warning"))),
    ("a url without scheme", one(button(url="example.com"))),
    ("a url that runs a script", one(button(url="javascript:alert(1)"))),
    ("the same action_id twice", [actions(button(action_id="a")), actions(button(action_id="a"))]),
    ("the same block_id twice", [{"type": "divider", "block_id": "b"}] * 2),
    ("no fields", [section(fields=[])]),
    ("no elements", [actions()]),
    ("no context elements", [{"type": "context", "elements": []}]),
    ("a button in context", [{"type": "context", "elements": [button()]}]),
    ("an input in actions", one({"type": "plain_text_input"})),
    ("a select with options and groups", one(select(options=options(1), option_groups=groups(1)))),
    ("a select with neither", one({"type": "static_select"})),
    ("an initial option that is not offered", one(select(initial_option=option("other")))),
    ("an option in mrkdwn", one(select(options=[{"text": md(), "value": "v"}]))),
    ("an option without value", one(select(options=[{"text": pt()}]))),
    ("an overflow without options", one({"type": "overflow", "options": []})),
    ("a confirm without deny", one(button(confirm={"title": pt(), "text": pt(), "confirm": pt()}))),
    ("an image without address", [{"type": "image", "alt_text": "a"}]),
    ("an image with two", [image(slack_file={"id": "F1"})]),
    ("an image without alt text", [{"type": "image", "image_url": "https://example.com/a.png"}]),
    ("a date that is none", one({"type": "datepicker", "initial_date": "tomorrow"})),
    ("a time that is none", one({"type": "timepicker", "initial_time": "9:3"})),
    ("two elements with the focus", one(select(focus_on_load=True), select(focus_on_load=True))),
    ("an input without label", [{"type": "input", "element": {"type": "plain_text_input"}}]),
    ("empty rich text", [rich(rich_section({"type": "text", "text": ""}))]),
    ("rich text with an unknown part", [rich({"type": "rich_text_table", "elements": []})]),
    ("rich text with an unknown style", [rich(rich_section({"type": "text", "text": "x", "style": {"blink": True}}))]),
    ("a user in preformatted", [rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U"}]})]),
    ("a broadcast to nobody", [rich(rich_section({"type": "broadcast", "range": "all"}))]),
    ("a list of texts", [rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text", "text": "x"}]})]),
    ("an empty markdown block", [{"type": "markdown", "text": ""}]),
    ("an empty cell", [{"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}]),
    ("a column on the wrong side", [table(1, 1) | {"column_settings": [{"align": "top"}]}]),
]  # fmt: skip


@pytest.mark.parametrize("blocks", [pytest.param(b, id=name) for name, b in REFUSED])
def test_what_slack_does_not_know_is_refused(blocks: list[Any]) -> None:
    assert (found := refusal({"text": "t", "blocks": blocks})) and found.code == "invalid_blocks"


def test_a_message_with_a_bit_of_everything_is_taken() -> None:
    text = {"type": "text", "text": "x", "style": {"bold": True, "code": True}}
    inline: list[Json] = [
        text,
        {"type": "link", "url": "https://example.com", "text": "x"},
        {"type": "emoji", "name": "ok"},
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "team", "team_id": "T1"},
        {"type": "broadcast", "range": "here"},
        {"type": "color", "value": "#ff0000"},
        {"type": "date", "timestamp": 1_700_000_000, "format": "{date_num}", "fallback": "then"},
    ]
    blocks = [
        {"type": "header", "text": pt("Title", emoji=False)},
        section(text=md("*b*", verbatim=True), accessory=image(), expand=True, block_id="b1"),
        section(fields=[md(), pt()], accessory=select(initial_option=options(1)[0])),
        {"type": "context", "elements": [md(), image()]},
        actions(
            button(style="primary", confirm=confirm(style="danger")),
            {"type": "overflow", "options": [option(url="https://example.com")]},
            {"type": "external_select", "min_query_length": 0, "initial_option": option()},
            {"type": "users_select"},
            {"type": "conversations_select", "filter": {"include": ["public"]}, "default_to_current_conversation": True},
            {"type": "channels_select", "initial_channel": "C1"},
            {"type": "datepicker", "initial_date": "2026-01-31"},
            {"type": "timepicker", "initial_time": "09:30"},
            {"type": "datetimepicker", "initial_date_time": 1_700_000_000},
        ),
        rich(
            rich_section(*inline),
            {"type": "rich_text_preformatted", "border": 0, "elements": [text]},
            {"type": "rich_text_quote", "elements": [text]},
            {"type": "rich_text_list", "style": "ordered", "offset": 2, "elements": [rich_section(text)]},
        ),
        field({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}, optional=True),
        field({"type": "email_text_input"}),
        field({"type": "multi_users_select", "max_selected_items": 3}),
        {"type": "markdown", "text": "# x"},
        {"type": "table", "rows": [[{"type": "rich_text", "elements": [rich_section(text)]}]], "column_settings": [{"align": "right"}]},
    ]  # fmt: skip
    assert problems({"text": "t", "blocks": blocks}) == []


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": pt(), "blocks": [], **more}


VIEW_LIMITS: list[tuple[str, Callable[[int], Json], int]] = [
    ("title", lambda n: modal(title=pt(n)), 24),
    ("submit", lambda n: modal(submit=pt(n)), 24),
    ("close", lambda n: modal(close=pt(n)), 24),
    ("private_metadata", lambda n: modal(private_metadata=words(n)), 3000),
    ("callback_id", lambda n: modal(callback_id=words(n)), 255),
    ("external_id", lambda n: modal(external_id=words(n)), 255),
    ("blocks of a modal", lambda n: modal(blocks=[{"type": "divider"}] * n), 100),
    ("blocks of a home tab", lambda n: {"type": "home", "blocks": [{"type": "divider"}] * n}, 100),
]


@pytest.mark.parametrize(("build", "limit"), [pytest.param(b, n, id=name) for name, b, n in VIEW_LIMITS])
def test_a_view_at_the_limit_is_taken_and_one_beyond_refused(build: Callable[[int], Json], limit: int) -> None:
    assert view_problems(build(limit)) == []
    assert view_problems(build(limit + 1))


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(modal(blocks=[field({"type": "plain_text_input"})]), id="an input without submit"),
        pytest.param({"type": "modal", "blocks": []}, id="no title"),
        pytest.param({"type": "dialog", "blocks": []}, id="an unknown type"),
        pytest.param({"type": "home", "title": pt(), "blocks": []}, id="a home tab with a title"),
        pytest.param(modal(blocks=[table(1, 1)]), id="a table"),
        pytest.param(modal(blocks=[section(text=md(3000)) for _ in range(90)]), id="more than 250 kB"),
    ],
)
def test_a_view_slack_does_not_know_is_refused(view: Json) -> None:
    assert view_problems(view)


def test_options_of_an_ack_are_at_most_100() -> None:
    assert option_problems({"options": options(100)}) == []
    assert option_problems({"options": []}) == []
    assert option_problems({"option_groups": groups(2, 100)}) == []
    assert option_problems({"options": options(101)})
    assert option_problems({})
    assert option_problems({"options": [{"text": md(), "value": "v"}]})
