"""Makes the form of a command from its table of arguments, and reads what was filled into it. Pure.

A chat shows a form with elements of its own. What was filled in is read by the same table and becomes a command line by
`Command.write`, which then goes through the pipeline as if somebody had typed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from bot.core import targets
from bot.core.arguments import Argument, Kind, Sealed, Values, placeholder, text_of
from bot.core.commands import MAX_LINE, Command
from bot.core.errors import UsageError
from bot.core.line import is_one_word, quoted
from bot.core.message import Button, Buttons, Message
from bot.core.parsing import read_one, readable
from bot.core.text import either

PICKED = frozenset({Kind.device, Kind.targets, Kind.group, Kind.job, Kind.alert, Kind.request, Kind.user, Kind.choice})
TIME = ":time"  # behind the name of a moment: its time of day, which is filled in beside its date
MOST_PICKED = 100  # targets in one field; Slack's limit of options
LONGEST = {Kind.rest: 2_000, Kind.sealed: 3_000}  # characters in one field
LONGEST_OTHER = 500
LONGEST_CARRIED = 1_500  # characters of a line that a button carries; chats take about 2,000
UNSEALED = Sealed("0" * 32)  # stands for the id of a text that is not kept yet

Texts = Mapping[str, Sequence[str]]  # what stands in the fields, by name

TOO_LONG = f"That is too long: all fields together may hold {MAX_LINE:,} characters."
_NUMBER = "Choose one, or write its number."
_WRONG = {
    Kind.job: _NUMBER,
    Kind.alert: _NUMBER,
    Kind.request: _NUMBER,
    Kind.duration: "Write how long, such as 90s, 30m or 1d12h.",
    Kind.moment: "Choose a date and a time of day.",
    Kind.span: "Write 1h, until 08:00 or until resolved.",
    Kind.point: "Write 3d, 08:00, yesterday, 2026-11-20 or 2026-11-20 14:00.",
    Kind.window: "Write 2h, 3d, yesterday or since 08:00.",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One argument in a form. `given` is what it holds already, as somebody would fill it in: several texts where several are
    picked, else one or none."""

    argument: Argument
    given: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.argument.name

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def hint(self) -> str:
        words = self.argument.help.replace("`", "")
        return f"{words[:1].upper()}{words[1:]}"

    @property
    def needed(self) -> bool:
        """Whether it must not stay empty. Words may: what looks for them can look for something else."""
        argument = self.argument
        return argument.required or (argument.kind is not Kind.words and placeholder(argument).startswith("<"))

    @property
    def lines(self) -> bool:
        """Whether the text may have several lines."""
        return self.argument.kind is Kind.sealed or (self.argument.kind is Kind.rest and not self.argument.begins)

    @property
    def longest(self) -> int:
        return LONGEST.get(self.argument.kind, LONGEST_OTHER)


@dataclass(frozen=True, slots=True)
class Form:
    """What a command asks for. `line` is what is filled in already as a command line, with the values of buttons, which no field
    shows."""

    command: str
    summary: str
    fields: tuple[Field, ...]
    line: str


