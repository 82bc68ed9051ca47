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
from bot.core.shown import shown, shown_code, shown_line, shown_span
from bot.core.text import clean, cut, in_utc
from bot.ids.slack import CHANNEL, USER, USER_GROUP
from bot.slack.text import escape

Block = dict[str, Any]

NOTHING = "–"  # for a value that is empty; Slack refuses empty text
MAX_URL = 3_000

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
            return {"type": "link", "url": url, "text": shown_span(span) or url}
        case When() if stamp := _timestamp(span.at):
            return {"type": "date", "timestamp": stamp, "format": _DATE, "fallback": in_utc(span.at)}
        case Mention() | Audience() | ChannelName() if found := _named(span):
            kind, name = found
            return {"type": kind, "range" if kind == "broadcast" else f"{kind}_id": name}
        case _:
            return text_element(shown_span(span))


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
        return plain_text(cut(shown_line(line).strip(), limit))
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def _would_change(line: Line) -> bool:
    """Whether mrkdwn shows one of the line's texts in another way than it is written."""
    texts = "".join(" " if _stands_alone(span) else shown_span(span) for span in line)
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
    words = escape(shown_span(span))
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
    """Returns the lines of a code, in which what is marked is bold."""
    return [tuple(Bold(words) if marked else words for words, marked in line) for line in shown_code(part)]
