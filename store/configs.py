"""Every device's config, redacted, so that it can be searched, with what it was before: WebNet gives configs one by one and whole.

A config is kept as the sequence of its lines, see config_index.py. A row is seen only while the directory has its device for the
same customer: one that is gone, or that moved to another customer, is out of reach at once, and removed in the background.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import JOIN, chunked, fn

from store.config_blocks import unpacked_lines
from store.config_check import ConfigCheck
from store.config_history import MOST, Version, columns_of, merged, within
from store.config_index import LineIndex, Scanned
from store.config_progress import Progress, ProgressOfCopy
from store.config_rows import HERE, OF_DEVICES, ConfigRows, Row
from store.engine import Database
from store.fields import clean
from store.mac_keys import LINES, mac_key
from store.models import DirectoryDevice, KeptConfig
from store.secrets import Keyring
from store.statements import Statement

AT_ONCE = 50  # configs that are read at a time


@dataclass(frozen=True, kw_only=True)
class Config:
    """A device's config. `text` is redacted; `hash` is WebNet's, of the text before that. `rules` is the version of the
    rules that redacted it. `snapshot` 0 says that WebNet has no config of the device; such a row is never found.
    `history_due` says whether WebNet has older ones, too, which were not read yet; None where nobody asked: it has, unless
    the copy knows what was before. `fingerprints`, of what is hidden in each place of the text, are for comparing alone: nobody is shown them."""

    device: int
    customer: int
    snapshot: int
    hash: str
    text: str
    created_at: datetime
    read_at: datetime
    rules: int
    job: int | None = None
    history_due: bool | None = None
    fingerprints: str = field(default="", repr=False)

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.created_at, self.snapshot, self.rules


_EACH = """SELECT device, customer, snapshot, hash, created_at, read_at, rules, job, history_due, fingerprints, lines
    FROM kept_config WHERE """
_LATEST = Statement(f"{_EACH}gone = FALSE AND device = :device", KeptConfig)
_OF_CUSTOMER = Statement(f"{_EACH}{OF_DEVICES} AND snapshot > 0", KeptConfig)
_CUSTOMERS = Statement("SELECT id, customer FROM device WHERE id IN :devices ORDER BY id FOR UPDATE")
_OUTDATED = Statement(
    """SELECT count(*) AS number FROM kept_config JOIN device ON device.id = kept_config.device
    WHERE gone = TRUE AND device.customer = kept_config.customer"""
)
_HIDDEN = Statement("SELECT device FROM kept_config WHERE gone = TRUE AND customer = :customer")
_CHANGED = Statement(
    f"""SELECT device FROM kept_config WHERE customer = :customer AND changed_at >= :since AND {HERE}
    ORDER BY changed_at DESC, device"""
)


class Configs:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._progress = ProgressOfCopy(database)
        self._index = LineIndex(database, lambda: mac_key(database, keyring, LINES, "key of the lines"))
        self._rows = ConfigRows(database, self._index)

    def get(self, customer: int, device: int) -> Config | None:
        return next(self.each(customer, [device]), None)

    def each(self, customer: int, devices: Iterable[int]) -> Iterator[Config]:
        """Yields the configs that these devices of the customer have, in this order."""
        for some in chunked(devices, AT_ONCE):
            rows = self._database.rows(_OF_CUSTOMER, customer=customer, devices=some)
            found = {config.device: config for config in self._configs(rows)}
            yield from (found[device] for device in some if device in found)

    def scanned(self, customer: int, needles: Sequence[str], *, whole: bool) -> Iterator[Scanned]:
        """Yields the customer's distinct lines in blocks: at least those that hold every needle, which are folded."""
        return self._index.scanned(customer, needles, whole=whole)

    def places(self, lines: Iterable[int]) -> Iterator[tuple[int, array[int], array[int]]]:
        """Yields where lines stand that are on several devices, see `Places.of`."""
        return self._index.places.of(lines)

    def hidden(self, customer: int) -> frozenset[int]:
        """Returns the devices whose lines are in the index still, and must not be found."""
        return frozenset(row["device"] for row in self._database.rows(_HIDDEN, customer=customer))

    def history(self, customer: int, device: int) -> list[Version]:
        """Returns the snapshots of a device that are known, newest first; `texts` gives the texts of their lines."""
        return [version for _, versions in self.histories(customer, [device]) for version in versions]

    def histories(self, customer: int, devices: Iterable[int]) -> Iterator[tuple[int, Iterator[Version]]]:
        """Yields (device, snapshots) of those of these devices that the customer has, in any order."""
        for some in chunked(devices, AT_ONCE):
            yield from self._rows.histories(customer, some)

    def texts(self, lines: Iterable[int]) -> dict[int, str]:
        return self._index.texts(lines)

    def changed_since(self, customer: int, since: datetime) -> list[int]:
        """Lists the devices whose config changed since then, the last change first."""
        return [row["device"] for row in self._database.rows(_CHANGED, customer=customer, since=since)]

    def progress(self, customer: int | None = None) -> Progress:
        """Counts the devices and configs of one customer, or of all."""
        return self._progress.of(customer)

    def latest(self, device: int) -> Config | None:
        """Returns the row of a device of any customer, even one that says that WebNet has no config. It is for code that keeps
        the copy, not for code that shows it."""
        return next(self._configs(self._database.rows(_LATEST, device=device)), None)

    def changed_last(self, most: int) -> list[int]:
        """Lists devices of any customer, that whose config is newest first."""
        query = KeptConfig.select(KeptConfig.device).where((KeptConfig.snapshot > 0) & ~KeptConfig.gone)
        newest = query.order_by(KeptConfig.created_at.desc(), KeptConfig.device).limit(most)
        return [device for (device,) in self._database.tuples(newest)]

    def put(self, config: Config) -> bool:
        """Writes one config, see `put_each`."""
        return self.put_each([[config]])[0]

    def put_each(self, snapshots: Sequence[Sequence[Config]]) -> list[bool]:
        """Writes snapshots, of each device once, with the newest first. The newest is its config from now on, unless the stored
        one is of a later snapshot, or of this one and redacted by newer rules: then False is returned for it, and what is earlier
        becomes a part of its history. False and no more for a device that is not in the directory or belongs to another customer.
        History that other rules redacted is removed."""
        with self._database.transaction():
            self._index.lock()
            devices = [configs[0].device for configs in snapshots]
            known, rows = self._customers(devices), self._rows.of(devices)
            given = [configs for configs in snapshots if known.get(configs[0].device) == configs[0].customer]
            ids = self._ids(given)
            new = {configs[0].device: _merged(rows.get(configs[0].device), configs, ids) for configs in given}
            self._rows.replace((rows.get(device), row) for device, (row, _) in new.items())
            for configs in given:
                row, is_newest = new[configs[0].device]
                if not is_newest or len(row.versions) == MOST:
                    of_customer = ids[configs[0].customer]
                    self._index.remove_unused(of_customer[line] for each in configs for line in _lines(each))
        return [device in new and new[device][1] for device in devices]

    def history_due(self, most: int) -> list[tuple[int, int]]:
        """Lists (device, customer) of so many devices whose history was not read yet."""
        query = KeptConfig.select(KeptConfig.device, KeptConfig.customer).where(
            KeptConfig.history_due & ~KeptConfig.gone
        )
        return [
            (device, customer)
            for device, customer in self._database.tuples(query.order_by(KeptConfig.device).limit(most))
        ]

    def without_history(self) -> int:
        """Counts the devices whose history was not read yet."""
        due = KeptConfig.history_due & ~KeptConfig.gone
        return self._database.count(KeptConfig.select(fn.COUNT(KeptConfig.device)).where(due))

    def put_older(self, customer: int, device: int, configs: Sequence[Config]) -> bool:
        """Writes what a device had before its config, newest first, and that its history was read. False and no more where its
        config is not here any longer, and the newest of these would take its place, or was redacted by other rules meanwhile."""
        with self._database.transaction():
            self._index.lock()
            row = self._rows.of([device]).get(device)
            if row is None or row.columns["gone"] or row.columns["customer"] != customer:
                return False
            if any(config.rules != row.columns["rules"] for config in configs):
                return False
            if configs:
                self.put_each([configs])
            self._database.run(KeptConfig.update(history_due=False).where(KeptConfig.device == device))
        return True

    def forget(self, device: int) -> bool:
        """Removes all that is known of a device."""
        with self._database.transaction():
            self._index.lock()
            row = self._rows.of([device]).get(device)
            self._rows.replace([(row, None)] if row else [])
        return row is not None

    def hide_older(self, rules: int) -> int:
        """Puts configs out of reach that were redacted by older rules, since they may hold what the newer rules hide. Returns how
        many."""
        older = (KeptConfig.rules < rules) & ~KeptConfig.gone
        return int(self._database.run(KeptConfig.update(gone=True).where(older)))

    def outdated(self) -> int:
        """Counts the configs that are out of reach until they are read again, since older rules redacted them."""
        (row,) = self._database.rows(_OUTDATED)
        return int(row["number"])

    def tidy(self, since: datetime, most: int) -> int:
        """Removes the lines of at most so many devices that are gone, and the history before `since` of as many. Returns of how
        many devices something was removed."""
        with self._database.transaction():
            self._index.lock()
            gone = self._rows.gone(most)
            old = self._rows.with_history_before(since, most)
            self._rows.replace((row, None) for row in gone)
            self._rows.replace((row, row.but(within(row.versions, since))) for row in old)
        return len(gone) + len(old)

    def purge(self) -> None:
        """Lets nothing of what was removed stay in the store's file."""
        self._index.trigrams.merge()

    def check(self) -> ConfigCheck:
        return ConfigCheck(self._database, self._index)

    def unread(self, rules: int) -> list[tuple[int, int]]:
        """Lists (device, customer) of all devices whose config is not in the copy, or was redacted by older rules."""
        query = (
            DirectoryDevice.select(DirectoryDevice.id, DirectoryDevice.customer)
            .join(KeptConfig, JOIN.LEFT_OUTER, on=_of_device() & (KeptConfig.rules >= rules))
            .where(KeptConfig.device.is_null())
            .order_by(DirectoryDevice.id)
        )
        return [(device, customer) for device, customer in self._database.tuples(query)]

    def _configs(self, rows: Sequence[dict[str, Any]]) -> Iterator[Config]:
        sequences = {row["device"]: unpacked_lines(row.pop("lines")) for row in rows}
        texts = self._index.texts({line for lines in sequences.values() for line in lines})
        for row in rows:
            yield Config(**row, text="\n".join(map(texts.__getitem__, sequences[row["device"]])))

    def _customers(self, devices: Collection[int]) -> dict[int, int]:
        """Returns the customers of devices that are in the directory, and keeps them so until the transaction ends."""
        return {row["id"]: row["customer"] for row in self._database.rows(_CUSTOMERS, devices=list(devices))}

    def _ids(self, snapshots: Iterable[Sequence[Config]]) -> dict[int, dict[str, int]]:
        lines: dict[int, dict[str, None]] = defaultdict(dict)
        for configs in snapshots:
            for config in configs:
                lines[config.customer].update(dict.fromkeys(_lines(config)))
        return {customer: self._index.ids(customer, every) for customer, every in lines.items()}


