"""What a subcommand takes: one table per command, from which its line is read and written, and usage, help and docs follow.

`parse(arguments, write(name, arguments, values))` gives the values back, whatever quotes, blanks or newlines they hold. Both
are pure: a device is a word here, and only the handler looks it up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from bot.core.errors import UsageError
from bot.core.line import Reader, is_one_word, quoted, straight
from bot.core.text import cut

MOST_DIGITS = 18  # of a number that somebody types: more than any database holds
LONGEST_SHOWN = 40  # characters of a word that an error repeats

# By name; what was not given is absent. The type follows from the kind.
Values = Mapping[str, Any]


class Kind(Enum):
    """What an argument means and, in brackets, as which Python type it is read."""

    device = auto()  # host name, address, or `#` and its number (str)
    targets = auto()  # several of these, or of groups: the rest of the line (tuple of str)
    group = auto()  # the name of a group (str)
    user = auto()  # a name in WebNet (str)
    job = auto()  # its number, with or without `#` (int)
    alert = auto()  # as job (int)
    choice = auto()  # one of `choices`, in any case (str)
    number = auto()  # from 1 to `most` (int)
    duration = auto()  # such as `90s` or `1d12h` (timedelta)
    moment = auto()  # ISO 8601; UTC where it names no zone (aware datetime)
    words = auto()  # all that is left, word by word or phrase by phrase (tuple of str)
    text = auto()  # one word or phrase, every character as it was typed (str)
    rest = auto()  # all that is left as one text (str)
    sealed = auto()  # text that is kept elsewhere, sealed, and stands in no line, audit row, button or log (Sealed)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Stands for a text that must not be seen: 32 hexadecimal digits, under which the text is kept."""

    id: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that a command takes. The order of the table is the order in the line; `words`, `targets` and `rest` come last.

    `named` ones are written `name:value`, anywhere in the line; a named `rest` ends it. `hidden` ones come from buttons and
    stand in no usage: one that cannot be read counts as a word. `exact` takes what was typed even where it looks like a
    secret: for text that goes into WebNet or to a device, never to be repeated. Every other value is redacted before it is read,
    because errors, titles and buttons repeat it. `placeholder` is shown in the usage where `<name>` or `[name]` says too little.
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


DEVICE = Argument("device", Kind.device, "a host name, an address, or `#` and the number", required=True)
JOB = Argument("job", Kind.job, "the number of a job", required=True)

_MANY = {Kind.targets, Kind.words}
_UNITS_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS_S), re.IGNORECASE)
_SEALED = re.compile("[0-9a-f]{32}")


def usage(name: str, arguments: Iterable[Argument]) -> str:
    """`config <device> [section]`: what people type."""
    shown = (argument for argument in arguments if not argument.hidden and (not argument.named or argument.required))
    return " ".join((name, *map(_placeholder, shown)))


def _placeholder(argument: Argument) -> str:
    value = f"{argument.name}:…" if argument.named else argument.name
    return argument.placeholder or (f"<{value}>" if argument.required else f"[{value}]")


# -- from a line to values


def parse(arguments: Sequence[Argument], line: str, command: str = "") -> dict[str, Any]:
    """The values in what follows the subcommand's name. `command` is what to type for it, such as `/webnet logs`.

    Raises UsageError, which may repeat words of the line.
    """
    parser = _Parser(arguments, Reader(line), command)
    parser.read()
    return parser.values


