"""Deploys of a config snippet: what was asked for, how far each came, and the devices that an open one holds.

A deploy goes from state to state by a compare-and-set on its revision, so of two replicas one wins. A device is held by one open
deploy at a time. The payload and the snippet are sealed, and the snippet goes some time after the end.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import IntegrityError, ModelDelete

from store.engine import Database
from store.errors import CannotDecrypt
from store.fields import in_us
from store.models import DeployDevice, DeployJob, DeployMessageRow, DeployRow
from store.secrets import Keyring, Sealed
from store.statements import Statement

_DUE = Statement("SELECT id FROM deploy WHERE due_at <= :now_us ORDER BY due_at, id LIMIT :limit")
_INNER = ("due_at",)  # columns that are no field of `Deploy`
_SEALED = ("payload", "snippet", "ref")


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """`workspace` is the id of a Workspace, `customer` WebNet's. `payload` and `snippet` are empty where they are gone, or no key
    opens them. `hosts` says how far each device came and `note` what is wrong with the step that goes on, both in the words
    of `bot.deploys`; `jobs` are WebNet's by the state in which each was started. `request` is the one for its approval, and `shown` the
    revision that its card shows. `moved_at` is when it last got on. `revision` rises with every change."""

    id: int
    workspace: int
    customer: int
    state: str
    payload: str = field(repr=False)
    snippet: str = field(repr=False)
    mac: str
    hosts: Mapping[str, Any]
    jobs: Mapping[str, int]
    note: str
    request: int | None
    approver: str
    outcome: str
    channel_id: str
    ref: str = field(repr=False)
    shown: int
    created_at: datetime
    moved_at: datetime
    ended_at: datetime | None
    notified_at: datetime | None
    revision: int


@dataclass(frozen=True, kw_only=True)
class DeployMessage:
    """The card of a deploy in another workspace; `ref` and `shown` are as those of a deploy."""

    id: int
    workspace: int
    channel_id: str
    ref: str = field(repr=False)
    shown: int


class Deploys:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def now(self) -> datetime:
        """Returns the time that decides how long something waits."""
        return self._database.now()

    def open(
        self, devices: Collection[int], *, due_in_s: float, elsewhere: tuple[int, str] | None = None, **values: Any
    ) -> int | None:
        """Adds a deploy that holds these devices, and returns its id. None if an open one holds one of them. With `elsewhere`, the id of
        another workspace and of a channel there, it is shown there, too."""
        now = self._database.now_us()
        row = self._sealed(values) | {"shown": 0, "revision": 1, "created_at": now, "moved_at": now}
        row |= {"due_at": now + in_us(due_in_s), "hosts": "{}", **dict.fromkeys(("note", "approver", "outcome"), "")}
        try:
            with self._database.transaction():
                deploy = int(self._database.run(DeployRow.insert(row)))
                holds = [{"device": device, "deploy": deploy} for device in sorted(devices)]
                self._database.run(DeployDevice.insert_many(holds).as_rowcount())
                if elsewhere is not None:
                    at = {"deploy": deploy, "workspace": elsewhere[0], "channel_id": elsewhere[1], "shown": 0}
                    self._database.run(DeployMessageRow.insert(at))
        except IntegrityError:
            return None
        return deploy

    def holding(self, devices: Collection[int]) -> builtins.list[int]:
        """Returns the ids of the open deploys that hold one of these devices."""
        query = DeployDevice.select(DeployDevice.deploy).where(DeployDevice.device.in_(list(devices))).distinct()
        return sorted(deploy for (deploy,) in self._database.tuples(query))

    def get(self, deploy: int) -> Deploy | None:
        row = self._database.row(DeployRow.select().where(DeployRow.id == deploy))
        return None if row is None else self._loaded(row)

    def list(self, customer: int, limit: int) -> builtins.list[Deploy]:
        """Lists the deploys that were asked for by a customer, the newest first."""
        query = DeployRow.select().where(DeployRow.customer == customer).order_by(DeployRow.id.desc()).limit(limit)
        return [self._loaded(row) for row in self._database.rows(query)]

    def of_job(self, job: int, customer: int) -> Deploy | None:
        """Returns the deploy that started this job."""
        theirs = (DeployJob.job == job) & (DeployRow.customer == customer)
        row = self._database.row(DeployRow.select().join(DeployJob, on=DeployJob.deploy == DeployRow.id).where(theirs))
        return None if row is None else self._loaded(row)

    def may_have_started(self, job: int, customer: int, devices: Collection[int]) -> bool:
        """Says whether a deploy started this job, or is just starting one on all of these devices, whose number is not noted yet."""
        if self.of_job(job, customer) is not None:
            return True
        query = DeployDevice.select(DeployDevice.deploy).where(DeployDevice.device.in_(list(devices)))
        found = [deploy for (deploy,) in self._database.tuples(query)]
        if not found or len(found) < len(devices) or len({*found}) > 1:
            return False
        deploy = self.get(found[0])
        return deploy is not None and deploy.state.startswith("committing") and deploy.state not in deploy.jobs

    def due(self, limit: int = 100) -> builtins.list[int]:
        """Returns the ids of the deploys for which something is to be done, those first that have waited longest."""
        return [row["id"] for row in self._database.rows(_DUE, limit=limit)]

    def move(self, deploy: Deploy, **changes: Any) -> Deploy | None:
        """Changes a deploy that is still as it was read, makes it due now, and reads it again. None if it has changed meanwhile."""
        now = self._database.now_us()
        values = {"moved_at": now, **self._sealed(changes), "due_at": now, "revision": DeployRow.revision + 1}
        with self._database.transaction():
            same = (DeployRow.id == deploy.id) & (DeployRow.revision == deploy.revision)
            if not self._database.run(DeployRow.update(values).where(same)):
                return None
            return self.get(deploy.id)

    def end(self, deploy: Deploy, state: str, **changes: Any) -> Deploy | None:
        """Ends a deploy as `move` changes it, and frees its devices."""
        with self._database.transaction():
            ended = self.move(deploy, state=state, note="", ended_at=self._database.now_us(), **changes)
            if ended is not None:
                self._database.run(ModelDelete(DeployDevice).where(DeployDevice.deploy == deploy.id))
        return ended

    def note(self, deploy: Deploy, note: str) -> Deploy | None:
        """Writes what is wrong with the step that goes on, which does not count as getting on. None if it has changed meanwhile."""
        return self.move(deploy, note=note, moved_at=deploy.moved_at)

    def note_job(self, deploy: int, state: str, job: int) -> None:
        """Notes which job was started in this state; the first that is noted stays."""
        row = {"job": job, "deploy": deploy, "step": state}
        now = self._database.now_us()
        raised = {"revision": DeployRow.revision + 1, "due_at": now, "note": ""}
        with self._database.transaction():
            self._database.run(DeployJob.insert(row).on_conflict_ignore().as_rowcount())
            self._database.run(DeployRow.update(raised).where(DeployRow.id == deploy))

    def keep_shown(self, deploy: int, *, ref: str, shown: int) -> None:
        """Writes by which ref its card is changed, and the revision that this shows."""
        changes = {"ref": self._keyring.seal(ref) if ref else None, "shown": shown}
        self._database.run(DeployRow.update(changes).where(DeployRow.id == deploy))

    def messages(self, deploy: int) -> builtins.list[DeployMessage]:
        """Lists the cards of a deploy in other workspaces than its own."""
        rows = self._database.rows(DeployMessageRow.select().where(DeployMessageRow.deploy == deploy))
        return [
            DeployMessage(
                **{name: value for name, value in row.items() if name != "deploy"} | {"ref": self._opened(row["ref"])}
            )
            for row in rows
        ]

    def keep_message(self, message: int, *, ref: str, shown: int) -> None:
        """Writes what `keep_shown` does, for a card in another workspace."""
        changes = {"ref": self._keyring.seal(ref) if ref else None, "shown": shown}
        self._database.run(DeployMessageRow.update(changes).where(DeployMessageRow.id == message))

    def mark_notified(self, deploy: int, *, notified: bool = True) -> bool:
        """Notes that its requester is notified of its end. False if another process did so before."""
        before = DeployRow.notified_at.is_null(notified)
        query = DeployRow.update(notified_at=self._database.now_us() if notified else None)
        return bool(self._database.run(query.where(DeployRow.id == deploy, before)))

    def hurry(self, deploy: int) -> None:
        self._database.run(DeployRow.update(due_at=self._database.now_us()).where(DeployRow.id == deploy))

    def hurry_in(self, state: str) -> None:
        """Makes every deploy in this state due now."""
        self._database.run(DeployRow.update(due_at=self._database.now_us()).where(DeployRow.state == state))

    def rest(self, deploy: Deploy, wait_s: float | None) -> None:
        """Makes a deploy due after so many seconds, or with None not again, unless it has changed since it was read."""
        due_at = None if wait_s is None else self._database.now_us() + in_us(wait_s)
        same = (DeployRow.id == deploy.id) & (DeployRow.revision == deploy.revision)
        self._database.run(DeployRow.update(due_at=due_at).where(same))

    def void_open(self, outcome: str) -> int:
        """Ends every open deploy, such as in a store that was restored, and returns how many."""
        now = self._database.now_us()
        ended = {"state": "unclear", "outcome": outcome, "note": "", "ended_at": now, "due_at": now}
        with self._database.transaction():
            query = DeployRow.update(**ended, revision=DeployRow.revision + 1)
            number = int(self._database.run(query.where(DeployRow.ended_at.is_null())))
            self._database.run(ModelDelete(DeployDevice))
        return number

    def forget_snippets(self, ended_before: datetime) -> int:
        """Removes the snippets of deploys that ended before that, and returns how many."""
        query = DeployRow.update(snippet=None).where(
            DeployRow.snippet.is_null(False), DeployRow.ended_at < ended_before
        )
        return int(self._database.run(query))

    def sweep(self, ended_before: datetime, batch: int = 500) -> int:
        """Removes deploys that ended before that for good, in short transactions of `batch` rows, and returns how many."""
        ended = DeployRow.ended_at
        return self._database.delete_in_batches(DeployRow.id, ended < ended_before, batch, by=ended)

    def _sealed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        sealed = {name: self._keyring.seal(value) for name, value in values.items() if name in _SEALED and value}
        texts = {"hosts": json.dumps(values["hosts"])} if "hosts" in values else {}
        return {**values, **sealed, **texts}

    def _loaded(self, row: dict[str, Any]) -> Deploy:
        jobs = self._database.tuples(
            DeployJob.select(DeployJob.step, DeployJob.job).where(DeployJob.deploy == row["id"])
        )
        texts = {name: self._opened(row[name]) for name in _SEALED}
        known = {name: value for name, value in row.items() if name not in _INNER}
        return Deploy(**known | texts | {"hosts": json.loads(row["hosts"]), "jobs": dict(jobs)})

    def _opened(self, sealed: Sealed | None) -> str:
        """Returns the text; a key that is gone takes it along."""
        try:
            return "" if sealed is None else self._keyring.open(sealed, "deploy")
        except CannotDecrypt:
            return ""
