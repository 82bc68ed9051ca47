"""WebNet's JSON as frozen values. Anything may be null or new, so a wrong or missing field becomes a plain default;
only a row without an integer id is refused (`ValueError`), because nothing can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot.core.text import clean

Json = Mapping[str, Any]


def _id(value: object) -> int:
    found = maybe_id(value)
    if found is None:
        raise ValueError(f"an integer id was expected, not {type(value).__name__}")
    return found


def maybe_id(value: object) -> int | None:
    """An id that any database can hold."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    """Aware, in UTC. The fraction is absent when it is zero, so the strings cannot be compared."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _ids(value: object) -> frozenset[int]:
    return frozenset(i for i in map(maybe_id, value) if i is not None) if isinstance(value, list) else frozenset()


_NONE: frozenset[int] = frozenset()
CANCELLED = "cancelled"
ENDED = ("success", "partial", "failed", CANCELLED)  # statuses after which a job rests; an unknown one may be new
FAIL = frozenset({"fail", "failed", "failure", "failing", "violation", "violated", "noncompliant", "notcompliant"})
PASS = frozenset({"pass", "passed", "passing", "success", "ok", "compliant"})  # statuses of compliance results
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    role: str
    is_active: bool
    customers: frozenset[int]

    @classmethod
    def of(cls, row: Json) -> User:
        return cls(
            id=_id(row.get("id")),
            username=_text(row.get("username")),
            role=_text(row.get("role")),
            is_active=row.get("is_active") is True,
            customers=_ids(row.get("customers")),
        )


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a user's. WebNet shows its token once, to whoever makes it, and keeps listing it when it has expired."""

    id: int
    name: str
    created_at: datetime | None
    expires_at: datetime | None
    token: str = field(repr=False)

    @classmethod
    def of(cls, row: Json) -> ApiKey:
        times = _time(row.get("created_at")), _time(row.get("expires_at"))
        return cls(_id(row.get("id")), _text(row.get("name")), *times, _text(row.get("token")))


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str

    @classmethod
    def of(cls, row: Json) -> Customer:
        return cls(id=_id(row.get("id")), name=_text(row.get("name")))


@dataclass(frozen=True, slots=True)
class OwnWorkspace:
    """A Slack workspace of the ChatOps that WebNet itself has."""

    id: int
    team_id: str
    enabled: bool

    @classmethod
    def of(cls, row: Json) -> OwnWorkspace:
        return cls(_id(row.get("id")), _text(row.get("team_id")), row.get("enabled") is True)


