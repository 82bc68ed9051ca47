"""Renders a message as an activity with an Adaptive Card 1.5, within every limit of Teams whatever the message holds. Pure.

Every text from outside stands in rich text, where it is inert (see `inlines`). Teams refuses an activity of more than 80 KB, shows six
buttons of a row and no more, and knows no question before a button and no page for one reader. Where there is no room for everything,
buttons come before text, and a note says how much is left out.

Who is mentioned is named in the line itself, and mentioned in a row of its own at the end: a mention needs an element whose text is
Markdown, in which nothing else may stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from bot.core.message import (
    Alert,
    Bold,
    Buttons,
    Code,
    Fields,
    Fold,
    Line,
    Message,
    Note,
    Part,
    Simple,
    Table,
    Text,
)
from bot.core.plain_text import SIGNS, simple
from bot.core.shown import shown, shown_line
from bot.core.text import and_more, count, cut
from bot.teams.buttons import action_of
from bot.teams.inlines import NOTHING, Element, alike, lines_of, merged, plain_run, rich, run
from bot.teams.mentions import mentions, notifying
from bot.teams.tables import table

MAX_BYTES = 80_000  # of the whole activity, as it is sent
MAX_ELEMENTS = 200
MAX_SUMMARY, MAX_TITLE = 1_000, 150
MAX_ROW = 6
CARD = "application/vnd.microsoft.card.adaptive"

# What is kept free for the buttons at the most, and for all that stands around the parts: the summary, twice, and the mentions.
_BUTTON_BYTES, _BUTTON_ROWS = 30_000, 10
_AROUND_BYTES = 15_000
_STYLES = {"info": "accent", "success": "good", "warning": "warning", "error": "attention"}


def activity(message: Message) -> Element:
    """Returns the activity that shows the message."""
    summary = _summary(message)
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD, "content": card(message)}]}


def plain_activity(message: Message) -> Element:
    """Returns the activity that shows the summary alone, also in place of one that had a card."""
    return {"type": "message", "summary": _summary(message), "text": _summary(message), "textFormat": "plain"}


def card(message: Message) -> Element:
    page, left_out = _page(message)
    entities = mentions(message.parts)
    body = [*page.body, *left_out] or [rich([plain_run(_summary(message))])]
    shown_card: Element = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": _summary(message),
        "body": [*body, *notifying(entities)],
        "msteams": {"width": "full", "entities": entities},
    }
    if not entities:
        del shown_card["msteams"]["entities"]
    return shown_card


def fits(message: Message) -> bool:
    """Returns whether all lines and buttons have room in one message."""
    return not _page(message)[1]


def encoded(content: Element) -> bytes:
    """Returns the bytes that are sent, of which Teams counts each."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _size(content: Element) -> int:
    return len(encoded(content)) + 1  # with the comma before the next


def _text_size(run: Element) -> int:
    """Returns by how many bytes a run makes the one before it longer, that looks the same."""
    return len(json.dumps(run["text"], ensure_ascii=False).encode()) - 2  # quotes


def _summary(message: Message) -> str:
    words = " ".join(shown(message.summary).split()) or _title(message)
    return cut(words, MAX_SUMMARY) or NOTHING


def _title(message: Message) -> str:
    return shown(message.title).replace("\n", " ").strip()


class _Page:
    """Holds the elements so far, and the room that is left for more."""

    def __init__(self, reserved: int) -> None:
        self.body: list[Element] = []
        self.room = MAX_BYTES - _AROUND_BYTES - reserved

    def put(self, *elements: Element) -> bool:
        """Adds the elements, or returns False if there is no room for all of them."""
        size = sum(map(_size, elements))
        if size > self.room or len(self.body) + len(elements) > MAX_ELEMENTS:
            return False
        self.body += elements
        self.room -= size
        return True


def _page(message: Message) -> tuple[_Page, list[Element]]:
    """Returns the page with what there is room for, and the note that says what is left out, if anything is."""
    parts: tuple[Part, ...] = message.parts or (Text(((message.summary,),)),)
    if message.file and message.file.instead:
        parts = (*parts, Text((message.file.instead,)))
    rows, buttons_left = _rows(parts)
    page = _Page(sum(_size(row) for group in rows.values() for row in group))
    if title := _title(message):
        page.put(rich([plain_run(cut(title, MAX_TITLE)) | {"size": "Large", "weight": "Bolder"}]))
    lines_left = 0
    for index, part in enumerate(parts):
        if isinstance(part, Buttons):
            page.body += rows[index]
        elif lines_left or not page.put(*(whole := _whole(part, index))) or not whole:
            lines_left = _add_simple(page, part, lines_left)
    words = [and_more(lines_left, "line")] if lines_left else []
    if buttons_left:
        words.append(f"{count(buttons_left, 'button')} left out: too long or too many for one message")
    return page, [_small([plain_run("; ".join(words))])] if words else []


