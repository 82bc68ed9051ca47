"""A copy of every device's latest config, redacted, so that it can be searched: WebNet gives configs one by one and whole.

A row is seen only while the directory has its device for the same customer: one that is gone, or that moved to another
customer, is out of reach at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from peewee import EXCLUDED, JOIN, SQL, ModelDelete, Tuple, chunked, fn

from store.cursors import Cursors
from store.engine import Database
from store.fields import clean
from store.models import DeviceConfig, DirectoryDevice
from store.statements import Statement

FOLLOWED = "snapshots"
"""The cursor of the follower of new snapshots. The time at which it was last written says how fresh the copy is."""
TEXTS = 500  # held at a time, some 10 KB each


@dataclass(frozen=True, kw_only=True)
class Config:
    """A device's latest config. `text` is redacted; `hash` is WebNet's, of the text before that. `rules` is the version of the
    rules that redacted it. `snapshot` 0 says that WebNet has no config of the device; such a row is never found."""

    device: int
    customer: int
    snapshot: int
    hash: str
    text: str
    created_at: datetime
    read_at: datetime
    rules: int


_COLUMNS = [getattr(DeviceConfig, item.name) for item in fields(Config)]
_REPLACED = [*_COLUMNS[1:], DeviceConfig.folded]
_IN_COPY = """
    FROM device_config
    WHERE device IN :devices AND customer = :customer AND snapshot > 0 AND EXISTS (
        SELECT 1 FROM device WHERE device.id = device_config.device AND device.customer = device_config.customer
    )"""


@dataclass(frozen=True)
class Progress:
    """How complete the copy is: of `of` devices `have` were read, and `without` of them have no config in WebNet.
    `oldest_read_at` is when the first of them was read, `followed_at` when new snapshots were last looked for."""

    have: int
    of: int
    without: int
    oldest_read_at: datetime | None
    followed_at: datetime | None


class Configs:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._cursors = Cursors(database)

    def get(self, customer: int, device: int) -> Config | None:
        row = self._database.row(_select(customer).where(DeviceConfig.device == device))
        return None if row is None else Config(**row)

    def texts(
        self, customer: int, needles: Sequence[str], *, devices: Collection[int] | None = None, folded: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Yields (device, text), by device id, of the configs that hold every needle in any case (by `str.casefold`). Only
        `devices` are searched if they are given. No character is special. `folded` yields the case-folded text instead.

        TEXTS configs are read at a time, by their keys: asked for the next TEXTS that match, a database may look through
        all that are left.
        """
        holds = "".join(f" AND folded LIKE :needle{n} ESCAPE '\\'" for n in range(len(needles)))
        fitting = Statement(
            f"SELECT device, {'folded' if folded else 'text'} AS text {_IN_COPY}{holds} ORDER BY device"
        )
        given = {"customer": customer, **{f"needle{n}": _pattern(needle) for n, needle in enumerate(needles)}}
        for some in chunked(self._devices(customer) if devices is None else sorted(set(devices)), TEXTS):
            for row in self._database.rows(fitting, devices=list(some), **given):
                yield row["device"], row["text"]

    def progress(self, customer: int | None = None) -> Progress:
        """Counts the devices and configs of one customer, or of all."""
        query = DirectoryDevice.select(
            fn.COUNT(DirectoryDevice.id),
            fn.COUNT(DeviceConfig.device),
            fn.COUNT(fn.NULLIF(DeviceConfig.snapshot, 0)),
            fn.MIN(DeviceConfig.read_at),
        ).join(DeviceConfig, JOIN.LEFT_OUTER, on=_of_device())
        if customer is not None:
            query = query.where(DirectoryDevice.customer == customer)
        of, have, full, oldest = self._database.tuples(query)[0]
        cursor = self._cursors.get(FOLLOWED)
        return Progress(have, of, have - full, oldest, cursor.updated_at if cursor else None)

    def latest(self, device: int) -> Config | None:
        """Returns the row of a device of any customer, even one that says that WebNet has no config. It is for code that keeps
        the copy, not for code that shows it."""
        row = self._database.row(DeviceConfig.select(*_COLUMNS).where(DeviceConfig.device == device))
        return None if row is None else Config(**row)

    def put(self, config: Config) -> bool:
        """Writes a config, unless the stored one is of a later snapshot, or of this one and redacted by newer rules. False for
        that, and for a device that is not in the directory or belongs to another customer."""
        known = DirectoryDevice.select(DirectoryDevice.id).where(
            (DirectoryDevice.id == config.device) & (DirectoryDevice.customer == config.customer)
        )
        query = DeviceConfig.insert({**vars(config), "folded": config.text.casefold()}).on_conflict(
            conflict_target=[DeviceConfig.device],
            preserve=_REPLACED,
            where=Tuple(DeviceConfig.created_at, DeviceConfig.snapshot, DeviceConfig.rules)
            <= Tuple(EXCLUDED.created_at, EXCLUDED.snapshot, EXCLUDED.rules),
        )
        with self._database.transaction():
            if not self._database.rows(self._database.locked(known)):
                return False
            return bool(self._database.run(query.as_rowcount()))

    def forget(self, device: int) -> bool:
        return bool(self._database.run(ModelDelete(DeviceConfig).where(DeviceConfig.device == device)))

    def drop_older(self, rules: int) -> int:
        """Removes configs that were redacted by older rules, since they may hold what the newer rules hide. Returns how many."""
        return int(self._database.run(ModelDelete(DeviceConfig).where(DeviceConfig.rules < rules)))

    def unread(self, rules: int) -> list[tuple[int, int]]:
        """Lists (device, customer) of all devices whose config is not in the copy, or was redacted by older rules."""
        query = (
            DirectoryDevice.select(DirectoryDevice.id, DirectoryDevice.customer)
            .join(DeviceConfig, JOIN.LEFT_OUTER, on=_of_device() & (DeviceConfig.rules >= rules))
            .where(DeviceConfig.device.is_null())
            .order_by(DirectoryDevice.id)
        )
        return [(device, customer) for device, customer in self._database.tuples(query)]

    def _devices(self, customer: int) -> list[int]:
        query = _of_customer(customer, (DeviceConfig.device,)).order_by(DeviceConfig.device)
        return [device for (device,) in self._database.tuples(query)]


def _select(customer: int) -> Any:
    return _of_customer(customer, _COLUMNS)


def _of_customer(customer: int, columns: Sequence[Any]) -> Any:
    """Selects a customer's configs without a join, so that the database walks them in the order of their own index."""
    device = DirectoryDevice.select(SQL("1")).where(_of_device())
    return DeviceConfig.select(*columns).where(
        (DeviceConfig.customer == customer) & (DeviceConfig.snapshot > 0) & fn.EXISTS(device)
    )


def _of_device() -> Any:
    return (DirectoryDevice.id == DeviceConfig.device) & (DirectoryDevice.customer == DeviceConfig.customer)


def _pattern(needle: str) -> str:
    """Gives what LIKE finds in folded text: the same on both databases, where their own ideas of case differ."""
    folded = clean(needle).casefold()
    for special in ("\\", "%", "_"):
        folded = folded.replace(special, f"\\{special}")
    return f"%{folded}%"
