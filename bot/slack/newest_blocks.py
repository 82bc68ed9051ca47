"""Slack's newest blocks, each within its limits; what does not fit is shown in simple parts instead. Pure.

Slack's own list of where a block may stand (docs.slack.dev/blocks.json) has an alert in modals alone, and the others in messages. It
does not mention ephemeral messages, and the tables that it has in home tabs do not show there, so neither gets any.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from bot.core.message import Alert, Cell, Code, Fold, Line, Note, Part, Step, Steps, Table, Text
from bot.core.shown import shown, shown_line
from bot.core.text import cut
from bot.slack.spans import NOTHING, Block, code_lines, merged, mrkdwn, plain_text, rich_element, text_element
from bot.slack.text import escape

NONE: frozenset[str] = frozenset()
IN_MESSAGES = frozenset({"task_card", "plan", "data_table", "container"})
IN_MODALS = frozenset({"alert"})
ONE_ONLY = frozenset({"plan", "data_table"})  # in a message

# Of a table Slack's pages name two limits each: 100 or 200 rows below the header, and 10,000 or 20,000 characters.
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 100, 20, 10_000
MAX_CAPTION = 150
PAGE_ROWS = 20
MAX_CHILDREN = 10
MAX_SECTION, MAX_CODE = 3_000, 2_900
MAX_TITLE = 150
MAX_ALERT = 200
MAX_TASKS, MAX_TASK = 50, 256
MAX_SPANS = 300  # of one rich text
SIGNS = {"pending": "🕓", "in_progress": "🔄", "complete": "✅", "error": "❌"}  # which Slack shows by itself
_FENCE = "```"


def newest(part: Part, allowed: Collection[str], number: int) -> Block | None:
    """Returns the part as one of the newest blocks, or None if there is none for it, or it does not fit. `number` is its place in
    the message."""
    match part:
        case Steps() if not part.title and len(part.steps) == 1 and "task_card" in allowed:
            return _task(part.steps[0], f"{number}")
        case Steps() if part.title and "plan" in allowed:
            return _plan(part, number)
        case Table() if "data_table" in allowed:
            return _table(part)
        case Fold() if "container" in allowed:
            return _container(part)
        case Alert() if "alert" in allowed:
            return _alert(part)
        case _:
            return None


# --- work


def _plan(part: Steps, number: int) -> Block | None:
    title = _task_title(part.title)
    tasks = [_task(step, f"{number}.{place}") for place, step in enumerate(part.steps)]
    if not title or not 0 < len(tasks) <= MAX_TASKS or None in tasks:
        return None
    return {"type": "plan", "title": title, "tasks": tasks}


def _task(step: Step, name: str) -> Block | None:
    sign = "" if step.sign in ("", SIGNS[step.state]) else f"{step.sign} "
    title = _task_title((sign, *step.line))
    if not title or sum(map(len, step.details)) > MAX_SPANS:
        return None
    task: Block = {"type": "task_card", "task_id": name, "title": title, "status": step.state}
    return task | ({"details": _rich(step.details)} if any(shown_line(line).strip() for line in step.details) else {})


def _task_title(line: Line) -> str:
    """Returns an empty text for what fits no title. That is no text object, so nothing may stand there that could be markup."""
    title = shown_line(line).strip()
    return title if len(title) <= MAX_TASK and not any(each in title for each in "<>\n") else ""


# --- tables


def _table(part: Table) -> Block | None:
    if not 0 < len(part.rows) <= MAX_ROWS or not 0 < len(part.columns) <= MAX_COLUMNS:
        return None
    if any(isinstance(cell, tuple) and len(cell) > MAX_SPANS for row in part.rows for cell in row):
        return None
    header = [{"type": "raw_text", "text": shown(column).strip() or NOTHING} for column in part.columns]
    rows = [header, *([_cell(cell) for cell in row] for row in part.rows)]
    if sum(_characters(cell) for row in rows for cell in row) > MAX_CELLS:
        return None
    caption = cut(shown(part.caption).strip(), MAX_CAPTION) or NOTHING
    return {"type": "data_table", "caption": caption, "page_size": PAGE_ROWS, "rows": rows}


def _cell(cell: Cell) -> Block:
    """A text is rich text, in which nothing is markup; Slack does not say so of `raw_text`."""
    if isinstance(cell, tuple):
        elements = merged(map(rich_element, cell))
        return _rich_text(elements if any(map(_shows, elements)) else [text_element(NOTHING)])
    if not math.isfinite(cell):
        return _rich_text([text_element(str(cell))])
    return {"type": "raw_number", "value": cell, "text": f"{cell:,}"}


def _shows(element: Block) -> bool:
    return not str(element.get("text", element["type"])).isspace()


def _characters(cell: Block) -> int:
    if "text" in cell:
        return len(cell["text"])
    elements = cell["elements"][0]["elements"]
    return sum(len(element.get("text") or element.get("fallback") or "") for element in elements)


# --- containers


def _container(part: Fold) -> Block | None:
    title = shown(part.title).replace("\n", " ").strip()
    children: list[Block] = []
    for each in part.parts:
        blocks = _children(each)
        if blocks is None:
            return None
        children = _joined(children, blocks)
    if not title or len(title) > MAX_TITLE or not 0 < len(children) <= MAX_CHILDREN:
        return None
    container: Block = {"type": "container", "title": plain_text(title), "child_blocks": children}
    return container | {"is_collapsible": True, "default_collapsed": True, "width": "full"}


def _children(part: Text | Code | Note) -> list[Block] | None:
    """Returns blocks of the kinds that both Slack's documentation and, by reports, its own check take in a container; of rich text
    the documentation alone says so. None for what does not fit."""
    if isinstance(part, Code):
        return _fenced([shown_line(line) for line in code_lines(part)])
    lines = part.lines if isinstance(part, Text) else (part.line,)
    line = tuple(span for each in lines for span in (*each, "\n"))[:-1]
    words = shown_line(line).strip()
    if len(words) > MAX_SECTION:
        return None
    block = mrkdwn(line, MAX_SECTION)
    kept = _section(block) if isinstance(part, Text) else {"type": "context", "elements": [block]}
    return [kept] if words else []


def _joined(before: list[Block], after: list[Block]) -> list[Block]:
    """Joins the section that ends `before`, such as a heading, to the one that begins `after`: a container holds few blocks."""
    last, first = ((each[at].get("text") or {} if each else {}) for each, at in ((before, -1), (after, 0)))
    text = f"{last.get('text', '')}\n{first.get('text', '')}"
    if not last.get("type") == first.get("type") == "mrkdwn" or len(text) > MAX_SECTION:
        return [*before, *after]
    return [*before[:-1], _section(last | {"text": text}), *after[1:]]


def _fenced(lines: Sequence[str]) -> list[Block] | None:
    """Returns the lines as sections of preformatted text, in which nothing but the end of the fence is markup."""
    pieces: list[str] = []
    for line in map(escape, lines):
        if len(line) > MAX_CODE or _FENCE in line:
            return None
        if pieces and len(pieces[-1]) + len(line) < MAX_CODE:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line)
    texts = (f"{_FENCE}\n{piece}\n{_FENCE}" for piece in pieces)
    return [_section({"type": "mrkdwn", "text": text, "verbatim": True}) for text in texts]


def _section(text_object: Block) -> Block:
    return {"type": "section", "text": text_object, "expand": True}


# --- alerts


def _alert(part: Alert) -> Block | None:
    words = shown_line(part.line).strip()
    if not 0 < len(words) <= MAX_ALERT:
        return None
    return {"type": "alert", "level": part.level, "text": mrkdwn(part.line, MAX_ALERT)}


def _rich(lines: Sequence[Line]) -> Block:
    elements = [element for line in lines for element in (*map(rich_element, line), text_element("\n"))]
    return _rich_text(merged(elements[:-1]))


def _rich_text(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
