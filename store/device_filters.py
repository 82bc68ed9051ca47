"""Which of a customer's devices fit a filter, and which of them come first by name, without reading all of them."""

from __future__ import annotations

from collections.abc import Collection

from store.device_keys import after
from store.engine import Database
from store.fields import clean
from store.statements import Statement

FEW = 2_000  # devices that are put in order by their ids; of more, the first by name stand near the first of all
WALKED = 1_000  # rows in a query, by name

_VALUES = "SELECT DISTINCT coalesce({0}, '') AS value FROM device WHERE customer = :customer"
_WITH = "SELECT id FROM device WHERE customer = :customer AND coalesce({0}, '') IN :values::text"
_OF_FIELD = {
    name: (Statement(_VALUES.format(name)), Statement(_WITH.format(name))) for name in ("site", "vendor", "role")
}
_NAMED = Statement(
    """SELECT id FROM device WHERE customer = :customer AND hostname_folded >= :first AND hostname_folded < :end
    UNION SELECT id FROM device WHERE customer = :customer AND (mgmt_ip = :named OR '#' || id = :named)"""
)
_IN_ORDER = Statement(
    """SELECT id FROM device WHERE +customer = :customer AND id IN :devices
    ORDER BY hostname_folded, id LIMIT :most OFFSET :first"""
)
_WALK = Statement(
    """SELECT id, hostname_folded FROM device WHERE customer = :customer AND (hostname_folded, id) > (:name, :id)
    ORDER BY hostname_folded, id LIMIT :most"""
)


class DeviceFilters:
    def __init__(self, database: Database) -> None:
        self._database = database

    def fitting(self, customer: int, name: str, value: str) -> set[int]:
        """Returns the devices whose site, vendor or role is this, in any case; for the name `device`, those whose host name begins so,
        or whose address or number with a # this is."""
        if name == "device":
            rows = self._named(customer, value)
        else:
            values, devices = _OF_FIELD[name]
            every = (row["value"] for row in self._database.rows(values, customer=customer))
            fit = [each for each in every if each.casefold() == value.casefold()]
            rows = self._database.rows(devices, customer=customer, values=fit)
        return {row["id"] for row in rows}

    def first_by_name(self, customer: int, devices: Collection[int], first: int, most: int) -> list[int]:
        """Returns `most` of these devices of the customer from the `first` on, counted from 0, by name."""
        if len(devices) <= FEW:
            of = {"customer": customer, "devices": [*devices]}
            return [row["id"] for row in self._database.rows(_IN_ORDER, **of, first=first, most=most)]
        found, last = list[int](), {"hostname_folded": "", "id": -1}
        while len(found) < first + most:
            begin = {"name": last["hostname_folded"], "id": last["id"]}
            rows = self._database.rows(_WALK, customer=customer, **begin, most=WALKED)
            if not rows:
                break
            found += (row["id"] for row in rows if row["id"] in devices)
            last = rows[-1]
        return found[first : first + most]

    def _named(self, customer: int, start: str) -> list[dict[str, int]]:
        folded = clean(start.casefold())
        return self._database.rows(_NAMED, customer=customer, first=folded, end=after(folded), named=start)
