"""Describes an event, which is something that happened in WebNet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What rules ask of a device, from the copy of WebNet's devices. `groups` are the words by which rules name the
    groups that it is in."""

    id: int
    name: str
    site: str = ""
    vendor: str = ""
    role: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules ask of an event, in WebNet's words; empty where that is not known.

    `kind` is one of `notice_kinds.SUBJECTS`, or empty for the event's own. `requester` is WebNet's user id, and `requester_name`
    the name. `opens` are the keys of the faults that the event opens, such as `backup:17`, `reach:17`, `drift:alert:5` or
    `compliance:3:17`, and `ends` of those that it ends: as a feed makes it, whether they are open or not, and as it is kept those that
    were. What is `pressing` is never held: a rule may drop it, but not let it wait.
    """

    kind: str = ""
    outcome: str = ""
    severity: str = ""
    job_type: str = ""
    requester: int | None = None
    requester_name: str = ""
    devices: tuple[DeviceFacts, ...] = ()
    opens: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    pressing: bool = False

    def json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Facts:
        """Reads what `json` gave; it may be empty, as that of an event from before there were facts is."""
        devices = (DeviceFacts(**{**each, "groups": tuple(each["groups"])}) for each in values.get("devices", ()))
        faults = {name: tuple(values.get(name, ())) for name in ("opens", "ends")}
        return cls(**{**values, **faults, "devices": tuple(devices)})

    @property
    def only_ends(self) -> bool:
        """Whether the event ends a fault and opens none."""
        return bool(self.ends) and not self.opens


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Event:
    """`key` names the event for ever, such as "job:1234:ended", so that no channel is notified twice. `kind` chooses the
    notice that shows it; `flag` is that of its NoticeKind, such as `notify_job_failure`. `data` is plain JSON, redacted,
    and holds all that the view needs; `facts` is what rules ask for. `answers` is the key of an earlier event: where that was
    sent, this one's notice is a reply to its notice."""

    key: str
    kind: str
    flag: str
    customer: int
    happened_at: datetime
    data: Mapping[str, Any]
    answers: str | None = None
    facts: Facts = NO_FACTS
