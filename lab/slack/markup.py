"""Live markup: what in a message Slack turns into a mention, a link or a shout. Tests hold it against an allow-list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab.slack.world import Json, Message

_ANGLED = re.compile(r"<[^<>\n]+>")
_BARE_URL = re.compile(r"(?:https?|ftp|mailto|tel|slack):(?://)?[^\s<>|]+|\bwww\.[^\s<>|]+")
_SHOUT = re.compile(r"(?<![\w@])@(?:here|channel|everyone)\b")
_MD_LINK = re.compile(r"!?\[[^\]\n]*\]\([^)\n]+\)")
LIVE_ELEMENTS = ("user", "usergroup", "team", "channel", "broadcast", "link")


def live_markup(message: Message | Json) -> list[str]:
    """Every live mention, special or link: as written, or as `type:target` for an element of rich text.

    Looks into the fallback `text`, all mrkdwn (with bare URLs and `@here` unless `verbatim`), markdown and rich text.
    """
    text, blocks = (message.text, message.blocks) if isinstance(message, Message) else _parts(message)
    found = _ANGLED.findall(text)
    if not blocks:
        found += _auto_linked(text)
    return found + [live for block in blocks for live in _in_value(block)]


def _parts(message: Json) -> tuple[str, list[Json]]:
    return message.get("text") or "", message.get("blocks") or []


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _in_value(item)
    elif isinstance(value, dict):
        kind = value.get("type")
        if kind == "mrkdwn":
            yield from _in_mrkdwn(value)
        elif kind == "markdown":
            yield from _in_markdown(str(value.get("text", "")))
        elif kind == "rich_text":
            yield from _in_rich_text(value.get("elements"))
        else:
            for item in value.values():
                yield from _in_value(item)


def _in_mrkdwn(text: Json) -> Iterator[str]:
    words = str(text.get("text", ""))
    yield from _ANGLED.findall(words)
    if text.get("verbatim") is not True:
        yield from _auto_linked(words)


def _auto_linked(words: str) -> list[str]:
    outside = _ANGLED.sub(" ", words)
    return _BARE_URL.findall(outside) + _SHOUT.findall(outside)


def _in_markdown(words: str) -> Iterator[str]:
    yield from _MD_LINK.findall(words)
    without = _MD_LINK.sub(" ", words)
    yield from _ANGLED.findall(without)
    yield from _auto_linked(without)


def _in_rich_text(elements: Any) -> Iterator[str]:
    for element in elements if isinstance(elements, list) else []:
        kind = element.get("type")
        if kind in LIVE_ELEMENTS:
            target = element.get(f"{kind}_id") or element.get("url") or element.get("range")
            yield f"{kind}:{target}"
        elif kind == "date" and element.get("url"):
            yield f"link:{element['url']}"
        else:
            yield from _in_rich_text(element.get("elements"))
