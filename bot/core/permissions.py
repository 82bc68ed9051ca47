"""Decides who may run what, and for which customers. Whatever is not allowed here is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bot.core.chat import Place
from bot.core.commands import Caller, Command, CommandRequest, Role, Workspace
from bot.core.errors import Refused

ASK = "Ask a WebNet administrator"


def least_role(command: Command[object, object], roles: Mapping[str, str]) -> Role:
    """Returns the role that the settings ask for, else the command's own; an unknown word locks the command for all but
    admins."""
    word = roles.get(command.name)
    return command.role if word is None else Role.of(word) or Role.admin


def customers_of(role: Role, customers: Collection[int]) -> tuple[int, ...] | None:
    """Returns the ids of the customers that a user may act for, in rising order; None for an administrator, who may act for
    all of them."""
    return None if role is Role.admin else tuple(sorted(customers))


def may_act_for(role: Role, customers: Collection[int], customer: int) -> bool:
    """Whether a user with this role and these customers may act for `customer`."""
    allowed_customers = customers_of(role, customers)
    return allowed_customers is None or customer in allowed_customers


def enter(workspace: Workspace | None, place: Place, chat: str) -> Workspace:
    """Returns the workspace of a request made at `place` of the chat named `chat`. Raises Refused if it is unknown or disabled."""
    if workspace is None:
        raise Refused(
            f"This {chat} workspace ({place.workspace}) is not connected to WebNet. {ASK} to add it to the bot.",
            reason="unknown_team",
        )
    if not workspace.enabled:
        raise Refused(
            f"The bot is switched off for this {chat} workspace. {ASK} to enable it again.",
            reason="disabled_workspace",
        )
    return workspace


def no_guest(request: CommandRequest, chat: str) -> None:
    """Raises Refused if the caller belongs to another workspace of the chat named `chat`."""
    if request.guest:
        raise Refused(
            f"You belong to another {chat} workspace than this message, so the bot does nothing for you here. Use its "
            "command in your own workspace.",
            reason="guest",
        )


def nobody(request: CommandRequest, chat: str) -> Caller:
    """Returns what stands for somebody who is not mapped: a caller without any right. Raises Refused for one whose home is another
    workspace of the chat named `chat`."""
    if request.foreign:
        raise Refused(
            f"You belong to another {chat} workspace than this message, so you cannot ask here. Ask a WebNet administrator "
            "of your own workspace.",
            reason="guest",
        )
    return Caller(request.chat_user, 0, "", Role.none, frozenset())


def open_to_all(
    commands: Iterable[Command[object, object]], roles: Mapping[str, str]
) -> tuple[Command[object, object], ...]:
    """Returns the commands for who is not mapped, without those that the settings keep for a role."""
    return tuple(each for each in commands if each.unmapped and least_role(each, roles) is Role.none)


def belong(caller: Caller, workspace: Workspace, chat: str) -> None:
    """Raises Refused unless the caller has a role and may act for the workspace's customer; `chat` is the chat's name."""
    if caller.role is Role.none:
        raise Refused(
            f"Your WebNet account {caller.username} has no role the bot knows. {ASK} to set it.", reason="role"
        )
    if not may_act_for(caller.role, caller.customers, workspace.customer):
        raise Refused(
            f"Your WebNet account {caller.username} does not belong to the customer of this {chat} workspace. "
            f"{ASK} if it should.",
            reason="foreign",
        )


def allowed(
    caller: Caller, commands: Iterable[Command[object, object]], roles: Mapping[str, str]
) -> tuple[Command[object, object], ...]:
    """Returns the commands that this caller may run and might type, in the order of `commands`."""
    typed = (each for each in commands if not (each.hidden or each.unmapped))
    return tuple(each for each in typed if caller.role >= least_role(each, roles))


def may_run(caller: Caller, command: Command[object, object], roles: Mapping[str, str]) -> None:
    """Raises Refused if the caller's role is lower than the command needs."""
    must_be(caller, least_role(command, roles), f"`{command.name}`")


def must_be(caller: Caller, needed: Role, what: str) -> None:
    """Raises Refused if the caller's role is lower than what is asked for needs."""
    if caller.role < needed:
        raise Refused(
            f"{what} needs the role {needed.name} in WebNet; yours is {caller.role.name}. {ASK} if you need it.",
            reason="role",
        )
