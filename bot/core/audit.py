"""The row that every request leaves behind, and what the dispatcher needs of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.commands import Caller, CommandRequest, Workspace

Status = Literal["success", "failed", "denied", "usage", "rate_limited", "busy", "running", "interrupted", "unclear"]


@dataclass(slots=True)
class Record:
    """One row of the audit log while its request runs; names and ids are copied so that the row outlives them."""

    request: CommandRequest
    started: float
    id: int | None = None
    workspace: Workspace | None = None
    caller: Caller | None = None
    command: str = ""
    status: Status = "running"
    code: str = ""
    response: str = ""
    device: int | None = None
    device_name: str = ""
    job_id: int | None = None
    job_type: str = ""
    duration_ms: int | None = None
    delivered: bool = False
    first_id: int | None = None  # the row of the request that stored what is performed now


class Audit(Protocol):
    """The audit log and the keys of requests that were seen."""

    def claim(self, keys: tuple[str, ...]) -> bool:
        """Claims the request with these keys; False if one of them was claimed before."""

    def save(self, record: Record) -> None:
        """Writes a new row, or the row `record.id` again."""

    def close(self, record: Record) -> None:
        """Writes the row at the end of a request, later if the store does not take it now. Raises nothing."""
