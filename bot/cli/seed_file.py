"""Reads a seed file: workspaces, channels and mappings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.cli import secrets
from bot.cli.failures import Failed
from bot.cli.peers import Peers
from bot.core.notice_kinds import FLAGS
from bot.core.pasted import secret
from bot.ids import chats
from bot.settings.files import secret_of, toml_of


@dataclass
class Entry:
    """Holds one table of the file. `place` is what a message calls it; `values` are those that are right."""

    place: str
    table: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class WorkspaceEntry(Entry):
    chat: str = chats.SLACK
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

    def ask(self, peers: Peers) -> None:
        """Adds what WebNet and Slack say against the workspaces that can be read."""
        for entry in self.workspaces:
            if {"customer", *chats.CHATS[entry.chat].needed} <= set(entry.values):
                for key, words in peers.wrong(entry.values, entry.values):
                    self._problem(entry, key, words)

    def require_right(self) -> None:
        """Raises Failed with everything that is wrong."""
        if self.problems:
            raise Failed("\n".join(self.problems))

    def _document(self) -> dict[str, Any]:
        try:
            return toml_of(self._path)
        except ValueError as problem:
            self.problems.append(str(problem))
        return {}

    def _workspace(self, place: str, table: Mapping[str, Any]) -> WorkspaceEntry:
        entry = WorkspaceEntry(place, table)
        self._chat(entry)
        of = chats.CHATS[entry.chat]
        sources = {f"{name}{way}" for name in of.secrets for way in ("", "_env", "_file")}
        self._only(
            entry, {"chat", "team_id", "team_name", "customer", *of.plain, "enabled", "channels", "users", *sources}
        )
        self._text(entry, "team_id", of.team)
        self._text(entry, "team_name", _not_empty)
        for name, shape in of.plain.items():
            self._text(entry, name, shape)
        self._customer(entry)
        self._flag(entry, "enabled")
        for name in of.secrets:
            self._secret(entry, name, required=name not in of.optional)
        entry.channels = [self._channel(of, *found) for found in self._tables(f"{place}.", table, "channels")]
        entry.users = [self._user(of, *found) for found in self._tables(f"{place}.", table, "users")]
        self._unique(entry.channels, "channel_id")
        self._unique(entry.users, "slack_user_id")
        return entry

    def _chat(self, entry: WorkspaceEntry) -> None:
        chat = entry.table.get("chat", entry.chat)
        if isinstance(chat, str) and chat in chats.CHATS:
            entry.values["chat"] = entry.chat = chat
        else:
            self._problem(entry, "chat", f"must be {' or '.join(chats.CHATS)}")

    def _channel(self, of: chats.Chat, place: str, table: Mapping[str, Any]) -> Entry:
        entry = Entry(place, table)
        self._only(entry, {"channel_id", "channel_name", "report", "rules", "quiet", *FLAGS})
        self._text(entry, "channel_id", of.channel)
        self._text(entry, "channel_name", str, required=False)
        self._text(entry, "quiet", _quiet, required=False)
        self._text(entry, "report", _report, required=False)
        for name in FLAGS:
            self._flag(entry, name)
        if "rules" in table:
            self._rules(of, entry, table["rules"])
        return entry

    def _rules(self, of: chats.Chat, entry: Entry, tables: Any) -> None:
        from bot.core import rule_text
        from bot.subscriptions.mentions import mentioning

        try:
            entry.values["rules"] = rule_text.dump(mentioning(rule_text.read_all(tables), of))
        except ValueError as error:
            self._problem(entry, "rules", str(error))

    def _user(self, of: chats.Chat, place: str, table: Mapping[str, Any]) -> Entry:
        entry = Entry(place, table)
        self._only(entry, {"slack_user_id", "user"})
        self._text(entry, "slack_user_id", of.user)
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
            entry.values[key] = chats.SECRETS[key](self._secret_text(name, value))
        except ValueError as error:
            self._problem(entry, name, str(error))

    def _secret_text(self, name: str, value: str) -> str:
        if name.endswith("_env"):
            return secrets.from_variable(value, self._environ)
        return secret_of(self._path.parent / value) if name.endswith("_file") else secret(value)

    def _unique(self, entries: Collection[Entry], key: str) -> None:
        seen: dict[Any, Entry] = {}
        for entry in entries:
            value = entry.values.get(key)
            if value is not None and seen.setdefault(value, entry) is not entry:
                self._problem(entry, key, f"{value} is in {seen[value].place} already")

    def _problem(self, entry: Entry, key: str, words: str) -> None:
        where = key if entry.place == str(self._path) else f"{entry.place}.{key}"
        self.problems.append(f"{self._path}: {where}: {words}")


def _quiet(text: str) -> str:
    from bot.core import quiet

    return quiet.dump(quiet.parsed(text))


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _report(text: str) -> str:
    """Reads when a channel gets its report; empty for no more."""
    from bot.core.report_times import ReportTime

    return str(ReportTime.read(text)) if text else ""
