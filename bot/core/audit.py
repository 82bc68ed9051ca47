"""Describes the row that every request leaves behind, and what the dispatcher needs of the audit log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.commands import Caller, CommandRequest, Workspace

log = logging.getLogger(__name__)

ALREADY = "already_running"  # code of an audit row whose job was running before

Status = Literal["success", "failed", "denied", "usage", "rate_limited", "busy", "running", "interrupted", "unclear"]


@dataclass(slots=True)
class Record:
    """Holds one row of the audit log while its request runs. Names are copied beside ids, so that the row outlives them.

    `started` is when the request arrived, in seconds of the monotonic clock.
    """

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


class Device(Protocol):
    """Stands for a device as it was found, or as WebNet has it now."""

    @property
    def id(self) -> int: ...

    @property
    def hostname(self) -> str: ...


class RequestAudit:
    """Writes into the row of one request what its command concerns and what it started."""

    def __init__(self, record: Record, save: Callable[[], None]) -> None:
        """`save` writes the record to the store as it stands, and raises what the store raises."""
        self._record = record
        self._save = save

    @property
    def request_id(self) -> str:
        return self._record.request.request_id

    def concerns(self, device: Device | None) -> None:
        """Names the one device that the request is about; None, for several or an unknown one, leaves the row as it is."""
        if device is not None:
            self._record.device, self._record.device_name = device.id, device.hostname

    def started(self, job_id: int, job_type: str) -> None:
        """Names the job and writes the row at once, so that the job is known even after a crash.

        Raises nothing: the job runs, so a store that fails now must not make a failure of it, and the row is written
        once more when the request ends.
        """
        self._record.job_id, self._record.job_type = job_id, job_type
        try:
            self._save()
        except Exception:
            log.exception("the job of request %s was not noted at once", self.request_id)

    def joined(self) -> None:
        """Says that a job of this kind was running before, so that the request started none."""
        self._record.code = ALREADY


class Audit(Protocol):
    """Keeps the rows, and the keys of the requests that were seen."""

    def claim(self, keys: tuple[str, ...]) -> bool:
        """Claims the request with these keys; False if one of them was claimed before."""

    def save(self, record: Record) -> None:
        """Writes a new row, or the row `record.id` again."""

    def close(self, record: Record) -> None:
        """Writes the row at the end of a request, later if the store does not take it now. Raises nothing."""
