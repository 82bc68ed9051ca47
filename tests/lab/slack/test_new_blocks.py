"""The blocks that Slack brought in 2025 and 2026: every limit, and a workspace that does not know them yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.slack import SlackLab, plain
from lab.slack.limits import problems, refusal, view_problems
from tests.lab.slack.conftest import Api
from tests.lab.slack.test_limits import button, field, image, md, modal, pt, rich, rich_section, select, words

Json = dict[str, Any]
LINE = rich_section({"type": "text", "text": "x"})
WORDS = rich(LINE)


def raw(chars: int = 1) -> Json:
    return {"type": "raw_text", "text": words(chars)}


def number(value: Any = 1, text: str = "1") -> Json:
    return {"type": "raw_number", "value": value, "text": text}


def data_table(rows: int = 2, columns: int = 1, chars: int = 1, **more: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": [[raw(chars)] * columns] * rows, **more}


def container(children: int = 1, **more: Any) -> Json:
    return {"type": "container", "title": pt(), "child_blocks": [{"type": "divider"}] * children, **more}


def card(**more: Any) -> Json:
    return {"type": "card", "title": md(), **more}


def carousel(cards: int) -> Json:
    return {"type": "carousel", "elements": [card()] * cards}


def task(**more: Any) -> Json:
    return {"type": "task_card", "task_id": "1", "title": "t", "status": "complete", **more}


def plan(*tasks: Json, **more: Any) -> Json:
    return {"type": "plan", "title": "t", "tasks": list(tasks), **more}


def alert(text: Json | None = None, **more: Any) -> Json:
    return {"type": "alert", "text": text or pt(), **more}


def context_actions(*elements: Json) -> Json:
    return {"type": "context_actions", "elements": list(elements)}


def icon_button(**more: Any) -> Json:
    return {"type": "icon_button", "icon": "trash", "text": pt(), **more}


def feedback(**more: Any) -> Json:
    side = {"text": pt(), "value": "v", **more}
    return {"type": "feedback_buttons", "positive_button": side, "negative_button": side}


# name, builder of one block, the limit
LIMITS: list[tuple[str, Callable[[int], Json], int]] = [
    ("rows of a data table", data_table, 201),
    ("columns of a data table", lambda n: data_table(2, n), 20),
    ("rows of a page", lambda n: data_table(page_size=n), 100),
    ("the row header's column", lambda n: data_table(2, 3, row_header_column_index=n), 2),
    ("characters of a data table", lambda n: data_table(10, 1, n), 2_000),
    ("title of a container", lambda n: container(title=pt(n)), 150),
    ("subtitle of a container", lambda n: container(subtitle=md(n)), 150),
    ("blocks of a container", container, 10),
    ("text of an alert", lambda n: alert(md(n)), 200),
    ("title of a card", lambda n: card(title=md(n)), 150),
    ("subtitle of a card", lambda n: card(subtitle=md(n)), 150),
    ("body of a card", lambda n: card(body=md(n)), 200),
    ("cards of a carousel", carousel, 10),
    ("elements of context actions", lambda n: context_actions(*[icon_button()] * n), 5),
    ("text of an icon button", lambda n: context_actions(icon_button(text=pt(n))), 75),
    ("value of an icon button", lambda n: context_actions(icon_button(value=words(n))), 2_000),
    ("text of feedback", lambda n: context_actions(feedback(text=pt(n))), 75),
    ("id of a task", lambda n: task(task_id=words(n)), 255),
]  # fmt: skip


@pytest.mark.parametrize(("build", "limit"), [pytest.param(b, n, id=name) for name, b, n in LIMITS])
def test_a_block_at_the_limit_is_taken_and_one_beyond_refused(build: Callable[[int], Json], limit: int) -> None:
    assert problems({"text": "t", "blocks": [build(limit)]}) == []
    beyond = refusal({"text": "t", "blocks": [build(limit + 1)]})
    assert beyond is not None
    assert beyond.code == "invalid_blocks"


REFUSED: list[tuple[str, Json]] = [
    ("a data table without rows", data_table(1)),
    ("a data table without a caption", data_table(caption="")),
    ("a page of no rows", data_table(page_size=0)),
    ("a rich header", data_table() | {"rows": [[WORDS], [raw()]]}),
    ("rows of different lengths", data_table() | {"rows": [[raw()], [raw(), raw()]]}),
    ("an empty cell", data_table() | {"rows": [[raw()], [raw(0)]]}),
    ("a number without words", data_table() | {"rows": [[raw()], [number(text="")]]}),
    ("a number that is none", {"type": "table", "rows": [[number("1")]]}),
    ("an empty number", {"type": "table", "rows": [[number(text="")]]}),
    ("a row without cells", {"type": "table", "rows": [[]]}),
    ("a table without rows", {"type": "table", "rows": []}),
    ("an empty rich cell", {"type": "table", "rows": [[rich()]]}),
    ("a container without a title", {"type": "container", "child_blocks": [{"type": "divider"}]}),
    ("a container with an empty title", container(title=pt(""))),
    ("an empty container", container(0)),
    ("a container in a container", container() | {"child_blocks": [container()]}),
    ("a markdown block in a container", container() | {"child_blocks": [{"type": "markdown", "text": "x"}]}),
    ("a container that is folded for ever", container(default_collapsed=True)),
    ("a container of its own width", container(width="huge")),
    ("an empty alert", alert(md(""))),
    ("an alert of its own level", alert(level="danger")),
    ("an empty card", {"type": "card", "subtitle": md()}),
    ("a card in plain text", card(title=pt())),
    ("a menu on a card", card(actions=[select()])),
    ("a carousel without cards", carousel(0)),
    ("a task without a title", task(title="")),
    ("a task without an id", task(task_id="")),
    ("a task without a status", {"type": "task_card", "task_id": "1", "title": "t"}),
    ("a status of its own", task(status="running")),
    ("details in plain words", task(details="x")),
    ("empty details", task(details=rich())),
    ("a source that runs a script", task(sources=[{"type": "url", "url": "javascript:x", "text": "x"}])),
    ("a plan without a title", plan(task(), title="")),
    ("a plan with an empty list", plan()),
    ("a plan of sections", plan({"type": "section", "text": md()})),
    ("two tasks with one id", plan(task(), task())),
    ("no context actions", context_actions()),
    ("a button as a context action", context_actions(button())),
    ("an icon button without an icon", context_actions(icon_button(icon=""))),
    ("feedback without a value", context_actions(feedback(value=""))),
    ("numbers the wrong way round", field({"type": "number_input", "is_decimal_allowed": False, "min_value": "2", "max_value": "1"})),
    ("a number below its least", field({"type": "number_input", "is_decimal_allowed": False, "min_value": "2", "initial_value": "1"})),
    ("lengths the wrong way round", field({"type": "plain_text_input", "min_length": 5, "max_length": 4})),
    ("a day that is none", field({"type": "datepicker", "initial_date": "2026-02-30"})),
    ("an hour that is none", field({"type": "timepicker", "initial_time": "29:00"})),
]  # fmt: skip


@pytest.mark.parametrize("block", [pytest.param(b, id=name) for name, b in REFUSED])
def test_what_slack_does_not_accept_is_refused(block: Json) -> None:
    assert (found := refusal({"text": "t", "blocks": [block]}))
    assert found.code == "invalid_blocks"


EVERYTHING: list[Json] = [
    {"type": "table", "rows": [[raw(), number(), WORDS]]},
    data_table() | {"rows": [[raw(), number()], [WORDS, number(2.5, "2.5 ms")]], "row_header_column_index": 1},
    container(is_collapsible=True, default_collapsed=True, icon=image()) | {"child_blocks": [{"type": "section", "text": md()}, WORDS]},
    {"type": "container", "rich_text_title": WORDS, "width": "full", "child_blocks": [{"type": "actions", "elements": [button()]}]},
    alert(level="warning"),
    {"type": "carousel", "elements": [card(hero_image=image(), actions=[button()]), card(body=md())]},
    plan(task(details=WORDS, output=WORDS, sources=[{"type": "url", "url": "https://example.net", "text": "x"}]), task(task_id="2", status="error")),
    task(task_id="3", status="in_progress"),
    context_actions(feedback(), icon_button(visible_to_user_ids=["U0ALICE"])),
]  # fmt: skip


def test_a_message_with_every_new_block_is_taken_and_reads_in_a_terminal() -> None:
    assert problems({"text": "t", "blocks": EVERYTHING}) == []
    shown = plain({"blocks": EVERYTHING})
    assert "✅ t" in shown
    assert "x | 1" in shown
    assert not any(f"[{block['type']}]" in shown for block in EVERYTHING)


def test_a_view_accepts_alerts_and_containers_and_one_action_id_in_each_block() -> None:
    assert view_problems(modal(blocks=[alert(), container()])) == []
    for block in (data_table(), task(), plan(task()), card(), carousel(1), context_actions(feedback())):
        assert view_problems(modal(blocks=[block]))
    two = [field({"type": "plain_text_input", "action_id": "a"}, block_id=name) for name in ("one", "two")]
    assert view_problems(modal(submit=pt(), blocks=two)) == []
    assert view_problems(modal(blocks=[container() | {"child_blocks": two}])) == [
        "view: a modal with an input block needs submit"
    ]
    twice = {"type": "actions", "elements": [button(action_id="a"), button(action_id="a")]}
    assert view_problems(modal(blocks=[twice]))


def test_a_workspace_that_does_not_know_a_block_refuses_it_wherever_it_stands(lab: SlackLab, api: Api) -> None:
    lab.refuse_blocks("task_card", "alert", team="T0ACME")
    blocks = [{"type": "divider"}, plan(task())]
    answer = api("chat.postMessage", channel="C0NOC", text="t", blocks=blocks)
    assert (answer["error"], answer["errors"]) == (
        "invalid_blocks",
        ["unsupported type: task_card [json-pointer:/blocks/1/tasks/0/type]"],
    )
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    assert api("chat.postMessage", "xoxb-lab-globex", channel="C0GXNOC", text="t", blocks=blocks)["ok"]
    trigger = lab.say("alice", "/webnet x", send=False).trigger_id
    refused = api("views.open", trigger_id=trigger, view=modal(blocks=[alert()]))
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: alert [json-pointer:/view/blocks/0/type]"
    ]
    lab.refuse_blocks()
    assert api("chat.postMessage", channel="C0NOC", text="t", blocks=blocks)["ok"]


def test_elements_within_blocks_are_clicked_as_any_other(lab: SlackLab, api: Api) -> None:
    inner = {"type": "actions", "block_id": "inner", "elements": [button(text=pt("Inside"), value="1")]}
    blocks = [
        container() | {"child_blocks": [inner]},
        {"type": "carousel", "elements": [card(actions=[button(text=pt("On a card"))])]},
        context_actions(icon_button(text=pt("Delete"), value="2"), feedback()),
    ]
    api("chat.postMessage", channel="C0NOC", text="t", blocks=blocks)
    (message,) = lab.messages("C0NOC")
    action = lab.click("alice", message, "Inside").payload["actions"][0]
    assert (action["block_id"], action["value"], bool(action["action_id"])) == ("inner", "1", True)
    assert lab.click("alice", message, "On a card").payload["actions"][0]["type"] == "button"
    assert lab.click("alice", message, "Delete").payload["actions"][0]["icon"] == "trash"
    feedback_id = message.blocks[2]["elements"][1]["action_id"]
    given = lab.act("alice", message, feedback_id, {"value": "v"}).payload["actions"][0]
    assert (given["type"], given["value"]) == ("feedback_buttons", "v")
