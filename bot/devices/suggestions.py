"""Finds devices by what somebody has typed of their names so far, in memory: a chat waits for that at every key.

The index of a customer takes some 750 bytes a device. It follows the copy in the store and, as that does, only finds ids.
"""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from itertools import accumulate, islice
from operator import itemgetter

from bot.core.commands import Workspace
from bot.core.suggestions import (
    ENOUGH,
    MOST_CHOICES,
    MOST_NEAR,
    SHORTEST_NEAR,
    Choices,
    Option,
    Rank,
    Ranked,
    folded,
    squeezed,
)
from bot.core.targets import FILTERS
from bot.core.text import count
from bot.webnet.target import Target
from store.device_keys import usual_address
from store.directory import Directory as Rows
from store.directory import Outline

MOST_FILTERS = 40  # values of filters that stand before the devices
MOST_SLIPS = 400  # spellings that are tried
LONGEST_NAME = 40  # letters and digits of a name by which near ones are found
MOST_PIECES = 4  # of a name, with each of which what was typed may begin
AT_ONCE = 200  # devices whose names are looked through for secrets together
OVERLAP = timedelta(minutes=2)  # a row may become visible later than one with a later time
_PIECE = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[\w.:-]+")
_AROUND = ".:-_"  # what stands around a name in a sentence


Version = tuple[int, datetime]  # how many devices a customer has, and when one was written last


class Column:
    """Holds texts in order, each with the number of a row; several rows may have one text."""

    def __init__(self, texts: Iterable[tuple[str, int]]) -> None:
        ordered = sorted(texts)
        self._texts = [text for text, _ in ordered]
        self._rows = array("I", map(itemgetter(1), ordered))

    def equal(self, text: str) -> Iterator[int]:
        """Yields the rows with this text."""
        return self._while(text, str.__eq__)

    def beginning(self, prefix: str) -> Iterator[int]:
        """Yields the rows whose text begins so, in the order of the texts."""
        return self._while(prefix, str.startswith)

    def slips(self, typed: str) -> Iterator[str]:
        """Yields what may have been meant if one character of `typed` is wrong, missing, too much, or swapped with the next. Late
        slips come first, because what stands before is then as it is in some text."""
        known = max(at for at in range(len(typed) + 1) if not at or next(self.beginning(typed[:at]), None) is not None)
        for at in range(known, -1, -1):
            head, rest = typed[:at], typed[at:]
            yield head + rest[1:]
            yield head + rest[1:2] + rest[:1] + rest[2:]
            for letter in self._characters_after(head):
                yield head + letter + rest[1:]
                yield head + letter + rest

    def _characters_after(self, head: str) -> Iterator[str]:
        """Yields each character that follows these in a text."""
        length = len(head) + 1
        at = bisect_right(self._texts, head)
        while at < len(self._texts) and self._texts[at].startswith(head):
            begin = self._texts[at][:length]
            yield begin[-1]
            at = bisect_right(self._texts, begin, at, key=lambda text: text[:length])

    def _while(self, text: str, fits: Callable[[str, str], bool]) -> Iterator[int]:
        for at in range(bisect_left(self._texts, text), len(self._texts)):
            if not fits(self._texts[at], text):
                return
            yield self._rows[at]


