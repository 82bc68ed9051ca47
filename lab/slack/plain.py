"""Messages as plain text: for the terminal and for what tests assert."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from lab.slack.world import Json, Message

RULE = "────"
_STATES = {"pending": "🕓", "in_progress": "🔄", "complete": "✅", "error": "❌"}
_SPECIAL = re.compile(r"<([^<>]+)>")


def plain(message: Message | Json) -> str:
    """Returns what a member reads, line by line; buttons as `[Label]`. A message without blocks gives its text."""
    text, blocks = (message.text, message.blocks) if isinstance(message, Message) else _parts(message)
    if not blocks:
        return mrkdwn(text)
    return "\n".join(line for block in blocks for line in block_lines(block))


def _parts(message: Json) -> tuple[str, list[Json]]:
    return message.get("text") or "", message.get("blocks") or []


def mrkdwn(text: str) -> str:
    """Undoes Slack's escapes and `<…>` forms; the marks for bold and code stay."""
    return html.unescape(_SPECIAL.sub(_special, text))


def _special(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target.startswith(("@", "#")):
        return target[0] + (label or target[1:])
    if target.startswith("!"):
        return label or "@" + target[1:]
    return f"{label} ({target})" if label else target


def text_of(text: Json | None) -> str:
    if not text:
        return ""
    raw = str(text.get("text", ""))
    return mrkdwn(raw) if text.get("type") == "mrkdwn" else raw


def block_lines(block: Json) -> list[str]:
    render = _BLOCKS.get(str(block.get("type")))
    return render(block) if render else [f"[{block.get('type')}]"]


def _section(block: Json) -> list[str]:
    fields = [text_of(field).replace("\n", " ") for field in block.get("fields", [])]
    accessory = [element(block["accessory"])] if "accessory" in block else []
    return [line for line in [*text_of(block.get("text")).split("\n"), *fields, *accessory] if line]


def _container(block: Json) -> list[str]:
    """The container as it is when opened."""
    title = [text_of(block["title"])] if "title" in block else block_lines(block["rich_text_title"])
    return [*title, *(line for child in block["child_blocks"] for line in block_lines(child))]


def _task(task: Json) -> list[str]:
    """The task with the sign that Slack shows for its state, opened."""
    parts = [task[name] for name in ("details", "output") if name in task]
    return [f"{_STATES[task['status']]} {task['title']}", *(line for part in parts for line in block_lines(part))]


def _card(block: Json) -> list[str]:
    words = [text_of(block.get(name)) for name in ("title", "subtitle", "body")]
    return [word for word in [*words, " ".join(element(e) for e in block.get("actions", []))] if word]


_BLOCKS: dict[str, Callable[[Json], list[str]]] = {
    "header": lambda block: [text_of(block["text"])],
    "section": _section,
    "context": lambda block: ["  ".join(element(e) for e in block["elements"])],
    "actions": lambda block: [" ".join(element(e) for e in block["elements"])],
    "divider": lambda _: [RULE],
    "image": lambda block: [f"[image: {text_of(block.get('title')) or block['alt_text']}]"],
    "input": lambda block: [text_of(block["label"]), element(block["element"])],
    "markdown": lambda block: str(block["text"]).split("\n"),
    "rich_text": lambda block: [line for part in block["elements"] for line in rich_lines(part)],
    "table": lambda block: [" | ".join(cell(c) for c in row) for row in block["rows"]],
    "data_table": lambda block: [" · ".join(cell(c) for c in row) for row in block["rows"]],
    "alert": lambda block: text_of(block["text"]).split("\n"),
    "card": _card,
    "carousel": lambda block: [line for card in block["elements"] for line in _card(card)],
    "container": _container,
    "context_actions": lambda block: [" ".join(element(e) for e in block["elements"])],
    "task_card": _task,
    "plan": lambda block: [block["title"], *(line for task in block.get("tasks", []) for line in _task(task))],
}


def element(item: Json) -> str:
    kind = str(item.get("type"))
    if kind in ("plain_text", "mrkdwn"):
        return text_of(item)
    if kind in ("button", "icon_button"):
        return f"[{text_of(item.get('text'))}]"
    if kind == "feedback_buttons":
        return f"[{text_of(item['positive_button']['text'])}] [{text_of(item['negative_button']['text'])}]"
    if kind == "image":
        return f"[image: {item.get('alt_text', '')}]"
    if "options" in item and not kind.endswith("_select"):
        return "[" + " / ".join(text_of(o.get("text")) for o in item["options"]) + "]"
    chosen = item.get("initial_option") or {}
    return f"[{text_of(chosen.get('text')) or text_of(item.get('placeholder')) or kind} ▾]"


def rich_lines(part: Json, indent: str = "") -> list[str]:
    if part["type"] == "rich_text_list":
        indent += "  " * int(part.get("indent", 0))
        lines: list[str] = []
        for number, item in enumerate(part["elements"], int(part.get("offset", 0)) + 1):
            mark = f"{number}. " if part.get("style") == "ordered" else "• "
            lines += [indent + mark + line for line in rich_lines(item)]
        return lines
    lines = "".join(rich_inline(e) for e in part["elements"]).split("\n")
    quoted = "> " if part["type"] == "rich_text_quote" else ""
    return [indent + quoted + line for line in lines]


def rich_inline(item: Json) -> str:
    match item["type"]:
        case "text":
            return f"`{item['text']}`" if (item.get("style") or {}).get("code") else str(item["text"])
        case "link":
            return f"{item['text']} ({item['url']})" if item.get("text") else str(item["url"])
        case "user" | "usergroup" | "team":
            return "@" + str(item.get(f"{item['type']}_id"))
        case "channel":
            return "#" + str(item.get("channel_id"))
        case "broadcast":
            return "@" + str(item.get("range"))
        case "emoji":
            return f":{item.get('name')}:"
        case "date":
            return str(item.get("fallback") or item.get("timestamp"))
        case other:
            return f"[{other}]"


def cell(item: Json) -> str:
    if item.get("type") == "rich_text":
        return " ".join(line for part in item["elements"] for line in rich_lines(part))
    return str(item.get("text", item.get("value", "")))
