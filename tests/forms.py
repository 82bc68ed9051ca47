"""What Slack sends of a form that somebody filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]
PICKED = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "multi_external_select": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}


def state(blocks: Iterable[Mapping[str, Any]], filled: Mapping[str, object]) -> Json:
    """`filled` holds texts by the id of the block, or several for several devices; what it does not name stays as it was."""
    values: Json = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        name, before = PICKED[element["type"]]
        value = element.get(before)
        if block["block_id"] in filled:
            value = _value(element["type"], filled[block["block_id"]])
        values[block["block_id"]] = {element["action_id"]: {"type": element["type"], name: value}}
    return values


def _value(kind: str, filled: Any) -> object:
    if kind == "multi_external_select":
        return [_option(text) for text in ([filled] if isinstance(filled, str) else filled)]
    return _option(filled) if kind.endswith("_select") and filled else filled


def _option(text: str) -> Json:
    return {"text": {"type": "plain_text", "text": text, "emoji": False}, "value": text}
