"""Secrets out of a message, whoever typed them or let them slip into WebNet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bot.core.message import (
    Buttons,
    Code,
    Detail,
    Fields,
    File,
    Line,
    Message,
    Note,
    Part,
    Simple,
    Table,
    Text,
    When,
)
from bot.core.plain_text import simple
from bot.core.text import in_utc

Redact = Callable[[str], str]


def redact_message(message: Message, redact_text: Redact, redact_code: Redact | None = None) -> Message:
    """The message without secrets, whoever typed them or let them slip into WebNet. `redact_code` is for what stands there as
    in a config or a log.

    What is read together is redacted together: the lines of a text, the cells of a row, and a label with its value. A text that
    changes loses its styles, because a secret may begin in one piece of it and end in another; a message that changes has
    simple parts alone.
    """
    redact_code = redact_code or redact_text
    detail, file = message.detail, message.file
    given = (message.parts, *(detail.pages if detail else ()))
    pages = [tuple(simple(parts)) for parts in given]
    together = "\n".join(unit for parts in pages for part in parts for unit in _units(part))
    names = "\n".join(word for shown in (message, detail, file, *_tables(given)) if shown for word in _names(shown))
    codes = "\n".join(part.text for parts in pages for part in parts if isinstance(part, Code))
    if redact_text(whole := f"{names}\n{together}") == whole and redact_code(codes) == codes:
        return message  # nearly always, and much cheaper than one by one
    parts, *others = (
        tuple(_redacted(part, redact_code if isinstance(part, Code) else redact_text) for part in parts)
        for parts in pages
    )
    return replace(
        message,
        summary=redact_text(message.summary),
        title=redact_text(message.title),
        parts=parts,
        detail=detail and replace(detail, title=redact_text(detail.title), pages=tuple(others)),
        file=file and replace(file, title=redact_text(file.title), text=redact_text(file.text)),
    )


def _tables(pages: Iterable[tuple[Part, ...]]) -> Iterator[Table]:
    return (part for parts in pages for part in parts if isinstance(part, Table))


def _names(shown: Message | Detail | File | Table) -> Iterator[str]:
    match shown:
        case Message():
            yield from (shown.title, shown.summary)
        case File():
            yield from (shown.title, shown.text)
        case Detail():
            yield shown.title
        case Table():
            yield from (shown.caption, *shown.columns)


def _units(part: Simple) -> Iterator[str]:
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


def _redacted(part: Simple, redact_text: Redact) -> Simple:
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
