"""The record of every request, and the rule for jobs that a bot must keep."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_PREVIEW, _COMMIT = "/api/v1/config/deploy/preview", "/api/v1/config/deploy/commit"
_STARTS = {f"/api/v1/{path}" for path in ("reachability/run", "commands/run", "config/backup")} | {_PREVIEW, _COMMIT}
_FORBIDDEN = re.compile(
    r"/api/v1/(jobs/[^/]+/retry|device-groups/[^/]+/run-job|devices/bulk-backup|compliance/policies/[^/]+/run|config/templates/[^/]+/deploy)/?"
)
_DEVICE = re.compile(r"/api/v1/devices/(\d+)/")


@dataclass(frozen=True)
class TargetState:
    """A device as stored at the moment it was named in a request; `customer` None means that it does not exist."""

    device: int
    customer: int | None
    enabled: bool


@dataclass(frozen=True)
class Entry:
    """One request; `status` None means that the caller got no response."""

    number: int
    at: float
    """Seconds of a monotonic clock at which the request was handled."""
    time: str
    method: str
    path: str
    query: str
    body: Any
    status: int | None
    user: int | None
    credential: str | None
    maker: str | None
    """The credential that made this one."""
    request_id: str
    jobs: tuple[int, ...]
    """The jobs it created."""
    fault: str | None
    targets: tuple[TargetState, ...]

    @property
    def asks_for_job(self) -> bool:
        return self.method == "POST" and (self.path in _STARTS or _FORBIDDEN.fullmatch(self.path) is not None)

    def __str__(self) -> str:
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query} (request {self.number})"


def target_ids(body: Any) -> list[int] | None:
    """Returns the ids of a body whose targets are exactly a non-empty `device_ids` list of whole numbers."""
    targets = body.get("targets") if isinstance(body, dict) else None
    ids = targets.get("device_ids") if isinstance(targets, dict) else None
    if isinstance(targets, dict) and set(targets) == {"device_ids"} and isinstance(ids, list) and ids:
        return ids if all(type(number) is int for number in ids) else None
    return None


def _read_before(entries: list[Entry], post: Entry, device: int) -> Entry | None:
    """Returns the last good read of a device by the same credential, or by the one that made it, since the job before this
    one that named the device. A read with the job's own request id is for this job, whatever else was started on the device meanwhile."""
    own = [entry for entry in entries if entry.request_id == post.request_id]
    return _last_read(own, post, device) or _last_read(entries, post, device)


def _last_read(entries: list[Entry], post: Entry, device: int) -> Entry | None:
    for entry in reversed(entries):
        if entry.asks_for_job and device in (target_ids(entry.body) or ()):
            return None
        good = entry.method == "GET" and entry.status == 200 and entry.fault in {None, "delay"}
        match = _DEVICE.fullmatch(entry.path) if good else None
        if match and int(match[1]) == device and entry.credential in {post.credential, post.maker}:
            return entry
    return None


def _device_faults(earlier: list[Entry], post: Entry, target: TargetState, fresh_s: float) -> Iterable[str]:
    read = _read_before(earlier, post, target.device)
    if read is None:
        yield f"{post}: device {target.device} was not read before it was named"
    elif post.at - read.at > fresh_s:
        yield f"{post}: device {target.device} was read {post.at - read.at:.1f} s before, which is not fresh"
    wanted = post.body.get("customer_id")
    if target.customer is None:
        yield f"{post}: device {target.device} does not exist"
    elif target.customer != wanted:
        yield f"{post}: device {target.device} belongs to customer {target.customer}, the body says {wanted!r}"
    elif not target.enabled:
        yield f"{post}: device {target.device} is disabled"


def _commit_faults(earlier: list[Entry], post: Entry) -> Iterable[str]:
    body = post.body if isinstance(post.body, dict) else {}
    lines = body.get("mode"), body.get("snippet")
    if lines[0] != "merge" or not lines[1]:
        yield f"{post}: a commit merges at least one line"
    for device in target_ids(body) or ():
        same = [each for each in earlier if each.asks_for_job and _deploys(each, device, lines)]
        if not same or same[-1].path != _PREVIEW:
            yield f"{post}: device {device} had no preview of these lines since the last commit of them"


def _deploys(entry: Entry, device: int, lines: tuple[Any, Any]) -> bool:
    """Says whether these lines were previewed or committed there, which what was throttled was not."""
    if entry.status == 429 or entry.path not in (_PREVIEW, _COMMIT) or device not in (target_ids(entry.body) or ()):
        return False
    return (entry.body.get("mode"), entry.body.get("snippet")) == lines


def gate_violations(entries: Iterable[Entry], fresh_s: float = 5.0, after: int = 0) -> list[str]:
    """One sentence for each way in which a request for a job broke the rule, whatever was answered to it; of requests
    with a number above `after`, the earlier ones only show what was read before.

    The rule: targets are exactly `{"device_ids": [...]}` with at least one id; every id was read by the same credential,
    or by the one that made it, right before, for this job; and the device is enabled and of the customer in the body when
    the request arrives.
    Retry, run-job, bulk-backup, policy runs and deployments of templates are never asked for. A commit merges lines of which
    a preview was asked for before on each of its devices, and no commit of the same lines is asked for twice there.
    """
    found: list[str] = []
    earlier: list[Entry] = []
    for entry in entries:
        if entry.asks_for_job and entry.number > after:
            if entry.path not in _STARTS:
                found.append(f"{entry}: this path must never be called")
            elif target_ids(entry.body) is None:
                found.append(f"{entry}: targets are not a non-empty list of device_ids and nothing else")
            for target in entry.targets:
                found.extend(_device_faults(earlier, entry, target, fresh_s))
            if entry.path == _COMMIT:
                found.extend(_commit_faults(earlier, entry))
        earlier.append(entry)
    return found
