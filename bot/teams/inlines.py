"""The words of a line as runs of an Adaptive Card's rich text, in which text stands for itself. Pure.

Texts of Teams' other elements are Markdown, for which phones and desktops escape differently; so no text from outside ever stands in one. Two
things are live in a run, too: a date in double braces, and many spaces, of which one is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.core.message import Bold, Code, Link, Mono, Span, When
from bot.core.shown import shown_code, shown_span
from bot.core.text import clean

Element = dict[str, Any]

NOTHING = "–"  # for a value that is empty
MAX_URL = 2_000

_DATE = re.compile(r"\{(?=\{(?:DATE|TIME)\()", re.IGNORECASE)
_INDENT, _SPACES = re.compile(r"\A +"), re.compile(r" {2,}")
_WEB_ADDRESS = re.compile(r"(?P<host>https?://(\[[0-9A-Fa-f:.]+\])?)(?P<rest>\S+)")  # with an IPv6 address for itself
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FIRST_YEAR = 1970  # what clients do with older moments differs
NO_WIDTH, NO_BREAK = "\u200b", "\u00a0"


def run(span: Span) -> Element:
    """Makes a run; with an empty text if the span shows nothing."""
    text = shown_span(span)
    match span:
        case Bold():
            return plain_run(text) | {"weight": "Bolder"}
        case Mono():
            return plain_run(text) | {"fontType": "Monospace"}
        case Link() if url := web_address(span.url):
            action = {"type": "Action.OpenUrl", "url": url}
            return plain_run(text or url) | {"color": "Accent", "underline": True, "selectAction": action}
        case When() if stamp := _stamp(span.at):
            return {"type": "TextRun", "text": f"{{{{DATE({stamp}, SHORT)}}}} {{{{TIME({stamp})}}}}"}
        case _:
            return plain_run(text)


def plain_run(text: str) -> Element:
    return {"type": "TextRun", "text": _DATE.sub("{" + NO_WIDTH, text)}


def merged(runs: Iterable[Element]) -> list[Element]:
    """Returns the runs without empty ones; neighbours of one style are one."""
    merged: list[Element] = []
    for each in runs:
        if not each["text"]:
            continue
        if merged and alike(merged[-1], each):
            merged[-1] = {**each, "text": merged[-1]["text"] + each["text"]}
        else:
            merged.append(each)
    return merged


def alike(one: Element, other: Element) -> bool:
    """Says whether two runs look the same."""
    return len(one) == len(other) and all(one[key] == other.get(key) for key in one if key != "text")


def rich(runs: Iterable[Element], **look: str) -> Element:
    """Makes the element that shows these runs."""
    return {"type": "RichTextBlock", "inlines": merged(runs), **look}


def lines_of(part: Code) -> list[list[Element]]:
    """Returns the runs of each line of a code, in which what is marked stands out."""
    return [[_code_run(*piece, begins=not n) for n, piece in enumerate(line)] for line in shown_code(part)]


def _code_run(words: str, marked: bool, *, begins: bool) -> Element:
    look = {"fontType": "Monospace", **({"highlight": True} if marked else {})}
    return plain_run(_laid_out(words, begins=begins)) | look


def _laid_out(line: str, *, begins: bool) -> str:
    """Keeps columns and indentation: of neighbouring spaces Teams shows one, unless they do not break."""
    spaced = line.replace("\t", "    ")
    return _SPACES.sub(_kept, _INDENT.sub(_kept, spaced) if begins else spaced)


def _kept(found: re.Match[str]) -> str:
    return NO_BREAK * len(found[0])


def web_address(url: str) -> str:
    """Returns the address, with what may not stand in one escaped, or "" for what is no web address."""
    found = _WEB_ADDRESS.fullmatch(url)
    if clean(url) != url or not found:
        return ""
    begin, mark, end = found["rest"].partition("#")
    escaped = f"{found['host']}{_escaped(begin)}{mark}{_escaped(end)}"
    return escaped if len(escaped) <= MAX_URL else ""


def _escaped(part: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", part), safe="!$%&'()*+,/:;=?@~")


def _stamp(at: datetime) -> str:
    """Returns the moment as Teams reads it, to be shown in the reader's own time zone; "" for one that clients may not know."""
    try:
        moment = at.astimezone(UTC)
    except OverflowError:
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment.year >= _FIRST_YEAR else ""
