"""Defines the parts of a message, in no words of any chat: a renderer per chat turns them into that chat's own blocks.

A `str` is outside text wherever it stands: a renderer escapes it, so a view never builds markup by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.text import in_utc


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


@dataclass(frozen=True, slots=True)
class Audience:
    """Notifies everybody who is active in the channel, for `here`, or a user or a group of users, by the chat's id. In plain text,
    and if that is no id of the chat's, it is `@` and the name, or else the id."""

    to: str
    name: str = ""

    @property
    def text(self) -> str:
        return f"@{self.name or self.to}"


@dataclass(frozen=True, slots=True)
class ChannelName:
    """Names a channel of the chat, where the chat can by its id, so that nobody reads the name of a channel that is not theirs.
    In plain text, and if that is no id of the chat's, it is `#name`."""

    channel: str
    name: str

    @property
    def text(self) -> str:
        return f"#{self.name or self.channel}"


Span = str | Bold | Mono | Link | When | Mention | Audience | ChannelName
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
    `form`: the form of the command is opened, with what the line holds filled in already.
    `file`: the answer brings a file, so that the button is left out where the chat takes none from the bot.
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
    form: bool = False
    file: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    buttons: tuple[Button, ...]


Simple = Text | Fields | Code | Note | Buttons
Cell = Line | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """Shows rows of cells below the names of their columns, to be sorted by each; the first cell names its row. `caption` says in a
    few words what the rows are. A cell may be an empty line."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Shows its title alone until a reader opens it, such as above a long text."""

    title: str
    parts: tuple[Text | Code | Note, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """Makes a line stand out."""

    level: Literal["info", "success", "warning", "error"]
    line: Line


StepState = Literal["pending", "in_progress", "complete", "error"]


@dataclass(frozen=True, slots=True)
class Step:
    """Shows how one piece of work stands: `line` says it in a sentence, and `sign` stands before that where the chat shows no
    state by itself. `details` are for those who look closer."""

    state: StepState
    line: Line
    sign: str = ""
    details: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """Shows the pieces of work that belong together; `title` says how they stand as a whole, and is empty for a single one."""

    steps: tuple[Step, ...]
    title: Line = ()


Part = Simple | Table | Fold | Alert | Steps


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
    """Names the job that a message follows: the job, as which `what` was started and on which device or devices `where`.
    `left_out` says, a sentence each, which devices were meant as well. `also` are further jobs that were started for the same."""

    job: int
    what: str
    where: str
    left_out: tuple[str, ...] = ()
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestCard:
    """Names the stored request that a message shows in the state `shown`."""

    request: int
    shown: str


@dataclass(frozen=True, slots=True)
class DeployCard:
    """Names the deploy that a message shows as it is at the revision `shown`."""

    deploy: int
    shown: int


@dataclass(frozen=True, slots=True)
class LiveLogCard:
    """Names the live log that stands below a message."""

    live_log: int


AnyCard = Card | RequestCard | DeployCard | LiveLogCard


@dataclass(frozen=True, slots=True)
class Message:
    """Holds what the bot says. `summary` is the whole message in one plain sentence: for notifications, screen readers and the
    audit log. `detail` is shown instead of the parts if there is a window for it. A message with a `card` is kept up to date
    until the job or the deploy ends, or the request is decided; that of a live log stays as it is. Of a `whole` one the summary
    alone would be of no use, so it is shown with its parts or not at all."""

    summary: str
    title: str = ""
    parts: tuple[Part, ...] = ()
    detail: Detail | None = None
    file: File | None = None
    card: AnyCard | None = None
    whole: bool = False


def text(*spans: Span) -> Text:
    """Makes one paragraph of one line."""
    return Text((spans,))


def sentence(words: str, *parts: Part) -> Message:
    """Makes a message of one sentence and the parts that follow; what stands between backticks is to be typed."""
    pieces = words.split("`") if words.count("`") % 2 == 0 else [words]
    spans = (Mono(piece) if odd % 2 else piece for odd, piece in enumerate(pieces))
    return Message(summary=words, parts=(Text((tuple(span for span in spans if span not in ("", Mono(""))),)), *parts))


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
