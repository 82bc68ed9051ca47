"""Slack channels, each with the flags and rules of the notices that it gets. The store itself knows no flag by name, and reads no
rule."""

from __future__ import annotations

import builtins
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from peewee import JOIN, ModelDelete, Value, fn

from store.errors import Duplicate, StoreBusy
from store.held import look_again
from store.lanes import lock_lanes
from store.models import (
    CardRow,
    ChannelFlag,
    ChannelRevision,
    Delivery,
    LaneRow,
    LiveLogRow,
    NoticeMessageRow,
    SlackChannel,
    SlackWorkspace,
    SnoozeRow,
)
from store.outbox import drop_foreign, wait_again
from store.records import Records

_NONE: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True)
class Channel:
    """A channel that may get notices. `workspace` is the id of a Workspace, `flags` are the names of those that are on; `rules` and
    `quiet` are JSON. `rules_revision` is the number of the newest Revision. `report` spells when its report comes, and is empty where
    none does; `report_since` is when that was set."""

    id: int
    workspace: int
    channel_id: str
    channel_name: str
    rules: str
    quiet: str
    rules_revision: int
    flags: frozenset[str]
    report: str
    report_since: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Revision:
    """What a channel, the id of a row, asked for from `since` until its next revision."""

    channel: int
    revision: int
    rules: str
    quiet: str
    flags: frozenset[str]
    since: datetime


@dataclass(frozen=True)
class Destination:
    """A channel as routing sees it. `customer` and `enabled` are its workspace's; `revision` names what it asks for."""

    id: int
    customer: int
    enabled: bool
    flags: frozenset[str]
    channel_id: str
    revision: int


