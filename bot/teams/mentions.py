"""Who a message mentions: the entities that Teams needs, and the one element of a card that is Markdown, in which nothing else may stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.core.message import Audience, Buttons, Code, Fields, Line, Mention, Note, Part, Simple, Text
from bot.core.plain_text import simple
from bot.core.shown import shown
from bot.ids.teams import USER
from bot.teams.inlines import Element

MAX_MENTIONS = 20
MAX_NAME = 60
_NOT_IN_NAME = re.compile(r"[^\w .'-]|_")


def mentions(parts: Iterable[Part]) -> list[Element]:
    """Returns an entity for each user who is mentioned anywhere in the message."""
    names: dict[str, str] = {}
    for span in (span for part in simple(parts) for line in _lines_as_written(part) for span in line):
        if not isinstance(span, Mention | Audience):
            continue
        found = span.chat_user if isinstance(span, Mention) else span.to
        if re.fullmatch(USER, found) and found not in names and len(names) < MAX_MENTIONS:
            name = _NOT_IN_NAME.sub(" ", shown(span.name)).strip()[:MAX_NAME] or "user"
            names[found] = f"{name} {len(names) + 1}" if name in names.values() else name
    return [
        {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": user, "name": name}}
        for user, name in names.items()
    ]


def _lines_as_written(part: Simple) -> Iterator[Line]:
    match part:
        case Text():
            yield from part.lines
        case Fields():
            yield from (line for _, line in part.pairs)
        case Note():
            yield part.line
        case Code() | Buttons():
            return


def notifying(entities: Sequence[Element]) -> list[Element]:
    """Makes the one element that is Markdown. Its names hold nothing that could be markup."""
    words = " ".join(each["text"] for each in entities)
    return [{"type": "TextBlock", "text": words, "size": "Small", "isSubtle": True, "wrap": True}] if entities else []
