"""What redaction has to remember: how often its settings changed, and the key of the fingerprints."""

from __future__ import annotations

from store.cursors import Cursors
from store.engine import Database
from store.mac_keys import FINGERPRINTS, mac_key
from store.models import CursorRow
from store.secrets import Keyring

SETTINGS = "redaction"
"""The cursor that says how often the settings of redaction changed, and the hash of the last."""


class RedactionState:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._cursors = Cursors(database)

    def settings_changes(self, settings: str) -> int:
        """Counts how often the settings of redaction changed, up to those whose hash is given; 0 while there never were any."""
        cursor = self._cursors.get(SETTINGS)
        if cursor is None and not settings:
            return 0
        with self._database.transaction():
            if cursor is None:
                new = CursorRow.insert(name=SETTINGS, value="0 ", updated_at=self._database.now_us())
                self._database.run(new.on_conflict_ignore().as_rowcount())
            (row,) = self._database.rows(self._database.locked(CursorRow.select().where(CursorRow.name == SETTINGS)))
            changes, _, before = row["value"].partition(" ")
            if before == settings:
                return int(changes)
            self._cursors.put(SETTINGS, f"{int(changes) + 1} {settings}")
            return int(changes) + 1

    def fingerprint_key(self) -> bytes:
        """Returns 32 random bytes."""
        return mac_key(self._database, self._keyring, FINGERPRINTS, "key of the fingerprints")