# --- parts that Teams has something better for


def _whole(part: Part, number: int) -> list[Element]:
    """Returns the elements that show the whole part, none if it is shown in simple ones. `number` is its place in the message."""
    match part:
        case Table():
            return table(part)
        case Fold():
            return _fold(part, f"fold-{number}")
        case Alert() if shown_line(part.line).strip():
            line = rich(map(run, (f"{SIGNS[part.level]} ", *part.line)))
            return [{"type": "Container", "style": _STYLES[part.level], "items": [line]}]
        case _:
            return []


def _fold(part: Fold, name: str) -> list[Element]:
    title = cut(shown(part.title).replace("\n", " ").strip(), MAX_TITLE)
    inside = _Page(0)
    if not title or any(_add(inside, each) for each in part.parts) or not inside.body:
        return []
    opens = {"type": "Action.ToggleVisibility", "title": f"▸ {title}", "targetElements": [name]}
    hidden = {"type": "Container", "id": name, "isVisible": False, "items": inside.body}
    return [{"type": "ActionSet", "actions": [opens]}, hidden]


# --- simple parts


def _add_simple(page: _Page, part: Part, lines_left: int) -> int:
    """Adds what there is room for and returns the number of lines that did not fit, with those before."""
    for each in simple((part,)):
        lines_left = lines_left + len(_lines(each)) if lines_left else _add(page, each)
    return lines_left


def _lines(part: Simple) -> list[list[Element]]:
    """Returns the runs of each line of a part."""
    match part:
        case Text():
            return [[*map(run, line)] for line in part.lines]
        case Code():
            return lines_of(part)
        case Fields():
            return [[*map(run, _field(label, line))] for label, line in part.pairs]
        case Note():
            return [[*map(run, part.line)]]
        case Buttons():
            return []


def _field(label: str, line: Line) -> Line:
    name = shown(label).replace("\n", " ").strip()
    value = line if shown_line(line).strip() else (NOTHING,)
    return (Bold(f"{name}:"), " ", *value) if name else value


def _add(page: _Page, part: Simple) -> int:
    """Adds whole lines as far as they fit, and returns how many do not; only a first line that is too long by itself is cut."""
    lines = _lines(part)
    if not any(each["text"].strip() for line in lines for each in line):
        return 0
    newline = plain_run("\n") | ({"fontType": "Monospace"} if isinstance(part, Code) else {})
    fitting, room = 0, page.room - _size(_shaped(part, []))
    last: Element = {}
    for line in lines:
        for each in (*line, newline):
            room -= _text_size(each) if alike(last, each) else _size(each)
            last = each
        if room < 0:
            break
        fitting += 1
    kept = lines[:fitting] or [_shortened(lines[0], page.room)]
    runs = [each for line in kept for each in (*line, newline)][:-1]
    if not any(each["text"].strip() for each in runs) or not page.put(_shaped(part, runs)):
        return len(lines)
    return len(lines) - len(kept)


def _shortened(line: Sequence[Element], room: int) -> list[Element]:
    """Cuts a line to plain text that surely fits: a character has four bytes at the most, and six as an escape."""
    words = "".join(each["text"] for each in line)
    return [plain_run(cut(words, max(0, room - 200) // 6))]


def _shaped(part: Simple, runs: Iterable[Element]) -> Element:
    match part:
        case Note():
            return _small(runs)
        case Code():
            return {"type": "Container", "style": "emphasis", "items": [rich(runs)]}
        case _:
            return rich(runs)


def _small(runs: Iterable[Element]) -> Element:
    return rich({**each, "size": "Small", "isSubtle": True} for each in merged(runs))


# --- buttons


def _rows(parts: Sequence[Part]) -> tuple[dict[int, list[Element]], int]:
    """Returns the rows of each Buttons part by its index, and how many buttons had to be left out."""
    rows: dict[int, list[Element]] = {}
    room, free, left_out = _BUTTON_BYTES, _BUTTON_ROWS, 0
    for index, part in enumerate(parts):
        if not isinstance(part, Buttons):
            continue
        rows[index] = []
        for button in part.buttons:
            action = action_of(button)
            new_row = not rows[index] or len(rows[index][-1]["actions"]) == MAX_ROW
            if action is None or _size(action) > room or (new_row and not free):
                left_out += not button.file
                continue
            if new_row:
                rows[index].append({"type": "ActionSet", "actions": []})
                free -= 1
            rows[index][-1]["actions"].append(action)
            room -= _size(action)
    return rows, left_out
