"""What passes through the pipeline of a command: stored, admitted, answered or deferred."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.arguments import Values
from bot.core.audit import Record
from bot.core.commands import Caller, Command, CommandRequest, Workspace
from bot.core.forms import Form
from bot.core.message import Message


@dataclass(frozen=True, slots=True)
class Rules:
    """Holds the settings about commands: least roles and visibility by the command's name."""

    prompt: str  # what is written before a subcommand
    roles: Mapping[str, str]
    visibility: str
    visibility_of: Mapping[str, str]

    def ephemeral(self, command: Command[Any, Any]) -> bool:
        """A setting for this command wins over the command's own word, and that over the setting for all commands. What somebody
        is answered who is not mapped nobody else reads."""
        return (
            command.unmapped
            or (self.visibility_of.get(command.name) or command.visibility or self.visibility) == "ephemeral"
        )


StoredDevice = tuple[int, str, str, str]  # id, host name, address and platform


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """Holds a command that was admitted before and has waited since, such as for a second person's decision.

    `request` says who asked, where, and in which redacted line; `devices` are those that the command was admitted for, as
    they were read then, and `first_id` is the audit row of that admission, if it has one. `approved_by` names the second person who
    allowed it, and is empty where none did. `left_out` names the devices that were meant as well, each with the reason. `what`
    names the change, such as "backup" for the command `retry`.
    """

    request: CommandRequest
    command: str
    values: Values
    devices: tuple[StoredDevice, ...]
    first_id: int | None
    approved_by: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    what: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Holds a command that its caller may run now. If `ephemeral`, only the requester may see the answer.

    `devices` is None where `run` looks the devices up by the values, else those that were stored; `approved_by`, `left_out`
    and `what` are as in `StoredRequest`.
    """

    record: Record
    workspace: Workspace
    caller: Caller
    command: Command[Any, Any]
    values: Values
    ephemeral: bool
    devices: tuple[StoredDevice, ...] | None = None
    approved_by: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    what: str = ""

    def is_here(self, customer: int) -> bool:
        """Says whether what is of this customer concerns the workspace, in whichever chat somebody asked for it."""
        return customer == self.workspace.customer


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds a message and who may see it: only the requester if `ephemeral`. `ok` is False for refusals and failures, and
    `refused` is True where the caller may not see what was asked for. If `spent`, the button that was pressed cannot be used
    again and is removed. A `form` is shown instead of the message where the chat can open one now."""

    message: Message
    ephemeral: bool
    ok: bool
    spent: bool = False
    form: Form | None = None
    refused: bool = False


Reply = Callable[[Answer], None]  # raises ChatError if the chat did not take it


class Performer(Protocol):
    """Performs what was stored, as `core.dispatch.Dispatcher` does."""

    def handle_stored(self, stored: StoredRequest, reply: Reply, *, audited: bool = True) -> None: ...


class Deferred(Exception):
    """Ends a command before its change, which waits in the store for a decision. `message` asks for that, and only the
    requester may see it if `ephemeral`; `code` is for the audit row. A `form` is all that was asked for."""

    def __init__(self, message: Message, *, code: str, ephemeral: bool, form: Form | None = None) -> None:
        super().__init__(message.summary)
        self.message = message
        self.code = code
        self.ephemeral = ephemeral
        self.form = form
