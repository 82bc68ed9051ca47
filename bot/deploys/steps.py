"""The steps of a deploy as data, and what comes next. Pure.

    requested ▶ previewing ▶ waiting ▶ checking ▶ committing_first ▶ backing_up_first ▶ committing ▶ backing_up ▶ comparing ▶ …

Four states are left over for the end: done, failed, void (nothing was changed) and unclear. A state with a job is entered before the
POST that starts the job, so a deploy that was found in it without a job may have one in WebNet: that is looked for, and never
started again. What was found out about each device says whether the job of a state has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

State = Literal[
    "requested",
    "previewing",
    "waiting",
    "checking",
    "committing_first",
    "backing_up_first",
    "committing",
    "backing_up",
    "comparing",
    "done",
    "failed",
    "void",
    "unclear",
]
Kind = Literal["preview", "commit", "backup"]
Scope = Literal["all", "first", "rest"]

LEFT_ALONE = "left alone"  # begins what is said of a device on which nothing was tried
ENDS: frozenset[State] = frozenset({"done", "failed", "void", "unclear"})


@dataclass(frozen=True, slots=True)
class Step:
    """Says what is started in a state, and on which devices: `rest` is all of them where none is tried first."""

    kind: Kind
    scope: Scope


STEPS: Mapping[State, Step] = {
    "previewing": Step("preview", "all"),
    "committing_first": Step("commit", "first"),
    "backing_up_first": Step("backup", "first"),
    "committing": Step("commit", "rest"),
    "backing_up": Step("backup", "rest"),
}
NEXT: Mapping[State, State] = {
    "requested": "previewing",
    "previewing": "waiting",
    "committing_first": "backing_up_first",
    "backing_up_first": "committing",
    "committing": "backing_up",
    "backing_up": "comparing",
}


@dataclass(frozen=True, slots=True)
class Host:
    """Says how far one device came: of each kind of step None before it, empty if it went well, else what went wrong.
    `before` is the newest snapshot at the preview, 0 if there is none, and `after` the one of the backup."""

    preview: str | None = None
    commit: str | None = None
    backup: str | None = None
    before: int | None = None
    after: int | None = None

    @property
    def trouble(self) -> str:
        """Says what went wrong first; empty for a device on which all went well, or on which nothing was tried."""
        return next((said for said in (self.preview, self.commit, self.backup) if said), "")


@dataclass(frozen=True, slots=True)
class Course:
    """Says how far a deploy came: `devices` are their ids, the one that is tried first before the others; `jobs` are
    those that are known, by the state in which each was started."""

    state: State
    devices: tuple[int, ...]
    all_at_once: bool = False
    hosts: Mapping[int, Host] = field(default_factory=dict)
    jobs: Mapping[State, int] = field(default_factory=dict)

    @property
    def tries_first(self) -> bool:
        return len(self.devices) > 1 and not self.all_at_once

    def scope(self, state: State) -> tuple[int, ...]:
        """Returns the devices on which something is started in this state."""
        match STEPS[state].scope:
            case "first":
                return self.devices[:1]
            case "rest" if self.tries_first:
                return self.devices[1:]
            case _:
                return self.devices

    def host(self, device: int) -> Host:
        return self.hosts.get(device, Host())

    def said(self, kind: Kind, devices: Sequence[int]) -> list[str | None]:
        return [getattr(self.host(device), kind) for device in devices]

    def with_results(self, kind: Kind, results: Mapping[int, str]) -> dict[int, Host]:
        """Returns the hosts with what a step of this kind brought, by the device; empty where it went well."""
        said: Mapping[int, Any] = results
        return {**self.hosts, **{each: replace(self.host(each), **{kind: said[each]}) for each in said}}


@dataclass(frozen=True, slots=True)
class Find:
    """Look in WebNet for the job that may have been started in this state."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Wait for the end of this job."""

    job: int


@dataclass(frozen=True, slots=True)
class Send:
    """Enter the state and start its job."""

    state: State


@dataclass(frozen=True, slots=True)
class Move:
    """Enter the state, in which nothing is started."""

    state: State


@dataclass(frozen=True, slots=True)
class Decide:
    """Look how the request for approval stands."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Read the configs that the backups made, and end."""


Action = Find | Follow | Send | Move | Decide | Compare
WITHOUT_JOB: Mapping[State, Action] = {"requested": Send("previewing"), "waiting": Decide(), "comparing": Compare()}


def next_action(course: Course) -> Action | None:
    """Returns what is to be done; None after the end."""
    state = course.state
    if state in STEPS:
        if None in course.said(STEPS[state].kind, course.scope(state)):
            return Follow(course.jobs[state]) if state in course.jobs else Find()
        return _after(course)
    if state == "checking":
        return Send("committing_first" if course.tries_first else "committing")
    return WITHOUT_JOB.get(state)


def _after(course: Course) -> Action:
    """Returns what follows a step that has ended. A backup follows every commit, since one that failed may have changed a part; what is
    left of the devices is touched only if the first one took the commit and answers."""
    went_well = not any(course.said(STEPS[course.state].kind, course.scope(course.state)))
    match course.state:
        case "previewing":
            return Move("waiting" if went_well else "void")
        case "backing_up_first" if not went_well or any(course.said("commit", course.devices[:1])):
            return Move("comparing")
        case state:
            following = NEXT[state]
            return Send(following) if following in STEPS else Move(following)


def stopped(course: Course, state: State, why: str) -> Course:
    """Returns the course without the job of this state, of which nothing was sent. Nothing is changed before the first commit; after
    it what is left of the devices is left alone, and a backup that cannot be made is said of its devices."""
    if STEPS[state].kind == "backup":
        return replace(course, state=state, hosts=_all_said(course, state, why))
    if course.state in ("requested", "checking"):
        return replace(course, state="void")
    return replace(course, state="comparing", hosts=_all_said(course, state, f"{LEFT_ALONE}: {why}"))


def lost(course: Course, why: str) -> Course:
    """Returns the course where nobody will know what became of the job of its state: a preview and a backup change nothing."""
    kind = STEPS[course.state].kind
    if kind == "backup":
        return replace(course, hosts=_all_said(course, course.state, why))
    if kind == "preview":
        return replace(course, state="void")
    return replace(course, state="unclear", hosts=_all_said(course, course.state, why))


def _all_said(course: Course, state: State, why: str) -> dict[int, Host]:
    return course.with_results(STEPS[state].kind, dict.fromkeys(course.scope(state), why))


def end_of(course: Course) -> State:
    """Returns how a deploy ends whose configs were compared."""
    whole = all((host.commit, host.backup) == ("", "") for host in map(course.host, course.devices))
    return "done" if whole else "failed"


def written(hosts: Mapping[int, Host]) -> dict[str, Any]:
    """Writes the hosts for the store."""
    return {str(device): asdict(host) for device, host in hosts.items()}


def read(hosts: Mapping[str, Any]) -> dict[int, Host]:
    """Reads what `written` wrote."""
    return {int(device): Host(**values) for device, values in hosts.items()}
