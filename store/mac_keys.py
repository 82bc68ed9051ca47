"""Random keys of HMACs. The store makes each once and seals it; it stays the same, also for a store restored elsewhere."""

from __future__ import annotations

import secrets

from store.engine import Database
from store.models import MacKey
from store.secrets import Keyring

FINGERPRINTS, REQUESTS, LINES = 1, 2, 3  # ids of the rows


def mac_key(database: Database, keyring: Keyring, which: int, what: str) -> bytes:
    """Returns 32 random bytes, which the first that asks makes. `what` names the key in an error."""
    made = keyring.seal(secrets.token_hex(32))
    database.run(MacKey.insert(id=which, sealed=made).on_conflict_ignore().as_rowcount())
    (row,) = database.rows(MacKey.select().where(MacKey.id == which))
    return bytes.fromhex(keyring.open(row["sealed"], what))