class DeviceIndex:
    """Finds the devices of one customer. It never changes."""

    def __init__(self, devices: Iterable[Outline] = ()) -> None:
        same: dict[str, str] = {}  # one object for texts that are equal

        def key(text: str) -> str:
            text = folded(same.setdefault(text, text))
            return same.setdefault(text, text)

        named = sorted(((key(device.hostname), device.id, device) for device in devices), key=itemgetter(0, 1))
        self.devices = [_changed(device, lambda text: same.setdefault(text, text)) for _, _, device in named]
        names = [name for name, _, _ in named]
        addresses = [key(usual_address(device.mgmt_ip) or device.mgmt_ip) for device in self.devices]
        sites = [key(device.site or "") for device in self.devices]
        self._ids = Column((str(device.id), row) for row, device in enumerate(self.devices))
        self._names, self._addresses, self._sites = (_column(texts) for texts in (names, addresses, sites))
        self._loose = Column((begin, row) for row, name in enumerate(names) for begin in _begins(name))
        lines = ["\t".join(texts) for texts in zip(names, addresses, sites, strict=True)]
        self._text = "\n".join(lines)
        self._starts = array("I", accumulate((len(line) + 1 for line in lines), initial=0))
        self.filters = Choices(_filters(self.devices))

    def search(self, typed: str) -> Iterator[tuple[Rank, Outline]]:
        """Yields the devices that may be meant, each once: first those whose name, label, address or site is what was typed, then
        those of which one begins with it, or holds it; near ones if all these are few and none is exact."""
        enough, seen = ENOUGH, set[int]()
        for rank, rows in self._ways(folded(typed)):
            if rank is Rank.near and len(seen) >= enough:
                return
            for row in rows:
                if row not in seen:
                    seen.add(row)
                    yield rank, self.devices[row]
            if rank is Rank.exact and seen:
                enough = 0

    def named(self, word: str) -> list[Outline]:
        """Returns the devices of exactly this name, label or address."""
        return [self.devices[row] for row in dict.fromkeys(self._exact(folded(word)))]

    def _ways(self, wanted: str) -> Iterator[tuple[Rank, Iterator[int]]]:
        if wanted:
            yield Rank.exact, self._ids.equal(wanted.removeprefix("#"))
            yield Rank.exact, self._exact(wanted)
            yield Rank.exact, self._sites.equal(wanted)
        for column in (self._names, self._addresses, self._sites):
            yield Rank.prefix, column.beginning(wanted)
        yield Rank.inside, self._holding(wanted)
        yield Rank.near, islice(self._near(squeezed(wanted)), MOST_NEAR)

    def _exact(self, wanted: str) -> Iterator[int]:
        yield from self._names.equal(wanted)
        if not wanted.replace(".", "").isdecimal():  # no label of a device that is named by its address
            yield from self._names.beginning(f"{wanted}.")
        yield from self._addresses.equal(usual_address(wanted) or wanted)

    def _holding(self, wanted: str) -> Iterator[int]:
        at = self._text.find(wanted)
        while 0 <= at < len(self._text):
            row = bisect_right(self._starts, at) - 1
            yield row
            at = self._text.find(wanted, self._starts[row + 1])

    def _near(self, wanted: str) -> Iterator[int]:
        wanted = wanted[:LONGEST_NAME]
        if len(wanted) < SHORTEST_NEAR:
            return
        yield from self._loose.beginning(wanted)
        for meant in islice(self._loose.slips(wanted), MOST_SLIPS):
            if len(meant) >= SHORTEST_NEAR:
                yield from self._loose.beginning(meant)


def _column(texts: Sequence[str]) -> Column:
    return Column((text, row) for row, text in enumerate(texts))


def _changed(device: Outline, change: Callable[[str], str]) -> Outline:
    """Returns the device with each of its texts changed."""
    site, role = (text and change(text) for text in (device.site, device.role))
    hostname, mgmt_ip, vendor, platform = map(change, (device.hostname, device.mgmt_ip, device.vendor, device.platform))
    return Outline(device.id, hostname, mgmt_ip, vendor, site, role, platform)


def _begins(name: str) -> Iterator[str]:
    """Yields the letters and digits of a name's first label, from the beginning of each of its pieces on."""
    label = name.partition(".")[0]
    for piece in islice(_PIECE.finditer(label), MOST_PIECES):
        yield squeezed(label[piece.start() :])[:LONGEST_NAME]


