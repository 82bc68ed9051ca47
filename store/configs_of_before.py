"""The copy of the configs as it was kept before migration 0037, each text whole. It is brought into the new tables a few at a time."""

from __future__ import annotations

from peewee import ModelDelete, fn

from store.configs import Config, Configs
from store.engine import Database
from store.models import DeviceConfig

_KEPT = ("device", "customer", "snapshot", "hash", "text", "created_at", "read_at", "rules", "fingerprints")


class ConfigsOfBefore:
    def __init__(self, database: Database, configs: Configs) -> None:
        self._database = database
        self._configs = configs

    def waiting(self) -> int:
        """Counts the configs that were not adopted yet."""
        return self._database.count(DeviceConfig.select(fn.COUNT(DeviceConfig.device)))

    def adopt(self, rules: int, most: int) -> int:
        """Keeps so many configs in the new tables, and returns how many; those that older rules redacted are removed."""
        with self._database.transaction():
            self._database.run(ModelDelete(DeviceConfig).where(DeviceConfig.rules < rules))
            rows = self._database.rows(DeviceConfig.select().order_by(DeviceConfig.device).limit(most))
            kept = (Config(**{name: row[name] for name in _KEPT}, history_due=False) for row in rows)
            self._configs.put_each([[config] for config in kept])
            self._database.run(
                ModelDelete(DeviceConfig).where(DeviceConfig.device.in_([row["device"] for row in rows]))
            )
        return len(rows)
