"""Decides who may run what, and for which customers. Whatever is not allowed here is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bot.core.chat import Place
from bot.core.commands import Caller, Command, Role, Workspace
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
    """Returns the commands that this caller may run, in the order of `commands`."""
    return tuple(command for command in commands if caller.role >= least_role(command, roles))


def may_run(caller: Caller, command: Command[object, object], roles: Mapping[str, str]) -> None:
    """Raises Refused if the caller's role is lower than the command needs."""
    needed = least_role(command, roles)
    if caller.role < needed:
        raise Refused(
            f"`{command.name}` needs the role {needed.name} in WebNet; yours is {caller.role.name}. "
            f"{ASK} if you need it.",
            reason="role",
        )