def _lines(config: Config) -> list[str]:
    return clean(config.text).split("\n") if config.snapshot else []


def _merged(row: Row | None, configs: Sequence[Config], ids: Mapping[int, Mapping[str, int]]) -> tuple[Row, bool]:
    """Returns what becomes of a device's row, and whether its config is a new one."""
    newest = configs[0]
    of_line = ids[newest.customer].__getitem__
    given = [
        Version(each.snapshot, each.created_at, each.job, array("q", map(of_line, _lines(each))), each.fingerprints)
        for each in configs
        if each.snapshot
    ]
    here = row if row and not row.columns["gone"] and row.columns["customer"] == newest.customer else None
    known = here if here and here.columns["rules"] == newest.rules else None
    stored = known.versions if known else []
    if here and here.order > newest.order:
        seen = {version.snapshot for version in stored}
        late = [version for version in given if version.snapshot not in seen]
        return here.but(merged(stored, late) if stored else here.versions), False
    due = known is None if newest.history_due is None else newest.history_due
    due |= known is not None and known.columns["history_due"]
    shared = ("device", "customer", "hash", "read_at", "rules")
    columns = {**{name: getattr(newest, name) for name in shared}, "gone": False, "history_due": due}
    versions = merged(stored, given)
    return Row(
        {**columns, **columns_of(versions or [Version(0, newest.created_at, None, array("q"), "")])}, versions
    ), True


def _of_device() -> Any:
    return (
        (DirectoryDevice.id == KeptConfig.device) & (DirectoryDevice.customer == KeptConfig.customer) & ~KeptConfig.gone
    )
