"""The errors of the store. Each carries one sentence that says what to do, and never the password of a URL.

StoreError
├── StoreUrlError       `store.url` cannot be read, or its folder is missing
├── DriverMissing       a PostgreSQL URL without psycopg
├── KeyMissing          no encryption key, or one that is no Fernet key
├── CannotDecrypt       none of the keys opens what is stored
├── PendingMigrations   `db migrate` was not run (PostgreSQL), or a running bot is older than this program (SQLite)
├── SchemaTooNew        the store was migrated by a newer program
├── StoreUnreachable    no connection, or a connection that was lost
├── StoreBusy           another process held the write lock, or all connections, for too long
├── StoreLocked         another `run` has this SQLite store
├── Duplicate           a row with this key exists; `.field` names it
├── NoSuchRow           the row that is referred to does not exist
└── BackupError         a backup or restore was refused
"""

from __future__ import annotations


class StoreError(Exception):
    """`words` is safe to show and says what to do."""

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


class StoreUnreachable(StoreError):
    pass


class StoreBusy(StoreError):
    pass


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
