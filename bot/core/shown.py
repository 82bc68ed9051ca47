"""What a chat shows of the texts of a message: cleaned, and nothing of what is far beyond its limits. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.message import Audience, Bold, ChannelName, Code, Line, Link, Mention, Mono, Span, When
from bot.core.text import clean, in_utc

LOOKED_AT = 24_000  # characters; of a longer text no more is looked at: it is cut anyway, and a million costs nothing


def shown(text: str) -> str:
    return clean(text[:LOOKED_AT])


def shown_span(span: Span) -> str:
    """Returns what the span shows where it is a text like any other."""
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


def shown_line(line: Line) -> str:
    return "".join(map(shown_span, line))


def shown_code(part: Code) -> list[list[tuple[str, bool]]]:
    """Returns the pieces of each line of a code, and whether each is marked, without blank lines at both ends. Each piece is cleaned by
    itself, since cleaning moves what stands behind it."""
    lines: list[list[tuple[str, bool]]] = [[]]
    for piece, marked in _pieces(part):
        for number, words in enumerate(clean(piece).split("\n")):
            if number:
                lines.append([])
            if words:
                lines[-1].append((words, marked))
    filled = [number for number, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _pieces(part: Code) -> Iterator[tuple[str, bool]]:
    end = 0
    for start, stop in part.marks:
        yield part.text[end:start], False
        yield part.text[start:stop], True
        end = stop
    yield part.text[end:], False
