"""How a config is kept: redacted by rules of a known version, with a fingerprint of the secret in each hidden place.

Two configs are compared by their clear text, which WebNet has of nearly all. Fingerprints serve where WebNet has deleted the
older one, so that its copy is all that is left: one secret has one fingerprint on a device, and another on every other device.
Their key is random and known to the store alone. Nothing shows, logs or exports them.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from bot.redaction.redactor import RULES_VERSION, Redactor
from bot.webnet.models import Snapshot
from store.configs import Config
from store.database import Store
from store.fields import EPOCH

SIZE = 16  # bytes of a fingerprint


class Keeper:
    def __init__(self, store: Store, redactor: Redactor, rules: int = RULES_VERSION) -> None:
        self._store = store
        self._redactor = redactor
        self._rules = rules

    @cached_property
    def rules(self) -> int:
        """The version of the rules with these settings beside them. Of two processes with other settings the one that began
        later has the higher, and newer rules have a higher one than older rules with any settings."""
        own = self._redactor.own.written
        return self._rules + self._store.redaction.settings_changes(own and self._hashed(f"settings:{own}"))

    def row(
        self,
        device: int,
        customer: int,
        snapshot: Snapshot | None,
        read_at: datetime,
        *,
        history_due: bool | None = None,
    ) -> Config:
        """Makes the row of a device. Without a snapshot it notes that WebNet has none."""
        text, fingerprints = self._redactor.kept(snapshot.text, self._of(device)) if snapshot else ("", ())
        return Config(
            device=device,
            customer=customer,
            snapshot=snapshot.id if snapshot else 0,
            hash=snapshot.hash if snapshot else "",
            text=text,
            created_at=snapshot.created_at if snapshot else EPOCH,
            read_at=read_at,
            rules=self.rules,
            job=snapshot.job if snapshot else None,
            history_due=history_due,
            fingerprints=",".join(fingerprints),
        )

    def older(self, customer: int, snapshots: Iterable[Snapshot], read_at: datetime) -> list[Config]:
        """Makes rows of a device's older snapshots; equal texts, which most are, are redacted once."""
        rows: dict[str, Config] = {}
        made = []
        for snapshot in snapshots:
            if (equal := rows.get(snapshot.hash)) is None:
                equal = rows[snapshot.hash] = self.row(snapshot.device, customer, snapshot, read_at)
            made.append(replace(equal, snapshot=snapshot.id, created_at=snapshot.created_at, job=snapshot.job))
        return made

    def pair(self, older: Snapshot | Config, newer: Snapshot) -> tuple[str, str] | None:
        """Both texts redacted, in which a secret that changed reads so. None where other rules redacted the older one: then
        lines would differ by what is hidden in them."""
        if isinstance(older, Snapshot):
            return self._redactor.pair(older.text, newer.text)
        if older.rules != self.rules:
            return None
        fingerprints = older.fingerprints.split(",")
        return self._redactor.pair_with_kept(older.text, fingerprints, newer.text, self._of(newer.device))

    def _of(self, device: int) -> Callable[[str], str]:
        def fingerprint(secret: str) -> str:
            return self._hashed(f"{device}:{secret}")

        return fingerprint

    def _hashed(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(errors="surrogatepass"), "sha256")[:SIZE].hex()

    @cached_property
    def _key(self) -> bytes:
        return self._store.redaction.fingerprint_key()
