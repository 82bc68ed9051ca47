"""Slack channels, each with the flags of the notices that it gets. The store itself knows no flag by name."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from peewee import JOIN, ModelDelete

from store.errors import Duplicate
from store.models import ChannelFlag, SlackChannel, SlackWorkspace
from store.records import Records

_NONE: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True)
class Channel:
    """A channel that may get notices. `workspace` is the id of a Workspace, `flags` are the names of those that are on."""

    id: int
    workspace: int
    channel_id: str
    channel_name: str
    flags: frozenset[str]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Destination:
    """A channel as routing sees it. `customer` and `enabled` are its workspace's."""

    id: int
    customer: int
    enabled: bool
    flags: frozenset[str]


class Channels(Records[Channel]):
    model = SlackChannel

    def add(
        self, *, workspace: int, channel_id: str, channel_name: str = "", flags: Collection[str] = frozenset()
    ) -> Channel:
        """Raises Duplicate, or NoSuchRow for an unknown workspace."""
        with self._database.transaction():
            values = {"workspace": workspace, "channel_id": channel_id, "channel_name": channel_name}
            return self._add(values, lambda new: self._switch_on(new, flags))

    def find(self, workspace: int, channel_id: str) -> Channel | None:
        return self._one((SlackChannel.workspace == workspace) & (SlackChannel.channel_id == channel_id))

    def list(self, *, workspace: int | None = None) -> list[Channel]:
        return self._all() if workspace is None else self._all(SlackChannel.workspace == workspace)

    def update(self, id: int, *, flags: Mapping[str, bool] = _NONE, **changes: Any) -> Channel | None:
        """Changes the named fields and switches the named flags on or off. Other flags stay as they are, so that two callers who
        switch different ones do not undo each other's change."""
        with self._database.transaction():
            before = self.get(id)
            switched = {flag: on for flag, on in flags.items() if before and (flag in before.flags) != on}
            if switched:
                self._switch_on(id, [flag for flag, on in switched.items() if on])
                off = [flag for flag, on in switched.items() if not on]
                self._database.run(
                    ModelDelete(ChannelFlag).where((ChannelFlag.channel == id) & ChannelFlag.flag.in_(off))
                )
                changes["updated_at"] = self._database.clock()
            return super().update(id, **changes)

    def destinations(self) -> builtins.list[Destination]:
        """Lists every channel, in order of their ids."""
        query = (
            SlackChannel.select(SlackChannel.id, SlackWorkspace.customer, SlackWorkspace.enabled, ChannelFlag.flag)
            .join(SlackWorkspace)
            .join(ChannelFlag, JOIN.LEFT_OUTER, on=ChannelFlag.channel == SlackChannel.id)
            .order_by(SlackChannel.id)
        )
        found: dict[int, tuple[int, bool, set[str]]] = {}
        for row_id, customer, enabled, flag in self._database.tuples(query):
            flags = found.setdefault(row_id, (customer, enabled, set()))[2]
            if flag is not None:
                flags.add(flag)
        return [
            Destination(row_id, customer, enabled, frozenset(flags))
            for row_id, (customer, enabled, flags) in found.items()
        ]

    def _switch_on(self, id: int, flags: Collection[str]) -> None:
        if flags:
            rows = [{"channel": id, "flag": flag} for flag in sorted(flags)]
            self._database.run(ChannelFlag.insert_many(rows).on_conflict_ignore().as_rowcount())

    def _all_loaded(self, rows: Iterable[dict[str, Any]]) -> builtins.list[Channel]:
        rows = builtins.list(rows)
        flags: dict[int, set[str]] = {row["id"]: set() for row in rows}
        query = ChannelFlag.select().where(ChannelFlag.channel.in_(builtins.list(flags)))
        for row in self._database.rows(query) if flags else ():
            flags[row["channel"]].add(row["flag"])
        return [Channel(**row, flags=frozenset(flags[row["id"]])) for row in rows]

    def _duplicate(self, values: dict[str, Any]) -> Duplicate:
        return Duplicate(f"The channel {values['channel_id']} of this workspace is there already.", field="channel_id")
