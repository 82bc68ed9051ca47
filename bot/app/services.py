"""Joins the services that all commands share, and the feeds with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.app.chats import Chats
from bot.app.live_logs_part import FOLLOWING
from bot.app.part import Common
from bot.app.webnet_part import WebNetPart
from bot.approvals.access import ApprovalSources
from bot.approvals.approvers import Approvers
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
from bot.core.commands import Registry, Role, Workspace
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
from bot.webnet.client import WebNet


def join(
    common: Common,
    webnet_part: WebNetPart,
    audit_log: AuditLog,
    registry: Registry,
    rules: Rules,
    chat: str,
    chats: Chats,
    request_card: Callable[[Kept], Message],
    deploy_card: Callable[[Deploy], Message],
    notices: Notices,
) -> Services:
    """`chat` is what callers call the chat, and `chats` are all of them; `request_card` shows a request, and `deploy_card` a
    deploy."""
    settings, store, redactor = common.settings, common.store, common.redactor
    webnet, directory = webnet_part.client, webnet_part.directory

    def mapped(workspace: int, chat_user: str) -> int | None:
        mapping = store.users.find(workspace, chat_user)
        return mapping.user if mapping else None

    clock = WebNetClock(store.cursors, _now)
    callers, logs, requests = Callers(webnet, mapped), JobLogs(webnet, redactor.config), Requests(store.requests)
    customers, policies = CustomerNames(webnet), Policies(webnet)
    zone = ZoneInfo(settings.commands.time_zone)
    names = Names(directory.name_of, customers.name)
    approvals = _approvals(common, requests, webnet, callers, registry, chat, chats.by_id, request_card)
    outcomes = Outcomes(webnet, logs, store.outcomes, names, BackupChanges(store))
    open_alerts = OpenAlerts(webnet, directory, store.cursors)
    violations = Violations(store.compliance, policies)
    health = HealthSources(webnet, store.cursors, store.configs, common.vitals, _now)
    faults = FaultSources(store.marks, store.users, notices)
    return Services(
        webnet=webnet,
        directory=directory,
        groups=Groups(webnet),
        device_names=DeviceNames(store.directory, store.workspaces.customers, redactor),
        most_devices=settings.commands.most_devices,
        callers=callers,
        outcomes=outcomes,
        jobs=JobSources(
            webnet=webnet,
            starter=_starter(common, webnet_part, audit_log),
            history=audit_log,
            index=JobIndex(webnet, store.jobs),
            unended=OpenJobs(store.jobs, audit_log),
            stuck=StuckJobs(store.jobs.ended_after, store.jobs.last_ends, clock.now),
            logs=logs,
            outcomes=outcomes,
            names=callers.names,
            named=callers.named,
            left_out=store.cards.left_out,
            now=clock.now,
        ),
        origins=Origins(store.jobs.known, audit_log, callers.names, store.device_changes.commit_of),
        live_logs=LiveLogSources(
            store.live_logs,
            store.cards.thread_of,
            chats.has_thread,
            settings.notifications.live_logs,
            partial(common.hurry, FOLLOWING),
        ),
        configs=ConfigSources(
            store.configs, store.directory, Snapshots(webnet), redactor, settings.drift.patterns, zone
        ),
        open_alerts=open_alerts,
        violations=violations,
        snoozes=SnoozeSources(store.snoozes, store.past_events, policies, store.channels.find, zone),
        health=health,
        approvals=approvals,
        mappings=MappingSources(requests, store, webnet, callers, settings.slack.admin_channel),
        deploys=DeploySources(
            Deploys(store.deploys, requests.hashed),
            requests.read,
            webnet,
            deploy_card,
            settings.approvals.channel,
            redactor,
        ),
        faults=faults,
        shows=settings.show.commands,
        reports=ReportSources(
            webnet,
            store.overview,
            store.device_changes,
            open_alerts,
            violations,
            requests,
            store.snoozes,
            faults,
            health,
            audit_log,
            callers.known_names,
            lambda job: row.user if (row := store.jobs.known([job]).get(job)) else None,
            timedelta(days=settings.reports.backup_days),
        ),
        report_times=ReportTimes(store.channels, store.reports, callers.caller),
        sealed_texts=store.sealed_texts,
        store=store,
        registry=registry,
        rules=rules,
        acknowledged_by=audit_log.acknowledged_by,
        channels_of=lambda workspace: store.channels.list(workspace=workspace),
        customer_name=customers.name,
        job_page=settings.webnet.job_page,
        webnet_page=settings.webnet.public_url,
        zone=zone,
        now=clock.now,
    )


def _approvals(
    common: Common,
    requests: Requests,
    webnet: WebNet,
    callers: Callers,
    registry: Registry,
    chat: str,
    workspace_of: Callable[[int], Workspace | None],
    card: Callable[[Kept], Message],
) -> ApprovalSources:
    settings, users = common.settings, common.store.users

    def changed_by(workspace: int, chat_user: str) -> int | None:
        mapping = users.find(workspace, chat_user)
        return mapping.changed_by if mapping else None

    approvers = Approvers(
        registry,
        settings.commands.roles,
        {**settings.commands.approval, NEW_CHANNEL: ApprovalRule(role=Role.admin)},
        workspace_of,
        callers.caller,
        lambda: webnet.me().id,
        changed_by,
        chat,
    )
    return ApprovalSources(
        requests,
        settings.commands.confirm_over,
        approvers,
        webnet,
        card,
        timedelta(minutes=settings.approvals.expires_min),
        settings.approvals.channel,
        common.redactor,
    )


def _starter(common: Common, webnet_part: WebNetPart, audit_log: AuditLog) -> Starter:
    settings = common.settings
    running = RunningJobs(webnet_part.client, audit_log.last_of, common.store.jobs.open_on)
    return Starter(
        webnet_part.client,
        common.store.leases,
        running,
        timeout_s=settings.webnet.timeout_s,
        most_waiting=max(1, settings.commands.workers // 4),
        job_page=settings.webnet.job_page,
    )


def _now() -> datetime:
    return datetime.now(UTC)
