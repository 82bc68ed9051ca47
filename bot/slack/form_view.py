"""Makes Slack's modal of a form, and reads what was filled into one, whatever a payload says that is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import Any

from bot.core.arguments import Kind
from bot.core.forms import MOST_PICKED, PICKED, TIME, Field, Form
from bot.core.shown import shown
from bot.core.text import clean, cut
from bot.slack.spans import NOTHING, Block, plain_text

CALLBACK = "webnet:form:"  # before the name of the command
SUGGEST = "webnet:suggest:"  # before the kind of argument whose options Slack asks for while somebody types
MAX_TITLE = 24
MAX_LABEL, MAX_OPTION, MAX_VALUE = 150, 75, 150
MOST_OPTIONS = 100
EXACT = 2**53  # the largest number that Slack's clients keep exactly


def view_of(form: Form, metadata: str, zone: tzinfo) -> dict[str, Any]:
    """`metadata` is the opaque id under which is kept what the form is about."""
    blocks = [block for field in form.fields for block in _blocks(field, zone)]
    return {
        "type": "modal",
        "callback_id": f"{CALLBACK}{form.command}",
        "title": plain_text(cut(form.command.capitalize(), MAX_TITLE)),
        "submit": plain_text("Send"),
        "close": plain_text("Cancel"),
        "private_metadata": metadata,
        "blocks": [{"type": "section", "text": plain_text(f"{form.summary}.")}, *blocks],
    }


def command_of(view: Mapping[str, Any]) -> str:
    """Returns the name of the command whose form this is, as the payload says."""
    return str(view.get("callback_id") or "").removeprefix(CALLBACK)


def blocks_of(view: Mapping[str, Any]) -> frozenset[str]:
    """Returns the ids of the blocks that can show an error."""
    blocks = view.get("blocks")
    inputs = (block for block in blocks if isinstance(block, dict)) if isinstance(blocks, list) else ()
    return frozenset(block["block_id"] for block in inputs if isinstance(block.get("block_id"), str))


def texts_of(view: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Returns what stands in the fields, by the id of the block."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    if not isinstance(values, dict):
        return {}
    return {
        str(block): tuple(text for element in elements.values() for text in _texts(element))
        for block, elements in values.items()
        if isinstance(elements, dict)
    }


def _texts(element: Any) -> Iterator[str]:
    if not isinstance(element, dict):
        return
    options = element.get("selected_options")
    picked = [element.get("selected_option"), *(options if isinstance(options, list) else ())]
    values = [option.get("value") for option in picked if isinstance(option, dict)]
    for value in (element.get("value"), element.get("selected_date"), element.get("selected_time"), *values):
        if isinstance(value, str):
            yield value


def _blocks(field: Field, zone: tzinfo) -> Iterator[Block]:
    label = field.label
    if field.argument.kind is not Kind.moment:
        yield _input(field, field.name, label, _element(field))
        return
    # Slack's own picker of both would mean the time zone of whoever picks.
    date: Block = {"type": "datepicker", "action_id": f"webnet:{field.name}"}
    time: Block = {"type": "timepicker", "action_id": f"webnet:{field.name}{TIME}"}
    with suppress(OverflowError):  # within hours of the years 1 and 10000
        for given in field.given:
            local = datetime.fromisoformat(given).astimezone(zone)
            date["initial_date"], time["initial_time"] = local.date().isoformat(), f"{local:%H:%M}"
    yield _input(field, field.name, f"{label}: date ({zone})", date)
    yield _input(field, field.name + TIME, f"{label}: time of day ({zone})", time)


def _input(field: Field, block_id: str, label: str, element: Block) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(cut(label, MAX_LABEL)),
        "element": element,
        "optional": not field.needed,
    }
    return block | ({"hint": plain_text(cut(field.hint, MAX_LABEL))} if field.hint else {})


def _element(field: Field) -> Block:
    kind = field.argument.kind
    make: Callable[[Field], Block] = _text
    if kind is Kind.choice:
        make = _choice
    elif kind is Kind.targets:
        make = _several
    elif kind in PICKED:
        make = _one
    elif kind is Kind.number:
        make = _number
    return make(field)


def _suggested(field: Field, element: str) -> Block:
    action_id = f"{SUGGEST}{field.argument.kind.name}"
    return {"type": element, "action_id": action_id, "min_query_length": 0, "placeholder": plain_text("Type to search")}


def _one(field: Field) -> Block:
    options = _options(field.given)
    return _suggested(field, "external_select") | ({"initial_option": options[0]} if options else {})


def _several(field: Field) -> Block:
    """Is empty where not all fits that was given: a part of it would mean other devices, more of them without a filter."""
    options = _options(field.given)
    whole = len({*field.given}) == len(options) <= MOST_PICKED
    return _suggested(field, "multi_external_select") | ({"initial_options": options} if options and whole else {})


def _choice(field: Field) -> Block:
    options = _options(field.argument.choices)[:MOST_OPTIONS]
    given = [option for option in options if option["value"] in field.given]
    element: Block = {"type": "static_select", "action_id": f"webnet:{field.name}", "options": options}
    return element | ({"initial_option": given[0]} if given else {})


def _options(values: tuple[str, ...]) -> list[Block]:
    """Leaves out what Slack would refuse as an option."""
    fitting = dict.fromkeys(
        value for value in values if value.strip() and len(value) <= MAX_VALUE and clean(value) == value
    )
    return [{"text": plain_text(cut(shown(value), MAX_OPTION) or NOTHING), "value": value} for value in fitting]


def _number(field: Field) -> Block:
    element: Block = {
        "type": "number_input",
        "action_id": f"webnet:{field.name}",
        "is_decimal_allowed": False,
        "min_value": "1",
    }
    if field.argument.most < EXACT:
        element["max_value"] = str(field.argument.most)
    return element | _initial(field)


def _text(field: Field) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": f"webnet:{field.name}",
        "multiline": field.lines,
        "max_length": field.longest,
    }
    return element | _initial(field)


def _initial(field: Field) -> Block:
    given = "".join(field.given)
    return {"initial_value": given} if given and len(given) <= field.longest else {}
