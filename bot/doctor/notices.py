"""Notifications not sending: the channels that ask for notices."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.notice_kinds import switches
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from store.workspaces import Workspace


def channels(at: Surroundings, workspace: Workspace) -> Iterator[Finding]:
    what = f"channels of {workspace.team_id}"
    channels = at.store.channels.list(workspace=workspace.id)
    if not channels:
        remedy = "Add one: `webnet-bot channel add`."
        yield Finding(NOTIFICATIONS, what, "warn", "No channel asks for notices.", remedy)
        return
    silent = [c.channel_name or c.channel_id for c in channels if not any(switches(c.flags).values())]
    words = f"{len(channels)} configured; a private channel must also have invited the bot."
    if silent:
        remedy = "Switch a flag on: `webnet-bot channel set`."
        yield Finding(NOTIFICATIONS, what, "warn", f"All flags are off for {', '.join(silent)}.", remedy)
    else:
        yield Finding(NOTIFICATIONS, what, "pass", words)
