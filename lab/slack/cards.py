"""The blocks of 2026: alerts, cards, containers, and the steps of a task."""

from __future__ import annotations

from typing import Any

from lab.slack.elements import BUTTON, CONTEXT_ACTION, IMAGE
from lab.slack.rich_text import RICH_VALUE
from lab.slack.shapes import (
    LINK_URL,
    Check,
    Probe,
    array,
    at_least_one,
    block,
    boolean,
    enum,
    in_order,
    one_of,
    plain,
    shape,
    string,
    text,
    unique_id,
)

TITLE_CHARS = 150
PLAN_TASKS = 50  # Slack names no limit; a message has no more blocks than this

_IMAGE = one_of({"image": IMAGE})
_WORDS = string(least=1, counted=True)
_MARKED = text(TITLE_CHARS, "mrkdwn")

ALERT = block({"text": text(200)}, {"level": enum("default", "info", "warning", "error", "success")})
CARD = block(
    optional={
        "hero_image": _IMAGE,
        "icon": _IMAGE,
        "title": _MARKED,
        "subtitle": _MARKED,
        "body": text(200, "mrkdwn"),
        "actions": array(one_of({"button": BUTTON}), 25),
    },
    also=at_least_one("hero_image", "title", "actions", "body"),
)
CAROUSEL = block({"elements": array(one_of({"card": CARD}), 10)})
CONTEXT_ACTIONS = block({"elements": array(CONTEXT_ACTION, 5)})


TASK_CARD = block(
    {"task_id": unique_id("task_id"), "title": _WORDS, "status": enum("pending", "in_progress", "complete", "error")},
    {
        "details": RICH_VALUE,
        "output": RICH_VALUE,
        "sources": array(one_of({"url": shape({"url": LINK_URL, "text": _WORDS})}), 100),
    },
)
PLAN = block({"title": _WORDS}, {"tasks": array(one_of({"task_card": TASK_CARD}), PLAN_TASKS)})


def _folds(probe: Probe, path: str, value: Any) -> None:
    if value.get("default_collapsed") is True and value.get("is_collapsible") is not True:
        probe.wrong(path, "default_collapsed needs is_collapsible")


def container(child: Check) -> Check:
    """A container of such blocks; it holds no other container."""
    return block(
        {"child_blocks": array(child, 10)},
        {
            "title": plain(TITLE_CHARS),
            "rich_text_title": RICH_VALUE,
            "subtitle": text(TITLE_CHARS),
            "width": enum("narrow", "standard", "wide", "full"),
            "icon": _IMAGE,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        in_order(at_least_one("title", "rich_text_title"), _folds),
    )