@dataclass(frozen=True, slots=True)
class Device:
    """`reachability_status` is the last value somebody stored, which WebNet's own reachability job does not do."""

    id: int
    customer: int | None
    hostname: str
    mgmt_ip: str
    vendor: str
    platform: str
    role: str
    site: str
    enabled: bool
    reachability_status: str
    last_reachability_check: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, row: Json) -> Device:
        return cls(
            id=_id(row.get("id")),
            customer=maybe_id(row.get("customer")),
            hostname=_text(row.get("hostname")),
            mgmt_ip=_text(row.get("mgmt_ip")),
            vendor=_text(row.get("vendor")),
            platform=_text(row.get("platform")),
            role=_text(row.get("role")),
            site=_text(row.get("site")),
            enabled=row.get("enabled") is True,
            reachability_status=_text(row.get("reachability_status")),
            last_reachability_check=_time(row.get("last_reachability_check")),
            updated_at=_time(row.get("updated_at")),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Names devices, or with `filter_rules` those that fit. The members of the groups whose `parent` it is are not among its own."""

    id: int
    customer: int | None
    name: str
    parent: int | None

    @classmethod
    def of(cls, row: Json) -> Group:
        return cls(
            _id(row.get("id")), maybe_id(row.get("customer")), _text(row.get("name")), maybe_id(row.get("parent"))
        )


@dataclass(frozen=True, slots=True)
class Job:
    """`device_ids` are the targets of a job that was started with explicit ids and nothing that narrows them down; empty means
    "unknown or many". `commands` are what a job sends that runs some. `everywhere` says that nothing restricts the job, so that
    one which works on devices works on every enabled device of its customer. `error` is the text of the exception that ended it,
    several lines long."""

    id: int
    customer: int | None
    type: str
    status: str
    user: int | None
    requested_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    device_ids: frozenset[int]
    error: str = ""
    everywhere: bool = False
    commands: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.finished_at is not None or self.status in ENDED

    @classmethod
    def of(cls, row: Json) -> Job:
        targets, result = row.get("target_summary_json"), row.get("result_summary_json")
        filters = targets.get("filters") if isinstance(targets, dict) else None
        return cls(
            id=_id(row.get("id")),
            customer=maybe_id(row.get("customer")),
            type=_text(row.get("type")),
            status=_text(row.get("status")),
            user=maybe_id(row.get("user")),
            requested_at=_time(row.get("requested_at")),
            started_at=_time(row.get("started_at")),
            finished_at=_time(row.get("finished_at")),
            device_ids=_ids(filters["device_ids"])
            if isinstance(filters, dict) and [*filters] == ["device_ids"]
            else _NONE,
            error=_text(result.get("error")) if isinstance(result, dict) else "",
            everywhere=_restricts_nothing(targets),
            commands=_commands(row.get("payload_json")),
        )


def _commands(payload: object) -> tuple[str, ...]:
    found = payload.get("commands") if isinstance(payload, dict) else None
    return tuple(map(_text, found)) if isinstance(found, list) else ()


def snippet_of(row: Json) -> str:
    """The config lines in the row of a deploy job; they stand in no `Job`, since they hold secrets."""
    payload = row.get("payload_json")
    return _text(payload.get("snippet")) if isinstance(payload, dict) else ""


# What WebNet restricts a job by; it does not know a host name or a role, and its worker does not look at a job's group.
_RESTRICTIONS = ("device_ids", "site", "vendor")


def _restricts_nothing(targets: object) -> bool:
    if not isinstance(targets, dict):
        return False  # nothing is said, which need not mean everything
    filters = targets.get("filters")
    if filters is None:
        return "group_id" in targets or targets.get("device_ids") == []
    return isinstance(filters, dict) and not any(filters.get(name) for name in _RESTRICTIONS)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of a job's log. `text` may have many lines, and hold what a device printed."""

    id: int
    at: datetime | None
    level: str
    host: str
    text: str

    @classmethod
    def of(cls, row: Json) -> LogLine:
        return cls(
            id=_id(row.get("id")),
            at=_time(row.get("ts")),
            level=_text(row.get("level")).upper(),
            host=_text(row.get("host")),
            text=_text(row.get("message")),
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A device's whole config, secrets included: only the redacted text may leave. `hash` is of the text as WebNet has it.

    Without a time (never seen) it counts as older than all others."""

    id: int
    device: int
    job: int | None
    created_at: datetime
    source: str
    hash: str
    text: str = field(repr=False)

    @property
    def order(self) -> tuple[datetime, int]:
        """Orders the snapshots of a device by time: ids alone do not, since a transaction may commit late."""
        return self.created_at, self.id

    @classmethod
    def of(cls, row: Json) -> Snapshot:
        raw = row.get("config_text")
        made, number = order_of(row)
        return cls(
            id=number,
            device=_id(row.get("device")),
            job=maybe_id(row.get("job")),
            created_at=made,
            source=_text(row.get("source")),
            hash=_text(row.get("hash")) or _digest(raw),
            text=_text(raw),
        )


def order_of(row: Json) -> tuple[datetime, int]:
    """`Snapshot.order` of a row that is not parsed yet. Raises ValueError where it has no id."""
    return _time(row.get("created_at")) or _NEVER, _id(row.get("id"))


def _digest(text: object) -> str:
    return sha256(text.encode(errors="replace")).hexdigest() if isinstance(text, str) else ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A drift alert. It names neither customer nor device id; `drift` is the record that the device's own list holds."""

    id: int
    drift: int
    hostname: str
    severity: str
    status: str
    message: str
    detected_at: datetime | None
    acknowledged_by: str

    @classmethod
    def of(cls, row: Json) -> Alert:
        return cls(
            id=_id(row.get("id")),
            drift=_id(row.get("drift")),
            hostname=_text(row.get("drift_device_hostname")),
            severity=_text(row.get("severity")),
            status=_text(row.get("status")),
            message=_text(row.get("message")),
            detected_at=_time(row.get("detected_at")),
            acknowledged_by=_text(row.get("acknowledged_by_username")),
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """WebNet's record of what changed between two snapshots. Its own diff is left alone: it holds secrets."""

    id: int
    device: int
    older: int
    newer: int

    @classmethod
    def of(cls, row: Json) -> Drift:
        return cls(
            _id(row.get("id")), _id(row.get("device")), _id(row.get("snapshot_from")), _id(row.get("snapshot_to"))
        )


@dataclass(frozen=True, slots=True)
class Policy:
    id: int
    customer: int | None
    name: str

    @classmethod
    def of(cls, row: Json) -> Policy:
        return cls(_id(row.get("id")), maybe_id(row.get("customer")), _text(row.get("name")))


@dataclass(frozen=True, slots=True)
class Result:
    """The finding of one check of a policy on one device. `rules` are the names of those that are violated; what was found
    is config text, out of its context, and left alone."""

    id: int
    policy: int
    device: int
    job: int | None
    checked_at: datetime | None
    status: str
    rules: tuple[str, ...]

    @property
    def failing(self) -> bool | None:
        """Whether the device violates the policy; None for a status that is neither, since WebNet takes any text."""
        word = "".join(filter(str.isalpha, self.status.lower()))
        return word in FAIL if word in FAIL or word in PASS else None

    @classmethod
    def of(cls, row: Json) -> Result:
        details = row.get("details_json")
        found = details.get("violations") if isinstance(details, dict) else None
        rules = [_text(one.get("rule")) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return cls(
            id=_id(row.get("id")),
            policy=_id(row.get("policy")),
            device=_id(row.get("device")),
            job=maybe_id(row.get("job")),
            checked_at=_time(row.get("ts")),
            status=_text(row.get("status")),
            rules=tuple(filter(None, rules)),
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that WebNet is to start by itself. `next_run` may lie behind, if WebNet did not come to it."""

    id: int
    customer: int | None
    name: str
    job_type: str
    enabled: bool
    next_run: datetime | None
    last_run: datetime | None

    @classmethod
    def of(cls, row: Json) -> Schedule:
        return cls(
            id=_id(row.get("id")),
            customer=maybe_id(row.get("customer")),
            name=_text(row.get("name")),
            job_type=_text(row.get("job_type")),
            enabled=row.get("enabled") is True,
            next_run=_time(row.get("next_run")),
            last_run=_time(row.get("last_run")),
        )
