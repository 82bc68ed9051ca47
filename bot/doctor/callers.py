"""Permission denied errors: each workspace's customer, and the users mapped in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core import permissions
from bot.core.commands import Role
from bot.core.errors import WebNetError, WebNetMissing
from bot.core.text import count
from bot.doctor.finding import PERMISSIONS, Finding, Surroundings
from bot.webnet.client import WebNet
from bot.webnet.models import User
from store.workspaces import Workspace


def customers(at: Surroundings, workspaces: Sequence[Workspace]) -> Iterator[Finding]:
    try:
        names = {customer.id: customer.name for customer in at.webnet.customers()}
    except WebNetError as error:
        yield Finding(PERMISSIONS, "customers", "skip", error.words)
        return
    for workspace in workspaces:
        what = f"customer of {workspace.team_id}"
        if workspace.customer in names:
            yield Finding(PERMISSIONS, what, "pass", f"{names[workspace.customer]} ({workspace.customer}).")
        else:
            there = ", ".join(f"{key} ({name})" for key, name in sorted(names.items())[:20])
            remedy = f"`webnet-bot workspace set {workspace.team_id} --customer ID`, with one of {there}."
            yield Finding(PERMISSIONS, what, "fail", f"WebNet has no customer {workspace.customer}.", remedy)


class MappedUsers:
    """Compares the mappings of a workspace with what WebNet says of its users now."""

    def __init__(self, webnet: WebNet) -> None:
        self._webnet = webnet
        self._users: dict[int, User | None] = {}

    def look(self, at: Surroundings, workspace: Workspace, reachable: bool) -> Iterator[Finding]:
        what = f"users of {workspace.team_id}"
        mappings = at.store.users.list(workspace=workspace.id)
        if not mappings:
            remedy = f"Map users: `webnet-bot user map {workspace.team_id} SLACK_USER WEBNET_USER`; everybody else is refused."
            yield Finding(PERMISSIONS, what, "warn", "Nobody is mapped to a WebNet user.", remedy)
            return
        if not reachable:
            yield Finding(PERMISSIONS, what, "skip", "WebNet did not answer.")
            return
        try:
            wrong = [
                f"{mapping.slack_user_id} ({mapping.username or mapping.user}) {reason}"
                for mapping in mappings
                if (reason := self._refused(workspace, mapping.user))
            ]
        except WebNetError as error:
            yield Finding(PERMISSIONS, what, "skip", error.words)
            return
        if wrong:
            remedy = (
                "Correct the user in WebNet, or map another one: "
                f"`webnet-bot user map {workspace.team_id} SLACK_USER WEBNET_USER`."
            )
            yield Finding(PERMISSIONS, what, "warn", f"Refused: {'; '.join(wrong)}.", remedy)
        else:
            yield Finding(
                PERMISSIONS, what, "pass", f"{count(len(mappings), 'user')} mapped, active, and of the customer."
            )

    def approvers(self, at: Surroundings, workspace: Workspace) -> Iterator[Finding]:
        """Warns of commands that wait for a second person where fewer than two of the mapped users may decide: nobody decides on
        their own request."""
        rules, roles = at.settings.commands.approval, at.settings.commands.roles
        if not rules:
            return
        try:
            mapped = {each.user for each in at.store.users.list(workspace=workspace.id)} - {at.webnet.me().id}
            users = [user for key in sorted(mapped) if not self._refused(workspace, key) and (user := self._user(key))]
        except WebNetError:
            return
        for name, rule in rules.items():
            needed = max(Role.operator, rule.role, Role.of(roles.get(name, "")))
            may = [user.username for user in users if Role.of(user.role) >= needed]
            if len(may) < 2:
                who = f"only {may[0]} has it, and nobody decides on their own request" if may else "nobody has it"
                words = f"It waits for a second person, who needs the role {needed.name}: {who}."
                remedy = f"Map more users: `webnet-bot user map {workspace.team_id} SLACK_USER WEBNET_USER`."
                yield Finding(PERMISSIONS, f"approval of {name} in {workspace.team_id}", "warn", words, remedy)

    def _refused(self, workspace: Workspace, user_id: int) -> str:
        """Says why this WebNet user may run no command there; empty if that is allowed."""
        user = self._user(user_id)
        if user is None:
            return "no longer exists in WebNet"
        if not user.is_active:
            return "is inactive"
        if not permissions.may_act_for(Role.of(user.role), user.customers, workspace.customer):
            return f"does not belong to customer {workspace.customer}"
        return ""

    def _user(self, user_id: int) -> User | None:
        if not self._users:
            self._users.update((user.id, user) for user in self._webnet.users())
        if user_id not in self._users:
            try:
                self._users[user_id] = self._webnet.user(user_id)
            except WebNetMissing:
                self._users[user_id] = None
        return self._users[user_id]
