"""Says what a subcommand takes: one table per command, from which its line is written and read, and usage and docs follow.

`core.parsing.parse` gives back the values that `write` wrote, whatever quotes, blanks or newlines they hold. Both are pure: a
device is a word here, and only the handler looks it up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from bot.core.line import Reader, is_one_word, quoted, straight
from bot.core.spoken_times import goes_on
from bot.core.targets import PREFIX

MOST_DIGITS = 18  # of a number that somebody types: more than any database holds

# By name; what was not given is absent. The type follows from the kind.
Values = Mapping[str, Any]


class Kind(Enum):
    """Says what an argument means and, in brackets, as which Python type it is read."""

    device = auto()  # host name, address, or `#` and its number (str)
    targets = auto()  # the words of an expression that `core.targets` reads: the rest of the line (tuple of str)
    group = auto()  # the name of a group (str)
    user = auto()  # a name in WebNet (str)
    job = auto()  # the number of a job, with or without `#` (int)
    alert = auto()  # the number of a drift alert, with or without `#` (int)
    request = auto()  # the number of a request, with or without `#` (int)
    choice = auto()  # one of `choices`, in any case (str)
    number = auto()  # from 1 to `most` (int)
    duration = auto()  # such as `90s` or `1d12h` (timedelta)
    moment = auto()  # ISO 8601; UTC where it names no zone (aware datetime)
    span = (
        auto()
    )  # how long something lasts: a duration, `until 08:00`, `until` and a moment, or `until resolved` (str)
    point = auto()  # a moment that has passed: `3d` ago, `08:00`, `yesterday`, a date or a moment (str)
    window = auto()  # how far to look back: an age, `yesterday`, or `since` and a point (str)
    words = auto()  # every word or phrase that is left (tuple of str)
    text = auto()  # one word or phrase, every character as it was typed (str)
    rest = auto()  # all that is left as one text (str)
    sealed = auto()  # text that is kept elsewhere, sealed, and stands in no line, audit row, button or log (Sealed)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Stands for a text that must not be seen: 32 hexadecimal digits, under which the text is kept."""

    id: str


@dataclass(frozen=True, slots=True)
class Argument:
    """Describes one thing that a command takes. The table has the order of the line; `words`, `targets` and `rest` come last.

    `named` ones are written `name:value`, anywhere in the line; a named `rest` ends it. `hidden` ones stand in no usage: named
    ones come from buttons, and one that cannot be read counts as a word; others are asked for by a form alone. `exact` takes what
    was typed even where it looks like a secret: for text that goes into WebNet or to a device, never to be repeated. Every other
    value is redacted before it is read, because errors, titles and buttons repeat it. `placeholder` is shown in the usage where
    `<name>` or `[name]` says too little. `begins` is for a `rest` behind `targets`: a pattern for the words that can begin it. It
    begins at the first of them that stands without quotes, else it is the last word or phrase of the line. A choice that stands
    before a `rest` and need not be given is left out where the next word, without quotes, is none of it.
    """

    name: str
    kind: Kind
    help: str = ""
    required: bool = False
    named: bool = False
    hidden: bool = False
    exact: bool = False
    choices: tuple[str, ...] = ()
    most: int = 10**MOST_DIGITS - 1
    placeholder: str = ""
    begins: str = ""

    @property
    def button_only(self) -> bool:
        """Whether only buttons carry it."""
        return self.hidden and self.named

    def may_begin_with(self, word: str) -> bool:
        """Whether this word, without quotes, begins a `rest`."""
        return bool(self.begins) and re.fullmatch(self.begins, word, re.IGNORECASE) is not None

    def may_be(self, word: str) -> bool:
        """Whether this word, without quotes, is one of the choices of an argument that stands without its name and may be missing."""
        optional = self.kind is Kind.choice and not (self.named or self.required)
        return optional and word.lower() in map(str.lower, self.choices)


DEVICE = Argument("device", Kind.device, "a host name, an address, or `#` and the number", required=True)
DEVICES = Argument("devices", Kind.targets, "devices, `@group`, `site:`, `vendor:` or `role:`", required=True)
JOB = Argument("job", Kind.job, "the number of a job", required=True)
ALERT = Argument("alert", Kind.alert, "the number of a drift alert", required=True)

