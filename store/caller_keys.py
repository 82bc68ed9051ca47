"""Keys of WebNet's that the bot makes in the name of callers. Each has a row from before it is made until it is deleted there;
its token is never kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from peewee import ModelDelete

from store.engine import Database
from store.models import CallerKeyRow


@dataclass(frozen=True)
class CallerKey:
    """A key that may be in WebNet. `user` and `key` are WebNet's ids; `key` is None while nobody knows whether it was made. `age` is
    by the store's clock."""

    id: int
    user: int
    name: str
    key: int | None
    age: timedelta


class CallerKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user: int, name: str) -> int:
        """Notes that a key of that name is going to be made, and returns the row's id."""
        return int(self._database.run(CallerKeyRow.insert(user=user, name=name, created_at=self._database.now_us())))

    def made(self, id: int, key: int) -> None:
        self._database.run(CallerKeyRow.update(key=key).where(CallerKeyRow.id == id))

    def remove(self, id: int) -> None:
        self._database.run(ModelDelete(CallerKeyRow).where(CallerKeyRow.id == id))

    def list(self) -> list[CallerKey]:
        """Returns the rows, oldest first."""
        rows = self._database.rows(CallerKeyRow.select().order_by(CallerKeyRow.id))
        now = self._database.now()
        return [CallerKey(row["id"], row["user"], row["name"], row["key"], now - row["created_at"]) for row in rows]
