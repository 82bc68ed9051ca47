"""Decides who may approve a request: another WebNet user, with the rights of the command and of the settings' rule for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.approvals.payload import Payload
from bot.approvals.requests import Kept, is_on
from bot.core import permissions
from bot.core.approval_need import ApprovalRule, names_of, rule_for
from bot.core.commands import Caller, Registry, Role, Workspace
from bot.core.errors import Refused

REASONS = {  # of a refusal, whose words are for whom it concerns, for everybody else
    "inactive": "the account in WebNet is inactive",
    "unmapped": "the mapping to WebNet is gone",
    "unknown_user": "the account in WebNet is gone",
    "foreign": "the account in WebNet belongs to another customer",
    "role": "the role in WebNet is too low",
}


@dataclass(frozen=True, slots=True)
class Approvers:
    """`workspace_of(id)` reads a cache, `caller_of(workspace, chat_user, fresh)` reads a caller, `service_account()` the id of the bot's own user in WebNet, and
    `changed_by(workspace id, chat user)` the id of the user who made or changed that mapping last."""

    registry: Registry
    roles: Mapping[str, str]
    rules: Mapping[str, ApprovalRule]
    workspace_of: Callable[[int], Workspace | None]
    caller_of: Callable[[Workspace, str, bool], Caller]
    service_account: Callable[[], int]
    changed_by: Callable[[int, str], int | None]
    chat: str

    def least_role(self, kept: Kept) -> Role:
        """Returns the least role that whoever decides this request needs."""
        payload = kept.payload
        names = (payload.command, *names_of(payload.what))
        rule = rule_for(self.rules, names, len(payload.devices))
        commands = map(self.registry.get, names)
        own = (permissions.least_role(command, self.roles) if command else Role.admin for command in commands)
        return max(Role.operator, *own, rule.role if rule else Role.operator)

    def check(self, kept: Kept, workspace: Workspace, caller: Caller) -> None:
        """Raises Refused for a caller who may not decide this request in their workspace. Asks WebNet which user the bot itself is."""
        self.check_user(kept, workspace, caller)
        if caller.user == self.service_account():
            raise Refused("The bot's own account in WebNet decides nothing.", reason="service_account")

    def check_user(self, kept: Kept, workspace: Workspace, caller: Caller) -> None:
        """Does as `check`, for any user but the bot's own, and asks nobody."""
        asked_by, number = kept.payload.username, kept.number
        if caller.user == kept.payload.requester:
            raise Refused(
                f"Request #{number} was made by {asked_by}, who is you in WebNet: somebody else has to decide. You can withdraw it.",
                reason="own_request",
            )
        if self.changed_by(workspace.id, caller.chat_user) == kept.payload.requester:
            raise Refused(
                f"{asked_by}, who made request #{number}, mapped you to {caller.username}: somebody else has to decide.",
                reason="mapped_by_requester",
            )
        needed = self.least_role(kept)
        if caller.role < needed:
            raise Refused(
                f"To decide request #{number} you need the role {needed.name} in WebNet; yours is {caller.role.name}.",
                reason="role",
            )

    def may_no_longer_approve(self, kept: Kept) -> str:
        """Says why who approved this request may not do so now, in the workspace where they did; empty if they may. Raises
        WebNetError."""
        row, who = kept.row, f"{kept.row.decided_name}, who approved it,"
        workspace = self.workspace_of(row.decided_in or row.workspace)
        if not is_on(workspace, kept):
            return f"The workspace of {who} was switched off, or belongs to another customer by now."

        def check(caller: Caller) -> None:
            self.check(kept, workspace, caller)

        return self._reason(workspace, row.decided_chat_user, row.decided_by, who, check)

    def may_no_longer_ask(self, payload: Payload, workspace: Workspace) -> str:
        """Says why whoever asked for this may not do so now; empty if they may. Raises WebNetError."""

        def check(caller: Caller) -> None:
            if command := self.registry.get(payload.command):
                permissions.may_run(caller, command, self.roles)

        who = f"{payload.username}, who asked for it,"
        return self._reason(workspace, payload.request.chat_user, payload.requester, who, check)

    def _reason(
        self, workspace: Workspace, chat_user: str, user: int | None, who: str, check: Callable[[Caller], None]
    ) -> str:
        try:
            caller = self.caller_of(workspace, chat_user, True)
            if caller.user != user:
                return f"{who} is mapped to another WebNet user by now."
            permissions.belong(caller, workspace, self.chat)
            check(caller)
        except Refused as refused:
            return f"{who} may not do so any more: {REASONS.get(refused.reason, 'the rules do not allow it')}."
        return ""
