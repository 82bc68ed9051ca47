"""Devices by name. WebNet has no look-up, so a copy of its device list is kept in the store: full sweeps at start and on
a schedule, a shortcut by `-updated_at` between them. The copy only finds ids; what is shown or acted on is read anew."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from bot.core.errors import Conflict, WebNetMissing
from bot.core.words import nearest
from bot.webnet.client import Target, WebNet
from bot.webnet.models import Device
from store.cursors import Cursors
from store.directory import Device as Row
from store.directory import Directory as Rows
from store.directory import Sweep

log = logging.getLogger(__name__)

# Rows written by one bulk import share one updated_at, and clocks of several writers differ.
OVERLAP = timedelta(minutes=2)
MOST_MATCHES = 10
MOST_ASKED = 200
MOST_PAGES = 20  # that somebody waits for
PATIENCE_S = 3.0  # how long somebody waits for a reading that another one has begun
CURSOR = "devices:updated_at"


@dataclass(frozen=True, slots=True)
class Found:
    """`exact`: one of these is what was typed, by name, address or first label; otherwise they only begin with it.
    `more`: there are more than these."""

    targets: tuple[Target, ...]
    exact: bool
    more: bool


class Directory:
    def __init__(
        self, webnet: WebNet, rows: Rows, cursors: Cursors, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._webnet = webnet
        self._rows = rows
        self._cursors = cursors
        self._monotonic = monotonic
        self._sweeping = threading.Lock()
        self._refreshing = threading.Lock()
        self._read_since = float("-inf")

    # -- finding

    def find(self, customer: int, query: str) -> Found:
        """The devices of this customer that `query` means; read from WebNet at most once if it means none."""
        targets = self._exact(customer, query)
        if not targets:
            self._catch_up()
            targets = self._exact(customer, query)
        exact = bool(targets)
        if not exact:
            targets = _targets(self._rows.by_prefix(customer, query))
        return Found(targets[:MOST_MATCHES], exact, more=len(targets) > MOST_MATCHES)

    def near(self, customer: int, query: str) -> tuple[Target, ...]:
        """The three nearest names."""
        names = nearest(query, self._rows.hostnames(customer), limit=3)
        rows = [row for name in names if (row := self._rows.by_hostname(customer, name))]
        return _targets(rows)

    def _exact(self, customer: int, query: str) -> tuple[Target, ...]:
        rows = self._rows
        if query.startswith("#"):
            number = query[1:]
            row = rows.get(customer, int(number)) if number.isdecimal() and len(number) < 19 else None
            return _targets([row] if row else [])
        if row := rows.by_hostname(customer, query):
            return _targets([row])
        return _targets(
            rows.by_folded(customer, query) or rows.by_address(customer, query) or rows.by_label(customer, query)
        )

    # -- keeping fresh

    def put(self, device: Device) -> None:
        """What was just read about one device."""
        self._rows.put([_row(device)])

    def forget(self, device_id: int) -> None:
        self._rows.remove(device_id)

    def refresh(self) -> None:
        """Reads what changed since the last look, all of it: for the schedule."""
        self._refresh(most_pages=None)

    def sweep(self) -> None:
        """Reads every device, and drops those that are gone. One at a time; refreshes go on meanwhile."""
        with self._sweeping:
            self._sweep()

    def _catch_up(self) -> None:
        """For somebody who waits. Raises Conflict where that would take long."""
        if self._cursors.get(CURSOR) is None:
            with self._within_patience(self._sweeping):
                if self._cursors.get(CURSOR) is None:
                    self._sweep()
        else:
            self._refresh(most_pages=MOST_PAGES)

    def _refresh(self, most_pages: int | None) -> None:
        """A reading that began after this call was made serves it, too."""
        asked = self._monotonic()
        cursor = self._cursors.get(CURSOR)
        if cursor is None:
            return  # the first sweep sets it
        with self._within_patience(self._refreshing):
            if self._read_since < asked:
                began = self._monotonic()
                self._read_updated(cursor.value, most_pages)
                self._read_since = began

    @contextmanager
    def _within_patience(self, lock: threading.Lock) -> Iterator[None]:
        if not lock.acquire(timeout=PATIENCE_S):
            raise Conflict("WebNet's list of devices is still being read. Try again in a minute.")
        try:
            yield
        finally:
            lock.release()

    def _sweep(self) -> None:
        first = self._cursors.get(CURSOR) is None
        # The first cursor is from before the sweep: what changes while it lasts is then found by the next refresh.
        newest = self._webnet.devices_page(1, "-updated_at,id")[1] if first else ()
        sweep = self._rows.begin_sweep()
        number, pages = 1, 1
        while number <= pages:
            pages, devices = self._webnet.devices_page(number, "id")
            self._rows.put(map(_row, devices), sweep)
            number += 1
        self._keep_what_shifted(sweep)
        self._rows.finish_sweep(sweep)
        if first:
            self._move_cursor(newest)

    def _keep_what_shifted(self, sweep: Sweep) -> None:
        """A row that was deleted during the sweep moves later ones to pages that were read already, so a device that was
        not seen is asked for before it is dropped. Where very many are missing, they are not asked for one by one."""
        unseen = self._rows.unseen(sweep)
        if len(unseen) > MOST_ASKED:
            log.warning("%d devices are gone from WebNet", len(unseen))
            return
        for device_id in unseen:
            with suppress(WebNetMissing):
                self._rows.put([_row(self._webnet.device(device_id))], sweep)

    def _read_updated(self, since: str, most_pages: int | None) -> None:
        """Newest changes first, until what was known before; a page of known rows costs one request and no write. Cut
        short by `most_pages`, it leaves the cursor, so that the next reading goes through all of it."""
        until = datetime.fromisoformat(since) - OVERLAP if since else None
        newest: tuple[Device, ...] = ()
        number, pages = 1, 1
        while number <= pages:
            pages, devices = self._webnet.devices_page(number, "-updated_at,id")
            self._rows.put(map(_row, devices))
            newest = newest or devices
            times = [device.updated_at for device in devices if device.updated_at]
            if until and times and min(times) < until:
                break
            if number == most_pages:
                return
            number += 1
        self._move_cursor(newest)

    def _move_cursor(self, newest: Sequence[Device]) -> None:
        times = [device.updated_at for device in newest if device.updated_at]
        self._cursors.put(CURSOR, max(times).isoformat() if times else "")


def _targets(rows: Sequence[Row]) -> tuple[Target, ...]:
    return tuple(Target(row.id, row.hostname, row.mgmt_ip) for row in rows)


def _row(device: Device) -> Row:
    return Row(**{item.name: getattr(device, item.name) for item in fields(Row)})
