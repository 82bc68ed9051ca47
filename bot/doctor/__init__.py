"""`check` looks at every precondition in the order of the troubleshooting page, and says what to do where one does not hold.

Each heading has a module that yields findings. Nothing is changed; one Socket Mode connection of each app is opened and
closed, and with `webnet.act_as_caller` one key is made in WebNet and deleted.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from bot.doctor import basics, caller_keys, callers, commands, configs, feeds, notices, outbox, reports, teams, webhooks
from bot.doctor.finding import BASICS, COMMANDS, Finding, Surroundings
from bot.ids.chats import SLACK, TEAMS
from store.workspaces import Workspace

__all__ = ["BASICS", "Finding", "Surroundings", "examine"]


def examine(at: Surroundings) -> Iterator[Finding]:
    """Yields each finding as soon as it is made. Without a store only what needs none is looked at."""
    yield from configs.ignored(at)
    if at.given_store is None:
        yield from basics.webnet(at)
        yield from commands.way_in(at, [])
        return
    reachable = yield from _basics(at)
    workspaces = at.store.workspaces.list()
    of_slack, tenants = ([row for row in workspaces if row.chat == chat] for chat in (SLACK, TEAMS))
    yield from _commands(at, workspaces, of_slack)
    yield from _callers(at, workspaces, reachable=reachable)
    yield from _notices(at, workspaces, tenants)
    yield from feeds.polled(at)
    yield from feeds.not_notified(at)
    yield from feeds.lost(at)
    if reachable:
        yield from webhooks.twice(at, workspaces)
    yield from webhooks.signatures(at, of_slack)
    yield from teams.keys(at, tenants)


def _basics(at: Surroundings) -> Generator[Finding, None, bool]:
    """Returns whether WebNet can be asked for more."""
    yield basics.store(at)
    yield basics.devices(at)
    yield configs.copy(at)
    reachable = yield from basics.webnet(at)
    if reachable:
        yield from configs.hidden(at)
    return reachable


def _commands(at: Surroundings, workspaces: Sequence[Workspace], of_slack: Sequence[Workspace]) -> Iterator[Finding]:
    if not workspaces:
        remedy = "Add one: `webnet-bot seed FILE.toml` or `webnet-bot workspace add`."
        yield Finding(COMMANDS, "workspaces", "fail", "No workspace is configured.", remedy)
    for workspace in workspaces:
        yield from commands.workspace(at, workspace)
    yield from commands.way_in(at, of_slack)
    yield from commands.audit_log(at)


def _callers(at: Surroundings, workspaces: Sequence[Workspace], *, reachable: bool) -> Iterator[Finding]:
    if reachable:
        yield from callers.customers(at, workspaces)
        yield from caller_keys.keys(at)
    mapped = callers.MappedUsers(at.webnet)
    for workspace in workspaces:
        yield from mapped.look(at, workspace, reachable=reachable)
        if reachable:
            yield from mapped.approvers(at, workspace)


def _notices(at: Surroundings, workspaces: Sequence[Workspace], tenants: Sequence[Workspace]) -> Iterator[Finding]:
    for workspace in workspaces:
        yield from notices.channels(at, workspace)
    for tenant in tenants:
        yield from teams.removed(at, tenant)
    yield from notices.refused_blocks(at)
    yield from outbox.outbox(at)
    yield from outbox.cards(at)
    yield from reports.reports(at)