@dataclass(slots=True)
class Filled:
    """What was filled in: the values, or what is wrong by field. A sealed value is the text itself, until that is kept."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def fields_of(command: Command[Any, Any], values: Values) -> tuple[Field, ...]:
    """Returns the fields of a command in the order of its line: what only buttons carry has none, nor has what is typed where a form
    asks for a sealed text."""
    sealed = any(argument.kind is Kind.sealed for argument in command.arguments)
    asked = (argument for argument in command.arguments if not argument.button_only)
    shown = (argument for argument in asked if not (sealed and argument.begins))
    return tuple(Field(argument, _given(argument, values.get(argument.name))) for argument in shown)


def form_of(command: Command[Any, Any], line: str, typed: str, *, by_hand: bool) -> Form | None:
    """Makes the form with what can be read of a line, or returns None for a command that takes nothing.

    `line` and `typed` are what follows the command's name, as for `Command.parse`. Of a line that was typed `by_hand` nothing is
    kept that only a button may carry.
    """
    exact = {argument.name for argument in command.arguments if argument.exact}
    values = {name: value for name, value in readable(command.arguments, line).items() if name not in exact}
    values |= {name: value for name, value in readable(command.arguments, typed).items() if name in exact}
    fields = fields_of(command, values)
    if by_hand:
        values = {each.name: values[each.name] for each in fields if each.name in values}
    return Form(command.name, command.summary, fields, command.write(values)) if fields else None


def offered(form: Form, message: Message) -> Message:
    """Adds the button that opens a form."""
    line = form.line if len(form.line) <= LONGEST_CARRIED else form.command
    return replace(message, parts=(*message.parts, Buttons((Button("Fill in", command=line, form=True),))))


def filled(command: Command[Any, Any], texts: Texts, zone: tzinfo) -> Filled:
    """Reads what was filled in, whatever it holds; moments are in `zone`."""
    found = Filled()
    for each in fields_of(command, {}):
        given = [text for text in texts.get(each.name, ()) if text.strip()]
        try:
            if each.argument.kind is Kind.moment:
                _read_moment(
                    each, given, [text for text in texts.get(each.name + TIME, ()) if text.strip()], zone, found
                )
            elif given:
                found.values[each.name] = _read(each, given)
            elif each.needed:
                found.errors[each.name] = "Choose one." if each.argument.kind in PICKED else "Fill this in."
        except UsageError as error:
            found.errors[each.name] = error.words
        except (ValueError, OverflowError):
            found.errors[each.name] = _wrong(each.argument)
    if not found.errors and len(command.write(_written(command, found.values))) > MAX_LINE:
        longest = max(found.values, key=lambda name: len(str(found.values[name])))
        found.errors[longest] = TOO_LONG
    return found


def sealed_in(command: Command[Any, Any], values: Values) -> list[str]:
    """Returns the names of the values that have to be kept sealed before a line can be written."""
    return [
        each.name for each in command.arguments if each.kind is Kind.sealed and isinstance(values.get(each.name), str)
    ]


def _written(command: Command[Any, Any], values: Values) -> Values:
    return {**values, **dict.fromkeys(sealed_in(command, values), UNSEALED)}


def _given(argument: Argument, value: Any) -> tuple[str, ...]:
    match argument.kind:
        case _ if value is None:
            return ()
        case Kind.targets:
            return tuple(map(str, value))
        case Kind.words:
            return (" ".join(word if is_one_word(word) else quoted(word) for word in value),)
        case _:
            return (text_of(argument, value),)


def _read(of: Field, given: Sequence[str]) -> Any:
    """Raises ValueError, or UsageError where there are better words."""
    kind = of.argument.kind
    if kind is Kind.targets:
        if len(given) > MOST_PICKED or max(map(len, given)) > of.longest:
            raise ValueError
        targets.read(given)
        return tuple(given)
    (text,) = given
    if len(text) > of.longest:
        raise UsageError(f"That is too long: {len(text):,} characters, where {of.longest:,} are allowed.")
    if kind is Kind.sealed:
        return text
    return read_one(of.argument, text if of.argument.exact else text.strip())


def _read_moment(of: Field, dates: Sequence[str], times: Sequence[str], zone: tzinfo, found: Filled) -> None:
    """Reads a date and a time of day of which neither says its zone."""
    if not (dates or times or of.needed):
        return
    for part, name in ((dates, of.name), (times, of.name + TIME)):
        if not part:
            found.errors[name] = _WRONG[Kind.moment]
    if dates and times:
        local = datetime.fromisoformat(f"{dates[0]}T{times[0]}")
        if local.tzinfo:
            raise ValueError
        moment = local.replace(tzinfo=zone)
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
            raise UsageError("There is no such time on that day: clocks are put forward.")
        found.values[of.name] = moment


def _wrong(argument: Argument) -> str:
    if argument.kind is Kind.number:
        return f"Write a whole number from 1 to {argument.most:,}."
    if argument.kind is Kind.choice:
        return f"Choose {either(argument.choices)}."
    return _WRONG.get(argument.kind, "That cannot be read.")
