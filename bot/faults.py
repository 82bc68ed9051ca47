"""Who is on a fault: callers say so on its notice, give it back, or say that it is done. Bound to one customer and workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.audit import RequestAudit
from bot.core.commands import Caller, Role, Workspace
from bot.core.errors import Conflict, NotFound, Passed
from bot.core.events import Facts
from bot.core.marks import ELSEWHERE
from bot.core.message import Line, Message, When, text
from bot.core.notices import Notices
from bot.core.snoozes import alert_of
from bot.core.text import cut, in_utc
from bot.stored_events import event_of
from bot.webnet.target import Target
from store.marks import Mark, MarkedEvent
from store.marks import Marks as Store
from store.users import Users

MOST = 200  # faults of a customer that somebody is on, the latest


@dataclass(frozen=True, slots=True)
class FaultSources:
    """Holds what all callers share."""

    marks: Store
    users: Users
    notices: Notices


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was notified of, as `line` under `heading`. `on_it` names who is on it, since `since`, as this workspace knows
    them; it is empty where nobody is. `devices` are WebNet's ids, `job` is the number of the job that failed, and `alert` that of
    the drift alert."""

    key: str
    heading: str
    line: Line
    happened_at: datetime
    on_it: str
    since: datetime | None
    user: int | None
    job: int | None
    alert: int | None
    devices: frozenset[int]


@dataclass(frozen=True, slots=True)
class TakenFaults:
    """Reads which faults of one customer somebody is on, with the names that one workspace knows: what is `taken` there."""

    customer: int
    workspace: int
    _sources: FaultSources

    def all(self) -> tuple[Fault, ...]:
        """Returns the faults that somebody is on, the latest taken first."""
        names = _Names(self._sources.users, self.workspace)
        found = self._sources.marks.taken(self.customer, MOST)
        return tuple(fault for event in found if (fault := _fault(event, self._sources.notices, names)))

    def by_job(self, jobs: Iterable[int]) -> Mapping[int, Fault]:
        wanted = set(jobs)
        return {fault.job: fault for fault in self.all() if fault.job in wanted and fault.job is not None}

    def on_device(self, device: int) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.all() if device in fault.devices)


class Faults:
    """Serves one caller."""

    def __init__(self, workspace: Workspace, caller: Caller, audit: RequestAudit, sources: FaultSources) -> None:
        self.taken = TakenFaults(workspace.customer, workspace.id, sources)
        self._caller = caller
        self._audit = audit
        self._sources = sources
        self._names = _Names(sources.users, workspace.id)

    def mine(self) -> tuple[Fault, ...]:
        """Returns the faults that the caller is on."""
        return tuple(fault for fault in self.taken.all() if fault.user == self._caller.user)

    def take(self, name: str) -> Fault:
        """Notes that the caller is on the fault. Raises NotFound; Passed where it is over or the caller is on it already, and
        Conflict where somebody else is: of two who take it at once one has it."""
        event = self._open(name)
        mark = Mark(kind="taken", at=self._sources.marks.now(), by=self._caller.user, name=self._caller.username)
        if not self._sources.marks.set(event.id, mark):
            raise self._in_the_way(self._open(name)) or Conflict("Somebody else was quicker. Try again.")
        return self._changed(event, mark)

    def give_back(self, name: str) -> Fault:
        """Takes back that somebody is on the fault: the caller, or anybody where the caller is an admin. Raises as `take`."""
        event = self._open(name)
        mark = event.mark("taken")
        if mark is None:
            raise Passed("Nobody is on that.")
        if mark.by != self._caller.user and self._caller.role < Role.admin:
            raise self._somebody_is_on_it(mark)
        if not self._sources.marks.remove(event.id, mark):
            raise Passed("Somebody changed that at the same moment. Look who is on it now.")
        return self._changed(event)

    def done(self, name: str, word: str) -> Fault:
        """Notes that the fault is done, by whoever is on it, or by anybody where nobody is. Raises as `take`."""
        event = self._open(name)
        mark = event.mark("taken")
        if mark and mark.by != self._caller.user:
            raise self._somebody_is_on_it(mark)
        now, caller = self._sources.marks.now(), self._caller
        if not self._sources.marks.set(
            event.id, Mark(kind="done", at=now, by=caller.user, name=caller.username, word=word)
        ):
            raise self._over(self._open(name)) or Passed("That is done already.")
        return self._changed(event)

    def _open(self, name: str) -> MarkedEvent:
        """Finds the event by its key, or by the number of a job that failed. Raises NotFound, alike where it is missing, another
        customer's or about no fault. The audit row names its devices."""
        number = name.removeprefix("#")
        keys = [f"job:{number}:ended", f"job:{number}:ran"] if number.isdecimal() else [name]
        event = self._sources.marks.find(self.taken.customer, keys)
        if event is None or _fault(event, self._sources.notices, self._names) is None:
            words = f"There is no notice of a fault `{cut(name, 60)}` here. Give the number of a job that failed."
            raise NotFound(words)
        self._audit.concerns(*(Target(device.id, device.name, "") for device in Facts.of(event.facts).devices))
        if over := self._over(event):
            raise over
        return event

    def _over(self, event: MarkedEvent) -> Passed | None:
        if ended := event.mark("ended"):
            return Passed(f"That has been well again since {in_utc(ended.at)}.")
        if done := event.mark("done"):
            return Passed(f"{_begun(self._names.of(done))} has said that this is done: {done.word}")
        return None

    def _in_the_way(self, event: MarkedEvent) -> Conflict | None:
        mark = event.mark("taken")
        if mark is None:
            return None
        if mark.by == self._caller.user:
            return Passed(f"You have been on that since {in_utc(mark.at)}.")
        return self._somebody_is_on_it(mark)

    def _somebody_is_on_it(self, mark: Mark) -> Conflict:
        start = f"{_begun(self._names.of(mark))} has been on that since "
        words = f"{start}{in_utc(mark.at)}."
        return Conflict(words, message=Message(words, parts=(text(start, When(mark.at), "."),)))

    def _changed(self, event: MarkedEvent, mark: Mark | None = None) -> Fault:
        marks = (mark,) if mark else ()
        fault = _fault(event, self._sources.notices, self._names, marks)
        assert fault is not None
        return fault


class _Names:
    """Names WebNet's users as one workspace maps them, and reads them once."""

    def __init__(self, users: Users, workspace: int) -> None:
        self._users = users
        self._workspace = workspace
        self._known: dict[int, str] | None = None

    def of(self, mark: Mark) -> str:
        if self._known is None:
            self._known = {each.user: each.username for each in self._users.list(workspace=self._workspace)}
        known = self._known.get(mark.by or 0)
        return ELSEWHERE if known is None else known or mark.name


def _begun(words: str) -> str:
    """Returns the words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def _fault(event: MarkedEvent, notices: Notices, names: _Names, marks: tuple[Mark, ...] | None = None) -> Fault | None:
    """Makes a fault of an event; None if it is about none, or if no view knows it any more."""
    shown: Any = notices.get(event.kind)
    of = event_of(event)
    if shown is None or not shown.fault(of):
        return None
    taken = next((mark for mark in (event.marks if marks is None else marks) if mark.kind == "taken"), None)
    job = event.data.get("job")
    return Fault(
        key=event.key,
        heading=shown.group(of),
        line=shown.line(of),
        happened_at=event.happened_at,
        on_it=names.of(taken) if taken else "",
        since=taken.at if taken else None,
        user=taken.by if taken else None,
        job=job if isinstance(job, int) else None,
        alert=alert_of(of),
        devices=frozenset(device.id for device in of.facts.devices),
    )
