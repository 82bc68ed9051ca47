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
from store.cards import Cards
from store.channels import Channels
from store.compliance import Compliance
from store.configs import Configs
from store.cursors import Cursors
from store.directory import Directory
from store.due_times import DueTimes
from store.engine import Clock, Database, parse_url, utc_now
from store.jobs import Jobs
from store.lanes import Lanes
from store.leases import Leases
from store.migrate import migrate, pending, require_current
from store.missing import Missing
from store.models import Canary, SlackWorkspace
from store.outbox import Outbox
from store.secrets import Keyring
from store.seen import Seen
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
        self.seen = Seen(database)
        self.directory = Directory(database)
        self.configs = Configs(database)
        self.cursors = Cursors(database)
        self.outbox = Outbox(database)
        self.lanes = Lanes(database)
        self.cards = Cards(database, keyring)
        self.jobs = Jobs(database)
        self.missing = Missing(database)
        self.compliance = Compliance(database)
        self.due_times = DueTimes(database)

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
        for ids in self._batches(SlackWorkspace, batch):
            with self.transaction():
                query = SlackWorkspace.select().where(SlackWorkspace.id.in_(ids))
                for row in self.database.rows(self.database.locked(query)):
                    changed += self._reseal(SlackWorkspace, row, SECRETS, row["team_id"])
        with self.transaction():
            for row in self.database.rows(self.database.locked(Canary.select())):
                changed += self._reseal(Canary, row, ("sealed",), "")
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
    keyring = Keyring(keys)
    database = Database(parse_url(url), max_connections=max_connections, clock=clock)
    with contextlib.ExitStack() as undo:
        undo.callback(database.close)
        require_current(database, may_migrate=may_migrate)
        store = Store(database, keyring)
        _require_keys(database, keyring)
        undo.pop_all()
    return store


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
