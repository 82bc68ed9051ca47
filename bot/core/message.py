"""Defines the parts of a message, in no words of any chat: a renderer per chat turns them into that chat's own blocks.

A `str` is outside text wherever it stands: a renderer escapes it, so a view never builds markup by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from bot.core.text import count, cut


@dataclass(frozen=True, slots=True)
class Bold:
    text: str


@dataclass(frozen=True, slots=True)
class Mono:
    """Shows something to type or to copy, such as a command or a host name."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Opens a page. `url` must come from the settings or be built by us, never from outside text."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class When:
    """Shows an aware moment in the reader's own time zone if the chat can, else in UTC."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Mention:
    """Notifies a user of the chat. `chat_user` is the chat's id from a mapping; if the chat does not know it, and in plain
    text, `@name` is shown."""

    chat_user: str
    name: str

    @property
    def text(self) -> str:
        return f"@{self.name}"


Span = str | Bold | Mono | Link | When | Mention
Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Text:
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """Shows pairs of label and value, side by side if there is room."""

    pairs: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Shows preformatted text; every character stands for itself. `marks` are the (start, end) of pieces that stand out, in
    order and without overlap."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Shows small print below what matters."""

    line: Line


@dataclass(frozen=True, slots=True)
class Button:
    """Carries a command line, as it would be typed after the slash command, or opens a page; exactly one of the two.

    `replace`: the answer takes the place of the message that holds the button (paging), instead of following it.
    `thread`: the answer goes into that message's thread, if everybody may see it, and leaves the message itself alone, as
    for a card, which changes by itself.
    `modal`: the answer opens in a window of its own, for the reader alone, and shows its detail there: page `page`, counted
    from 1, or the one that the detail begins with.
    """

    label: str
    command: str = ""
    url: str = ""
    style: Literal["", "primary", "danger"] = ""
    confirm: str = ""
    replace: bool = False
    thread: bool = False
    modal: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class Buttons:
    buttons: tuple[Button, ...]


Part = Text | Fields | Code | Note | Buttons


@dataclass(frozen=True, slots=True)
class Detail:
    """Holds text that is too long for a message, page by page; `first` is the page to begin with, counted from 1."""

    title: str
    pages: tuple[tuple[Part, ...], ...]
    first: int = 1


@dataclass(frozen=True, slots=True)
class File:
    """Holds a file that goes with the message. If the chat takes none from the bot, `instead` is shown."""

    name: str
    title: str
    text: str
    instead: Line = ()


@dataclass(frozen=True, slots=True)
class Card:
    """Names the job that a message follows: the job, as which `what` was started and on which device or devices `where`."""

    job: int
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Message:
    """Holds what the bot says. `summary` is the whole message in one plain sentence: for notifications, screen readers and the
    audit log. `detail` is shown instead of the parts if there is a window for it. A message with a `card` is kept up to date
    until the job ends."""

    summary: str
    title: str = ""
    parts: tuple[Part, ...] = ()
    detail: Detail | None = None
    file: File | None = None
    card: Card | None = None


def text(*spans: Span) -> Text:
    """Makes one paragraph of one line."""
    return Text((spans,))


def sentence(words: str, *parts: Part) -> Message:
    """Makes a message of one sentence and the parts that follow; what stands between backticks is to be typed."""
    pieces = words.split("`") if words.count("`") % 2 == 0 else [words]
    spans = (Mono(piece) if odd % 2 else piece for odd, piece in enumerate(pieces))
    return Message(summary=words, parts=(Text((tuple(span for span in spans if span not in ("", Mono(""))),)), *parts))


def page_of(message: Message, number: int, command: str) -> Message:
    """Makes a message of one page of the detail, with buttons that ask `command` for the pages beside it.

    Beyond the last page it is the last one, because the text may have become shorter. A message without a detail stays as
    it is.
    """
    detail = message.detail
    if detail is None or not detail.pages:
        return message
    last = len(detail.pages)
    at = min(max(1, number or detail.first), last)
    parts = detail.pages[at - 1]
    if last > 1:
        labels = {1: "First", last: "Last", at - 1: "Back", at + 1: "Next"}
        beside = ((page, label) for page, label in sorted(labels.items()) if 1 <= page <= last and page != at)
        buttons = tuple(Button(label, command=command, modal=True, page=page) for page, label in beside)
        parts = (*parts, Note((f"Page {at:,} of {last:,}",)), Buttons(buttons))
    return replace(message, title=detail.title, parts=parts, detail=None)


def plain(message: Message, limit: int = 4_000) -> str:
    """Returns the whole message as plain text, for the audit log; cut at `limit` characters."""
    lines: list[str] = []
    room = limit
    for line in _lines(message):
        lines.append(cut(line, room + 1))
        room -= len(lines[-1]) + 1
        if room < 0:
            break
    return cut("\n".join(lines).strip(), limit)


def _lines(message: Message) -> Iterator[str]:
    if message.title or not message.parts:
        yield message.title or message.summary
    for part in message.parts:
        match part:
            case Text():
                yield from map(line_text, part.lines)
            case Fields():
                yield from (f"{label}: {line_text(line)}" for label, line in part.pairs)
            case Code():
                yield part.text
            case Note():
                yield line_text(part.line)
            case Buttons():
                yield " ".join(f"[{button.label}]" for button in part.buttons)
    if message.detail:
        yield f"({message.detail.title}: {count(len(message.detail.pages), 'page')})"
    if message.file:
        yield f"({message.file.name})"


def line_text(line: Line) -> str:
    """Returns the line as plain text."""
    return "".join(map(span_text, line))


def span_text(span: Span) -> str:
    """Returns the span as plain text: what is to be typed in backticks, a moment in UTC."""
    match span:
        case str():
            return span
        case When():
            return in_utc(span.at)
        case Mono():
            return f"`{span.text}`"
        case _:
            return span.text


def in_utc(at: datetime) -> str:
    """Returns an aware moment to the minute, such as `2026-11-23 12:00 UTC`."""
    try:
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except OverflowError:  # within hours of the years 1 and 10000
        return at.isoformat(" ", "minutes")
