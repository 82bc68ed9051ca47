"""Secrets out of a message, whoever typed them or let them slip into WebNet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.core.message import Buttons, Code, Detail, Fields, File, Line, Message, Note, Part, Text, When, in_utc


def redact_message(message: Message, redact_text: Callable[[str], str]) -> Message:
    """The message without secrets, whoever typed them or let them slip into WebNet.

    What is read together is redacted together: the lines of a text, and a label with its value. A text that changes
    loses its styles, because a secret may begin in one piece of it and end in another.
    """
    detail, file = message.detail, message.file
    pages = (message.parts, *(detail.pages if detail else ()))
    together = "\n".join(unit for parts in pages for part in parts for unit in _units(part))
    names = "\n".join(word for shown in (message, detail, file) if shown for word in _names(shown))
    if redact_text(whole := f"{names}\n{together}") == whole:
        return message  # nearly always, and much cheaper than one by one
    parts, *others = (tuple(_redacted(part, redact_text) for part in parts) for parts in pages)
    return replace(
        message,
        summary=redact_text(message.summary),
        title=redact_text(message.title),
        parts=parts,
        detail=detail and replace(detail, title=redact_text(detail.title), pages=tuple(others)),
        file=file and replace(file, title=redact_text(file.title), text=redact_text(file.text)),
    )


def _names(shown: Message | Detail | File) -> Iterator[str]:
    yield shown.title
    match shown:
        case Message():
            yield shown.summary
        case File():
            yield shown.text


def _units(part: Part) -> Iterator[str]:
    match part:
        case Text():
            yield "\n".join(map(_raw, part.lines))
        case Fields():
            yield from (f"{label}: {_raw(line)}" for label, line in part.pairs)
        case Code():
            yield part.text
        case Note():
            yield _raw(part.line)
        case Buttons():
            yield from (text for button in part.buttons for text in (button.label, button.command, button.confirm))


def _redacted(part: Part, redact_text: Callable[[str], str]) -> Part:
    units = list(_units(part))
    changed = [redact_text(unit) for unit in units]
    if changed == units:
        return part
    match part:
        case Text():
            return Text(tuple((line,) for line in changed[0].split("\n")))
        case Fields():
            values = (text.removeprefix(f"{label}: ") for (label, _), text in zip(part.pairs, changed, strict=True))
            return Fields(tuple((label, (value,)) for (label, _), value in zip(part.pairs, values, strict=True)))
        case Code():
            return Code(changed[0])  # its marks would stand elsewhere
        case Note():
            return Note((changed[0],))
        case Buttons():
            texts = iter(changed)
            return Buttons(
                tuple(replace(b, label=next(texts), command=next(texts), confirm=next(texts)) for b in part.buttons)
            )


def _raw(line: Line) -> str:
    return "".join(
        span if isinstance(span, str) else in_utc(span.at) if isinstance(span, When) else span.text for span in line
    )
