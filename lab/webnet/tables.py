"""The rows of the simulated WebNet."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

Row = dict[str, Any]


class Table(Mapping[int, Row]):
    """Rows by id, in the order of their ids; those in `lazy` are made by `generate` when somebody looks."""

    def __init__(
        self,
        model: str,
        rows: Iterable[Row] = (),
        lazy: range = range(0),
        generate: Callable[[int], Row] | None = None,
    ) -> None:
        self.model = model
        self._rows = {int(row["id"]): row for row in rows}
        self._generate = generate
        self._ids = sorted({*self._rows, *lazy})
        self._known = set(self._ids)
        self.next_id = max(self._ids, default=0) + 1

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def __getitem__(self, key: int) -> Row:
        if key not in self._known:
            raise KeyError(key)
        row = self._rows.get(key)
        if row is None:
            if self._generate is None:
                raise KeyError(key)
            row = self._rows[key] = self._generate(key)
        return row

    @property
    def ids(self) -> list[int]:
        return self._ids

    def add(self, row: Row) -> Row:
        """Stores a row; without an id it gets the next one."""
        row = {**row, "id": row.get("id") or self.next_id}
        key = int(row["id"])
        if key in self._known:
            raise ValueError(f"{self.model} {key} exists")
        self._rows[key] = row
        self._known.add(key)
        self._ids = sorted(self._known) if self._ids and key < self._ids[-1] else [*self._ids, key]
        self.next_id = max(self.next_id, key + 1)
        return row

    def delete(self, key: int) -> None:
        self._known.remove(key)
        self._rows.pop(key, None)
        self._ids = [known for known in self._ids if known != key]


class JobTable(Table):
    """Jobs of which those that are not made yet ended in the order of their ids, so that a million of them are listed by
    their ends without making them. `end_of` gives the time of one that is not made."""

    def __init__(
        self,
        rows: Iterable[Row],
        lazy: range,
        generate: Callable[[int], Row],
        end_of: Callable[[int], str],
        made: Iterable[int],
    ) -> None:
        super().__init__("Job", rows, lazy, generate)
        self._end_of = end_of
        for key in made:
            self[key]

    def by_end(self, first: int, last: int, *, falling: bool, nulls_first: bool) -> list[Row]:
        """Returns the rows at these places of the list by `finished_at`, then id."""
        made = list(self._rows.values())
        unfinished = sorted((row["id"] for row in made if not row["finished_at"]), reverse=falling)
        number = len(self._ids) - len(unfinished)
        start = len(unfinished) if nulls_first else 0
        places = range(first, min(last, len(self._ids)))
        inside = [place - start for place in places if 0 <= place - start < number]
        ended = self._ended(inside[0], inside[-1] + 1, number, falling=falling) if inside else []
        outside = [place if nulls_first else place - number for place in places if place - start not in range(number)]
        empty = [unfinished[place] for place in outside]
        return [self[key] for key in ((*empty, *ended) if nulls_first else (*ended, *empty))]

    def _ended(self, first: int, last: int, number: int, *, falling: bool) -> list[int]:
        """Looks a row up, counted from the nearer end."""
        if first > number / 2:
            return self._ended(number - last, number - first, number, falling=not falling)[::-1]
        made = sorted(
            ((_without_z(row["finished_at"]), key) for key, row in self._rows.items() if row["finished_at"]),
            reverse=falling,
        )
        unmade = (
            (_without_z(self._end_of(key)), key)
            for key in (reversed(self._ids) if falling else self._ids)
            if key not in self._rows
        )
        return [key for _, key in islice(heapq.merge(made, unmade, reverse=falling), first, last)]


def _without_z(stamp: str) -> str:
    """Times compare without their `Z`: one without a fraction is the earliest of its second."""
    return stamp.removesuffix("Z")


class DeviceTable(Table):
    """Rows that each belong to a device, found by it without looking at all the others.

    With `generate`, every device of `lazy` that has no row gets one, made when somebody looks; their ids follow those there are.
    """

    def __init__(
        self, model: str, rows: Iterable[Row], lazy: range, generate: Callable[[int, int], Row] | None = None
    ) -> None:
        rows = list(rows)
        self._of_device: dict[int, set[int]] = {}
        for row in rows:
            self._of_device.setdefault(row["device"], set()).add(row["id"])
        without = [device for device in lazy if device not in self._of_device] if generate else []
        first = max((row["id"] for row in rows), default=0) + 1
        owners = dict(enumerate(without, first))
        super().__init__(
            model,
            rows,
            range(first, first + len(owners)),
            (lambda key: generate(key, owners[key])) if generate else None,
        )
        for key, device in owners.items():
            self._of_device[device] = {key}

    def of_device(self, device: int) -> list[Row]:
        return [self[key] for key in self._of_device.get(device, ())]

    def add(self, row: Row) -> Row:
        row = super().add(row)
        self._of_device.setdefault(row["device"], set()).add(row["id"])
        return row

    def delete(self, key: int) -> None:
        device = self[key]["device"]
        super().delete(key)
        self._of_device[device].discard(key)
