"""`check` looks at every precondition in the order of the troubleshooting page, and says what to do where one does not hold.

Each heading has a module that yields findings. Nothing is changed; all that is made is a Socket Mode ticket that nobody uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor import basics, callers, commands, configs, feeds, notices, outbox, webhooks
from bot.doctor.finding import BASICS, COMMANDS, Finding, Surroundings

__all__ = ["BASICS", "Finding", "Surroundings", "examine"]


def examine(at: Surroundings) -> Iterator[Finding]:
    """Yields each finding as soon as it is made. Without a store only what needs none is looked at."""
    yield from configs.ignored(at)
    if at.given_store is None:
        yield from basics.webnet(at)
        yield from commands.way_in(at, [])
        return
    yield basics.store(at)
    yield basics.devices(at)
    yield configs.copy(at)
    reachable = yield from basics.webnet(at)
    workspaces = at.store.workspaces.list()
    if not workspaces:
        remedy = "Add one: `webnet-bot seed FILE.toml` or `webnet-bot workspace add`."
        yield Finding(COMMANDS, "workspaces", "fail", "No Slack workspace is configured.", remedy)
    for workspace in workspaces:
        yield from commands.workspace(at, workspace)
    yield from commands.way_in(at, workspaces)
    yield from commands.audit_log(at)
    if reachable:
        yield from callers.customers(at, workspaces)
    mapped = callers.MappedUsers(at.webnet)
    for workspace in workspaces:
        yield from mapped.look(at, workspace, reachable=reachable)
    for workspace in workspaces:
        yield from notices.channels(at, workspace)
    yield from outbox.outbox(at)
    yield from feeds.polled(at)
    yield from feeds.not_notified(at)
    if reachable:
        yield from webhooks.twice(at, workspaces)
    yield from webhooks.signatures(at, workspaces)
