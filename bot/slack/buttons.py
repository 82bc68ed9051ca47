"""Makes Slack's elements of buttons, and reads what a click on one carries. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.core.message import Button
from bot.core.pressed import Pressed
from bot.core.shown import shown
from bot.core.text import cut
from bot.slack.spans import NOTHING, Block, plain_text, web_address

MAX_LABEL, MAX_VALUE = 75, 2_000
MAX_CONFIRM_TEXT, MAX_CONFIRM_LABEL = 300, 30

_FORM, _REPLACE, _THREAD, _MODAL = ":form", ":replace", ":thread", ":modal"
_HOW = re.compile(
    rf"(?P<form>{_FORM})?(?P<replace>{_REPLACE})?(?P<thread>{_THREAD})?(?P<modal>{_MODAL}(?:\.(?P<page>[0-9]{{1,6}}))?)?\Z"
)
_SUBCOMMAND = re.compile("[a-z0-9_-]{1,40}")


def read_action(action: Mapping[str, Any]) -> Pressed:
    command, action_id = action.get("value"), action.get("action_id")
    found = _HOW.search(action_id) if isinstance(action_id, str) else None
    how = found.groupdict() if found else {}
    return Pressed(
        command if isinstance(command, str) else "",
        replace=bool(how.get("replace")),
        thread=bool(how.get("thread")),
        modal=bool(how.get("modal")),
        page=int(how.get("page") or 0),
        form=bool(how.get("form")),
    )


def without_button(message: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `text` and `blocks` of the message that was clicked, as Slack sent it, without the button. Empty if the message
    has no such button, or is ephemeral: Slack does not send that along, and it cannot be changed."""
    blocks, pressed = message.get("blocks"), action.get("action_id")
    if not isinstance(blocks, list) or not pressed:
        return {}
    left = [block for row in blocks if (block := _less(row, pressed))]
    return {"text": message.get("text") or NOTHING, "blocks": left} if left and left != blocks else {}


def _less(block: Block, action_id: object) -> Block | None:
    elements = block.get("elements")
    if block.get("type") != "actions" or not isinstance(elements, list):
        return block
    kept = [element for element in elements if element.get("action_id") != action_id]
    return {**block, "elements": kept} if kept else None


def button_element(button: Button, number: int) -> Block | None:
    """Returns None for a button that Slack would refuse: its command is too long, or it has no usable address."""
    command, url = shown(button.command).strip(), web_address(button.url)
    element: Block = {"type": "button", "text": plain_text(_label(button))}
    if button.url:
        if not url:
            return None
        element |= {"action_id": f"webnet:open:{number}", "url": url}
    elif command and len(command) <= MAX_VALUE:
        element |= {"action_id": _action_id(command, number, button), "value": command}
    else:
        return None
    if button.style:
        element["style"] = button.style
    if button.confirm.strip():
        element["confirm"] = _confirm(button)
    return element


def _action_id(command: str, number: int, button: Button) -> str:
    word = command.split(maxsplit=1)[0].lower()
    subcommand = word if _SUBCOMMAND.fullmatch(word) else "unknown"
    page = f".{button.page}" if button.page else ""
    how = (
        _FORM if button.form else "",
        _REPLACE if button.replace else "",
        _THREAD if button.thread else "",
        f"{_MODAL}{page}" if button.modal else "",
    )
    return f"webnet:{subcommand}:{number}{''.join(how)}"


def _confirm(button: Button) -> Block:
    confirm: Block = {
        "title": plain_text("Are you sure?"),
        "text": plain_text(cut(shown(button.confirm).strip(), MAX_CONFIRM_TEXT) or NOTHING),
        "confirm": plain_text(cut(_label(button), MAX_CONFIRM_LABEL)),
        "deny": plain_text("No"),
    }
    return confirm | ({"style": button.style} if button.style else {})


def _label(button: Button) -> str:
    words = shown(button.label or button.command or button.url)
    return cut(words.replace("\n", " ").strip(), MAX_LABEL) or NOTHING