class Channels(Records[Channel]):
    model = SlackChannel

    def add(
        self,
        *,
        workspace: int,
        channel_id: str,
        channel_name: str = "",
        flags: Collection[str] = frozenset(),
        rules: str = "[]",
        quiet: str = "{}",
        report: str = "",
    ) -> Channel:
        """Raises Duplicate, or NoSuchRow for an unknown workspace."""
        values = {"workspace": workspace, "channel_id": channel_id, "channel_name": channel_name}

        def begin(new: int) -> None:
            self._switch_on(new, flags)
            self._note_revision(new)

        with self._database.transaction():
            own = {**values, "rules": rules, "quiet": quiet, "rules_revision": 1, "report": report}
            return self._add({**own, "report_since": self._database.clock() if report else None}, begin)

    def find(self, workspace: int, channel_id: str, *, lock: bool = False) -> Channel | None:
        """With `lock` nobody else changes the row until the transaction ends."""
        mine = (SlackChannel.workspace == workspace) & (SlackChannel.channel_id == channel_id)
        if lock:
            self._lock(mine)
        return self._one(mine)

    def list(self, *, workspace: int | None = None) -> list[Channel]:
        return self._all() if workspace is None else self._all(SlackChannel.workspace == workspace)

    def update(self, id: int, *, flags: Mapping[str, bool] = _NONE, **changes: Any) -> Channel | None:
        """Changes the named fields and switches the named flags on or off. Other flags stay as they are, so that two callers who
        switch different ones do not undo each other's change. With a new `channel_id` it is the same channel: its cards, its
        live logs and what waits for it go along, and what was parked waits again."""
        with self._database.transaction():
            self._lock(SlackChannel.id == id)  # two changes at the same time are two revisions
            before = self.get(id)
            switched = {flag: on for flag, on in flags.items() if before and (flag in before.flags) != on}
            if switched:
                self._switch_on(id, [flag for flag, on in switched.items() if on])
                off = [flag for flag, on in switched.items() if not on]
                self._database.run(
                    ModelDelete(ChannelFlag).where((ChannelFlag.channel == id) & ChannelFlag.flag.in_(off))
                )
                changes["updated_at"] = self._database.clock()
            if before and changes.get("report", before.report) != before.report:
                changes["report_since"] = self._database.clock()
            if before and (
                switched or any(changes.get(name, value) != value for name, value in _asked(before).items())
            ):
                changes["rules_revision"] = before.rules_revision + 1
            after = super().update(id, **changes)
            if before and after and before.rules_revision != after.rules_revision:
                self._note_revision(id)
                look_again(self._database, Delivery.channel == id)
            if before and after and before.workspace != after.workspace:
                drop_foreign(self._database, id)
            if before and after and before.channel_id != after.channel_id and before.workspace == after.workspace:
                self._move_along(before, after)
            return after

    def renamed(self, workspace: int, old: str, new: str) -> bool:
        """Follows Slack, which calls the channel `old` by another id now. If there is a channel `new` already the two become
        one, which gets what either got, and no event twice. False if there is nothing to do. Raises StoreBusy while a message
        to one of the two is under way."""
        with self._database.transaction():
            channel, other = self.find(workspace, old), self.find(workspace, new)
            if channel is None or old == new:
                return False
            if other is None:
                self.update(channel.id, channel_id=new)
            else:
                self._join(channel, other)
            return True

    def remove(self, id: int) -> bool:
        with self._database.transaction():
            lock_lanes(self._database, [id])
            return super().remove(id)

    def destinations(self) -> builtins.list[Destination]:
        """Lists every channel, in order of their ids."""
        query = (
            SlackChannel.select(
                SlackChannel.id,
                SlackChannel.channel_id,
                SlackWorkspace.customer,
                SlackWorkspace.enabled,
                SlackChannel.rules_revision,
                ChannelFlag.flag,
            )
            .join(SlackWorkspace)
            .join(ChannelFlag, JOIN.LEFT_OUTER, on=ChannelFlag.channel == SlackChannel.id)
            .order_by(SlackChannel.id)
        )
        found: dict[int, tuple[str, int, bool, int, set[str]]] = {}
        for row_id, channel_id, customer, enabled, revision, flag in self._database.tuples(query):
            flags = found.setdefault(row_id, (channel_id, customer, enabled, revision, set()))[4]
            if flag is not None:
                flags.add(flag)
        return [
            Destination(row_id, customer, enabled, frozenset(flags), channel_id, revision)
            for row_id, (channel_id, customer, enabled, revision, flags) in found.items()
        ]

    def asked(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """Returns (rules, quiet) of these channels, by id."""
        query = SlackChannel.select(SlackChannel.id, SlackChannel.rules, SlackChannel.quiet)
        found = self._database.tuples(query.where(SlackChannel.id.in_(builtins.list(ids)))) if ids else ()
        return {row_id: (rules, quiet) for row_id, rules, quiet in found}

    def revision(self, channel: int, number: int) -> Revision | None:
        """Returns what the channel asked for in that revision, None where it is forgotten."""
        return self._revision(ChannelRevision.channel == channel, ChannelRevision.revision == number)

    def revision_at(self, channel: int, at: datetime) -> Revision | None:
        """Returns what the channel asked for at that time; None if that is forgotten, or there was no such channel."""
        return self._revision(ChannelRevision.channel == channel, ChannelRevision.since <= at)

    def sweep_revisions(self, older_than: datetime) -> int:
        """Removes the revisions that were followed by another one before that time, and returns how many."""
        later = ChannelRevision.alias()
        followed = later.select(Value(1)).where(
            later.channel == ChannelRevision.channel,
            later.revision > ChannelRevision.revision,
            later.since < older_than,
        )
        return int(self._database.run(ModelDelete(ChannelRevision).where(fn.EXISTS(followed))))

    def _revision(self, *conditions: Any) -> Revision | None:
        query = ChannelRevision.select().where(*conditions).order_by(ChannelRevision.revision.desc())
        row = self._database.row(query)
        return None if row is None else Revision(**{**row, "flags": frozenset(json.loads(row["flags"]))})

    def _lock(self, which: Any) -> None:
        self._database.rows(self._database.locked(SlackChannel.select(SlackChannel.id).where(which)))

    def _note_revision(self, id: int) -> None:
        """Notes what the channel asks for from now on."""
        channel = self.get(id)
        assert channel is not None
        values = {**_asked(channel), "flags": json.dumps(sorted(channel.flags)), "since": self._database.clock()}
        row = ChannelRevision.insert(channel=id, revision=channel.rules_revision, **values)
        self._database.run(row.on_conflict_ignore().as_rowcount())

    def _move_along(self, before: Channel, after: Channel) -> None:
        for model in (CardRow, LiveLogRow):
            mine = (model.workspace == before.workspace) & (model.channel_id == before.channel_id)
            self._database.run(model.update(channel_id=after.channel_id).where(mine))
        wait_again(self._database, Delivery.channel == after.id)
        look_again(self._database, Delivery.channel == after.id)

    def _join(self, gone: Channel, kept: Channel) -> None:
        both = [gone.id, kept.id]
        self._database.run(LaneRow.insert_many([{"channel": each} for each in both]).on_conflict_ignore().as_rowcount())
        lanes = lock_lanes(self._database, both)
        going = SlackChannel.select(SlackChannel.id).where(SlackChannel.id == gone.id)
        self._database.rows(self._database.locked(going, alone=True))  # waits for whoever is enqueuing for it
        now = self._database.now()
        if any(lane["expires_at"] > now for lane in lanes):
            raise StoreBusy(f"A message to {gone.channel_id} or {kept.channel_id} is under way. Try again in a minute.")
        sent = Delivery.select(Delivery.event).where(Delivery.channel == gone.id, Delivery.status == "sent")
        there = Delivery.select(Delivery.event).where(Delivery.channel == kept.id)
        seen = Delivery.update(status="sent", settled_at=self._database.clock())
        self._database.run(seen.where(Delivery.channel == kept.id, Delivery.event.in_(sent)))
        messages = NoticeMessageRow.update(channel=kept.id).where(NoticeMessageRow.channel == gone.id)
        self._database.run(messages)
        moved = Delivery.update(channel=kept.id).where(Delivery.channel == gone.id, Delivery.event.not_in(there))
        self._database.run(moved)
        self._database.run(SnoozeRow.update(channel=kept.id).where(SnoozeRow.channel == gone.id))
        rules = json.dumps(json.loads(kept.rules) + json.loads(gone.rules))
        quiet, report = (kept.quiet if kept.quiet != "{}" else gone.quiet), kept.report or gone.report
        self.update(kept.id, flags=dict.fromkeys(gone.flags, True), rules=rules, quiet=quiet, report=report)
        self._move_along(gone, kept)
        self.remove(gone.id)

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


def _asked(channel: Channel) -> dict[str, str]:
    return {name: getattr(channel, name) for name in ("rules", "quiet")}
