"""Makes the dialog of a form, a card with inputs, and reads what was filled into one, whatever an activity says that is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import Any

from bot.core.arguments import Kind
from bot.core.commands import Command
from bot.core.forms import PICKED, TIME, Field, Form, Texts, fields_of
from bot.core.shown import shown
from bot.core.text import clean, cut
from bot.teams.inlines import NOTHING, Element, plain_run, rich

CARD = "application/vnd.microsoft.card.adaptive"
ID, COMMAND = "webnet_form", "webnet_command"  # are sent with the fields, whose names have no such beginning
MAX_TITLE, MAX_LABEL, MAX_VALUE = 40, 150, 500
BETWEEN = ","  # several values that were picked, in what is sent
_NO_TEXTS: Texts = {}


def dialog(
    form: Form, id: str, zone: tzinfo, texts: Texts = _NO_TEXTS, errors: Mapping[str, str] = {}
) -> Element:  # is only read
    """Returns the dialog in which a form is filled in; `id` is that of what is kept of it. It is shown again with the `texts` that were
    filled in and the `errors` in them, by the name of the field."""
    body = [rich([plain_run(f"{form.summary}.")])]
    for field in form.fields:
        body += _inputs(field, zone, texts, errors)
    send = {"type": "Action.Submit", "title": "Send", "style": "positive", "data": {ID: id, COMMAND: form.command}}
    return page(form.command, {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": [send]})


def page(title: str, card: Element) -> Element:
    """Returns what opens a dialog with this card, or shows it in the one that is open."""
    shown_as = {
        "title": cut(shown(title).replace("\n", " ").capitalize(), MAX_TITLE),
        "height": "medium",
        "width": "medium",
    }
    return {"task": {"type": "continue", "value": {**shown_as, "card": {"contentType": CARD, "content": card}}}}


def texts_of(command: Command[Any, Any], data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Returns what stands in the fields of a command's form, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for field in fields_of(command, {}):
        text = _text(data.get(field.name))
        found[field.name] = tuple(text.split(BETWEEN)) if field.argument.kind is Kind.targets else (text,)
        if field.argument.kind is Kind.moment:
            found[field.name + TIME] = (_text(data.get(field.name + TIME)),)
    return found


def _text(value: object) -> str:
    """Returns the text of an input; some clients send a number as one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if abs(value) < 10**15 else ""
    return value if isinstance(value, str) else ""


def _inputs(field: Field, zone: tzinfo, texts: Texts, errors: Mapping[str, str]) -> Iterator[Element]:
    given = tuple(texts.get(field.name, field.given))
    if field.argument.kind is Kind.moment:
        at = _moment(field, zone) if field.name not in texts else ("".join(given), "".join(texts[field.name + TIME]))
        yield _input("Input.Date", field, f"{field.label}: date ({zone})", at[0])
        yield {**_input("Input.Time", field, f"{field.label}: time of day ({zone})", at[1]), "id": field.name + TIME}
    else:
        yield _MAKE.get(field.argument.kind, _picked if field.argument.kind in PICKED else _typed)(field, given)
    if field.hint:
        yield rich([plain_run(field.hint) | {"isSubtle": True, "size": "Small"}], spacing="None")
    for name in (field.name, field.name + TIME):
        if words := errors.get(name):
            yield rich([plain_run(words) | {"color": "Attention"}], spacing="None")


def _input(kind: str, field: Field, label: str, value: str, **more: Any) -> Element:
    needed = {"isRequired": True, "errorMessage": "Fill this in."} if field.needed else {}
    filled = {"value": value} if value else {}
    return {"type": kind, "id": field.name, "label": cut(label, MAX_LABEL), **needed, **filled, **more}


def _typed(field: Field, given: tuple[str, ...]) -> Element:
    text = "".join(given)
    value = text if len(text) <= field.longest else ""
    return _input("Input.Text", field, field.label, value, isMultiline=field.lines, maxLength=field.longest)


def _number(field: Field, given: tuple[str, ...]) -> Element:
    made = _input("Input.Number", field, field.label, "", min=1, max=field.argument.most)
    text = "".join(given)
    return made | ({"value": int(text)} if text.isascii() and text.isdecimal() else {})


def _choice(field: Field, given: tuple[str, ...]) -> Element:
    known = [value for value in given if value in field.argument.choices][:1]
    choices = [{"title": value, "value": value} for value in field.argument.choices]
    return _input("Input.ChoiceSet", field, field.label, "".join(known), style="compact", choices=choices)


def _picked(field: Field, given: tuple[str, ...], *, several: bool = False) -> Element:
    """Offers what is suggested while somebody types. It is empty where not all fits that was given: a part of it would mean other
    devices, more of them without a filter."""
    values = [value for value in dict.fromkeys(given) if fits(value, several=several)]
    whole = values if len(values) == len(given) else []
    choices = [{"title": shown(value).replace("\n", " ") or NOTHING, "value": value} for value in whole]
    made = _input("Input.ChoiceSet", field, field.label, BETWEEN.join(whole), style="filtered", choices=choices)
    query = {"type": "Data.Query", "dataset": field.argument.kind.name}
    return made | {"isMultiSelect": several, "placeholder": "Type to search", "choices.data": query}


def _several(field: Field, given: tuple[str, ...]) -> Element:
    return _picked(field, given, several=True)


def fits(value: str, *, several: bool) -> bool:
    """Says whether a value can be picked and comes back as it is."""
    return 0 < len(value) <= MAX_VALUE and clean(value) == value and not (several and BETWEEN in value)


def _moment(field: Field, zone: tzinfo) -> tuple[str, str]:
    """Returns the date and the time of day of what is given, as inputs have them; empty for none."""
    with suppress(OverflowError):  # within hours of the years 1 and 10000
        for given in field.given:
            local = datetime.fromisoformat(given).astimezone(zone)
            return local.date().isoformat(), f"{local:%H:%M}"
    return "", ""


_MAKE: Mapping[Kind, Callable[[Field, tuple[str, ...]], Element]] = {
    Kind.choice: _choice,
    Kind.targets: _several,
    Kind.number: _number,
}
