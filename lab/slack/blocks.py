"""Block types, with every limit, and where each can stand."""

from __future__ import annotations

from typing import Any

from lab.slack import cards
from lab.slack.elements import ACCESSORY, ACTION, CONTEXT, IMAGE_FIELDS, INPUT
from lab.slack.rich_text import RICH_TEXT
from lab.slack.shapes import (
    Check,
    Probe,
    array,
    at_least_one,
    block,
    boolean,
    exactly_one,
    one_of,
    plain,
    string,
    text,
)
from lab.slack.tables import DATA_TABLE, TABLE

MARKDOWN_CHARS = 12_000
MESSAGE_ONLY = ("markdown", "table", "data_table", "task_card", "plan", "context_actions", "card", "carousel")
CHILDREN = ("actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table")


def _markdown(probe: Probe, path: str, value: Any) -> None:
    string(least=1, counted=True)(probe, path, value)
    probe.markdown_chars += len(value) if isinstance(value, str) else 0
    if probe.markdown_chars > MARKDOWN_CHARS:
        probe.wrong(path, f"{probe.markdown_chars} characters in all markdown blocks, at most {MARKDOWN_CHARS}")


BLOCKS: dict[str, Check] = {
    "actions": block({"elements": array(ACTION, 25)}),
    "alert": cards.ALERT,
    "card": cards.CARD,
    "carousel": cards.CAROUSEL,
    "context": block({"elements": array(CONTEXT, 10)}),
    "context_actions": cards.CONTEXT_ACTIONS,
    "data_table": DATA_TABLE,
    "divider": block(),
    "header": block({"text": plain(150)}),
    "image": block(
        {"alt_text": string(2000, least=1)},
        {**IMAGE_FIELDS, "title": plain(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "input": block(
        {"label": plain(2000), "element": INPUT}, {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean}
    ),
    "markdown": block({"text": _markdown}),
    "plan": cards.PLAN,
    "rich_text": RICH_TEXT,
    "section": block(
        optional={"text": text(3000), "fields": array(text(2000), 10), "accessory": ACCESSORY, "expand": boolean},
        also=at_least_one("text", "fields"),
    ),
    "table": TABLE,
    "task_card": cards.TASK_CARD,
}


def _by_itself(check: Check) -> Check:
    """In a view an action_id has to be the only one in its own block; in a message, the only one at all."""

    def alone(probe: Probe, path: str, value: Any) -> None:
        probe.ids["action_id"].clear()
        check(probe, path, value)

    return alone


MESSAGE_BLOCK = one_of(BLOCKS | {"container": cards.container(one_of(BLOCKS, CHILDREN))})
_IN_VIEWS = {kind: _by_itself(check) for kind, check in BLOCKS.items() if kind not in MESSAGE_ONLY}
_VIEW_CHILD = one_of(_IN_VIEWS, [kind for kind in CHILDREN if kind in _IN_VIEWS])
VIEW_BLOCK = one_of(_IN_VIEWS | {"container": cards.container(_VIEW_CHILD)})
