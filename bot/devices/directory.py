"""Finds devices by name. WebNet has no look-up, so a copy of its device list is kept in the store: full sweeps at start and
on a schedule, a shortcut by `-updated_at` between them. The copy only finds ids; what is shown or acted on is read again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from bot.core.errors import Conflict, WebNetMissing
from bot.core.pasted_names import plain_name
from bot.core.text import count, nearest
from bot.webnet.client import WebNet
from bot.webnet.models import Device
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.target import Target
from bot.webnet.transport import PAGE_SIZE
from store.cursors import Cursors
from store.directory import Device as Row
from store.directory import Directory as Rows
from store.directory import Outline, Sweep

log = logging.getLogger(__name__)

# Rows written by one bulk import share one updated_at, and clocks of several writers differ.
OVERLAP = timedelta(minutes=2)
MOST_MATCHES, MOST_NEAR = 10, 3
MOST_ASKED = 200
LATELY_S = 2.0  # a reading this old need not be repeated for somebody who only looks
NAMES_S = 60.0
STILL_READING = "Reading WebNet's list of devices takes long right now. Try again in a minute, or name the device by its exact host name."
NEWEST_FIRST = "-updated_at,id"
CURSOR = "devices:updated_at"


@dataclass(frozen=True, slots=True)
class Found:
    """Holds the devices that a query may mean. If `exact`, their name, address or first label is what was typed; otherwise
    their names only begin with it. With `more` there are more than these."""

    targets: tuple[Target, ...]
    exact: bool
    more: bool


class Directory:
    """Finds devices in the copy and keeps it fresh. Safe to share between threads."""

    def __init__(
        self,
        webnet: WebNet,
        rows: Rows,
        cursors: Cursors,
        *,
        patience_s: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._webnet = webnet
        self._rows = rows
        self._cursors = cursors
        self._patience_s = patience_s  # how long a caller waits for a reading
        self._monotonic = monotonic
        self._sleep = sleep
        self._stopping = False
        self._names_read: dict[int, tuple[float, list[str]]] = {}
        self._sweeping = threading.Lock()
        self._refreshing = threading.Lock()
        self._read_since = float("-inf")

    # -- finding

    def find(self, customer: int, query: str, *, to_act: bool) -> Found:
        """Finds the devices of this customer that `query` means.

        What changed in WebNet is read first, once, if the copy holds no such device; and, `to_act`, unless the query is the
        very name or number of one, because a newer device may fit better. Raises Conflict if that takes too long.
        """
        if not self._surely(customer, query) and (to_act or not self.exactly(customer, query)):
            self._catch_up(patient=not to_act and self._read_lately())
        return self._found(customer, query)

    def find_each(self, customer: int, queries: Sequence[str]) -> list[Found]:
        """Finds what each of them means, to act; what changed in WebNet is read once for all of them. Raises Conflict."""
        if not all(self._surely(customer, query) for query in queries):
            self._catch_up(patient=False)
        return [self._found(customer, query) for query in queries]

    def _found(self, customer: int, query: str) -> Found:
        targets = self.exactly(customer, query)
        exact = bool(targets)
        if not exact:
            targets = _targets(self._rows.by_prefix(customer, plain_name(query)))
        return Found(targets[:MOST_MATCHES], exact, more=len(targets) > MOST_MATCHES)

    def pages(self, customer: int) -> int:
        """Returns how many pages of WebNet's list the devices of this customer fill at least."""
        return self._rows.count(customer) // PAGE_SIZE

    def outlines(self, customer: int) -> list[Outline]:
        """Lists all devices of a customer, to act, after what changed in WebNet was read. Raises Conflict if that takes too long."""
        self._catch_up(patient=False)
        return self._rows.outlines(customer)

    def near(self, customer: int, query: str) -> tuple[Target, ...]:
        """Returns the devices with the three nearest names, for "did you mean"; first those that have the first label of the name."""
        name = plain_name(query)
        rows = self._rows.by_label(customer, name.partition(".")[0], limit=MOST_NEAR) if "." in name else []
        rows += [
            row for near in nearest(name, self._names(customer)) if (row := self._rows.by_hostname(customer, near))
        ]
        return tuple(dict.fromkeys(_targets(rows)))[:MOST_NEAR]

    def target(self, customer: int, device_id: int) -> Target | None:
        """Returns the device of that customer with this id, None if the copy does not hold it."""
        row = self.get(customer, device_id)
        return Target.of(row) if row else None

    def get(self, customer: int, device_id: int) -> Row | None:
        """Returns the copy of that device; None if there is none, or it is another customer's."""
        return self._rows.get(customer, device_id)

    def name_of(self, customer: int, device_id: int) -> str | None:
        """Returns the host name of a customer's device, None if the copy does not hold it."""
        target = self.target(customer, device_id)
        return target.hostname if target else None

    def named(self, customer: int, hostname: str) -> tuple[Target, ...]:
        """Returns the devices of exactly this name, in upper or lower case."""
        return _targets(self._rows.by_folded(customer, hostname))

    def _names(self, customer: int) -> list[str]:
        """Returns all host names of a customer, at most a minute old, because reading them costs more than comparing them."""
        now = self._monotonic()
        read_at, names = self._names_read.get(customer, (float("-inf"), []))
        if now - read_at > NAMES_S:
            names = self._rows.hostnames(customer)
            self._names_read[customer] = (now, names)
        return names

    def _surely(self, customer: int, query: str) -> tuple[Target, ...]:
        """Finds the device of this number, or of this name to the letter; no other device could fit better."""
        if query.startswith("#"):
            number = query[1:]
            row = self._rows.get(customer, int(number)) if number.isdecimal() and len(number) < 19 else None
        else:
            row = self._rows.by_hostname(customer, query)
        return _targets([row] if row else [])

    def exactly(self, customer: int, query: str) -> tuple[Target, ...]:
        """Returns the devices of this name, address or number that the copy holds; nothing is read. What a terminal or a phone put
        around a name is passed over, unless a device is called so."""
        named = self._exactly(customer, query)
        return named if named or (plain := plain_name(query)) == query else self._exactly(customer, plain)

    def _exactly(self, customer: int, query: str) -> tuple[Target, ...]:
        rows = self._rows
        return self._surely(customer, query) or _targets(
            rows.by_folded(customer, query) or rows.by_address(customer, query) or rows.by_label(customer, query)
        )

    # -- keeping fresh

    def put(self, device: Device) -> None:
        """Stores a device as it was just read."""
        self._rows.put(_rows([device]))

    def forget(self, device_id: int) -> None:
        """Removes a device that WebNet no longer has."""
        self._rows.remove(device_id)

    def refresh(self) -> None:
        """Reads all that changed since the last look, for the schedule. Sweeps if no sweep was ever complete."""
        if self._cursors.get(CURSOR) is None:
            self.sweep()
        else:
            self._refresh(float("inf"))

    def sweep(self) -> None:
        """Reads every device, and drops those that are gone. Sweeps wait for each other; refreshes go on meanwhile."""
        with self._sweeping:
            self._sweep()

    def stop(self) -> None:
        """Makes every reading end at its next page with Conflict."""
        self._stopping = True

    def _catch_up(self, *, patient: bool) -> None:
        """Reads what changed, for a caller who waits for `patience_s` at most; `patient` uses the copy as it is.

        Raises Conflict where that is not enough. An incomplete list is never decided upon: what looks like the only
        match may be one of several.
        """
        deadline = self._monotonic() + self._patience_s
        while self._cursors.get(CURSOR) is None:
            if self._monotonic() > deadline:
                raise Conflict(STILL_READING)
            self._sleep(0.05)
        if not patient:
            self._refresh(self._patience_s)

    def _read_lately(self) -> bool:
        return self._monotonic() - self._read_since < LATELY_S

    def _refresh(self, budget_s: float) -> None:
        """Reads what changed, unless a reading that began after this call was made has done so."""
        asked = self._monotonic()
        cursor = self._cursors.get(CURSOR)
        if not self._refreshing.acquire(timeout=min(budget_s, threading.TIMEOUT_MAX)):
            raise Conflict(STILL_READING)
        try:
            if self._read_since < asked and cursor is not None:
                began = self._monotonic()
                self._read_updated(cursor.value, began + budget_s)
                self._read_since = began
        finally:
            self._refreshing.release()

    def _page(self, number: int, ordering: str) -> tuple[int, tuple[Device, ...]]:
        self._heed_stop()
        return self._webnet.devices_page(number, ordering)

    def _heed_stop(self) -> None:
        if self._stopping:
            raise Conflict("The bot is stopping.")

    def _sweep(self) -> None:
        self._webnet.require_admin()  # to another key the list is empty, and everything would seem to be gone
        first = self._cursors.get(CURSOR) is None
        # The first cursor is from before the sweep: what changes while it lasts is then found by the next refresh.
        newest = self._page(1, NEWEST_FIRST)[1] if first else ()
        sweep = self._rows.begin_sweep()
        number, pages = 1, 1
        while number <= pages:
            pages, devices = self._page(number, "id")
            self._rows.put(_rows(devices), sweep)
            number += 1
        self._keep_what_shifted(sweep)
        self._rows.finish_sweep(sweep)
        if first:
            self._move_cursor(newest)

    def _keep_what_shifted(self, sweep: Sweep) -> None:
        """Asks WebNet for each device that the sweep did not see: a row that was deleted meanwhile moves later ones to pages
        that were read already. One that WebNet cannot show stays. Where very many are missing, they are not asked for one by one."""
        unseen = self._rows.unseen(sweep)
        if len(unseen) > MOST_ASKED:
            log.warning("gone from WebNet: %s", count(len(unseen), "device"))
            return
        for device_id in unseen:
            self._heed_stop()
            try:
                self._rows.put(_rows([self._webnet.device(device_id)]), sweep)
            except WebNetMissing:
                continue
            except FAULTS_OF_ONE as error:
                self._webnet.require_admin()
                log.warning("device %d is on no page of the list and cannot be read: %s", device_id, error.words)
                sweep.seen.add(device_id)

    def _read_updated(self, since: str, deadline: float) -> None:
        """Reads the newest changes first, down to what was known before; a page of known rows costs one request and no write.

        Raises Conflict at the deadline, and then leaves the cursor, so that the next reading goes through all of it.
        """
        until = datetime.fromisoformat(since) - OVERLAP if since else None
        newest: tuple[Device, ...] = ()
        number, pages = 1, 1
        while number <= pages:
            if self._monotonic() > deadline:
                raise Conflict(STILL_READING)
            pages, devices = self._page(number, NEWEST_FIRST)
            self._rows.put(_rows(devices))
            newest = newest or devices
            times = [device.updated_at for device in devices if device.updated_at]
            if until and times and min(times) < until:
                break
            number += 1
        self._move_cursor(newest)

    def _move_cursor(self, newest: Sequence[Device]) -> None:
        times = [device.updated_at for device in newest if device.updated_at]
        self._cursors.put(CURSOR, max(times).isoformat() if times else "")


def _targets(rows: Sequence[Row]) -> tuple[Target, ...]:
    return tuple(map(Target.of, rows))


def _rows(devices: Iterable[Device]) -> Iterator[Row]:
    """Yields the rows to store, without devices of no customer, which nobody may find."""
    for device in devices:
        if device.customer is not None:
            yield Row(**{item.name: getattr(device, item.name) for item in fields(Row)})
