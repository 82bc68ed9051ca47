"""Renders a message as Block Kit, within every limit of Slack whatever the message holds. Pure.

Lines and code are rich text, fields and notes are mrkdwn (see `spans`); tables, folds, alerts and steps are Slack's newest blocks
where those are allowed and the part fits into one (see `newest_blocks`), else simple parts.
Where there is no room for everything, buttons come before text, and a note says how much is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from bot.core.message import (
    Bold,
    Buttons,
    Code,
    Fields,
    Line,
    Message,
    Note,
    Part,
    Simple,
    Text,
)
from bot.core.plain_text import simple
from bot.core.shown import shown, shown_line
from bot.core.text import and_more, count, cut
from bot.slack.buttons import button_element
from bot.slack.newest_blocks import NONE, ONE_ONLY, newest
from bot.slack.spans import NOTHING, Block, code_lines, merged, mrkdwn, plain_text, rich_element, text_element
from bot.slack.text import cut_escaped, escape

MAX_SUMMARY = 3_000
MAX_BLOCKS = 50
MAX_CHARACTERS = 12_000  # over all blocks; Slack refuses from about 13,200 on, which it documents nowhere
MAX_HEADER = 150
MAX_FIELDS, MAX_FIELD = 10, 2_000
MAX_NOTE = 2_000
MAX_ROW = 25
MAX_STYLED = 450  # links, dates, bold and code in one rich text; with the texts between them under 1,000 elements

# The most that buttons use of a message, so that there is room for some text beside any number of them.
_BUTTON_BLOCKS, _BUTTON_CHARACTERS = 40, 9_000
_NOTE_BLOCKS, _NOTE_CHARACTERS = 1, 200
_UNCOUNTED = frozenset({"type", "action_id", "style", "format"})


def payload(message: Message, allowed: Collection[str] = NONE) -> dict[str, Any]:
    """Returns `text`, the fallback, and `blocks`, as chat.postMessage and a response_url expect them. `allowed` are the newest
    blocks that may be among them."""
    title = _title(message)
    page, lines_left, buttons_left = _paged(message, title, allowed)
    page.blocks += _left_out(lines_left, buttons_left)
    return {"text": _fallback(message), "blocks": page.blocks or [_context(plain_text(NOTHING))]}


def without_blocks(message: Message) -> dict[str, Any]:
    """Returns the payload of the fallback alone, also for a message that had blocks."""
    return {"text": _fallback(message), "blocks": []}


def _fallback(message: Message) -> str:
    summary = cut_escaped(escape(shown(message.summary)).strip(), MAX_SUMMARY)
    return summary or escape(cut(_title(message), MAX_HEADER)) or NOTHING


def fits(message: Message) -> bool:
    """Returns whether all lines and buttons have room in one message."""
    _, lines_left, buttons_left = _paged(message, _title(message))
    return not lines_left and not buttons_left


def _title(message: Message) -> str:
    return shown(message.title).replace("\n", " ").strip()


def _paged(message: Message, title: str, allowed: Collection[str] = NONE) -> tuple[_Page, int, int]:
    """Returns the page with what there is room for, and how many lines and buttons are left out."""
    parts = message.parts or (Text(((message.summary,),)),)
    rows, buttons_left = _rows(parts)
    page = _Page(reserved=[row for group in rows.values() for row in group])
    if title:
        page.put({"type": "header", "text": plain_text(cut(title, MAX_HEADER))})
    lines_left = 0
    for index, part in enumerate(parts):
        if isinstance(part, Buttons):
            page.blocks += rows[index]
        elif lines_left or not (block := newest(part, allowed, index)) or not page.put(block):
            lines_left = _add_simple(page, part, lines_left)
        elif block["type"] in ONE_ONLY:
            allowed = {*allowed} - {block["type"]}
    return page, lines_left, buttons_left


def _add_simple(page: _Page, part: Part, lines_left: int) -> int:
    """Adds what there is room for and returns the number of lines that did not fit, with those before."""
    for each in simple((part,)):
        lines_left = lines_left + _line_count(each) if lines_left else _add(page, each)
    return lines_left


class _Page:
    """Holds the blocks so far, and the room left beside what is reserved for the buttons and the note at the end."""

    def __init__(self, reserved: list[Block]) -> None:
        self.blocks: list[Block] = []
        self.room = MAX_CHARACTERS - _size(reserved) - _NOTE_CHARACTERS
        self._free = MAX_BLOCKS - len(reserved) - _NOTE_BLOCKS

    def put(self, block: Block) -> bool:
        """Adds the block, or returns False if there is no room for it."""
        size = _size(block)
        if self._free <= 0 or size > self.room:
            return False
        self.blocks.append(block)
        self.room -= size
        self._free -= 1
        return True


def _size(node: Any) -> int:
    """Counts the characters of blocks or elements, on the safe side: also those that are carried and not shown."""
    if isinstance(node, str):
        return len(node)
    if isinstance(node, dict):
        return sum(_size(value) for key, value in node.items() if key not in _UNCOUNTED)
    return sum(map(_size, node)) if isinstance(node, list) else 0


def _add(page: _Page, part: Simple) -> int:
    """Puts on the page what there is room for and returns the number of lines that did not fit."""
    match part:
        case Text():
            return _add_rich(page, part.lines, _section)
        case Code():
            return _add_rich(page, code_lines(part), _preformatted)
        case Fields():
            return _add_fields(page, part)
        case Note():
            return _add_note(page, part)
        case Buttons():
            return 0  # they have their place already


def _line_count(part: Simple) -> int:
    match part:
        case Text():
            return len(part.lines)
        case Code():
            return len(code_lines(part))
        case Fields():
            return len(part.pairs)
        case Note():
            return 1
        case Buttons():
            return 0


def _left_out(lines: int, buttons: int) -> list[Block]:
    words = [and_more(lines, "line")] if lines else []
    if buttons:
        words.append(f"{count(buttons, 'button')} left out: too long or too many for one message")
    return [_context(plain_text("; ".join(words)))] if words else []


# --- lines and code: rich text


def _section(lines: Sequence[Line]) -> Block:
    elements = [element for line in lines for element in (*map(rich_element, line), text_element("\n"))]
    return _rich("rich_text_section", merged(elements[:-1]))


def _preformatted(lines: Sequence[Line]) -> Block:
    elements = [element for line in lines for element in (*map(rich_element, line), text_element("\n"))]
    return _rich("rich_text_preformatted", merged(elements[:-1]))


def _rich(kind: str, elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements}]}


def _add_rich(page: _Page, lines: Sequence[Line], block_of: Callable[[Sequence[Line]], Block]) -> int:
    """Adds whole lines as far as they fit; only a first line that is too long by itself is cut."""
    if not any(shown_line(line).strip() for line in lines):
        return 0
    fitting, room, styled = 0, page.room, MAX_STYLED
    for line in lines:
        room -= _size([*map(rich_element, line)]) + 1
        styled -= sum(not isinstance(span, str) for span in line)
        if room < 0 or styled < 0:
            break
        fitting += 1
    kept = lines[:fitting] or [(cut(shown_line(lines[0]), page.room),)]
    block = block_of(kept)
    if not any(shown_line(line).strip() for line in kept) or not page.put(block):
        return len(lines)
    return len(lines) - len(kept)


# --- fields and notes: mrkdwn, or plain text where mrkdwn would change what is written


def _add_fields(page: _Page, part: Fields) -> int:
    fields = [_field(label, line) for label, line in part.pairs]
    left = len(fields)
    for start in range(0, len(fields), MAX_FIELDS):
        block = {"type": "section", "fields": fields[start : start + MAX_FIELDS]}
        while block["fields"] and not page.put(block):
            block = {"type": "section", "fields": block["fields"][:-1]}
        if not block["fields"]:
            break
        left -= len(block["fields"])
        if left != max(0, len(fields) - start - MAX_FIELDS):
            break
    return left


def _field(label: str, line: Line) -> Block:
    name = shown(label).replace("\n", " ").strip()
    value = line if shown_line(line).strip() else (NOTHING,)
    return mrkdwn((Bold(name), "\n", *value) if name else value, MAX_FIELD)


def _add_note(page: _Page, part: Note) -> int:
    if not shown_line(part.line).strip():
        return 0
    return 0 if page.put(_context(mrkdwn(part.line, MAX_NOTE))) else 1


def _context(text_object: Block) -> Block:
    return {"type": "context", "elements": [text_object]}


# --- buttons


def _rows(parts: Sequence[Part]) -> tuple[dict[int, list[Block]], int]:
    """Returns the actions blocks of each Buttons part by its index, and how many buttons had to be left out."""
    rows: dict[int, list[Block]] = {}
    blocks, room, number, left_out = _BUTTON_BLOCKS, _BUTTON_CHARACTERS, 0, 0
    for index, part in enumerate(parts):
        if not isinstance(part, Buttons):
            continue
        rows[index] = []
        for button in part.buttons:
            number += 1
            element = button_element(button, number)
            new_row = not rows[index] or len(rows[index][-1]["elements"]) == MAX_ROW
            if element is None or _size(element) > room or (new_row and not blocks):
                left_out += 1
                continue
            if new_row:
                rows[index].append({"type": "actions", "elements": []})
                blocks -= 1
            rows[index][-1]["elements"].append(element)
            room -= _size(element)
    return rows, left_out
