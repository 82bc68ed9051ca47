"""Shows in every notice of a fault who is on it or what became of it, and the buttons that say so."""

from __future__ import annotations

from dataclasses import replace

from bot.core import marks
from bot.core.events import Event
from bot.core.message import Button, Buttons, Message, Part, Text, line_text
from bot.core.notices import Notice, Words
from handlers import _faults


def marked(notice: Notice) -> Notice:
    """Returns the notice with a view that shows the marks of its event."""

    def view(event: Event, words: Words) -> Message:
        return _shown(notice.view(event, words), event, words, fault=notice.fault(event))

    return replace(notice, view=view)


def _shown(message: Message, event: Event, words: Words, *, fault: bool) -> Message:
    said = marks.sentences(words.marks, words.requester)
    parts: tuple[Part, ...] = message.parts
    if said:
        parts = (Text(tuple(("➡️ ", *line, ".") for line in said)), *parts)
    if fault and not marks.is_over(words.marks):
        taken = marks.taken(words.marks)
        parts = _with(parts, tuple((_faults.taken_buttons if taken else _faults.open_buttons)(event.key)))
    summary = " ".join((*(f"{line_text(line)}." for line in said), message.summary))
    return replace(message, summary=summary, parts=parts)


def _with(parts: tuple[Part, ...], buttons: tuple[Button, ...]) -> tuple[Part, ...]:
    """Adds the buttons to those of the message."""
    if parts and isinstance(parts[-1], Buttons):
        return (*parts[:-1], Buttons((*parts[-1].buttons, *buttons)))
    return (*parts, Buttons(buttons))
