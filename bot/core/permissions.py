"""Who may run what. Every path that is not allowed here is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.commands import Caller, Command, Role, Workspace
from bot.core.errors import Refused

ASK = "Ask a WebNet administrator"


def least_role(command: Command[object, object], roles: Mapping[str, str]) -> Role:
    """The setting for this subcommand; a role word nobody knows locks it rather than opening it."""
    word = roles.get(command.name)
    return command.role if word is None else Role.of(word) or Role.admin


def enter(workspace: Workspace | None, team_id: str) -> Workspace:
    """The workspace of a request, if anything may be asked from there."""
    if workspace is None:
        raise Refused(
            f"This Slack workspace ({team_id}) is not connected to WebNet. {ASK} to add it to the bot.",
            reason="unknown_team",
        )
    if not workspace.enabled:
        raise Refused(
            f"The bot is switched off for this Slack workspace. {ASK} to enable it again.",
            reason="disabled_workspace",
        )
    return workspace


def belong(caller: Caller, workspace: Workspace) -> None:
    """An administrator passes everywhere, others only where the workspace's customer is theirs."""
    if caller.role is Role.none:
        raise Refused(
            f"Your WebNet account {caller.username} has no role the bot knows. {ASK} to set it.", reason="role"
        )
    if caller.role is not Role.admin and workspace.customer not in caller.customers:
        raise Refused(
            f"Your WebNet account {caller.username} does not belong to the customer of this Slack workspace. "
            f"{ASK} if it should.",
            reason="foreign",
        )


def allowed(
    caller: Caller, commands: Iterable[Command[object, object]], roles: Mapping[str, str]
) -> tuple[Command[object, object], ...]:
    """Those of the commands that this caller may run."""
    return tuple(command for command in commands if caller.role >= least_role(command, roles))


def may_run(caller: Caller, command: Command[object, object], roles: Mapping[str, str]) -> None:
    needed = least_role(command, roles)
    if caller.role < needed:
        raise Refused(
            f"`{command.name}` needs the role {needed.name} in WebNet; yours is {caller.role.name}. "
            f"{ASK} if you need it.",
            reason="role",
        )
