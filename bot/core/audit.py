"""Describes the row that every request leaves behind, and what the dispatcher needs of the audit log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.commands import Caller, CommandRequest, Workspace

log = logging.getLogger(__name__)

MOST_NAMED = 1_000  # devices of one request whose ids the audit row keeps
ALREADY = "already_running"  # code of an audit row whose job was running before

Status = Literal["success", "failed", "denied", "usage", "rate_limited", "busy", "running", "interrupted", "unclear"]


@dataclass(slots=True)
class Record:
    """Holds one row of the audit log while its request runs. Names are copied beside ids, so that the row outlives them.

    `started` is when the request arrived, in seconds of the monotonic clock. `held_key` says that a key of WebNet's was taken
    out of the request's text. `done` says in a sentence what was changed in WebNet, for an answer about what failed after that.
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
    devices: str = ""  # of several: how many, a colon, and the first of their ids
    job_id: int | None = None
    job_type: str = ""
    duration_ms: int | None = None
    delivered: bool = False
    done: str = ""
    first_id: int | None = None  # the row of the request that stored what is performed now
    held_key: bool = False


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

    @property
    def message_text(self) -> str:
        """The text of the message that the request is about, which the row does not get."""
        return self._record.request.message

    @property
    def row(self) -> int:
        """The id of the row, which is written now if it is not there yet. Raises what the store raises."""
        if self._record.id is None:
            self._save()
        assert self._record.id is not None
        return self._record.id

    def concerns(self, *devices: Device | None) -> None:
        """Names the devices that the request is about; None stands for one that is not known."""
        row, known = self._record, [device for device in devices if device is not None]
        if len(known) == 1:
            row.device, row.device_name, row.devices = known[0].id, known[0].hostname, ""
        elif known:
            ids = " ".join(str(number) for number in sorted(device.id for device in known)[:MOST_NAMED])
            row.device, row.device_name, row.devices = None, "", f"{len(known)}: {ids}"

    def started(self, job_id: int, job_type: str) -> None:
        """Names the job and writes the row at once, so that the job is known even after a crash.

        Raises nothing: the job runs, so a store that fails now must not make a failure of it, and the row is written
        once more when the request ends.
        """
        self._record.job_id, self._record.job_type = job_id, job_type
        self.did(f"Job #{job_id} was started.")
        try:
            self._save()
        except Exception as error:
            kind = type(error).__name__  # a full disk would leave three tracebacks
            log.warning("the job of request %s was not noted at once (%s: %s)", self.request_id, kind, error)

    def did(self, words: str) -> None:
        """Says in a sentence what was changed in WebNet, right after that."""
        self._record.done = f"{self._record.done} {words}".strip()

    def unclear(self, job_type: str) -> None:
        """Says that the request may have started a job of this type, whose number is not known."""
        self._record.job_type = job_type

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
