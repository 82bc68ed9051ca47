"""`check`: every precondition, whether it holds, and what to do if not; in the order of the troubleshooting page.

One module per heading; each yields what it finds. It reads only; the one thing it makes is a Socket Mode ticket that nobody uses.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor import basics, commands, configs, feeds, notices, outbox, people, webhooks
from bot.doctor.finding import BASICS, COMMANDS, Finding, Surroundings

__all__ = ["BASICS", "Finding", "Surroundings", "examine"]


def examine(at: Surroundings) -> Iterator[Finding]:
    """Each finding as soon as it is made. Without a store what needs none is looked at."""
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
        yield from people.customers(at, workspaces)
    mapped = people.People(at.webnet)
    for workspace in workspaces:
        yield from mapped.look(at, workspace, reachable=reachable)
    for workspace in workspaces:
        yield from notices.channels(at, workspace)
    yield from outbox.outbox(at)
    yield from feeds.polled(at)
    yield from feeds.left_over(at)
    if reachable:
        yield from webhooks.twice(at, workspaces)
    yield from webhooks.signatures(at, workspaces)
