"""What a command is, and how a line becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, Literal, TypeVar

from bot.core.message import Message

MAX_LINE = 3000  # characters; Slack's own limit for a message somebody types is near 4,000


class Role(IntEnum):
    """WebNet's roles by what they allow; `none` is what an unknown word counts as."""

    none = 0
    viewer = 1
    operator = 2
    admin = 3

    @classmethod
    def of(cls, word: str) -> Role:
        return cls.__members__.get(word, cls.none)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Slack team, bound to one WebNet customer."""

    id: int
    team_id: str
    team_name: str
    customer: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """The mapped WebNet user behind a Slack user."""

    slack_user: str
    user: int
    username: str
    role: Role
    customers: frozenset[int]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One authenticated request, typed or clicked. `text` is what follows the slash command, already unescaped.

    `keys` name the request for the sender: one that was seen before is not run again. `way` is "command" or "button". `asked` is when it arrived, by the monotonic clock; 0 if nobody noted it.
    """

    team_id: str
    slack_user: str
    channel: str
    text: str
    request_id: str
    way: str = "command"
    keys: tuple[str, ...] = ()
    slack_user_name: str = ""
    channel_name: str = ""
    asked: float = 0.0


C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Command(Generic[C, R]):
    """A subcommand: `run` does it and `view` shows what came of it. Help, rights, audit and errors follow from here.

    `role` is the least role unless the settings say otherwise; `changes` marks what alters something in WebNet, which
    reads the caller's rights again and leaves an audit row before it starts; after what can be done only `once` the button
    that was pressed goes. `whole` takes the rest of the line as one argument, with its quotes.
    """

    name: str
    usage: str
    summary: str
    example: str
    role: Role
    run: Callable[[C, tuple[str, ...]], R]
    view: Callable[[R], Message]
    changes: bool = False
    once: bool = False
    whole: bool = False
    visibility: Literal["in_channel", "ephemeral"] | None = None  # None leaves it to the setting for all commands
    details: str = ""


class Registry(Mapping[str, Command[Any, Any]]):
    """The commands by name, in the order in which help shows them."""

    def __init__(self, commands: Iterable[Command[Any, Any]]) -> None:
        self._commands: dict[str, Command[Any, Any]] = {}
        for command in commands:
            if command.name in self._commands:
                raise ValueError(f"two commands are named {command.name!r}")
            self._commands[command.name] = command

    def __getitem__(self, name: str) -> Command[Any, Any]:
        return self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


# Curly, angled and low quotes count as straight ones; every kind of space as a space.
_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»＂", '"'), **dict.fromkeys("‘’‚‛", "'")})
_SPACE, _SPACES = re.compile(r"\s"), re.compile(r"\s+")
_WORD = re.compile(r"""(?:"([^"]*)"|'([^']*)')(?=\s|$)|(\S+)""")


def straight(text: str) -> str:
    """The text with straight quotes, and every space a plain one."""
    return _SPACE.sub(" ", text.translate(_QUOTES))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a line; a phrase in quotes is one word, an unpaired quote is a character like any other."""
    line = _SPACES.sub(" ", straight(text)).strip()
    found = (next(part for part in match.groups() if part is not None) for match in _WORD.finditer(line))
    return tuple(word for word in found if word.strip())


def parse(text: str) -> tuple[str, tuple[str, ...]]:
    """(name in lower case, arguments); an empty line asks for help."""
    name, *arguments = words_of(text) or ("help",)
    return name.lower(), tuple(arguments)


def rest_of(text: str) -> str:
    """What stands behind the subcommand's name, as it was typed but for its quotes and spaces."""
    found = _WORD.match(straight(text).strip())
    return straight(text).strip()[found.end() :].strip() if found else ""
