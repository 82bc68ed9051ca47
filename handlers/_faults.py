"""What several commands and the notices show of a fault that somebody is on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.core.arguments import Argument, Kind, write
from bot.core.message import Bold, Button, Line, Message, When, line_text, text
from bot.core.text import cut
from bot.faults import Fault

LONGEST_NAME = 100
NOTICE = Argument(
    "notice",
    Kind.text,
    "the number of a job that failed, or the name of a notice, as `mine` shows it",
    required=True,
)


def command(name: str, notice: str) -> str:
    """Writes the line of a command that needs no more than a notice."""
    return write(name, (NOTICE,), {NOTICE.name: notice})


def open_buttons(notice: str) -> Iterator[Button]:
    """Yields the button for a fault that nobody is on."""
    yield Button("Take", command=command("take", notice))


def taken_buttons(notice: str) -> Iterator[Button]:
    """Yields the buttons for whoever is on a fault."""
    yield Button("Give back", command=command("giveback", notice))
    yield Button("Done", command=command("done", notice), form=True)


def headline(fault: Fault) -> Line:
    return (Bold(fault.heading), ": ", *fault.line)


def on_it(name: str, since: datetime | None) -> Line:
    """Says who is on it since when, as a part of a line."""
    return (f"on it: {name}", *((" since ", When(since)) if since else ()))


def taken(fault: Fault | None) -> dict[str, Any]:
    """Returns who is on a fault, as the values of a report keep it; nothing where nobody is."""
    if fault is None:
        return {}
    return {"on_it": cut(fault.on_it, LONGEST_NAME), "on_it_since": fault.since.isoformat() if fault.since else None}


def also(values: Mapping[str, Any]) -> Line:
    """Says at the end of a line of a report who is on it."""
    if "on_it" not in values:
        return ()
    since = values["on_it_since"]
    return (" · ", *on_it(values["on_it"], datetime.fromisoformat(since) if since else None))


def answer(words: str, fault: Fault) -> Message:
    """Says in a sentence what was noted about a fault."""
    line = (f"{words} ", *headline(fault))
    return Message(line_text(line), parts=(text(*line),))