@dataclass(slots=True)
class _Parser:
    arguments: Sequence[Argument]
    line: Reader
    command: str
    values: dict[str, Any] = field(default_factory=dict)

    def read(self) -> None:
        named = {argument.name: argument for argument in self.arguments if argument.named}
        slots = [argument for argument in self.arguments if not argument.named]
        while not self.line.at_end:
            argument = named.get(self.line.name()) if named else None
            if argument is not None and self._named(argument):
                continue
            if slots and slots[0].kind is Kind.rest:
                self.values[slots.pop(0).name] = self._all_left()
            elif (word := self.line.value()).strip():
                self._positional(slots, word)
        for argument in self.arguments:
            if argument.required and argument.name not in self.values:
                raise self._missing(argument)

    def _named(self, argument: Argument) -> bool:
        """False if what stands here is a word like any other; then it is not read."""
        start = self.line.at
        follows = self.line.skip(argument.name)
        if argument.kind is Kind.rest:
            word = self.line.value() if follows and self.line.in_quotes() else self.line.rest()
        elif not follows:
            self.line.at = start
            return False
        else:
            word = self.line.value()
        try:
            value = _READ[argument.kind](argument, word)
        except ValueError:
            if argument.hidden:
                self.line.at = start
                return False
            raise self._unfit(argument, word) from None
        if argument.name in self.values:
            raise UsageError(f"There are two of `{argument.name}:`, where one is allowed.")
        self.values[argument.name] = value
        return True

    def _all_left(self) -> str:
        return self.line.value() if self.line.in_quotes(to_the_end=True) else self.line.rest()

    def _positional(self, slots: list[Argument], word: str) -> None:
        if not slots:
            raise self._surplus(word)
        argument = slots[0]
        try:
            value = _READ[argument.kind](argument, word)
        except ValueError:
            raise self._unfit(argument, word) from None
        if argument.kind in _MANY:
            self.values[argument.name] = (*self.values.get(argument.name, ()), value)
        else:
            self.values[slots.pop(0).name] = value

    def _surplus(self, word: str) -> UsageError:
        first = next((argument for argument in self.arguments if not argument.named), None)
        if first is not None and first.required and first.kind in _NAME_ONE:
            return self._missing(first)
        return UsageError(f"`{cut(word, LONGEST_SHOWN)}` is not understood: {self._usage()}.")

    def _unfit(self, argument: Argument, word: str) -> UsageError:
        if argument.kind is Kind.sealed:
            return UsageError(f"`{argument.name}` cannot be typed into the line, which the audit log keeps.")
        if argument.kind in _NAME_ONE:
            return self._missing(argument)
        hint = f"Choose one of {', '.join(argument.choices)}" if argument.choices else argument.help or self._usage()
        return UsageError(f"`{cut(word, LONGEST_SHOWN)}` is not understood: {hint}.")

    def _missing(self, argument: Argument) -> UsageError:
        match argument.kind:
            case Kind.device:
                return UsageError(f"Name one device: {self._usage()}, by host name or address.")
            case Kind.job | Kind.alert:
                what = "job" if argument.kind is Kind.job else "drift alert"
                return UsageError(f"Name one {what} by its number, such as `{self.command} 163`.")
            case _:
                return UsageError(f"`{argument.name}` is missing: {self._usage()}.")

    def _usage(self) -> str:
        return f"`{usage(self.command, self.arguments)}`"


_NAME_ONE = {Kind.device, Kind.job, Kind.alert}


def _word(_: Argument, word: str) -> str:
    return " ".join(straight(word).split())


def _as_it_is(_: Argument, word: str) -> str:
    return word


def _id(argument: Argument, word: str) -> int:
    return _number(argument, word.removeprefix("#"))


def _number(argument: Argument, word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= MOST_DIGITS and 1 <= int(word) <= argument.most):
        raise ValueError(word)
    return int(word)


def _choice(argument: Argument, word: str) -> str:
    found = {choice.lower(): choice for choice in argument.choices}.get(word.lower())
    if found is None:
        raise ValueError(word)
    return found


def _duration(_: Argument, word: str) -> timedelta:
    found = _DURATION.fullmatch(word)
    if not word or found is None:
        raise ValueError(word)
    amounts = zip(found.groups("0"), _UNITS_S.values(), strict=True)
    try:
        return timedelta(seconds=sum(int(amount) * unit_s for amount, unit_s in amounts))
    except OverflowError:
        raise ValueError(word) from None


def _moment(_: Argument, word: str) -> datetime:
    moment = datetime.fromisoformat(word)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sealed(_: Argument, word: str) -> Sealed:
    if not _SEALED.fullmatch(word):
        raise ValueError
    return Sealed(word)


_READ: Mapping[Kind, Callable[[Argument, str], Any]] = {
    Kind.device: _word,
    Kind.targets: _word,
    Kind.group: _word,
    Kind.user: _word,
    Kind.job: _id,
    Kind.alert: _id,
    Kind.choice: _choice,
    Kind.number: _number,
    Kind.duration: _duration,
    Kind.moment: _moment,
    Kind.words: _as_it_is,
    Kind.text: _as_it_is,
    Kind.rest: _as_it_is,
    Kind.sealed: _sealed,
}


# -- from values to a line


def write(name: str, arguments: Iterable[Argument], values: Values) -> str:
    """The command line that means these values, such as a button carries. Of a sealed text only its id is written: to give
    the text itself is a programming error (TypeError), as is a value that the table does not have (KeyError)."""
    table = {argument.name: argument for argument in arguments}
    given = {table[key]: value for key, value in values.items() if value not in (None, "", ())}
    ordered = sorted(given, key=lambda argument: (argument.kind is Kind.rest, [*table].index(argument.name)))
    pieces = [name]
    for argument in ordered:
        texts = map(str, given[argument]) if argument.kind in _MANY else [_text(argument, given[argument])]
        pieces += (_piece(argument, text, table) for text in texts)
    return " ".join(pieces)


def _text(argument: Argument, value: Any) -> str:
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
    for unit, unit_s in _UNITS_S.items():
        amount, left = divmod(left, unit_s)
        if amount:
            pieces.append(f"{amount}{unit}")
    return "".join(pieces) or "0s"


def _piece(argument: Argument, text: str, table: Mapping[str, Argument]) -> str:
    start = f"{argument.name}:" if argument.named else ""
    looks_named = not argument.named and (other := table.get(Reader(text).name())) is not None and other.named
    whole = argument.kind is Kind.rest and text == text.strip() and is_one_word(text[:1])
    bare = not looks_named and (whole or is_one_word(text))
    return f"{start}{text if bare else quoted(text)}"
