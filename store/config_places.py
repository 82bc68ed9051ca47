"""Where lines stand that are on several devices. A row has those devices whose ids differ in the last bits alone."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from store.config_blocks import DEVICE_BITS, SPREAD_OVER, packed_places, slices, unpacked_places
from store.engine import Database
from store.statements import Statement

IN_ONE_QUERY = 2_000  # lines

Changes = Mapping[int, int | None]
"""How often a line stands in the config of each device from now on: 0 for its history alone, None for neither."""

_OF = Statement("SELECT line, devices, packed FROM config_place WHERE line IN :lines")
_SOME = Statement("SELECT line, devices, packed FROM config_place WHERE line IN :lines AND devices IN :devices")
_AMONG = Statement("SELECT line, devices, packed FROM config_place WHERE line >= :first AND line < :end")
_PUT = Statement(
    "INSERT INTO config_place (line, devices, packed) EACH (:line::bigint, :devices::bigint, :packed::bytea) "
    "ON CONFLICT (line, devices) DO UPDATE SET packed = EXCLUDED.packed"
)
_REMOVE = Statement("DELETE FROM config_place WHERE (line, devices) IN (EACH (:line::bigint, :devices::bigint))")
_FORGET = Statement("DELETE FROM config_place WHERE line >= :first AND line < :end")


class Places:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, lines: Iterable[int]) -> Iterator[tuple[int, array[int], array[int]]]:
        """Yields (base, ids, counts): the devices have the ids that `base` makes of these."""
        for some in slices(lines, IN_ONE_QUERY):
            for row in self._database.rows(_OF, lines=some):
                yield row["devices"] << DEVICE_BITS, *unpacked_places(row["packed"])

    def among(self, first: int, end: int) -> dict[int, dict[int, int]]:
        """Returns, of the lines with these ids, how often they stand on each device."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for row in self._database.rows(_AMONG, first=first, end=end):
            places = zip(*unpacked_places(row["packed"]), strict=True)
            found[row["line"]] |= {row["devices"] << DEVICE_BITS | device: count for device, count in places}
        return found

    def move(self, changes: Mapping[int, Changes]) -> list[int]:
        """Changes where these lines stand, and returns those that stand nowhere any more."""
        wanted: dict[tuple[int, int], dict[int, int | None]] = defaultdict(dict)
        for line, places in changes.items():
            for device, count in places.items():
                wanted[line, device >> DEVICE_BITS][device & SPREAD_OVER - 1] = count
        emptied: list[dict[str, int]] = []
        for some in slices(wanted, IN_ONE_QUERY):
            stored, rows = self._stored(some), []
            for line, devices in some:
                row = {"line": line, "devices": devices}
                if places := moved(stored.get((line, devices), {}), wanted[line, devices]):
                    rows.append({**row, "packed": packed_places(places)})
                else:
                    emptied.append(row)
            _PUT.run_each(self._database, rows)
        _REMOVE.run_each(self._database, emptied)
        lines = list(dict.fromkeys(row["line"] for row in emptied))
        left = {row["line"] for some in slices(lines, IN_ONE_QUERY) for row in self._database.rows(_OF, lines=some)}
        return [line for line in lines if line not in left]

    def forget(self, first: int, end: int) -> None:
        """Removes what is known of the lines with these ids."""
        self._database.run(_FORGET, first=first, end=end)

    def _stored(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], dict[int, int]]:
        lines, devices = ({key[at] for key in keys} for at in (0, 1))
        rows = self._database.rows(_SOME, lines=list(lines), devices=list(devices))
        return {(row["line"], row["devices"]): dict(zip(*unpacked_places(row["packed"]), strict=True)) for row in rows}


def moved(places: dict[int, int], changes: Changes) -> dict[int, int]:
    """Changes the counts of devices, and returns them."""
    for device, count in changes.items():
        if count is None:
            places.pop(device, None)
        else:
            places[device] = count
    return places
