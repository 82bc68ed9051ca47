"""What workspaces, channels and mappings have in common: rows with an id, read as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, ClassVar, Generic, TypeVar

from peewee import IntegrityError, Model, fn

from store.engine import Database
from store.errors import Duplicate, NoSuchRow, StoreError
from store.models import SlackWorkspace

Row = TypeVar("Row")


class Records(Generic[Row]):
    model: ClassVar[type[Model]]

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: int) -> Row | None:
        return self._one(self.model.id == id)  # type: ignore[attr-defined]  # every model here has one

    def page(
        self, *, customers: Collection[int] | None, workspace: int | None = None, offset: int, limit: int
    ) -> tuple[int, list[Row]]:
        """Returns (number of all, those from `offset` on by id), of these customers alone unless `customers` is None."""
        conditions = [] if customers is None else [self._of_customers(customers)]
        if workspace is not None:
            conditions.append(self._of_workspace(workspace))
        model: Any = self.model
        with self._database.connection():
            count = self._database.count(_where(model.select(fn.COUNT(model.id)), conditions))
            query = _where(model.select(), conditions).order_by(model.id).offset(offset).limit(limit)
            return count, self._all_loaded(self._database.rows(query))

    def update(self, id: int, **changes: Any) -> Row | None:
        """Changes the named fields (those of `add`); None if there is no such row. Nothing is written if nothing differs.

        Raises Duplicate and NoSuchRow as `add` does.
        """
        with self._database.transaction():
            before = self.get(id)
            differing = {name: value for name, value in changes.items() if getattr(before, name, value) != value}
            if before is None or not differing:
                return before
            values = {**self._stored(differing), "updated_at": self._database.clock()}
            query = self.model.update(values).where(self.model.id == id)  # type: ignore[attr-defined]
            try:
                self._database.run(query)
            except IntegrityError as error:
                raise self._clash(error, {**vars(before), **changes}) from None
            return self.get(id)

    def remove(self, id: int) -> bool:
        """Removes a row together with what belongs to it; the audit log stays."""
        return bool(self._database.run(self.model.delete().where(self.model.id == id)))  # type: ignore[attr-defined]

    def _add(self, values: dict[str, Any], then: Callable[[int], None] = lambda _: None) -> Row:
        """Adds a row and what `then` adds to it by its id."""
        now = self._database.clock()
        try:
            new = self._database.run(self.model.insert({**self._stored(values), "created_at": now, "updated_at": now}))
        except IntegrityError as error:
            raise self._clash(error, values) from None
        then(new)
        added = self.get(new)
        if added is None:
            raise NoSuchRow("The row was removed by someone else as soon as it was added.")
        return added

    def _one(self, condition: Any) -> Row | None:
        row = self._database.row(self.model.select().where(condition))
        return None if row is None else self._all_loaded([row])[0]

    def _all(self, *conditions: Any) -> list[Row]:
        """Returns all records in order of their ids."""
        query = self.model.select().order_by(self.model.id)  # type: ignore[attr-defined]
        for condition in conditions:
            query = query.where(condition)
        return self._all_loaded(self._database.rows(query))

    def _clash(self, error: IntegrityError, values: dict[str, Any]) -> StoreError:
        if "FOREIGN KEY" in str(error) or type(getattr(error, "orig", None)).__name__ == "ForeignKeyViolation":
            return NoSuchRow(f"There is no workspace {values['workspace']}.")
        return self._duplicate(values)

    def _of_customers(self, customers: Collection[int]) -> Any:
        """Limits records that belong to a workspace to the workspaces of these customers."""
        mine = SlackWorkspace.select(SlackWorkspace.id).where(SlackWorkspace.customer.in_(list(customers)))
        return self.model.workspace.in_(mine)  # type: ignore[attr-defined]

    def _of_workspace(self, workspace: int) -> Any:
        return self.model.workspace == workspace  # type: ignore[attr-defined]

    def _all_loaded(self, rows: Iterable[dict[str, Any]]) -> list[Row]:
        """Makes the records of rows of the table; where more belongs to them, it is read here, for all of them at once."""
        return [self._loaded(row) for row in rows]

    def _loaded(self, row: dict[str, Any]) -> Row:
        raise NotImplementedError

    def _stored(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def _duplicate(self, values: dict[str, Any]) -> Duplicate:
        raise NotImplementedError


def _where(query: Any, conditions: list[Any]) -> Any:
    return query.where(*conditions) if conditions else query
