"""Describes an event, which is something that happened in WebNet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """`key` names the event for ever, such as "job:1234:ended", so that no channel is notified twice. `kind` chooses the
    notice that shows it; `flag` is that of its NoticeKind, such as `notify_job_failure`. `data` is plain JSON, redacted,
    and holds all that the view needs."""

    key: str
    kind: str
    flag: str
    customer: int
    happened_at: datetime
    data: Mapping[str, Any]
