"""The rows of KeptConfig. Who writes one moves its lines in the index with it, under the lock of the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.config_history import Version, columns_of, each_version, moves, versions_of
from store.config_index import LineIndex
from store.engine import Database
from store.models import KeptConfig
from store.statements import Statement

_FIELDS = KeptConfig._meta.sorted_fields  # noqa: SLF001  # Peewee's own way to them
_NAMES = [each.name for each in _FIELDS]
_TYPES = {"BIGINT": "bigint", "TEXT": "text", "BOOL": "boolean", "BLOB": "bytea"}
_SELECT = f"SELECT {', '.join(_NAMES)} FROM kept_config WHERE "
_OF = Statement(f"{_SELECT}device IN :devices", KeptConfig)
_GONE = Statement(
    f"""{_SELECT}gone = TRUE AND NOT EXISTS (
        SELECT 1 FROM device WHERE device.id = kept_config.device AND device.customer = kept_config.customer
    ) LIMIT :most""",
    KeptConfig,
)
HERE = """NOT gone AND EXISTS (
        SELECT 1 FROM device WHERE device.id = kept_config.device AND device.customer = kept_config.customer
    )"""
OF_DEVICES = f"device IN :devices AND +customer = :customer AND {HERE}"
"""What a customer has of these devices. SQLite knows nothing of how many rows there are: + and NOT keep it from the indexes by
which it would go through all of the customer's."""
_HERE = Statement(
    f"SELECT device, snapshot, job, created_at, fingerprints, lines, history FROM kept_config WHERE {OF_DEVICES}",
    KeptConfig,
)
_OLD = Statement(f"{_SELECT}oldest_at < :since AND oldest_at < created_at AND gone = FALSE LIMIT :most", KeptConfig)
_PUT = Statement(
    f"INSERT INTO kept_config ({', '.join(_NAMES)}) EACH ({', '.join(f':{each.name}::{_TYPES[each.field_type]}' for each in _FIELDS)}) "
    f"ON CONFLICT (device) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in _NAMES[1:])}"
)
_DELETE = Statement("DELETE FROM kept_config WHERE device IN :devices")


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and its versions, newest first."""

    columns: Mapping[str, Any]
    versions: list[Version]

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.columns["created_at"], self.columns["snapshot"], self.columns["rules"]

    def but(self, versions: list[Version]) -> Row:
        """Returns the row with other versions, of which there is at least one, unless there was none."""
        return Row({**self.columns, **(columns_of(versions) if versions else {})}, versions)


class ConfigRows:
    def __init__(self, database: Database, index: LineIndex) -> None:
        self._database = database
        self._index = index

    def of(self, devices: Collection[int]) -> dict[int, Row]:
        return {row.columns["device"]: row for row in self._read(_OF, devices=list(devices))}

    def histories(self, customer: int, devices: Collection[int]) -> Iterator[tuple[int, Iterator[Version]]]:
        for row in self._database.rows(_HERE, customer=customer, devices=list(devices)):
            yield row["device"], each_version(row)

    def gone(self, most: int) -> list[Row]:
        """Reads so many rows of devices that are gone or moved; a device that is here has its own replaced when it is read again."""
        return self._read(_GONE, most=most)

    def with_history_before(self, since: datetime, most: int) -> list[Row]:
        return self._read(_OLD, since=since, most=most)

    def replace(self, changes: Iterable[tuple[Row | None, Row | None]]) -> None:
        """Writes the second row of each pair instead of the first, which is the stored one; None stands for no row."""
        moved: dict[int, dict[int, int | None]] = defaultdict(dict)
        written, removed = [], []
        for old, new in changes:
            device = next(row.columns["device"] for row in (new, old) if row)
            for line, count in moves(old.versions if old else [], new.versions if new else []).items():
                moved[line][device] = count
            if new:
                written.append(new.columns)
            else:
                removed.append(device)
        _PUT.run_each(self._database, written)
        if removed:
            self._database.run(_DELETE, devices=removed)
        self._index.move(moved)

    def _read(self, statement: Statement, **values: Any) -> list[Row]:
        return [Row(columns, versions_of(columns)) for columns in self._database.rows(statement, **values)]
