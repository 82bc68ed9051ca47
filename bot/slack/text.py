"""Makes text from Slack plain, and keeps text to Slack from becoming markup. Pure."""

from __future__ import annotations

import re

from bot.core.text import ELLIPSIS, clean

_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
_LONGEST_ENTITY = 5

_ENTITY = re.compile("&(lt|gt|amp);")
_ANGLED = re.compile("<([^<>]*)>")
_LINK = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*:[^|]*)(?:\|(.*))?", re.DOTALL)


def escape(text: str) -> str:
    """Escapes text for mrkdwn and for the fallback text: nothing in it is a mention, a link or a date any more."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut_escaped(escaped: str, limit: int) -> str:
    """Returns `escaped` in at most `limit` characters, never cut inside an entity."""
    if len(escaped) <= limit:
        return escaped
    if limit <= 0:
        return ""
    head = escaped[: limit - 1]
    entity = head.rfind("&", max(0, len(head) - _LONGEST_ENTITY))
    if entity >= 0 and ";" not in head[entity:]:
        head = head[:entity]
    return head + ELLIPSIS


def inbound(text: str) -> str:
    """Returns a command's text as it was typed: Slack's automatic links are undone, entities are decoded exactly once.

    A link becomes its label, or its address where it has none. Mentions stay as Slack wrote them (`<@U1|name>`).
    """
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], _ANGLED.sub(_unwrapped, text))


def _unwrapped(match: re.Match[str]) -> str:
    link = _LINK.fullmatch(match[1])
    if link is None:
        return match[0]
    return link[2] or link[1]
