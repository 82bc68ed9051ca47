"""Reads the values of a command from its line, by the command's table of arguments. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.core import spoken_times
from bot.core.arguments import MANY, TIMES, Argument, Kind, usage
from bot.core.errors import UsageError
from bot.core.line import Reader, straight
from bot.core.targets import PREFIX
from bot.core.text import cut
from bot.core.values import SINCE, UNTIL, may_be_window, read_value

LONGEST_SHOWN = 40  # characters of a word that an error repeats
_BEGINS = {Kind.span: UNTIL, Kind.window: SINCE}  # what a moment follows


def parse(arguments: Sequence[Argument], line: str, command: str = "") -> dict[str, Any]:
    """Reads the values from what follows the subcommand's name. `command` is what to type for it, such as `/webnet logs`.

    Raises UsageError, which may repeat words of the line.
    """
    parser = _Parser(arguments, Reader(line), command)
    parser.read()
    return parser.values


def readable(arguments: Sequence[Argument], line: str) -> dict[str, Any]:
    """Reads what can be read of a line, and passes over what cannot; nothing need be there. Raises nothing."""
    parser = _Parser(arguments, Reader(line), "")
    while not parser.line.at_end:
        with suppress(UsageError):  # which comes behind the word that is wrong, or at the end
            parser.read()
    return parser.values


def read_one(argument: Argument, text: str) -> Any:
    """Reads the value of one argument from a text that holds nothing else. Raises ValueError."""
    if argument.kind is not Kind.words:
        return read_value(argument, text)
    return parse((Argument(argument.name, argument.kind),), text).get(argument.name, ())


@dataclass(slots=True)
class _Parser:
    arguments: Sequence[Argument]
    line: Reader
    command: str
    values: dict[str, Any] = field(default_factory=dict)

    def read(self) -> None:
        named = {argument.name: argument for argument in self.arguments if argument.named}
        slots = [
            each for each in self.arguments if not each.named and (each.name not in self.values or each.kind in MANY)
        ]
        while not self.line.at_end:
            argument = named.get(self.line.name()) if named else None
            if argument is not None and self._named(argument):
                continue
            if self._ends_targets(slots) or self._passes_choice(slots) or self._passes_window(slots):
                slots.pop(0)
            if slots and slots[0].kind is Kind.rest:
                argument = slots.pop(0)
                if (text := self._all_left()).strip():
                    self.values[argument.name] = text
            elif (word := self.line.value(PREFIX if slots and slots[0].kind is Kind.targets else None)).strip():
                self._positional(slots, word)
        for argument in self.arguments:
            if (argument.required or self._is_due(argument)) and argument.name not in self.values:
                raise UsageError(self._missing(argument), form=True)

    def _is_due(self, argument: Argument) -> bool:
        """Whether there are targets for what this argument would say, and no sealed text says that."""
        given = {a.kind for a in self.arguments if a.name in self.values}
        return bool(argument.begins) and Kind.targets in given and Kind.sealed not in given

    def _ends_targets(self, slots: Sequence[Argument]) -> bool:
        """Whether the `rest` behind `targets` begins here."""
        if len(slots) < 2 or slots[0].kind is not Kind.targets or not slots[1].begins:
            return False
        return self.line.is_last or slots[1].may_begin_with(self.line.bare_word())

    def _passes_choice(self, slots: Sequence[Argument]) -> bool:
        """Whether a choice that may be missing is, because the `rest` behind it begins here."""
        before_rest = len(slots) > 1 and slots[0].kind is Kind.choice and slots[1].kind is Kind.rest
        return before_rest and not slots[0].required and not slots[0].may_be(self.line.bare_word())

    def _passes_window(self, slots: Sequence[Argument]) -> bool:
        """Whether how far to look back is not said, because the next word says nothing of it."""
        if not slots or slots[0].kind is not Kind.window:
            return False
        if words := self.line.bare_words(spoken_times.MOST_WORDS):
            return not (may_be_window(straight(words[0])) or spoken_times.begins(words)[1])
        start, phrase = self.line.at, self.line.value()
        self.line.at = start
        return not phrase.lower().startswith(f"{SINCE} ")  # as buttons write it

    def _joined(self, kind: Kind, word: str) -> str:
        """Reads on where more words say the same time, or a moment follows the word that begins a value."""
        begins, _, first = word.partition(":")
        if begins.lower() == _BEGINS.get(kind) and (first or not self.line.at_end):
            return f"{begins} {self._time(first or self.line.value())}"
        return self._time(word) if kind in TIMES else word

    def _time(self, word: str) -> str:
        """Reads on as far as the words that follow belong to the point in time that this one begins."""
        said, number = spoken_times.begins([straight(word), *self.line.bare_words(spoken_times.MOST_WORDS - 1)])
        for _ in range(number - 1):
            self.line.value()
        return said if number > 1 else word

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
            word = self._joined(argument.kind, self.line.value())
        try:
            value = read_value(argument, word)
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
        if argument.kind is Kind.number:
            word = word.removeprefix("#")
        while word.lower() in _NOUNS.get(argument.kind, ()) and not self.line.at_end:  # as messages name it: job #163
            word = self.line.value()
        word = self._joined(argument.kind, word)
        try:
            value = read_value(argument, word)
        except ValueError:
            raise self._unfit(argument, word) from None
        if argument.kind in MANY:
            self.values[argument.name] = (*self.values.get(argument.name, ()), value)
        else:
            self.values[slots.pop(0).name] = value

    def _surplus(self, word: str) -> UsageError:
        first = next((argument for argument in self.arguments if not argument.named), None)
        if first is not None and first.required and first.kind in _NAME_ONE:
            return UsageError(self._missing(first))
        return UsageError(f"`{cut(word, LONGEST_SHOWN)}` is not understood: {self._usage()}.")

    def _unfit(self, argument: Argument, word: str) -> UsageError:
        if argument.kind is Kind.sealed:
            return UsageError(f"`{argument.name}` cannot be typed into the line, which the audit log keeps.")
        if argument.kind in _NAME_ONE:
            return UsageError(self._missing(argument))
        hint = f"choose one of {', '.join(argument.choices)}" if argument.choices else argument.help or self._usage()
        return UsageError(f"`{cut(word, LONGEST_SHOWN)}` is not understood: {hint}.")

    def _missing(self, argument: Argument) -> str:
        match argument.kind:
            case Kind.device:
                return f"Name one device: {self._usage()}, by host name or address."
            case Kind.targets:
                return f"Name the devices: {self._usage()}, by host name, address, `@group` or a filter such as `site:fra1`."
            case Kind.job | Kind.alert | Kind.request:
                what, number = _NUMBERED[argument.kind]
                return f"Name one {what} by its number, such as `{self.command} {number}`."
            case _:
                return f"`{argument.name}` is missing: {self._usage()}."

    def _usage(self) -> str:
        return f"`{usage(self.command, self.arguments)}`"


_NUMBERED = {Kind.job: ("job", 163), Kind.alert: ("drift alert", 3), Kind.request: ("request", 17)}
_NOUNS = {Kind.job: ("job",), Kind.alert: ("drift", "alert"), Kind.request: ("request",)}
_NAME_ONE = {Kind.device, *_NUMBERED}
