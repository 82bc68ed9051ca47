"""Slack's limits, all of them: what is wrong with a message, a view or a list of options, in words.

Written for this lab from Slack's own reference; Slack's SDK checks only a part of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from lab.slack.blocks import MESSAGE_BLOCK, VIEW_BLOCK
from lab.slack.elements import OPTION_GROUPS, OPTIONS
from lab.slack.inside import pointed
from lab.slack.shapes import Check, Fields, Probe, array, boolean, enum, exactly_one, plain, shape, string

TEXT_CHARS = 40_000
BLOCKS_CHARS = 13_200
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
_Json = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """Slack's error code and the problems behind it: path, limit and value."""

    code: str
    problems: list[str]


def refusal(message: _Json, unknown: Collection[str] = ()) -> Refusal | None:
    """Says why Slack refuses `{text, blocks}`, in a workspace that does not know some types of blocks yet; None if it
    accepts the message."""
    text, blocks = message.get("text"), message.get("blocks")
    if text is not None and not isinstance(text, str):
        return Refusal("invalid_arguments", ["text: must be a string"])
    if blocks is not None and not isinstance(blocks, list):
        return Refusal("invalid_blocks_format", ["blocks: must be an array"])
    if not text and not blocks:
        return Refusal("no_text", ["text: must not be empty without blocks"])
    if text and len(text) > TEXT_CHARS:
        return Refusal("msg_too_long", [f"text: {len(text)} characters, at most {TEXT_CHARS}"])
    return _blocks_refusal(blocks or [], unknown)


def problems(message: _Json) -> list[str]:
    found = refusal(message)
    return found.problems if found else []


def _unsupported(blocks: Any, unknown: Collection[str], pointer: str) -> list[str]:
    """Lists the blocks of types that a workspace does not know, in Slack's own words."""
    found = [(here, block.get("type")) for here, block in pointed(blocks, pointer)]
    return [f"unsupported type: {kind} [json-pointer:{here}/type]" for here, kind in found if kind in unknown]


def _blocks_refusal(blocks: list[Any], unknown: Collection[str]) -> Refusal | None:
    unsupported = _unsupported(blocks, unknown, "/blocks")
    if unsupported:
        return Refusal("invalid_blocks", unsupported)
    probe = Probe("message")
    array(MESSAGE_BLOCK, MESSAGE_BLOCKS, least=0)(probe, "blocks", blocks)
    if probe.problems:
        return Refusal("invalid_blocks", probe.problems)
    if probe.text_chars > BLOCKS_CHARS:
        details = f"blocks: {probe.text_chars} characters of text together, at most {BLOCKS_CHARS}"
        return Refusal("msg_blocks_too_long", [details])
    return None


_VIEW_COMMON: Fields = {"private_metadata": string(3000), "callback_id": string(255), "external_id": string(255)}
_VIEW_BLOCKS: Fields = {"blocks": array(VIEW_BLOCK, VIEW_BLOCKS, least=0)}
_VIEWS: dict[str, Check] = {
    "modal": shape(
        {"title": plain(24), **_VIEW_BLOCKS},
        {
            **_VIEW_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    ),
    "home": shape(_VIEW_BLOCKS, _VIEW_COMMON),
}


def view_refusal(view: _Json, unknown: Collection[str] = ()) -> Refusal | None:
    """Says why Slack refuses a modal or a home tab; None if it accepts it."""
    size = len(json.dumps(view).encode())
    if size > VIEW_BYTES:
        return Refusal("view_too_large", [f"view: {size} bytes, at most {VIEW_BYTES}"])
    found = _unsupported(view.get("blocks"), unknown, "/view/blocks") or _view_shape(view)
    return Refusal("invalid_arguments", found) if found else None


def view_problems(view: _Json) -> list[str]:
    found = view_refusal(view)
    return found.problems if found else []


def _view_shape(view: _Json) -> list[str]:
    probe = Probe("view")
    kind = view.get("type")
    enum("modal", "home")(probe, "view.type", kind)
    if probe.problems:
        return probe.problems
    _VIEWS[str(kind)](probe, "view", view)
    asks = any(block.get("type") == "input" for _, block in pointed(view.get("blocks")))
    if kind == "modal" and asks and "submit" not in view:
        probe.wrong("view", "a modal with an input block needs submit")
    return probe.problems


def option_problems(payload: _Json) -> list[str]:
    """Lists what is wrong with the response to an options request; no options at all is a valid response."""
    probe = Probe("options")
    if payload.get("options") == [] or payload.get("option_groups") == []:
        return []
    check = shape(
        optional={"options": OPTIONS, "option_groups": OPTION_GROUPS}, also=exactly_one("options", "option_groups")
    )
    check(probe, "answer", payload)
    return probe.problems
