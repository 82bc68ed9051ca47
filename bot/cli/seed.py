"""`seed` takes workspaces, channels and mappings from one file. What the file does not mention stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.console import Console, command
from bot.cli.failures import Failed
from bot.cli.peers import Peers
from bot.cli.rules import note
from bot.cli.seed_file import Entry, SeedFile, WorkspaceEntry
from bot.cli.users import doubts
from bot.core.notice_kinds import FLAGS, initial_flags
from bot.ids.chats import CHATS

if TYPE_CHECKING:
    from store.database import Store
    from store.workspaces import Workspace


class SeedWriter:
    """Writes the entries of a file without problems into the store; `changes` says what was done."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.changes: list[str] = []
        self.doubts: list[str] = []

    def write(self, entries: Collection[WorkspaceEntry]) -> None:
        with self._store.transaction():
            for entry in entries:
                workspace = self._workspace(entry.values)
                for channel in entry.channels:
                    self._channel(workspace, channel.values)
                for user in entry.users:
                    self._user(workspace, user.values)
                for channel in entry.channels:
                    self._require_mapped(workspace, channel)

    def _workspace(self, values: Mapping[str, Any]) -> Workspace:
        before = self._store.workspaces.by_team(values["team_id"])
        found: Workspace = self._put(self._store.workspaces, before, values, values["team_id"])
        return found

    def _channel(self, workspace: Workspace, values: Mapping[str, Any]) -> None:
        before = self._store.channels.find(workspace.id, values["channel_id"])
        flags = {name: value for name, value in values.items() if name in FLAGS}
        own = {name: value for name, value in values.items() if name not in FLAGS}
        row = {**own, "workspace": workspace.id, "flags": initial_flags(flags) if before is None else flags}
        after = self._put(self._store.channels, before, row, values["channel_id"])
        changed = [
            name for name in ("rules", "quiet", "report") if name in own and getattr(before, name, "") != own[name]
        ]
        if changed:
            note(self._store, after, f"seed: {' and '.join(changed)} of {after.channel_id}")

    def _require_mapped(self, workspace: Workspace, channel: Entry) -> None:
        """Raises Failed for a rule that has somebody mentioned whom the chat could not, once the users of the file are mapped."""
        from bot.core import rule_text
        from bot.subscriptions.mentions import require_mapped

        rules = rule_text.load(channel.values.get("rules", "[]"))
        mapped = {each.slack_user_id for each in self._store.users.list(workspace=workspace.id)} if rules else ()
        try:
            require_mapped(rules, CHATS[workspace.chat], mapped)
        except ValueError as error:
            raise Failed(f"{channel.place}.rules: {error}") from None

    def _user(self, workspace: Workspace, values: Mapping[str, Any]) -> None:
        person, slack_user = values["user"], values["slack_user_id"]
        self.doubts += doubts(person, workspace.customer)
        before = self._store.users.find(workspace.id, slack_user)
        mapping = {
            "workspace": workspace.id,
            "slack_user_id": slack_user,
            "user": person.id,
            "username": person.username,
        }
        if before is not None and before.user != person.id:
            mapping["changed_by"] = None
        self._put(self._store.users, before, mapping, f"{slack_user} ({person.username})")

    def _put(self, records: Any, before: Any, values: Mapping[str, Any], name: str) -> Any:
        after = records.add(**values) if before is None else records.update(before.id, **values)
        if after != before:
            self.changes.append(f"{'Added' if before is None else 'Changed'} {name}.")
        return after


def register(app: typer.Typer) -> None:
    @command(app, "seed", example="seed seed.toml")
    def seed(
        console: Console,
        file: Annotated[
            Path, typer.Argument(metavar="FILE", help="TOML, as the documentation shows.", show_default=False)
        ],
    ) -> None:
        """Take workspaces, channels and user mappings from a file. Running it again changes nothing."""
        from bot.webnet.users import WebNetUsers

        entries = SeedFile(file, console.environ)
        if any(workspace.users for workspace in entries.workspaces):
            with console.webnet() as webnet:
                entries.look_up(WebNetUsers.of(webnet).find)
        entries.ask(Peers(console))
        entries.require_right()
        with console.store() as store:
            writer = SeedWriter(store)
            writer.write(entries.workspaces)
        for doubt in dict.fromkeys(writer.doubts):
            console.warn(doubt)
        for change in writer.changes or ["Nothing to change."]:
            console.say(change)