TIMES = frozenset({Kind.span, Kind.point, Kind.window})  # the kinds that several words may say, such as `last 2 hours`
MANY = frozenset({Kind.targets, Kind.words})  # the kinds whose value is a tuple
UNITS_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}  # of a duration


def usage(name: str, arguments: Iterable[Argument]) -> str:
    """Returns what people type, such as `config <device> [section]`."""
    shown = (argument for argument in arguments if not argument.hidden and (not argument.named or argument.required))
    return " ".join((name, *map(placeholder, shown)))


def placeholder(argument: Argument) -> str:
    """Returns what stands for this argument in a usage, such as `<device>` or `[site:…]`."""
    value = f"{argument.name}:…" if argument.named else argument.name
    return argument.placeholder or (f"<{value}>" if argument.required else f"[{value}]")


def write(name: str, arguments: Iterable[Argument], values: Values) -> str:
    """Writes the command line that means these values, such as a button carries.

    Of a sealed text only its id is written. Raises TypeError for the text itself, and KeyError for a value that the table
    does not have: both are programming errors.
    """
    table = {argument.name: argument for argument in arguments}
    given = {table[key]: value for key, value in values.items() if value not in (None, "", ())}
    ordered = sorted(given, key=lambda argument: (argument.kind is Kind.rest, [*table].index(argument.name)))
    pieces = [name]
    for argument in ordered:
        texts = map(str, given[argument]) if argument.kind in MANY else [text_of(argument, given[argument])]
        pieces += (_piece(argument, text, table) for text in texts)
    return " ".join(pieces)


def write_for_device(name: str, device: int) -> str:
    """Writes the line of a command that needs no more than a device, by its id in WebNet."""
    return write(name, (DEVICE,), {DEVICE.name: f"#{device}"})


def write_for_job(name: str, job: int) -> str:
    """Writes the line of a command that needs no more than a job."""
    return write(name, (JOB,), {JOB.name: job})


def write_for_alert(name: str, alert: int) -> str:
    """Writes the line of a command that needs no more than a drift alert."""
    return write(name, (ALERT,), {ALERT.name: alert})


def text_of(argument: Argument, value: Any) -> str:
    """Writes one value as it would be typed, without quotes. Raises TypeError for the text of a sealed one."""
    match argument.kind:
        case Kind.sealed:
            if not isinstance(value, Sealed):
                raise TypeError(f"{argument.name} is sealed: only the id of its text stands in a line")
            return value.id
        case Kind.duration:
            return _units(value)
        case Kind.moment:
            return str(value.isoformat())
        case _:
            return str(value)


def _units(value: timedelta) -> str:
    left, pieces = int(value.total_seconds()), []
    for unit, unit_s in UNITS_S.items():
        amount, left = divmod(left, unit_s)
        if amount:
            pieces.append(f"{amount}{unit}")
    return "".join(pieces) or "0s"


def _piece(argument: Argument, text: str, table: Mapping[str, Argument]) -> str:
    start = f"{argument.name}:" if argument.named else ""
    looks_named = not argument.named and (other := table.get(Reader(text).name())) is not None and other.named
    if argument.kind is Kind.targets and not looks_named and (prefix := PREFIX.match(text)):
        start, text = prefix[0], text[prefix.end() :]
    whole = argument.kind is Kind.rest and text == text.strip() and is_one_word(text[:1])
    if argument.begins:
        whole = whole and argument.may_begin_with(straight(text).split()[0])
    looks_other = argument.kind is Kind.targets and any(other.may_begin_with(text) for other in table.values())
    first = straight(text).split()[:1]
    if argument.kind is Kind.rest:
        looks_other = looks_other or any(other.may_be(word) for other in table.values() for word in first)
    if argument.kind not in TIMES and any(other.kind in TIMES for other in table.values()):
        looks_other = looks_other or any(map(goes_on, first))
    bare = not looks_named and not looks_other and (whole or is_one_word(text))
    return f"{start}{text if bare else quoted(text)}"
