"""Gives a command's `run` what it needs: WebNet as one caller may see it, bound to the workspace's customer.

A handler never names a customer and never sees the store; whatever it asks for here is of this customer only. It says itself
which device its request concerns, by `ctx.audit.concerns`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bot.approvals.access import Approvals, ApprovalSources
from bot.approvals.mapping import Mappings, MappingSources, Newcomer
from bot.callers import Callers
from bot.channel_reports import ChannelReport, ReportTimes
from bot.channels import of_row
from bot.compliance import OpenViolations, Violations
from bot.configs.access import Configs, ConfigSources
from bot.configs.drift_alerts import Alerts
from bot.configs.open_alerts import OpenAlerts
from bot.core import permissions, points, zones
from bot.core.arguments import Sealed, Values
from bot.core.audit import RequestAudit
from bot.core.commands import Caller, Command, Registry, Workspace
from bot.core.errors import Conflict
from bot.core.forms import form_of, offered
from bot.core.message import sentence
from bot.core.notice_kinds import KINDS, NoticeKind
from bot.core.pipeline import Admitted, Deferred, Rules
from bot.deploys.access import DeployAccess, DeploySources
from bot.devices.access import Devices
from bot.devices.directory import Directory
from bot.devices.groups import Groups
from bot.devices.selection import LeftOut
from bot.devices.suggestions import DeviceNames
from bot.faults import Faults, FaultSources
from bot.health import Health, HealthSources
from bot.jobs.access import Jobs, JobSources
from bot.jobs.live_access import LiveLogs, LiveLogSources
from bot.jobs.origins import Between, Origin, Origins
from bot.jobs.outcomes import Outcomes
from bot.report_reader import ReportReader, ReportSources
from bot.show.commands import ShowCommands
from bot.snoozes.access import Snoozes, SnoozeSources
from bot.subscriptions.access import Subscriptions
from bot.webnet.client import WebNet
from bot.webnet.target import Target
from store.channels import Channel
from store.database import Store
from store.sealed_texts import SealedTexts


@dataclass(frozen=True, slots=True)
class Services:
    """Holds what all contexts share, and the feeds with them: `callers` and `outcomes` are for these."""

    webnet: WebNet
    directory: Directory
    groups: Groups
    device_names: DeviceNames
    most_devices: int  # that one request may name
    callers: Callers
    outcomes: Outcomes
    jobs: JobSources
    origins: Origins
    live_logs: LiveLogSources
    configs: ConfigSources
    open_alerts: OpenAlerts
    violations: Violations
    snoozes: SnoozeSources
    health: HealthSources
    approvals: ApprovalSources
    mappings: MappingSources
    deploys: DeploySources
    faults: FaultSources
    shows: ShowCommands
    reports: ReportSources
    report_times: ReportTimes
    sealed_texts: SealedTexts
    store: Store  # for what has no reader of its own here
    registry: Registry
    rules: Rules
    acknowledged_by: Callable[[int, int, int], str]  # of a customer's device, the alert
    channels_of: Callable[[int], Sequence[Channel]]  # of a workspace
    customer_name: Callable[[int], str]
    job_page: Callable[[int], str]
    webnet_page: str
    zone: ZoneInfo  # of the moments that are typed
    now: Callable[[], datetime]  # by WebNet's clock


@dataclass(frozen=True, slots=True)
class ChannelNotices:
    """Says which kinds of notices a channel gets, unless it has `rules`, which then decide; `channel` is the chat's id of it."""

    channel: str
    name: str
    kinds: tuple[NoticeKind, ...]
    rules: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """Serves one request of one caller."""

    caller: Caller
    audit: RequestAudit
    devices: Devices
    jobs: Jobs
    configs: Configs
    alerts: Alerts
    approvals: Approvals
    mappings: Mappings
    subscriptions: Subscriptions
    violations: Callable[[int], OpenViolations]  # so many of the newest
    deploys: DeployAccess
    live_logs: LiveLogs
    snoozes: Snoozes
    faults: Faults
    health: Callable[[], Health]  # asks WebNet once, and says how everything stands
    report: ChannelReport
    _workspace: Workspace
    _services: Services

    @classmethod
    def of(cls, admitted: Admitted, save: Callable[[], None], services: Services) -> Context:
        """Binds the services to the caller and the customer of one request; `save` writes its record as it stands."""
        customer, caller, webnet = admitted.workspace.customer, admitted.caller, services.webnet
        audit = RequestAudit(admitted.record, save)
        found_in = services.directory, services.groups
        stored = None if admitted.devices is None else tuple(Target(*device) for device in admitted.devices)
        left_out = tuple(LeftOut(*each) for each in admitted.left_out)
        again = partial(admitted.command.write_for, admitted.values)
        devices = Devices(customer, again, stored, left_out, services.most_devices, webnet, *found_in)
        approvals = Approvals(admitted, audit, services.approvals)
        jobs = Jobs(customer, caller, audit, devices, approvals.allow, services.jobs)
        listed, by = services.open_alerts, services.acknowledged_by
        alerts = Alerts(customer, caller, webnet, services.directory, listed, by, approvals.require)
        configs, health = Configs(customer, devices, services.configs), partial(services.health.report, customer)
        mappings, workspace = Mappings(admitted, approvals, services.mappings), admitted.workspace
        found, deploys = partial(services.violations.open, customer), DeployAccess(admitted, audit, services.deploys)
        place = workspace, caller, admitted.record.request, admitted.ephemeral
        live_logs, faults = LiveLogs(*place, services.live_logs), Faults(workspace, caller, audit, services.faults)
        subscriptions = Subscriptions(admitted, approvals, services.store)
        snoozes = Snoozes(admitted, audit, devices, alerts, services.snoozes)
        report = ChannelReport(admitted, services.report_times)
        own = mappings, subscriptions, found, deploys, live_logs, snoozes, faults, health, report, workspace, services
        return cls(caller, audit, devices, jobs, configs, alerts, approvals, *own)

    @property
    def now(self) -> datetime:
        """The time by WebNet's clock, with which its times are compared."""
        return self._services.now()

    def point(self, written: str) -> datetime:
        """Returns the moment, in UTC, that a value of `Kind.point` or `Kind.window` means. Raises UsageError."""
        return points.point(written, self.now, self._services.zone)

    def named(self, at: datetime) -> str:
        """Returns a moment in the time zone in which moments are typed, with its name."""
        return zones.named(at, self._services.zone)

    def origins(self, changes: Sequence[Between]) -> list[Origin | None]:
        """Returns which job is behind each change of a config."""
        return self._services.origins.of(self.devices.customer, changes)

    @property
    def message_text(self) -> str:
        """The text of the message that a shortcut was used on, without secrets; empty for every other request."""
        return self.audit.message_text

    def devices_named_in(self, text: str, most: int) -> tuple[Target, ...]:
        """Returns the first devices of the customer whose host name, label or address stands in the text, as many as `most`."""
        return self._services.device_names.named_in(self.devices.customer, text, most)

    @property
    def prompt(self) -> str:
        """What is written before a subcommand in this chat, such as `/webnet`."""
        return self._services.rules.prompt

    @property
    def shows(self) -> ShowCommands:
        """Knows what may be sent to a device to read from it."""
        return self._services.shows

    @property
    def webnet_page(self) -> str:
        """The address of WebNet's user interface."""
        return self._services.webnet_page

    @property
    def customer_name(self) -> str:
        return self._services.customer_name(self._workspace.customer)

    def report_reader(self, since: datetime) -> ReportReader:
        """Makes what the sections of a report read from, for what happened since then."""
        return report_reader(self._services, self._workspace.customer, self._workspace.id, since)

    def channels(self) -> tuple[ChannelNotices, ...]:
        """Returns the channels of this workspace that are set up for notices."""
        found = self._services.channels_of(self._workspace.id)
        return tuple(
            ChannelNotices(
                one.channel_id,
                one.channel_name,
                tuple(kind for kind in KINDS if kind.flag in one.flags),
                len(of_row(one, self._workspace.customer).rules),
            )
            for one in found
        )

    def job_page(self, job_id: int) -> str:
        """Returns the address where WebNet shows that job."""
        return self._services.job_page(job_id)

    def unsealed(self, sealed: Sealed) -> str:
        """Returns a text that this caller filled into a form, character for character. Raises Conflict where it is not kept any
        more, or is somebody else's."""
        kept = self._services.sealed_texts.get(sealed.id)
        if kept is None or (kept.workspace, kept.chat_user) != (self._workspace.id, self.caller.chat_user):
            raise Conflict("The text that was filled in is not kept any more. Fill in the form again.")
        return kept.text

    def sealed(self, text: str) -> Sealed:
        """Keeps a text sealed for this caller, so that a form can hold it."""
        return Sealed(self._services.sealed_texts.add(self._workspace.id, self.caller.chat_user, text))

    def form(self, name: str, values: Values) -> Deferred:
        """Returns what ends the command with the form of the command of this name, filled in with these values."""
        command = self._services.registry[name]
        line = command.write(values).removeprefix(name).strip()
        form = form_of(command, line, line, by_hand=False)
        assert form is not None
        return Deferred(offered(form, sentence("Finish the form.")), code="form", ephemeral=True, form=form)

    def must_be_allowed(self, *names: str) -> None:
        """Raises Refused unless this caller may run the commands of these names, which another command stands for."""
        for name in names:
            permissions.may_run(self.caller, self._services.registry[name], self._services.rules.roles)

    def allowed(self) -> tuple[Command[object, object], ...]:
        """Returns the commands that this caller may run."""
        return permissions.allowed(self.caller, self._services.registry.values(), self._services.rules.roles)


def report_reader(services: Services, customer: int, workspace: int, since: datetime) -> ReportReader:
    """Makes what the sections of a report read from, bound to one customer; `workspace` is the one that gets the report."""
    return ReportReader(customer, workspace, since, services.now(), services.reports)


def context_for(admitted: Admitted, save: Callable[[], None], services: Services) -> Context | Newcomer:
    """Gives a command what it needs. One for who is not mapped gets nothing of WebNet's."""
    if admitted.command.unmapped:
        return Newcomer(admitted, services.mappings)
    return Context.of(admitted, save, services)
