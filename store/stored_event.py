"""What every row says that holds an event: the event itself, as it was enqueued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from store.models import EventRow


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """Is an event as it was enqueued; `customer` is WebNet's. `data` and the `facts` that rules decide by are plain JSON."""

    key: str
    kind: str
    flag: str
    customer: int
    happened_at: datetime
    data: Mapping[str, Any]
    facts: Mapping[str, Any]


COLUMNS = (EventRow.id, *(getattr(EventRow, field.name) for field in fields(StoredEvent)))


def values_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of a row with these columns, in which `data` and `facts` are texts still."""
    return {**row, "data": json.loads(row["data"]), "facts": json.loads(row["facts"])}
