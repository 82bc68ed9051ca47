"""A copy of WebNet's devices, by which they are found by name: WebNet itself has no look-up.

A look-up for a command names a customer and sees only that customer's devices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from peewee import ModelDelete, chunked, fn

from store.cursors import Cursors
from store.device_filters import DeviceFilters
from store.device_keys import after, keys_of, usual_address
from store.engine import Database
from store.fields import clean
from store.models import DirectoryDevice, KeptConfig
from store.statements import Statement

SWEPT = "directory sweep"
_CHUNK = 200  # rows per statement: SQLite takes 32,766 parameters at most
_NAME_CHARACTERS = 255  # WebNet's own limit
_ID_LIMIT = 2**63


@dataclass(frozen=True, kw_only=True)
class Device:
    """A row of WebNet's `devices/`, with its texts as they came; `id` and `customer` are WebNet's."""

    id: int
    customer: int
    hostname: str
    mgmt_ip: str = ""
    vendor: str = ""
    platform: str = ""
    role: str | None = None
    site: str | None = None
    enabled: bool
    reachability_status: str | None = None
    last_reachability_check: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """The fields by which devices are matched and told from one another."""

    id: int
    hostname: str
    mgmt_ip: str
    vendor: str
    site: str | None
    role: str | None = None
    platform: str = ""


_OUTLINE = [getattr(DirectoryDevice, item.name) for item in fields(Outline)]
_SOME = Statement(
    f"""SELECT {", ".join(item.name for item in fields(Outline))} FROM device WHERE id IN :devices AND +customer = :customer
    ORDER BY id"""  # the + keeps SQLite from going through all of the customer's
)
_FIELDS = tuple(item.name for item in fields(Device))
_COLUMNS = [getattr(DirectoryDevice, name) for name in _FIELDS]
_KEYS = ("hostname_folded", "label_folded", "address", "stored_at")
_ALL_BUT_ID = [*_COLUMNS[1:], *(getattr(DirectoryDevice, name) for name in _KEYS)]

_BY_ID = Statement(f"SELECT {', '.join(_FIELDS)} FROM device WHERE id = :id", DirectoryDevice)
_BY_HOSTNAME = Statement(
    f"SELECT {', '.join(_FIELDS)} FROM device WHERE customer = :customer AND hostname = :hostname ORDER BY id LIMIT 1",
    DirectoryDevice,
)


@dataclass
class Sweep:
    """One reading of all devices: the ids that it has seen, and when it began by the database's time."""

    began_at: datetime
    seen: set[int] = field(default_factory=set)


