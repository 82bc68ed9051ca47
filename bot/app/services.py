"""Joins the services that all commands share, and the feeds with them."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.app.part import Common
from bot.app.webnet_part import WebNetPart
from bot.audit_log import AuditLog
from bot.callers import Callers
from bot.configs.access import ConfigSources
from bot.configs.history import Snapshots
from bot.context import Services
from bot.core.commands import Registry
from bot.core.dispatch import Rules
from bot.jobs.access import JobSources
from bot.jobs.index import JobIndex
from bot.jobs.logs import JobLogs
from bot.jobs.outcome import Outcomes
from bot.jobs.starter import Starter


def join(common: Common, webnet_part: WebNetPart, audit_log: AuditLog, registry: Registry, rules: Rules) -> Services:
    settings, store, redactor = common.settings, common.store, common.redactor
    webnet, directory = webnet_part.client, webnet_part.directory

    def mapped(workspace: int, chat_user: str) -> int | None:
        mapping = store.users.find(workspace, chat_user)
        return mapping.user if mapping else None

    callers, logs = Callers(webnet, mapped), JobLogs(webnet, redactor.config)
    return Services(
        webnet=webnet,
        directory=directory,
        callers=callers,
        outcomes=Outcomes(logs, directory.name_of),
        jobs=JobSources(
            webnet=webnet,
            starter=_starter(common, webnet_part, audit_log),
            history=audit_log,
            index=JobIndex(webnet, store.jobs),
            logs=logs,
            names=callers.names,
            now=_now,
        ),
        configs=ConfigSources(
            store.configs, store.directory, webnet.device, Snapshots(webnet), redactor, settings.drift.patterns
        ),
        registry=registry,
        rules=rules,
        job_page=settings.webnet.job_page,
        webnet_page=settings.webnet.public_url,
        now=_now,
    )


def _starter(common: Common, webnet_part: WebNetPart, audit_log: AuditLog) -> Starter:
    settings = common.settings
    return Starter(
        webnet_part.client,
        common.store.leases,
        audit_log.last_of,
        timeout_s=settings.webnet.timeout_s,
        most_waiting=max(1, settings.commands.workers // 4),
        job_page=settings.webnet.job_page,
    )


def _now() -> datetime:
    return datetime.now(UTC)
