"""Claims of rows that are due: whoever works on one has it for a while, and its fence refuses what comes too late."""

from __future__ import annotations

from typing import Any

from store.engine import Database
from store.fields import in_us
from store.statements import Statement


def any_due(table: str) -> Statement:
    """Returns the question whether `claim_due` would find a row, which is asked far more often than one is due."""
    return Statement(
        f"SELECT 1 FROM {table} WHERE ended_at IS NULL AND due_at <= :now_us AND expires_at <= :now_us LIMIT 1"
    )


def claim_due(database: Database, model: Any, asked: Statement, holder: str, ttl_s: float) -> dict[str, Any] | None:
    """Claims for `ttl_s` the open row that has been due for longest, and returns it with its new fence; two claimants never get
    the same. `asked` is what `any_due` returns for its table, which has the columns ended_at, due_at, expires_at, holder and fence."""
    if not database.row(asked):  # nearly always, and without the write lock
        return None
    now = database.now_us()
    due = model.ended_at.is_null() & (model.due_at <= now) & (model.expires_at <= now)
    query = model.select().where(due).order_by(model.due_at, model.id)
    with database.transaction():
        row = database.row(database.locked(query, skip=True))
        if row is None:
            return None
        row["fence"] += 1
        claim = {"holder": holder, "fence": row["fence"], "expires_at": now + in_us(ttl_s)}
        database.run(model.update(claim).where(model.id == row["id"]))
    return row
