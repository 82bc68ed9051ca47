"""What is suggested while somebody types: names that are kept in memory, and lists that are read in the background."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial

from bot.app.chats import Chats
from bot.app.part import Common, Part, Task
from bot.app.webnet_part import NAMES
from bot.context import Services
from bot.core.arguments import Kind
from bot.core.commands import Caller, Role, Workspace
from bot.core.errors import BotError
from bot.core.suggestions import Option, Ranked, RecentOptions, Source, Suggestions, merged, or_its_number
from bot.webnet.job_kinds import KINDS
from bot.work_pool import WorkPool
from store.errors import StoreError
from store.jobs import Jobs

log = logging.getLogger(__name__)

FOLLOW_EVERY_S = 5.0
READERS, MOST_WAITING = 2, 64  # threads, and pieces of work that may wait for them
OF_WEBNET_S = 30.0  # for which a list serves that WebNet has to be asked for
RECENT_JOBS = 50
DRAIN_S = 5.0


class SuggestionsPart(Part):
    def __init__(self, common: Common, chats: Chats, services: Services) -> None:
        self._pool = WorkPool("suggestions", READERS, MOST_WAITING)
        self.names, self._services = services.device_names, services
        recent = partial(RecentOptions, redact=common.redactor, later=self._later, monotonic=time.monotonic)
        groups = recent(self._groups, fresh_s=OF_WEBNET_S).search
        sources = {
            Kind.device: Source(self.names.devices),
            Kind.targets: Source(partial(_targets, groups, services)),
            Kind.group: Source(groups),
            Kind.job: Source(or_its_number(recent(partial(_jobs, common.store.jobs, services)).search)),
            Kind.alert: Source(or_its_number(recent(self._alerts, fresh_s=OF_WEBNET_S).search)),
            Kind.request: Source(or_its_number(recent(self._requests).search)),
            Kind.user: Source(recent(self._users, fresh_s=OF_WEBNET_S).search, Role.admin),
        }
        self.suggestions = Suggestions(
            sources,
            services.registry.values(),
            services.rules.roles,
            chats.workspace,
            self._caller,
            time.monotonic,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(NAMES, FOLLOW_EVERY_S, self.names.follow),)

    def drain(self) -> int:
        self._pool.close()
        return 0

    def stop(self) -> None:
        self._pool.drain(DRAIN_S)

    def _caller(self, workspace: Workspace, chat_user: str) -> Caller | None:
        return self._services.callers.at_hand(workspace, chat_user, self._later)

    def _later(self, work: Callable[[], object]) -> None:
        self._pool.offer(lambda: _quietly(work))

    def _groups(self, workspace: Workspace) -> Iterator[Option]:
        for group in self._services.groups.of(workspace.customer):
            yield Option(f"@{group.name}", f"@#{group.id}", "group", also=(group.name,))

    def _alerts(self, workspace: Workspace) -> Iterator[Option]:
        for alert, target in self._services.open_alerts.of(workspace.customer).alerts:
            label = f"#{alert.id} {target.hostname}"
            yield Option(label, str(alert.id), f"{alert.severity}, {alert.status}", also=(target.hostname,))

    def _requests(self, workspace: Workspace) -> Iterator[Option]:
        waiting = self._services.approvals.requests.listed([workspace.customer], waiting=True)
        for kept in waiting:
            payload = kept.payload
            if kept.row.workspace == workspace.id and payload.purpose == "approval":
                label = f"#{kept.number} {payload.what}"
                yield Option(label, str(kept.number), f"asked for by {payload.username}", also=(payload.username,))

    def _users(self, workspace: Workspace) -> Iterator[Option]:
        for user in self._services.callers.users().of_customer(workspace.customer):
            if user.is_active:
                yield Option(user.username, f"#{user.id}", user.role)


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except (BotError, StoreError) as error:
        log.debug("nothing new can be suggested: %s", error.words)


def _targets(
    groups: Callable[[Workspace, str], Ranked], services: Services, workspace: Workspace, typed: str
) -> Ranked:
    names = services.device_names
    return merged(groups(workspace, typed), names.filters(workspace, typed), names.devices(workspace, typed))


def _jobs(rows: Jobs, services: Services, workspace: Workspace) -> Iterator[Option]:
    """Yields the newest jobs that the index has."""
    page = rows.page(workspace.customer, 1, RECENT_JOBS, rows.floor() or 0)
    devices = rows.devices([job.id for job in page])
    for job in page:
        what = KINDS[job.type].word if job.type in KINDS else job.type.replace("_", " ")
        named = sorted(devices.get(job.id, ()))
        names = [services.directory.name_of(workspace.customer, device) or f"#{device}" for device in named[:1]]
        more = [f"and {len(named) - 1} more"] if len(named) > 1 else []
        where = " ".join([*names, *more])
        yield Option(f"#{job.id} {what} {where}".strip(), str(job.id), job.status, also=(what, *names))
