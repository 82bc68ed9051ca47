"""The store holds all that the bot keeps, and is opened from one URL.

`open_store` migrates an SQLite store by itself; a PostgreSQL store is migrated by `migrate_store` (`db migrate`) alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from peewee import Model

from store.audit import Audit
from store.caller_keys import CallerKeys
from store.cards import Cards
from store.channels import Channels
from store.compliance import Compliance
from store.config_changes import ConfigChanges
from store.configs import Configs
from store.configs_of_before import ConfigsOfBefore
from store.cursors import Cursors
from store.deploys import Deploys
from store.device_changes import DeviceChanges
from store.device_groups import DeviceGroups
from store.directory import Directory
from store.due_times import DueTimes
from store.engine import Clock, Database, StoreUrl, parse_url, utc_now
from store.errors import KeyMissing
from store.faults import OpenFaults
from store.held import Held
from store.homes import Homes
from store.jobs import Jobs
from store.lanes import Lanes
from store.leases import Leases
from store.live_logs import LiveLogs
from store.mapping_requests import MappingRequests
from store.marks import Marks
from store.migrate import migrate, pending, require_current
from store.missing import Missing
from store.models import Canary, DeployRow, MacKey, RequestRow, SlackWorkspace
from store.notice_messages import NoticeMessages
from store.outbox import Outbox
from store.outcomes import Outcomes
from store.overview import Overview
from store.past_events import PastEvents
from store.reachability import Reachability
from store.redaction_state import RedactionState
from store.refused_blocks import RefusedBlocks
from store.reminders import Reminders
from store.reports import Reports
from store.requests import Requests
from store.sealed_texts import SealedTexts
from store.secrets import Keyring
from store.seen import Seen
from store.snoozes import Snoozes
from store.teams_conversations import TeamsConversations
from store.users import Users
from store.workspaces import SECRETS, Workspaces, secret_name

MAX_CONNECTIONS = 8  # for the command line; a running bot needs one for each of its threads


class Store:
    """One object per process and database; safe to use from any thread."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database = database
        self._keyring = keyring
        self.workspaces = Workspaces(database, keyring)
        self.channels = Channels(database)
        self.users = Users(database)
        self.audit = Audit(database)
        self.leases = Leases(database)
        self.caller_keys = CallerKeys(database)
        self.seen = Seen(database)
        self.directory = Directory(database)
        self.device_groups = DeviceGroups(database)
        self.configs = Configs(database, keyring)
        self.configs_of_before = ConfigsOfBefore(database, self.configs)
        self.redaction = RedactionState(database, keyring)
        self.cursors = Cursors(database)
        self.outbox = Outbox(database)
        self.held = Held(database)
        self.past_events = PastEvents(database)
        self.marks = Marks(database)
        self.faults = OpenFaults(database)
        self.lanes = Lanes(database, NoticeMessages(database, keyring, self.marks))
        self.cards = Cards(database, keyring)
        self.live_logs = LiveLogs(database, keyring)
        self.homes = Homes(database)
        self.requests = Requests(database, keyring)
        self.sealed_texts = SealedTexts(database, keyring)
        self.mapping_requests = MappingRequests(database)
        self.deploys = Deploys(database, keyring)
        self.jobs = Jobs(database)
        self.outcomes = Outcomes(database)
        self.config_changes = ConfigChanges(database)
        self.device_changes = DeviceChanges(database)
        self.reminders = Reminders(database)
        self.reports = Reports(database)
        self.overview = Overview(database)
        self.missing = Missing(database)
        self.compliance = Compliance(database)
        self.due_times = DueTimes(database)
        self.refused_blocks = RefusedBlocks(database)
        self.teams_conversations = TeamsConversations(database)
        self.snoozes = Snoozes(database, self.marks)
        self.reachability = Reachability(database)

    @property
    def shown_url(self) -> str:
        """The store's URL without a password."""
        return self.database.url.shown

    def transaction(self) -> AbstractContextManager[None]:
        """Makes one transaction of what is done inside, so nothing slow belongs there."""
        return self.database.transaction()

    def connection(self) -> AbstractContextManager[None]:
        """Holds one connection for several calls in a row: faster on PostgreSQL."""
        return self.database.connection()

    def pending_migrations(self) -> list[str]:
        """Returns the names of migrations to apply: none for a store that this program can use. Raises SchemaTooNew, or
        StoreUnreachable."""
        return pending(self.database)

    def check_secrets(self) -> None:
        """Raises CannotDecrypt if any secret cannot be opened: a store that was written with another key."""
        for row in self.database.rows(SlackWorkspace.select().order_by(SlackWorkspace.id)):
            for name in SECRETS:
                if row[name] is not None:
                    self._keyring.open(row[name], secret_name(name, row["team_id"]))

    def rotate_secrets(self, batch: int = 100) -> int:
        """Seals every secret with the newest key and returns how many values changed. After an interruption the next call goes
        on with what is left."""
        changed = 0
        sealed: dict[Any, Sequence[str]] = {
            SlackWorkspace: SECRETS,
            RequestRow: ("payload",),
            DeployRow: ("payload", "snippet"),
        }
        for model, columns in sealed.items():
            for ids in self._batches(model, batch):
                with self.transaction():
                    query = model.select().where(model.id.in_(ids))
                    for row in self.database.rows(self.database.locked(query)):
                        changed += self._reseal(model, row, columns, row.get("team_id", ""))
        with self.transaction():
            for keys in (Canary, MacKey):
                for row in self.database.rows(self.database.locked(keys.select())):
                    changed += self._reseal(keys, row, ("sealed",), "")
        return changed

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _batches(self, model: type[Model], batch: int) -> Iterator[list[int]]:
        ids = [row_id for (row_id,) in self.database.tuples(model.select(model.id).order_by(model.id))]  # type: ignore[attr-defined]
        for start in range(0, len(ids), batch):
            yield ids[start : start + batch]

    def _reseal(self, model: Any, row: dict[str, Any], columns: Sequence[str], team_id: str) -> int:
        old = {name: row[name] for name in columns if row[name] is not None and not self._keyring.is_current(row[name])}
        new = {name: self._keyring.reseal(value, secret_name(name, team_id)) for name, value in old.items()}
        if new:
            self.database.run(model.update(new).where(model.id == row["id"]))
        return len(new)


