"""Joins the services that all commands share, and the feeds with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.app.chats import Chats
from bot.app.live_logs_part import FOLLOWING
from bot.app.part import Common
from bot.app.webnet_part import WebNetPart
from bot.approvals.access import ApprovalSources
from bot.approvals.approvers import Approvers
from bot.approvals.elsewhere import ApprovalChannel
from bot.approvals.mapping import MappingSources
from bot.approvals.requests import Kept, Requests
from bot.audit_log import AuditLog
from bot.callers import Callers
from bot.channel_reports import ReportTimes
from bot.compliance import Policies, Violations
from bot.configs.access import ConfigSources
from bot.configs.history import Snapshots
from bot.configs.open_alerts import OpenAlerts
from bot.context import Services
from bot.core.approval_need import NEW_CHANNEL, ApprovalRule
from bot.core.commands import Registry, Role
from bot.core.message import Message
from bot.core.notices import Notices
from bot.core.pipeline import Rules
from bot.deploys.access import DeploySources
from bot.deploys.deploy import Deploy, Deploys
from bot.devices.groups import Groups
from bot.devices.suggestions import DeviceNames
from bot.faults import FaultSources
from bot.health import HealthSources
from bot.jobs.access import JobSources
from bot.jobs.backup_changes import BackupChanges
from bot.jobs.customer_names import CustomerNames
from bot.jobs.index import JobIndex
from bot.jobs.live_access import LiveLogSources
from bot.jobs.logs import JobLogs
from bot.jobs.open_jobs import OpenJobs
from bot.jobs.origins import Origins
from bot.jobs.outcomes import Names, Outcomes
from bot.jobs.running import RunningJobs
from bot.jobs.starter import Starter
from bot.jobs.stuck import StuckJobs
from bot.jobs.webnet_clock import WebNetClock
from bot.report_reader import ReportSources
from bot.snoozes.access import SnoozeSources


@dataclass(frozen=True, slots=True)
class Readers:
    """Holds what reads WebNet and the store for several services."""

    clock: WebNetClock
    callers: Callers
    requests: Requests
    customers: CustomerNames
    logs: JobLogs
    outcomes: Outcomes
    policies: Policies
    open_alerts: OpenAlerts
    violations: Violations
    faults: FaultSources
    health: HealthSources

    @classmethod
    def of(cls, common: Common, webnet_part: WebNetPart, notices: Notices) -> Readers:
        store, webnet, directory = common.store, webnet_part.client, webnet_part.directory

        def mapped(workspace: int, chat_user: str) -> int | None:
            mapping = store.users.find(workspace, chat_user)
            return mapping.user if mapping else None

        logs, policies, customers = JobLogs(webnet, common.redactor.config), Policies(webnet), CustomerNames(webnet)
        names = Names(directory.name_of, customers.name)
        return cls(
            clock=WebNetClock(store.cursors, _now),
            callers=Callers(webnet, mapped),
            requests=Requests(store.requests),
            customers=customers,
            logs=logs,
            outcomes=Outcomes(webnet, logs, store.outcomes, names, BackupChanges(store)),
            policies=policies,
            open_alerts=OpenAlerts(webnet, directory, store.cursors),
            violations=Violations(store.compliance, policies),
            faults=FaultSources(store.marks, store.users, notices),
            health=HealthSources(webnet, store.cursors, store.configs, common.vitals, _now),
        )


@dataclass(frozen=True, slots=True)
class Joining:
    """Holds what the services are joined from. `chat` is what callers call the chat, and `chats` are all of them; `request_card` shows a
    request, and `deploy_card` a deploy."""

    common: Common
    webnet_part: WebNetPart
    audit_log: AuditLog
    registry: Registry
    rules: Rules
    chat: str
    chats: Chats
    request_card: Callable[[Kept], Message]
    deploy_card: Callable[[Deploy], Message]
    notices: Notices

    def services(self) -> Services:
        common, webnet = self.common, self.webnet_part.client
        settings, store, zone = common.settings, common.store, ZoneInfo(common.settings.commands.time_zone)
        read = Readers.of(common, self.webnet_part, self.notices)
        return Services(
            webnet=webnet,
            directory=self.webnet_part.directory,
            groups=Groups(webnet),
            device_names=DeviceNames(store.directory, store.workspaces.customers, common.redactor),
            most_devices=settings.commands.most_devices,
            callers=read.callers,
            outcomes=read.outcomes,
            jobs=self._jobs(read),
            origins=Origins(store.jobs.known, self.audit_log, read.callers.names, store.device_changes.commit_of),
            live_logs=self._live_logs(),
            configs=self._configs(zone),
            open_alerts=read.open_alerts,
            violations=read.violations,
            snoozes=SnoozeSources(store.snoozes, store.past_events, read.policies, store.channels.find, zone),
            health=read.health,
            approvals=self._approvals(read),
            mappings=MappingSources(read.requests, store, webnet, read.callers, settings.admin_channels),
            deploys=self._deploys(read.requests),
            faults=read.faults,
            shows=settings.show.commands,
            reports=self._reports(read),
            report_times=ReportTimes(store.channels, store.reports, read.callers.caller),
            sealed_texts=store.sealed_texts,
            store=store,
            registry=self.registry,
            rules=self.rules,
            acknowledged_by=self.audit_log.acknowledged_by,
            channels_of=lambda workspace: store.channels.list(workspace=workspace),
            customer_name=read.customers.name,
            job_page=settings.webnet.job_page,
            webnet_page=settings.webnet.public_url,
            zone=zone,
            now=read.clock.now,
        )

    def _jobs(self, read: Readers) -> JobSources:
        webnet, store = self.webnet_part.client, self.common.store
        return JobSources(
            webnet=webnet,
            starter=self._starter(),
            history=self.audit_log,
            index=JobIndex(webnet, store.jobs),
            unended=OpenJobs(store.jobs, self.audit_log),
            stuck=StuckJobs(store.jobs.ended_after, store.jobs.last_ends, read.clock.now),
            logs=read.logs,
            outcomes=read.outcomes,
            names=read.callers.names,
            named=read.callers.named,
            left_out=store.cards.left_out,
            now=read.clock.now,
        )

    def _starter(self) -> Starter:
        settings, store, webnet = self.common.settings, self.common.store, self.webnet_part.client
        return Starter(
            webnet,
            store.leases,
            RunningJobs(webnet, self.audit_log.last_of, store.jobs.open_on),
            timeout_s=settings.webnet.timeout_s,
            most_waiting=max(1, settings.commands.workers // 4),
            job_page=settings.webnet.job_page,
        )

    def _live_logs(self) -> LiveLogSources:
        store = self.common.store
        return LiveLogSources(
            store.live_logs,
            store.cards.thread_of,
            self.chats.has_thread,
            self.common.settings.notifications.live_logs,
            partial(self.common.hurry, FOLLOWING),
        )

    def _configs(self, zone: ZoneInfo) -> ConfigSources:
        store, snapshots = self.common.store, Snapshots(self.webnet_part.client)
        ignored = self.common.settings.drift.patterns
        return ConfigSources(store.configs, store.directory, snapshots, self.common.redactor, ignored, zone)

    def _approvals(self, read: Readers) -> ApprovalSources:
        settings, users, webnet = self.common.settings, self.common.store.users, self.webnet_part.client

        def changed_by(workspace: int, chat_user: str) -> int | None:
            mapping = users.find(workspace, chat_user)
            return mapping.changed_by if mapping else None

        approvers = Approvers(
            self.registry,
            settings.commands.roles,
            {**settings.commands.approval, NEW_CHANNEL: ApprovalRule(role=Role.admin)},
            self.chats.by_id,
            read.callers.caller,
            lambda: webnet.me().id,
            changed_by,
            self.chat,
        )
        return ApprovalSources(
            read.requests,
            settings.commands.confirm_over,
            approvers,
            webnet,
            self.request_card,
            timedelta(minutes=settings.approvals.expires_min),
            self._approval_channel(),
            self.common.redactor,
        )

    def _approval_channel(self) -> ApprovalChannel:
        store = self.common.store
        return ApprovalChannel(self.common.settings.approvals.channel, store.workspaces, store.channels)

    def _deploys(self, requests: Requests) -> DeploySources:
        return DeploySources(
            Deploys(self.common.store.deploys, requests.hashed),
            requests.read,
            self.webnet_part.client,
            self.deploy_card,
            self._approval_channel(),
            self.common.redactor,
        )

    def _reports(self, read: Readers) -> ReportSources:
        store = self.common.store
        return ReportSources(
            self.webnet_part.client,
            store.overview,
            store.device_changes,
            read.open_alerts,
            read.violations,
            read.requests,
            store.snoozes,
            read.faults,
            read.health,
            self.audit_log,
            read.callers.known_names,
            lambda job: row.user if (row := store.jobs.known([job]).get(job)) else None,
            timedelta(days=self.common.settings.reports.backup_days),
        )


def _now() -> datetime:
    return datetime.now(UTC)
