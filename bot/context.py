"""What a command's `run` is given: WebNet as one caller may see it, bound to the workspace's customer.

A handler never names a customer and never sees the store; whatever it asks for here is of this customer only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.callers import Callers
from bot.configs import drift_alerts
from bot.configs.access import Configs, Sources
from bot.core import permissions
from bot.core.arguments import DEVICE, write
from bot.core.audit import Record
from bot.core.commands import Caller, Command, Registry, Workspace
from bot.core.dispatch import Admitted, Rules
from bot.core.errors import BotError, Conflict, NotFound, Passed, WebNetError, WebNetInvalid, WebNetMissing
from bot.core.message import Button, Buttons, Message, Note, text
from bot.core.text import cut
from bot.devices.directory import Directory, Found
from bot.jobs import paging
from bot.jobs.index import JobIndex
from bot.jobs.logs import JobLog, JobLogs
from bot.jobs.starter import KnownJob, Started, Starter
from bot.webnet.client import JobKind, Target, WebNet
from bot.webnet.models import Alert, Device, Job

log = logging.getLogger(__name__)

ALREADY = "already_running"  # code of an audit row whose job was running before


class History(Protocol):
    """What the audit log knows of jobs."""

    def starters(self, customer: int, job_ids: Sequence[int]) -> dict[int, KnownJob]: ...

    def last_on(self, customer: int, device: int) -> KnownJob | None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What all contexts share."""

    webnet: WebNet
    directory: Directory
    callers: Callers
    starter: Starter
    history: History
    jobs: JobIndex
    logs: JobLogs
    registry: Registry
    rules: Rules
    configs: Sources
    job_page: Callable[[int], str]
    webnet_page: str
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Context:
    caller: Caller
    workspace: Workspace
    record: Record
    save: Callable[[], None]
    _services: Services
    admitted_devices: tuple[int, ...] | None = None  # the ids that a stored request was admitted for

    @classmethod
    def of(cls, admitted: Admitted, save: Callable[[], None], services: Services) -> Context:
        return cls(admitted.caller, admitted.workspace, admitted.record, save, services, admitted.devices)

    @property
    def now(self) -> datetime:
        return self._services.now()

    # -- commands

    @property
    def prompt(self) -> str:
        return self._services.rules.prompt

    def allowed(self) -> tuple[Command[object, object], ...]:
        """The commands that this caller may run."""
        services = self._services
        return permissions.allowed(self.caller, services.registry.values(), services.rules.roles)

    # -- devices

    def device(self, word: str, *, exact: bool) -> Target:
        """The one device that `word` names. `exact` never takes a unique beginning for the name: it offers it instead.

        Raises NotFound, with buttons for the devices that may have been meant.
        """
        if self.admitted_devices is not None:
            return self._admitted_device(self.admitted_devices)
        found = self._services.directory.find(self.workspace.customer, word, to_act=exact)
        if len(found.targets) == 1 and (found.exact or not exact):
            self._concerns(found.targets[0])
            return found.targets[0]
        raise self._not_one(word, found)

    def read(self, word: str) -> Device:
        """That device as WebNet has it now. If it has meanwhile another name, it is looked for once more."""
        target = self.device(word, exact=False)
        device = self._live(target)
        if device is None or not target.names(device):
            target = self.device(word, exact=False)
            device = self._live(target)
        if device is None:
            raise NotFound(f"{target.hostname} is no longer in WebNet.")
        return device

    def _admitted_device(self, ids: tuple[int, ...]) -> Target:
        """The device that a stored request was admitted for; a name that fits another one by now changes nothing."""
        target = self._services.directory.target(self.workspace.customer, ids[0]) if len(ids) == 1 else None
        if target is None:
            raise NotFound("The device that this was asked for is no longer in WebNet. Nothing was started.")
        self._concerns(target)
        return target

    def _live(self, target: Target) -> Device | None:
        directory = self._services.directory
        try:
            device = self._services.webnet.device(target.id)
        except WebNetMissing:
            directory.forget(target.id)
            return None
        ours = device.customer == self.workspace.customer
        if not ours or not target.names(device):
            directory.put(device)  # it would be found by what it was; all else can wait for the schedule
        return device if ours else None

    def _not_one(self, word: str, found: Found) -> BotError:
        shown = cut(word, 80)
        if found.exact:
            words, targets = f"Several devices match {shown}. Which one?", found.targets
        elif found.targets:
            words, targets = f"No device is named {shown}. These begin with it:", found.targets
        else:
            targets = self._services.directory.near(self.workspace.customer, word)
            words = f"There is no device {shown} here." + (" Did you mean:" if targets else "")
        if not targets:
            return NotFound(words)
        more = (Note(("There are more; type more of the name.",)),) if found.more else ()
        buttons = tuple(Button(_label(target), command=self._with(target)) for target in targets)
        message = Message(
            summary=f"{words} {', '.join(_label(target) for target in targets)}",
            parts=(text(words), Buttons(buttons), *more),
        )
        return NotFound(words, message=message)

    def _with(self, target: Target) -> str:
        """This command for that device, without its other arguments."""
        return write(self.record.command, (DEVICE,), {DEVICE.name: f"#{target.id}"})

    # -- configs

    @property
    def configs(self) -> Configs:
        return Configs(self.workspace.customer, self._services.configs)

    @property
    def webnet_page(self) -> str:
        return self._services.webnet_page

    # -- jobs

    def start(self, kind: JobKind, targets: tuple[Target, ...]) -> Started:
        """Starts the job, or finds the one of this kind that still runs there. The audit row knows at once."""
        services = self._services
        holder = self.record.request.request_id
        try:
            started = services.starter.start(kind, self.workspace.customer, targets, holder, services.now())
        except (NotFound, Conflict):
            with suppress(WebNetError):
                for target in targets:  # the copy is probably out of date
                    self._live(target)
            raise
        if started.already:
            self.record.code = ALREADY
        else:
            self.record.job_id, self.record.job_type = started.job_id, kind.type
            self._note()
        return started

    def job(self, number: int) -> Job:
        """The job of this number, as WebNet has it now. Raises NotFound."""
        missing = NotFound(f"There is no job #{number} here.")
        try:
            job = self._services.webnet.job(number)
        except WebNetMissing:
            raise missing from None
        if job.customer != self.workspace.customer:
            raise missing
        if len(job.device_ids) == 1:
            self._concerns(self._services.directory.target(self.workspace.customer, *job.device_ids))
        return job

    def log(self, job: Job) -> JobLog:
        try:
            return self._services.logs.read(job.id)
        except WebNetMissing:
            raise NotFound(f"There is no job #{job.id} here.") from None

    def targets(self, job: Job) -> tuple[Target, ...]:
        """The devices of that job, none of which may be gone. Raises NotFound."""
        found = [self._services.directory.target(self.workspace.customer, device) for device in sorted(job.device_ids)]
        if None in found:
            raise NotFound(f"A device of job #{job.id} is no longer in WebNet. Nothing was started.")
        return tuple(target for target in found if target)

    def cancel(self, job: Job) -> None:
        """Raises Passed if it began or ended meanwhile."""
        try:
            self._services.webnet.cancel_job(job.id)
        except WebNetInvalid:
            raise Passed(f"Job #{job.id} is no longer waiting, so it cannot be cancelled.") from None

    def alert(self, number: int) -> Alert:
        """The drift alert of this number, as WebNet has it now. Raises NotFound."""
        services = self._services
        alert, target = drift_alerts.of_customer(services.webnet, services.directory, self.workspace.customer, number)
        self._concerns(target)
        return alert

    def acknowledge(self, alert: Alert) -> None:
        self._services.webnet.acknowledge_alert(alert.id)

    def _concerns(self, target: Target | None) -> None:
        """The audit row tells the device."""
        if target is not None:
            self.record.device, self.record.device_name = target.id, target.hostname

    def _note(self) -> None:
        """Writes the job's number at once, so that it is known even after a crash. The job has been started, so a store
        that fails now must not make a failure of it; the row is written again when the request ends."""
        try:
            self.save()
        except Exception:
            log.exception("the job of request %s was not noted at once", self.record.request.request_id)

    def last_job(self, device: int) -> tuple[KnownJob, Job | None] | None:
        """The last job on this device that the bot started, and its state now: None if WebNet does not tell it."""
        known = self._services.history.last_on(self.workspace.customer, device)
        if known is None:
            return None
        with suppress(WebNetError):
            job = self._services.webnet.job(known.job_id)
            # After a restore of WebNet the number may be another job's, even another customer's.
            if (job.customer, job.type) == (self.workspace.customer, known.type) and device in job.device_ids:
                return known, job
        return known, None

    def jobs(self, match: paging.Match, position: paging.Position, *, mine: bool) -> paging.Slice:
        """`mine` keeps those that the caller started, here or in WebNet."""
        customer, own = self.workspace.customer, set[int]()
        listed = self._services.jobs.of(customer)

        def fetch(number: int) -> tuple[int, tuple[Job, ...]]:
            pages, jobs = listed.page(number)
            if mine:
                own.update(self._mine(jobs))
            return pages, jobs

        def wanted(job: Job) -> bool:
            return job.customer == customer and match(job) and (not mine or job.id in own)

        found = paging.look(fetch, wanted, position)
        return replace(found, jobs=tuple(map(listed.live, found.jobs)))

    def _mine(self, jobs: Sequence[Job]) -> set[int]:
        started = self._services.history.starters(self.workspace.customer, [job.id for job in jobs])
        here = {job_id for job_id, known in started.items() if known.user == self.caller.user}
        return here | {job.id for job in jobs if job.user == self.caller.user}

    def starters(self, jobs: Sequence[Job]) -> dict[int, str]:
        """Who started each job: the person who asked the bot to, else WebNet's user, by name."""
        own = self._services.history.starters(self.workspace.customer, [job.id for job in jobs])
        others = {job.user for job in jobs if job.user is not None and job.id not in own}
        names = self._services.callers.names(others)
        return {
            job.id: own[job.id].username if job.id in own else names.get(job.user or 0, _nameless(job)) for job in jobs
        }

    def job_page(self, job_id: int) -> str:
        return self._services.job_page(job_id)


def _label(target: Target) -> str:
    return f"{target.hostname} ({target.mgmt_ip})" if target.mgmt_ip else target.hostname


def _nameless(job: Job) -> str:
    return "unknown" if job.user is None else f"user {job.user}"
