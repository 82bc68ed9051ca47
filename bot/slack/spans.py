"""The words of a line as Slack's rich text, where text stands for itself, and as mrkdwn, where everything is escaped. Pure.

mrkdwn has no escape for its own formatting, so a line whose text Slack would format (`*`, `_word_`, `:100:`) becomes plain
text: without bold and links, but exactly as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.core.message import Audience, Bold, ChannelName, Code, Line, Link, Mention, Mono, Span, When
from bot.core.text import clean, cut, in_utc
from bot.ids.slack import CHANNEL, USER, USER_GROUP
from bot.slack.text import escape

Block = dict[str, Any]

NOTHING = "–"  # for a value that is empty; Slack refuses empty text
MAX_URL = 3_000
LOOKED_AT = 24_000  # characters; of a longer text no more is looked at: it is cut anyway, and a million costs nothing

_LONGEST_ID = 31  # characters; longer ids are not Slack's
_DATE = "{date_short_pretty} {time}"
_MARKS = {"user": "@", "usergroup": "!subteam^", "broadcast": "!", "channel": "#"}
_NAMED = {  # what each may name: the type of the element, and the shape of the id
    Mention: (("user", USER),),
    Audience: (("user", USER), ("usergroup", USER_GROUP), ("broadcast", "here")),
    ChannelName: (("channel", CHANNEL),),
}
_WEB_ADDRESS = re.compile(r"https?://\S+")
_NOT_IN_ADDRESS = {ord("|"): "%7C", ord("<"): "%3C", ord(">"): "%3E"}

# *bold*, ~struck~, `code`, _italic_ at the edge of a word, :emoji:, and ">" at the start of a line, a quotation
_FORMATTING = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])|:[^\s:]+:|^[^\S\n]*>", re.MULTILINE)


def rich_element(span: Span) -> Block:
    match span:
        case Bold():
            return text_element(shown(span.text)) | {"style": {"bold": True}}
        case Mono():
            return text_element(shown(span.text)) | {"style": {"code": True}}
        case Link() if url := web_address(span.url):
            return {"type": "link", "url": url, "text": span_text(span) or url}
        case When() if stamp := _timestamp(span.at):
            return {"type": "date", "timestamp": stamp, "format": _DATE, "fallback": in_utc(span.at)}
        case Mention() | Audience() | ChannelName() if found := _named(span):
            kind, name = found
            return {"type": kind, "range" if kind == "broadcast" else f"{kind}_id": name}
        case _:
            return text_element(span_text(span))


def text_element(text: str) -> Block:
    return {"type": "text", "text": text}


def merged(elements: Iterable[Block]) -> list[Block]:
    """Without empty texts, which Slack refuses; unstyled neighbours are one."""
    merged: list[Block] = []
    for element in elements:
        last = merged[-1] if merged else {}
        if element.keys() == last.keys() == {"type", "text"}:
            merged[-1] = text_element(last["text"] + element["text"])
        elif element.get("text") != "":
            merged.append(element)
    return merged


def mrkdwn(line: Line, limit: int) -> Block:
    markup = "".join(map(_marked, line)).strip()
    if len(markup) > limit or _would_change(line):
        return plain_text(cut(as_text(line).strip(), limit))
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def _would_change(line: Line) -> bool:
    """Whether mrkdwn shows one of the line's texts in another way than it is written."""
    texts = "".join(" " if _stands_alone(span) else span_text(span) for span in line)
    return bool(_FORMATTING.search(texts)) or any(_breaks_style(span) for span in line)


def _stands_alone(span: Span) -> bool:
    """Whether no text of it is shown as mrkdwn."""
    return isinstance(span, Mono | When) or (isinstance(span, Mention | Audience | ChannelName) and bool(_named(span)))


def _breaks_style(span: Span) -> bool:
    """Bold and code end with the line, not at a space, and a code span has no way to hold a backtick."""
    match span:
        case Bold() | Mono():
            return span.text != span.text.strip() or "\n" in span.text or (isinstance(span, Mono) and "`" in span.text)
        case _:
            return False


def _marked(span: Span) -> str:
    words = escape(span_text(span))
    match span:
        case Bold() if words:
            return f"*{words}*"
        case Mono() if words:
            return f"`{words}`"
        case Link() if url := web_address(span.url):
            return f"<{escape(url)}|{words}>"
        case When() if stamp := _timestamp(span.at):
            return f"<!date^{stamp}^{_DATE}|{words}>"
        case Mention() | Audience() | ChannelName() if found := _named(span):
            return f"<{_MARKS[found[0]]}{found[1]}>"
        case _:
            return words


def _named(span: Mention | Audience | ChannelName) -> tuple[str, str] | None:
    """Returns the type of the element and Slack's id of whom or what it names, None for what cannot be one."""
    match span:
        case Mention():
            found = span.chat_user
        case Audience():
            found = span.to
        case ChannelName():
            found = span.channel
    kinds = (kind for kind, pattern in _NAMED[type(span)] if re.fullmatch(pattern, found))
    return next(((kind, found) for kind in kinds), None) if len(found) <= _LONGEST_ID else None


def plain_text(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def shown(text: str) -> str:
    return clean(text[:LOOKED_AT])


def as_text(line: Line) -> str:
    return "".join(map(span_text, line))


def span_text(span: Span) -> str:
    match span:
        case str():
            return shown(span)
        case Bold() | Mono():
            return shown(span.text)
        case Link():
            return shown(span.text or span.url).replace("\n", " ")
        case When():
            return in_utc(span.at)
        case Mention() | Audience() | ChannelName():
            return shown(span.text).replace("\n", " ")


def web_address(url: str) -> str:
    """The address, safe inside a link; empty for anything that is not a web address Slack takes."""
    if len(url) > MAX_URL or clean(url) != url or not _WEB_ADDRESS.fullmatch(url):
        return ""
    address = url.translate(_NOT_IN_ADDRESS)
    return address if len(address) <= MAX_URL else ""


def _timestamp(at: datetime) -> int:
    """Seconds since 1970; 0 for what Slack takes as no date: before that, and in more than 3,000 years."""
    seconds = int(at.timestamp())
    return seconds if 0 < seconds < 10**11 else 0


def code_lines(part: Code) -> list[Line]:
    """Without blank lines at both ends; what is marked is bold. Each piece is cleaned by itself, since cleaning moves what
    stands behind it."""
    pieces: list[str | Bold] = []
    end = 0
    for start, stop in part.marks:
        pieces += (part.text[end:start], Bold(part.text[start:stop]))
        end = stop
    pieces.append(part.text[end:])
    lines: list[list[str | Bold]] = [[]]
    for piece in pieces:
        for number, words in enumerate(clean(piece.text if isinstance(piece, Bold) else piece).split("\n")):
            if number:
                lines.append([])
            if words:
                lines[-1].append(Bold(words) if isinstance(piece, Bold) else words)
    filled = [number for number, line in enumerate(lines) if line]
    return [tuple(line) for line in lines[filled[0] : filled[-1] + 1]] if filled else []