def open_store(
    url: str,
    *,
    keys: Sequence[str],
    max_connections: int = MAX_CONNECTIONS,
    may_migrate: bool = True,
    clock: Clock = utc_now,
) -> Store:
    """Raises a StoreError that says what to do if the URL, the keys, the schema or the connection is not right.

    An SQLite store is made and migrated, unless `may_migrate` is False.
    """
    address = parse_url(url)
    if not keys:
        raise KeyMissing(f"store.encryption_keys is empty{_without_key(address)}")
    keyring = Keyring(keys)
    database = Database(address, max_connections=max_connections, clock=clock)
    with contextlib.ExitStack() as undo:
        undo.callback(database.close)
        require_current(database, may_migrate=may_migrate)
        store = Store(database, keyring)
        _require_keys(database, keyring)
        undo.pop_all()
    return store


def _without_key(address: StoreUrl) -> str:
    """Says what to do without a key. A new one is advised only where nothing was sealed: no new key opens a store."""
    load = "set WEBNET_BOT_STORE__ENCRYPTION_KEYS, or …_FILE, to the key that it was made with, or load what does, such as `.env`"
    make = "make a key with `webnet-bot key generate` and set it, best as WEBNET_BOT_STORE__ENCRYPTION_KEYS_FILE"
    if address.path is not None and not address.path.exists():
        return f": {make}."
    with contextlib.closing(Database(address, max_connections=1)) as database:
        if pending(database):
            return f". If {address.shown} is a new store, {make}; else {load}."
        if database.row(Canary.select()) is None:
            return f": {make}."
    return f", and the store {address.shown} has secrets: {load}. No new key opens them."


def migrate_store(url: str) -> list[str]:
    """Applies pending migrations and returns their names."""
    database = Database(parse_url(url), max_connections=2, query_s=0)
    try:
        return migrate(database)
    finally:
        database.close()


def _require_keys(database: Database, keyring: Keyring) -> None:
    """Raises CannotDecrypt if the store was written with other keys. The first to open a new store seals the canary."""
    canary = database.row(Canary.select())
    if canary is None:
        database.run(Canary.insert(id=1, sealed=keyring.seal("canary")).on_conflict_ignore().as_rowcount())
    else:
        keyring.open(canary["sealed"], f"store {database.url.shown}")
