"""`seed` reads workspaces, channels and mappings from one file. What the file does not mention stays as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import secrets
from bot.cli.console import Console, Failed, command
from bot.cli.users import WebNetUsers, doubts
from bot.core.notice_kinds import FLAGS, initial_flags
from bot.slack import ids

if TYPE_CHECKING:
    from store.database import Store
    from store.workspaces import Workspace


@dataclass
class Entry:
    """Holds one table of the file. `place` is what a message calls it; `values` are those that are right."""

    place: str
    table: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class WorkspaceEntry(Entry):
    channels: list[Entry] = field(default_factory=list)
    users: list[Entry] = field(default_factory=list)


class SeedFile:
    """Reads a seed file as far as that is possible, and collects everything that is wrong with it in `problems`."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self._path = path
        self._environ = environ
        document = self._document()
        self._only(Entry(str(path), document), {"workspaces"})
        self.workspaces = [self._workspace(place, table) for place, table in self._tables("", document, "workspaces")]
        self._unique(self.workspaces, "team_id")

    def look_up(self, find: Callable[[str | int], Any]) -> None:
        """Replaces the id or name of each WebNet user by the user that WebNet has."""
        for workspace in self.workspaces:
            for entry in workspace.users:
                if "user" in entry.values:
                    try:
                        entry.values["user"] = find(entry.values["user"])
                    except ValueError as error:
                        self._problem(entry, "user", str(error))

    def _document(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            self.problems.append(f"{self._path} cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self.problems.append(f"{self._path} is not UTF-8 text; save it as such")
        except tomllib.TOMLDecodeError as error:
            self.problems.append(f"{self._path} is not valid TOML: {error}")
        return {}

    def _workspace(self, place: str, table: Mapping[str, Any]) -> WorkspaceEntry:
        entry = WorkspaceEntry(place, table)
        sources = {f"{name}{way}" for name in secrets.SHAPES for way in ("", "_env", "_file")}
        self._only(entry, {"team_id", "team_name", "customer", "bot_user_id", "enabled", "channels", "users", *sources})
        self._text(entry, "team_id", ids.team_id)
        self._text(entry, "team_name", _not_empty)
        self._text(entry, "bot_user_id", ids.user_id)
        self._customer(entry)
        self._flag(entry, "enabled")
        for name in secrets.SHAPES:
            self._secret(entry, name, required=name != "app_token")
        entry.channels = [self._channel(*found) for found in self._tables(f"{place}.", table, "channels")]
        entry.users = [self._user(*found) for found in self._tables(f"{place}.", table, "users")]
        self._unique(entry.channels, "channel_id")
        self._unique(entry.users, "slack_user_id")
        return entry

    def _channel(self, place: str, table: Mapping[str, Any]) -> Entry:
        entry = Entry(place, table)
        self._only(entry, {"channel_id", "channel_name", *FLAGS})
        self._text(entry, "channel_id", ids.channel_id)
        self._text(entry, "channel_name", str, required=False)
        for name in FLAGS:
            self._flag(entry, name)
        return entry

    def _user(self, place: str, table: Mapping[str, Any]) -> Entry:
        entry = Entry(place, table)
        self._only(entry, {"slack_user_id", "user"})
        self._text(entry, "slack_user_id", ids.user_id)
        user = table.get("user")
        if type(user) is int or (isinstance(user, str) and user):
            entry.values["user"] = user
        else:
            self._problem(entry, "user", "must be a WebNet user, id or username")
        return entry

    def _tables(self, place: str, table: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yields (place, table); places count from 1."""
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            header = re.sub(r"\[\d+\]", "", place + key)
            self.problems.append(f"{self._path}: {place}{key}: must be tables, each under the line [[{header}]]")
            return
        for number, item in enumerate(found, start=1):
            yield f"{place}{key}[{number}]", item

    def _only(self, entry: Entry, known: Collection[str]) -> None:
        from bot.core.text import nearest

        for key in entry.table:
            if key not in known:
                meant = nearest(key, known, limit=1)
                self._problem(entry, key, "is not known" + (f"; did you mean {meant[0]}?" if meant else ""))

    def _text(self, entry: Entry, key: str, shape: Callable[[str], str], *, required: bool = True) -> None:
        value = entry.table.get(key)
        if value is None:
            if required:
                self._problem(entry, key, "is missing")
        elif not isinstance(value, str):
            self._problem(entry, key, "must be a text in quotes")
        else:
            self._shaped(entry, key, value, shape)

    def _shaped(self, entry: Entry, key: str, value: str, shape: Callable[[str], str]) -> None:
        try:
            entry.values[key] = shape(value)
        except ValueError as error:
            self._problem(entry, key, str(error))

    def _customer(self, entry: Entry) -> None:
        value = entry.table.get("customer")
        if type(value) is int and value > 0:
            entry.values["customer"] = value
        else:
            self._problem(entry, "customer", "must be a WebNet customer id, such as 1")

    def _flag(self, entry: Entry, key: str) -> None:
        value = entry.table.get(key)
        if isinstance(value, bool):
            entry.values[key] = value
        elif value is not None:
            self._problem(entry, key, "must be true or false")

    def _secret(self, entry: Entry, key: str, *, required: bool) -> None:
        named = [name for name in (key, f"{key}_env", f"{key}_file") if name in entry.table]
        if len(named) != 1:
            if named or required:
                self._problem(entry, key, f"write one of {key}, {key}_env and {key}_file")
            return
        (name,) = named
        value = entry.table[name]
        if not isinstance(value, str):
            self._problem(entry, name, "must be a text in quotes")
            return
        try:
            entry.values[key] = secrets.SHAPES[key](self._secret_text(name, value))
        except ValueError as error:
            self._problem(entry, name, str(error))

    def _secret_text(self, name: str, value: str) -> str:
        if name.endswith("_env"):
            return secrets.from_variable(value, self._environ)
        return secrets.from_file(self._path.parent / value) if name.endswith("_file") else value

    def _unique(self, entries: Collection[Entry], key: str) -> None:
        seen: dict[Any, Entry] = {}
        for entry in entries:
            value = entry.values.get(key)
            if value is not None and seen.setdefault(value, entry) is not entry:
                self._problem(entry, key, f"{value} is in {seen[value].place} already")

    def _problem(self, entry: Entry, key: str, words: str) -> None:
        where = key if entry.place == str(self._path) else f"{entry.place}.{key}"
        self.problems.append(f"{self._path}: {where}: {words}")


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


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

    def _workspace(self, values: Mapping[str, Any]) -> Workspace:
        before = self._store.workspaces.by_team(values["team_id"])
        found: Workspace = self._put(self._store.workspaces, before, values, values["team_id"])
        return found

    def _channel(self, workspace: Workspace, values: Mapping[str, Any]) -> None:
        before = self._store.channels.find(workspace.id, values["channel_id"])
        flags = {name: value for name, value in values.items() if name in FLAGS}
        own = {name: value for name, value in values.items() if name not in FLAGS}
        row = {**own, "workspace": workspace.id, "flags": initial_flags(flags) if before is None else flags}
        self._put(self._store.channels, before, row, values["channel_id"])

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
        entries = SeedFile(file, console.environ)
        if any(workspace.users for workspace in entries.workspaces):
            with console.webnet() as webnet:
                entries.look_up(WebNetUsers.of(webnet).find)
        if entries.problems:
            raise Failed("\n".join(entries.problems))
        with console.store() as store:
            writer = SeedWriter(store)
            writer.write(entries.workspaces)
        for doubt in dict.fromkeys(writer.doubts):
            console.warn(doubt)
        for change in writer.changes or ["Nothing to change."]:
            console.say(change)
