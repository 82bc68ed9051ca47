"""The rows of the simulated WebNet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
        """Store a row; without an id it gets the next one."""
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
