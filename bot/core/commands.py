"""Describes what a command is and who calls it from where; the registry holds all commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, Literal, Protocol, TypeVar

from bot.core import arguments, parsing
from bot.core.arguments import Argument, Kind, Values
from bot.core.chat import Place
from bot.core.errors import UsageError
from bot.core.message import Message

MAX_LINE = 3000  # characters; chats let somebody type about 4,000


class Role(IntEnum):
    """Orders WebNet's roles by what they allow; a word that is not known counts as `none`."""

    none = 0
    viewer = 1
    operator = 2
    admin = 3

    @classmethod
    def of(cls, word: str) -> Role:
        return cls.__members__.get(word, cls.none)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Binds a workspace of the chat to one WebNet customer. `chat_id` is the chat's own id, `id` that of its row in the store."""

    id: int
    chat_id: str
    name: str
    customer: int
    enabled: bool


class Workspaces(Protocol):
    """Finds a workspace by the chat's id of it, and by the store's. Both read a cache."""

    def workspace(self, chat_id: str, /) -> Workspace | None: ...

    def by_id(self, workspace: int, /) -> Workspace | None: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Names the WebNet user who is mapped to a chat user. `user` and `customers` are ids in WebNet."""

    chat_user: str
    user: int
    username: str
    role: Role
    customers: frozenset[int]


GROUP = "mpdm-"  # begins the name of a conversation of a few users
PRIVATE = "privategroup"  # is what Slack calls every private channel


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """Holds one authenticated request, typed or clicked. `text` is what follows the slash command, already unescaped.

    `place` is where it was made, and `chat_user` the chat's id of who made it. `keys` name the request for the sender: one
    that was seen before is not run again. `way` is "command", "button" or "form". `asked` is when it arrived, by the monotonic
    clock; 0 if nobody noted it. A `guest` belongs to another workspace than the place, and may do nothing there; who is `foreign`
    does so as well, though perhaps to one of the same organization. `direct`: nobody else reads along at the place. `form` asks
    for the form of the command, filled in as `text` says, and runs nothing. `message` is the text of the message that a shortcut was
    used on, which is stored nowhere.
    """

    place: Place
    chat_user: str
    text: str
    request_id: str
    way: str = "command"
    keys: tuple[str, ...] = ()
    chat_user_name: str = ""
    channel_name: str = ""
    asked: float = 0.0
    guest: bool = False
    foreign: bool = False
    direct: bool = False
    form: bool = False
    message: str = field(default="", repr=False)

    @property
    def in_channel(self) -> bool:
        """Whether the place is a channel, which may get notices: no direct message, and no conversation of a few users."""
        return not self.direct and not self.channel_name.startswith(GROUP)

    @property
    def known_name(self) -> str:
        """The name of the channel, empty where the chat keeps it to itself."""
        return "" if self.channel_name == PRIVATE else self.channel_name


C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Command(Generic[C, R]):
    """Describes a subcommand: `run` does the work and `view` shows its result. Usage, help, rights and audit follow from here.

    `role` is the least role unless the settings say otherwise. `changes` marks what alters something in WebNet: the caller's
    rights are read again, and an audit row is written before it starts. `once` marks what can be done only once: the button
    that was pressed for it goes. `while_away` is for what must be answered while WebNet is not: its caller is then taken for who
    they were when WebNet was last asked. `unmapped` is for who is not mapped yet: it is run without a caller, in whose place stands
    one without any right. What is `hidden` nobody types, so that it stands in no help and is not suggested.
    """

    name: str
    summary: str
    example: str
    role: Role
    run: Callable[[C, Values], R]
    view: Callable[[R], Message]
    arguments: tuple[Argument, ...] = ()
    changes: bool = False
    once: bool = False
    while_away: bool = False
    unmapped: bool = False
    hidden: bool = False
    visibility: Literal["in_channel", "ephemeral"] | None = None  # None leaves it to the setting for all commands
    details: str = ""

    @property
    def usage(self) -> str:
        return arguments.usage(self.name, self.arguments)

    def write(self, values: Values) -> str:
        """Writes the line that means these values; `parse` reads what follows the name in it."""
        return arguments.write(self.name, self.arguments, values)

    def write_for(self, values: Values, device: int) -> str:
        """Writes the line that means these values, but the device of this id in WebNet instead of the one that was named. What was sealed,
        or taken as it was typed, is left out: no button repeats it, and the form asks for it again."""
        kept = {a.name: a for a in self.arguments if a.kind is not Kind.sealed and not a.exact}
        named = next((a for a in kept.values() if a.kind in (Kind.device, Kind.targets)), None)
        if named is None:
            return arguments.write_for_device(self.name, device)
        number = f"#{device}"
        others = {name: value for name, value in values.items() if name in kept}
        return self.write({**others, named.name: (number,) if named.kind is Kind.targets else number})

    def parse(self, line: str, typed: str = "", prompt: str = "") -> Values:
        """Reads the values from what follows the name. Raises UsageError.

        `line` is redacted, so that whatever repeats a word of it shows no secret. Only `exact` arguments are read from
        `typed`, which is that line as it was typed.
        """
        values = parsing.parse(self.arguments, line, f"{prompt} {self.name}".strip())
        exact = {argument.name for argument in self.arguments if argument.exact}
        if not exact or not typed or typed == line:
            return values
        try:
            as_typed = parsing.parse(self.arguments, typed)
        except UsageError:  # its words would be those that must not be repeated
            raise UsageError(f"That is not understood: `{prompt} {self.usage}`.") from None
        return values | {name: value for name, value in as_typed.items() if name in exact}


class Registry(Mapping[str, Command[Any, Any]]):
    """Holds the commands by name, in the order in which help shows them. Raises ValueError for two of one name."""

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
