"""What happened in WebNet, and which channels are told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """`key` names it for ever, such as "job:1234:ended", so that it is told once. `kind` chooses the notice's view;
    `flag` is the name of the channel flag that wants it, such as `notify_job_failure`; `data` is plain JSON, redacted,
    and all that the view needs."""

    key: str
    kind: str
    flag: str
    customer: int
    happened_at: datetime
    data: Mapping[str, Any]