class Directory:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._cursors = Cursors(database)
        self._filters = DeviceFilters(database)

    def begin_sweep(self) -> Sweep:
        return Sweep(self._database.now())

    def put(self, devices: Iterable[Device], sweep: Sweep | None = None) -> int:
        """Adds or changes devices and returns how many rows were written; rows that would stay the same are not."""
        written = 0
        for chunk in chunked(devices, _CHUNK):
            new = {device.id: _storable(device) for device in chunk}
            if sweep is not None:
                sweep.seen.update(new)
            stored = self._stored([*new])
            changed = [device for device in new.values() if stored.get(device.id) != device]
            self._write(changed)
            written += len(changed)
        return written

    def unseen(self, sweep: Sweep) -> list[int]:
        """Returns the ids that were known before the sweep began and that it has not seen."""
        known = self._database.tuples(
            DirectoryDevice.select(DirectoryDevice.id).where(DirectoryDevice.stored_at < sweep.began_at)
        )
        return sorted(device for (device,) in known if device not in sweep.seen)

    def finish_sweep(self, sweep: Sweep) -> int:
        """Removes the devices that a complete sweep has not seen, and returns how many. Those that were written meanwhile stay."""
        removed = 0
        for chunk in chunked(self.unseen(sweep), _CHUNK):
            unseen = DirectoryDevice.id.in_(chunk) & (DirectoryDevice.stored_at < sweep.began_at)
            removed += self._remove(unseen)
        self._cursors.put(SWEPT, str(len(sweep.seen)))
        return removed

    def swept_at(self) -> datetime | None:
        """Returns when the last complete sweep ended, or None before the first."""
        cursor = self._cursors.get(SWEPT)
        return None if cursor is None else cursor.updated_at

    def remove(self, id: int) -> bool:
        return bool(self._remove(DirectoryDevice.id == id))

    def get(self, customer: int, id: int) -> Device | None:
        """Finds a customer's device; `id` may be any number that a user typed."""
        if not 0 <= id < _ID_LIMIT:
            return None
        device = self.of_any_customer(id)
        return device if device and device.customer == customer else None

    def of_any_customer(self, id: int) -> Device | None:
        """Finds a device whatever its customer: for feeds, which notify the device's own customer."""
        row = self._database.row(_BY_ID, id=id)
        return None if row is None else Device(**row)

    def named_anywhere(self, hostname: str) -> list[Device]:
        """Finds a whole name in any case among all customers: for feeds, which then ask WebNet for the device's customer."""
        return self._select(DirectoryDevice.hostname_folded == hostname.casefold(), 200)

    def by_hostname(self, customer: int, hostname: str) -> Device | None:
        """Finds a whole name in exact case, which is unique within a customer."""
        row = self._database.row(_BY_HOSTNAME, customer=customer, hostname=hostname)
        return None if row is None else Device(**row)

    def by_folded(self, customer: int, hostname: str, limit: int = 25) -> list[Device]:
        """Finds a whole name in any case."""
        return self._of(customer, DirectoryDevice.hostname_folded == hostname.casefold(), limit)

    def by_address(self, customer: int, address: str, limit: int = 25) -> list[Device]:
        """Finds an IPv4 or IPv6 address in any spelling."""
        usual = usual_address(address)
        return [] if usual is None else self._of(customer, DirectoryDevice.address == usual, limit)

    def by_label(self, customer: int, label: str, limit: int = 25) -> list[Device]:
        """Finds the first label of a name (up to the first dot) in any case."""
        return self._of(customer, DirectoryDevice.label_folded == label.casefold(), limit)

    def by_prefix(self, customer: int, prefix: str, limit: int = 25) -> list[Device]:
        """Finds names that begin with `prefix` in any case, in order; no character is special."""
        folded = clean(prefix.casefold())
        begins = (DirectoryDevice.hostname_folded >= folded) & (DirectoryDevice.hostname_folded < after(folded))
        return self._of(customer, begins, limit)

    def hostnames(self, customer: int, limit: int = 20_000) -> list[str]:
        """Lists names to suggest ("did you mean")."""
        query = (
            DirectoryDevice.select(DirectoryDevice.hostname)
            .where(DirectoryDevice.customer == customer)
            .order_by(DirectoryDevice.hostname_folded)
            .limit(limit)
        )
        return [hostname for (hostname,) in self._database.tuples(query)]

    def outlines(self, customer: int, since: datetime | None = None) -> list[Outline]:
        """Lists all of a customer's devices, or those that were written since then."""
        query = DirectoryDevice.select(*_OUTLINE).where(DirectoryDevice.customer == customer)
        if since is not None:
            query = query.where(DirectoryDevice.stored_at >= since)
        return [Outline(*row) for row in self._database.tuples(query)]

    def outlines_of(self, customer: int, ids: Collection[int] | None) -> list[Outline]:
        """Lists these devices of a customer by their ids, or all of them for None."""
        if ids is None:
            return sorted(self.outlines(customer), key=lambda outline: outline.id)
        return [Outline(**row) for row in self._database.rows(_SOME, customer=customer, devices=[*ids])]

    def some(self, customer: int, devices: Collection[int], first: int, most: int) -> list[Outline]:
        """Returns `most` of these devices of the customer from the `first` on, counted from 0, by name."""
        wanted = self._filters.first_by_name(customer, devices, first, most)
        outlines = {outline.id: outline for outline in self.outlines_of(customer, wanted)}
        return [outlines[device] for device in wanted if device in outlines]

    def fitting(self, customer: int, name: str, value: str) -> set[int]:
        """See DeviceFilters."""
        return self._filters.fitting(customer, name, value)

    def versions(self) -> dict[int, tuple[int, datetime]]:
        """Returns, by customer, how many devices there are and when one was written last: this changes with the devices."""
        newest = fn.MAX(DirectoryDevice.stored_at)
        query = DirectoryDevice.select(DirectoryDevice.customer, fn.COUNT(DirectoryDevice.id), newest)
        found = self._database.tuples(query.group_by(DirectoryDevice.customer))
        return {customer: (number, at) for customer, number, at in found}

    def ids(self) -> list[tuple[int, int]]:
        """Lists (device, customer) of all customers, by device."""
        query = DirectoryDevice.select(DirectoryDevice.id, DirectoryDevice.customer).order_by(DirectoryDevice.id)
        return [(device, customer) for device, customer in self._database.tuples(query)]

    def count(self, customer: int) -> int:
        return self._database.count(
            DirectoryDevice.select(fn.COUNT(DirectoryDevice.id)).where(DirectoryDevice.customer == customer)
        )

    def _of(self, customer: int, condition: Any, limit: int = 25) -> list[Device]:
        return self._select((DirectoryDevice.customer == customer) & condition, limit)

    def _select(self, condition: Any, limit: int | None = None) -> list[Device]:
        query = DirectoryDevice.select(*_COLUMNS).where(condition)
        query = query.order_by(DirectoryDevice.hostname_folded, DirectoryDevice.id).limit(limit)
        return [Device(**row) for row in self._database.rows(query)]

    def _remove(self, condition: Any) -> int:
        """Removes devices, and puts their configs out of reach."""
        with self._database.transaction():
            found = self._database.rows(
                self._database.locked(DirectoryDevice.select(DirectoryDevice.id).where(condition))
            )
            gone = [row["id"] for row in found]
            self._database.run(ModelDelete(DirectoryDevice).where(DirectoryDevice.id.in_(gone)))
            self._database.run(KeptConfig.update(gone=True).where(KeptConfig.device.in_(gone)))
        return len(gone)

    def _stored(self, ids: Sequence[int]) -> dict[int, Device]:
        if len(ids) == 1:  # a device that a command has just read from WebNet
            found = self.of_any_customer(ids[0])
            return {found.id: found} if found else {}
        return {row.id: row for row in self._select(DirectoryDevice.id.in_(ids))}

    def _write(self, devices: Collection[Device]) -> None:
        if not devices:
            return
        stored_at = self._database.now()
        rows = [
            {**vars(device), **keys_of(device.hostname, device.mgmt_ip), "stored_at": stored_at} for device in devices
        ]
        query = DirectoryDevice.insert_many(rows).on_conflict(
            conflict_target=[DirectoryDevice.id], preserve=_ALL_BUT_ID
        )
        here = DirectoryDevice.select(DirectoryDevice.customer).where(DirectoryDevice.id == KeptConfig.device)
        moved = KeptConfig.device.in_([device.id for device in devices]) & (KeptConfig.customer != here)
        with self._database.transaction():
            self._database.run(query.as_rowcount())
            self._database.run(
                KeptConfig.update(gone=True).where(moved)
            )  # their configs belong to another customer now


def _storable(device: Device) -> Device:
    """Returns the device as it will be read back, so that a comparison shows whether it must be written."""
    texts = {name: clean(value) for name in _FIELDS if isinstance(value := getattr(device, name), str)}
    texts["hostname"] = texts["hostname"][:_NAME_CHARACTERS]
    return Device(**{**vars(device), **texts})
