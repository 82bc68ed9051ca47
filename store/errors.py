"""The errors of the store. Each carries one sentence that says what to do, and never the password of a URL.

StoreError
├── StoreUrlError       `store.url` cannot be read, or its folder is missing
├── DriverMissing       a PostgreSQL URL without psycopg
├── KeyMissing          no encryption key, or one that is no Fernet key
├── CannotDecrypt       none of the keys opens what is stored
├── PendingMigrations   `db migrate` was not run (PostgreSQL), or a running bot is older than this program (SQLite)
├── SchemaTooNew        the store was migrated by a newer program
├── StoreUnusable       hits whatever is asked of the store, until it passes or somebody mends it
│   ├── StoreUnreachable    no connection, or a connection that was lost
│   ├── StoreBusy           somebody else held the lock, or all connections, for too long, or waited for this one
│   ├── StoreFull           no room on its disk
│   ├── StoreReadOnly       a standby, or a file that must not be written
│   └── StoreDamaged        what is stored cannot be read back
├── StoreLocked         another `run` has this SQLite store
├── Duplicate           a row with this key exists; `.field` names it
├── NoSuchRow           the row that is referred to does not exist
└── BackupError         a backup or restore was refused
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """`words` is safe to show to administrators and says what to do. `state` is for everybody, since it names no host and no
    file: it goes on after "The store"."""

    state: ClassVar[str] = "cannot be used"

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class StoreUrlError(StoreError):
    pass


class DriverMissing(StoreError):
    pass


class KeyMissing(StoreError):
    pass


class CannotDecrypt(StoreError):
    pass


class PendingMigrations(StoreError):
    pass


class SchemaTooNew(StoreError):
    pass


class StoreUnusable(StoreError):
    pass


class StoreUnreachable(StoreUnusable):
    state = "does not answer"


class StoreBusy(StoreUnusable):
    state = "is locked by somebody else"


class StoreFull(StoreUnusable):
    state = "has no room left on its disk"


class StoreReadOnly(StoreUnusable):
    state = "is read-only"


class StoreDamaged(StoreUnusable):
    state = "is damaged"


class StoreLocked(StoreError):
    pass


class Duplicate(StoreError):
    def __init__(self, words: str, *, field: str) -> None:
        super().__init__(words)
        self.field = field


class NoSuchRow(StoreError):
    pass


class BackupError(StoreError):
    pass
