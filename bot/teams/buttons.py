"""Makes actions of Adaptive Cards from buttons, and reads what a click on one carries. Pure.

A click comes as `adaptiveCard/action`, of one that opens a dialog as `task/fetch`. What it carries is a command line, which goes through
the same pipeline as a typed one: nothing is believed because it was once put on a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.message import Button
from bot.core.pressed import Pressed
from bot.core.shown import shown
from bot.core.text import cut
from bot.teams.inlines import NOTHING, Element, plain_run, rich, web_address

MAX_LABEL, MAX_COMMAND, MAX_CONFIRM = 75, 2_000, 300
MOST_PAGES = 1_000_000
VERB = "webnet"
_LOOKED_AT = 1_000  # characters, of which far fewer are shown: there may be very many buttons
_STYLES = {"primary": "positive", "danger": "destructive"}
_FLAGS = ("replace", "thread", "modal", "form")


def read_data(data: object) -> Pressed:
    """Reads the data of an action. What is odd about it is left out."""
    found: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    command, page = found.get("command"), found.get("page")
    if not isinstance(command, str) or len(command) > MAX_COMMAND:
        return Pressed("")
    number = page if isinstance(page, int) and not isinstance(page, bool) and 0 < page < MOST_PAGES else 0
    return Pressed(command, **{flag: found.get(flag) is True for flag in _FLAGS}, page=number)


def action_of(button: Button) -> Element | None:
    """Returns None for a button that cannot be shown: its command is too long, it has no usable address, or it brings a file, of which
    Teams takes none from a bot in a channel."""
    command, url = shown(button.command).strip(), web_address(button.url)
    style = {"style": _STYLES[button.style]} if button.style else {}
    named = {"title": _label(button), **style}
    if button.url:
        return {"type": "Action.OpenUrl", **named, "url": url} if url else None
    if not command or len(command) > MAX_COMMAND or button.file:
        return None
    action = {**_carrying(button, command), **named}
    return _asking(button, action) if button.confirm.strip() else action


def _carrying(button: Button, command: str) -> Element:
    data: Element = {"command": command, **{flag: True for flag in _FLAGS if getattr(button, flag)}}
    if button.page:
        data["page"] = button.page
    if button.modal or button.form:  # which Action.Execute cannot open
        return {"type": "Action.Submit", "data": {**data, "msteams": {"type": "task/fetch"}}}
    return {"type": "Action.Execute", "verb": VERB, "data": data}


def _asking(button: Button, action: Element) -> Element:
    """Shows the question, and the button itself below it: Adaptive Cards have no question of their own."""
    question = rich([plain_run(cut(shown(button.confirm[:_LOOKED_AT]).strip(), MAX_CONFIRM) or NOTHING)])
    card = {"type": "AdaptiveCard", "body": [question], "actions": [action]}
    style = {"style": action["style"]} if "style" in action else {}
    return {"type": "Action.ShowCard", "title": action["title"], **style, "card": card}


def _label(button: Button) -> str:
    words = shown((button.label or button.command or button.url)[:_LOOKED_AT])
    return cut(words.replace("\n", " ").strip(), MAX_LABEL) or NOTHING