def _filters(devices: Sequence[Outline]) -> Iterator[Option]:
    """Yields an option for each site, vendor and role, those with the most devices first."""
    for key in FILTERS:
        found = Counter(value for device in devices if (value := getattr(device, key)))
        for value, number in found.most_common(MOST_CHOICES // len(FILTERS)):
            yield Option(f"{key}:{value}", f"{key}:{value}", count(number, "device"), also=(value,))


def _option(device: Outline) -> Option:
    note = ", ".join(filter(None, (device.mgmt_ip, device.site, device.vendor)))
    return Option(device.hostname, f"#{device.id}", note)


class DeviceNames:
    """Keeps an index of each customer with a workspace. `follow` is called every few seconds. What is typed is answered from memory.
    Safe to share between threads."""

    def __init__(self, rows: Rows, customers: Callable[[], Collection[int]], redact: Callable[[str], str]) -> None:
        self._rows = rows
        self._customers = customers
        self._redact = redact
        self._following = threading.Lock()
        self._indexes: dict[int, tuple[Version, DeviceIndex]] = {}  # by customer

    def devices(self, workspace: Workspace, typed: str) -> Ranked:
        """Yields options for one device."""
        return ((rank, _option(device)) for rank, device in self._index(workspace.customer).search(typed))

    def filters(self, workspace: Workspace, typed: str) -> Ranked:
        """Returns the filters that choose devices, such as `site:fra1`."""
        return self._index(workspace.customer).filters.search(typed)[:MOST_FILTERS]

    def knows(self, customer: int) -> bool:
        """Whether there is an index of this customer's devices."""
        return customer in self._indexes

    def named_in(self, customer: int, text: str, most: int) -> tuple[Target, ...]:
        """Returns the first devices whose name, label or address stands in the text, as many as `most`. Raises StoreError."""
        self.follow()
        index, found = self._index(customer), dict[int, Target]()
        for word in dict.fromkeys(_WORD.findall(text)):
            name = word.strip(_AROUND)
            for device in index.named(name) or index.named(name.partition(":")[0]) if name else ():
                found.setdefault(device.id, Target.of(device))
            if len(found) >= most:
                break
        return tuple(found.values())[:most]

    def _index(self, customer: int) -> DeviceIndex:
        known = self._indexes.get(customer)
        return known[1] if known else _EMPTY

    def follow(self) -> None:
        """Reads what was written since the last call, and makes the index again of a customer whose devices have other names,
        addresses, sites, vendors or roles by now. Raises StoreError."""
        with self._following:
            versions, wanted = self._rows.versions(), self._customers()
            for customer in self._indexes.keys() - {*wanted}:
                del self._indexes[customer]
            for customer in wanted:
                version, known = versions.get(customer), self._indexes.get(customer)
                if version is None:
                    self._indexes.pop(customer, None)
                elif known is None or known[0] != version:
                    self._indexes[customer] = version, self._made(customer, version, *(known or (version, _EMPTY)))

    def _made(self, customer: int, version: Version, before: Version, index: DeviceIndex) -> DeviceIndex:
        devices = {device.id: device for device in index.devices}
        changed = self._rows.outlines(customer, before[1] - OVERLAP) if devices else []
        new = devices | {device.id: device for device in changed}
        if len(new) != version[0]:  # some are gone, or it is the first time
            new = {device.id: device for device in self._rows.outlines(customer)}
        return index if new == devices else DeviceIndex(self._redacted([*new.values()]))

    def _redacted(self, devices: Sequence[Outline]) -> Iterator[Outline]:
        """Hides secrets in the names of devices, and in what else is shown."""
        for at in range(0, len(devices), AT_ONCE):
            some = devices[at : at + AT_ONCE]
            whole = "\n".join(" ".join(filter(None, astuple(device)[1:])) for device in some)
            if self._redact(whole) == whole:
                yield from some  # nearly always, and much cheaper than one by one
            else:
                yield from (_changed(device, self._redact) for device in some)


_EMPTY = DeviceIndex()
