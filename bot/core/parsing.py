"""Reads the values of a command from its line, by the command's table of arguments. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.arguments import MANY, MOST_DIGITS, UNITS_S, Argument, Kind, Sealed, usage
from bot.core.errors import UsageError
from bot.core.line import Reader, straight
from bot.core.text import cut

LONGEST_SHOWN = 40  # characters of a word that an error repeats

_DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in UNITS_S), re.IGNORECASE)
_SEALED = re.compile("[0-9a-f]{32}")


def parse(arguments: Sequence[Argument], line: str, command: str = "") -> dict[str, Any]:
    """Reads the values from what follows the subcommand's name. `command` is what to type for it, such as `/webnet logs`.

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
        """Reads `name:value` here. False, and nothing is read, if this is a word like any other."""
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
        if argument.kind in MANY:
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
    amounts = zip(found.groups("0"), UNITS_S.values(), strict=True)
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
