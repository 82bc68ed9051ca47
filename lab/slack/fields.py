"""The fields of a view: what they hold at first, what a member's words become, and what Slack refuses before it asks the app."""

from __future__ import annotations

import re
from typing import Any

from lab.slack.inside import flat, own_elements
from lab.slack.plain import text_of
from lab.slack.world import Json

FIELD = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
}
EXTERNAL = ("external_select", "multi_external_select")
REQUIRED = "Please complete this required field."


def initial(element: Json) -> Json:
    """Returns Slack's value of an element that nobody has touched."""
    name = FIELD[element["type"]]
    first = "initial_value" if name == "value" else name.replace("selected_", "initial_")
    return {"type": element["type"], name: element.get(first, [] if name.endswith("s") else None)}


def state_of(blocks: list[Json], before: Json) -> Json:
    """Returns `block_id -> action_id -> value` of a view; an element that was there `before` keeps what was filled in."""
    state: Json = {}
    for block in flat(blocks):
        for element in own_elements(block):
            if element["type"] in FIELD:
                block_id, action_id = block["block_id"], element["action_id"]
                held = before.get(block_id, {}).get(action_id)
                kept = held is not None and held.get("type") == element["type"]
                state.setdefault(block_id, {})[action_id] = held if kept else initial(element)
    return state


def filled(element: Json, wanted: Any) -> Json:
    """Returns Slack's value for what a member enters or chooses: words, a list of choices, or a whole option."""
    name = FIELD[element["type"]]
    if name.startswith("selected_option"):
        options = [find_option(element, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        held: Any = options if name.endswith("s") else options[0]
    elif name == "selected_date_time":
        held = int(wanted)
    elif name.endswith("s"):
        held = list(wanted)
    else:
        held = str(wanted)
    return {"type": element["type"], name: held}


def find_option(element: Json, wanted: str | Json) -> Json:
    """Returns the option with this label or value; a whole option is taken as it is."""
    if isinstance(wanted, dict):
        return wanted
    groups = element.get("option_groups") or []
    options: list[Json] = element.get("options") or [one for group in groups for one in group["options"]]
    for option in options:
        if wanted in (option["value"], text_of(option["text"])):
            return option
    if element["type"] in EXTERNAL:
        return {"text": {"type": "plain_text", "text": wanted}, "value": wanted}
    raise ValueError(f"There is no option {wanted!r}, only {[text_of(one['text']) for one in options]}.")


def refusals(blocks: list[Json], state: Json) -> dict[str, str]:
    """Returns what Slack itself refuses when a view is submitted: a sentence by the id of the input block."""
    found = {}
    for block in flat(blocks):
        if block["type"] == "input":
            element = block["element"]
            held = state.get(block["block_id"], {}).get(element["action_id"]) or initial(element)
            words = _refusal(element, held[FIELD[element["type"]]], optional=block.get("optional") is True)
            if words:
                found[block["block_id"]] = words
    return found


def _refusal(element: Json, held: Any, *, optional: bool) -> str:
    if held is None or held in ("", []):
        return "" if optional else REQUIRED
    if element["type"] == "number_input":
        return _number(element, held)
    if element["type"] == "email_text_input" and not re.fullmatch(r"\S+@\S+\.\S+", held):
        return "This is not an email address."
    if element["type"] == "url_text_input" and not re.fullmatch(r"https?://\S+", held):
        return "This is not a URL."
    if len(str(held)) < element.get("min_length", 0):
        return f"This needs at least {element['min_length']} characters."
    if "max_length" in element and len(held) > element["max_length"]:
        return f"This takes at most {element['max_length']} characters."
    if "max_selected_items" in element and len(held) > element["max_selected_items"]:
        return f"Choose at most {element['max_selected_items']}."
    return ""


def _number(element: Json, held: str) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?", held):
        return "This is not a number."
    if not element["is_decimal_allowed"] and "." in held:
        return "This must be a whole number."
    if "min_value" in element and float(held) < float(element["min_value"]):
        return f"This must be at least {element['min_value']}."
    if "max_value" in element and float(held) > float(element["max_value"]):
        return f"This must be at most {element['max_value']}."
    return ""
