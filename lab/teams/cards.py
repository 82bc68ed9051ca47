"""What Teams takes of an activity: the elements of Adaptive Cards 1.5, by their published schema, and the limits of Teams' own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_BYTES = 80_000
MAX_ACTIONS = 6  # of one row; Teams leaves further ones out
ADAPTIVE = "application/vnd.microsoft.card.adaptive"

_COMMON = "id isVisible spacing separator height"
_STYLES = ("default", "emphasis", "good", "attention", "warning", "accent")
_SIZES = ("default", "small", "medium", "large", "extraLarge")
_COLORS = ("default", "dark", "light", "accent", "good", "warning", "attention")
_TEXT = "text color fontType isSubtle size weight"
_INPUT = f"{_COMMON} label isRequired errorMessage value"
_KEYS = {
    "TextBlock": f"{_COMMON} {_TEXT} wrap maxLines horizontalAlignment style",
    "RichTextBlock": f"{_COMMON} inlines horizontalAlignment",
    "TextRun": f"{_TEXT} highlight italic selectAction strikethrough underline",
    "Container": f"{_COMMON} items style selectAction bleed minHeight verticalContentAlignment rtl",
    "Table": f"{_COMMON} columns rows firstRowAsHeaders showGridLines gridStyle",
    "TableRow": "cells style",
    "TableCell": "items style selectAction bleed minHeight",
    "ActionSet": f"{_COMMON} actions",
    "Input.Text": f"{_INPUT} isMultiline maxLength placeholder regex style inlineAction",
    "Input.ChoiceSet": f"{_INPUT} choices choices.data isMultiSelect style placeholder wrap",
    "Input.Toggle": f"{_INPUT} title valueOn valueOff wrap",
    "Input.Date": f"{_INPUT} max min placeholder",
    "Input.Time": f"{_INPUT} max min placeholder",
    "Input.Number": f"{_INPUT} max min placeholder",
    "Action.Execute": "title style verb data associatedInputs id isEnabled tooltip mode",
    "Action.Submit": "title style data associatedInputs id isEnabled tooltip mode",
    "Action.OpenUrl": "title style url id tooltip mode",
    "Action.ShowCard": "title style card id tooltip mode",
    "Action.ToggleVisibility": "title style targetElements id tooltip mode",
    "AdaptiveCard": "$schema version body actions fallbackText msteams speak lang rtl refresh",
}
_NEEDED = {
    "TextBlock": "text", "RichTextBlock": "inlines", "TextRun": "text", "Container": "items", "Table": "columns rows",
    "TableRow": "cells", "TableCell": "items", "ActionSet": "actions", "Action.OpenUrl": "url",
    "Action.Execute": "verb",  "Action.ShowCard": "card",
    "Action.ToggleVisibility": "targetElements", "AdaptiveCard": "body",
}  # fmt: skip
_INSIDE = {  # what may stand in a list, by the name of the list
    "body": ("TextBlock", "RichTextBlock", "Container", "Table", "ActionSet", "Input."),
    "items": ("TextBlock", "RichTextBlock", "Container", "Table", "ActionSet", "Input."),
    "inlines": ("TextRun",),
    "rows": ("TableRow",),
    "cells": ("TableCell",),
    "actions": ("Action.",),
}
_WORDS = {
    "weight": ("lighter", "default", "bolder"),
    "size": _SIZES,
    "color": _COLORS,
    "fontType": ("default", "monospace"),
}
_ACTION_STYLES = ("default", "positive", "destructive")
_DATE = re.compile(r"\{\{(DATE|TIME)\(", re.IGNORECASE)
_OUR_DATE = re.compile(r"\{\{(DATE\([^(){}]*Z, SHORT|TIME\([^(){}]*Z)\)\}\}")
_MARKDOWN = re.compile(r"[*_\[\]`#~>]|^\s*([-+]|\d+\.)\s|&\w+;|<(?!/?at>)", re.MULTILINE)


def problems(activity: Mapping[str, Any]) -> list[str]:
    """Says what Teams would refuse, or not show, in a sentence each."""
    found = []
    size = len(json.dumps(activity, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_BYTES:
        found.append(f"the activity has {size:,} bytes")
    if activity.get("type") == "typing":
        return found
    if not activity.get("attachments") and not str(activity.get("text", "")).strip():
        found.append("the activity shows nothing")
    for attachment in activity.get("attachments", ()):
        card = attachment.get("content", {})
        if (
            attachment.get("contentType") != ADAPTIVE
            or card.get("type") != "AdaptiveCard"
            or card.get("version") != "1.5"
        ):
            found.append("the attachment is no Adaptive Card 1.5")
        found += _node("card", card)
        ids = [node["id"] for node in nodes(card) if "id" in node]
        found += ["an id stands twice"] if len(ids) != len(set(ids)) else []
        found += [f"nothing is called {name}" for name in _targets(card) if name not in ids]
    return found


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    """Yields every element, run and action of a card, but not what an action carries."""
    if isinstance(node, Mapping):
        if isinstance(node.get("type"), str):
            yield node
        for key, value in node.items():
            if key not in {"data", "msteams"}:
                yield from nodes(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from nodes(value)


def live(card: Mapping[str, Any]) -> list[str]:
    """Returns the texts in which something is markup, a date or a mention, other than the bot's own dates and mentions."""
    own = {entity["text"] for entity in card.get("msteams", {}).get("entities", ())}
    found = []
    for node in nodes(card):
        text = node.get("text")
        if not isinstance(text, str):
            continue
        rest = text
        for mention in own if node["type"] == "TextBlock" else ():
            rest = rest.replace(mention, "")
        if _DATE.search(_OUR_DATE.sub("", rest)) or (node["type"] == "TextBlock" and _MARKDOWN.search(rest)):
            found.append(text)
    return found


def _targets(card: Mapping[str, Any]) -> Iterator[str]:
    for node in nodes(card):
        yield from node.get("targetElements", ())


def _node(where: str, node: object) -> Iterator[str]:
    if not isinstance(node, Mapping):
        yield f"{where} is no object"
        return
    kind = node.get("type", "")
    allowed = _KEYS.get(kind, "").split()
    if not allowed:
        yield f"{where} is of the type {kind!r}"
        return
    yield from (f"{kind} has no {key}" for key in node if key not in allowed and key != "type")
    yield from (f"{kind} needs {key}" for key in _NEEDED.get(kind, "").split() if not node.get(key))
    yield from (
        f"{kind}: {key} is {node[key]!r}"
        for key, words in _WORDS.items()
        if key in node and not _one_of(node[key], words)
    )
    styles = _ACTION_STYLES if kind.startswith("Action.") else _STYLES if kind == "Container" else None
    if styles and "style" in node and not _one_of(node["style"], styles):
        yield f"{kind}: style is {node['style']!r}"
    if kind == "ActionSet" and len(node.get("actions", ())) > MAX_ACTIONS:
        yield f"{len(node['actions'])} buttons in a row"
    if kind == "Table" and any(len(row.get("cells", ())) != len(node["columns"]) for row in node.get("rows", ())):
        yield "a row has another number of cells"
    for key, kinds in _INSIDE.items():
        for each in node.get(key, ()):
            if not str(each.get("type", "")).startswith(kinds):
                yield f"{key} of {kind} hold {each.get('type')!r}"
            if key == "actions" and not each.get("title"):
                yield f"a button of {kind} has no title"
            yield from _node(key, each)
    for key in ("card", "selectAction"):
        if key in node:
            yield from _node(key, node[key])


def _one_of(word: object, words: Sequence[str]) -> bool:
    return isinstance(word, str) and word.lower() in {each.lower() for each in words}
