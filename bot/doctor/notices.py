"""Notifications not sending: the channels that ask for notices, and the blocks that a workspace does not take."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bot.channels import of_row
from bot.core.notice_kinds import KINDS
from bot.core.routing import may_get
from bot.core.text import ago, count
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from bot.ids.chats import TEAMS
from bot.slack.refused_blocks import FOR
from store.workspaces import Workspace


def channels(at: Surroundings, workspace: Workspace) -> Iterator[Finding]:
    what = f"channels of {workspace.team_id}"
    found = at.store.channels.list(workspace=workspace.id)
    if not found:
        remedy = f"Add one: `webnet-bot channel add {workspace.team_id} CHANNEL`."
        yield Finding(NOTIFICATIONS, what, "warn", "No channel asks for notices.", remedy)
        return
    asked = {c.id: c.report or any(may_get(of_row(c, workspace.customer), kind) for kind in KINDS) for c in found}
    silent = [c for c in found if not asked[c.id]]
    there = (
        "the app must have been added there"
        if workspace.chat == TEAMS
        else "a private channel must also have invited the bot"
    )
    words = f"{count(len(found), 'channel')} configured; {there}."
    if silent:
        remedy = f"Switch a flag on: `webnet-bot channel set {workspace.team_id} {silent[0].channel_id} --failure`."
        names = ", ".join(c.channel_name or c.channel_id for c in silent)
        yield Finding(NOTIFICATIONS, what, "warn", f"No flag is on, and no rule sends anything, for {names}.", remedy)
    else:
        yield Finding(NOTIFICATIONS, what, "pass", words)


def refused_blocks(at: Surroundings) -> Iterator[Finding]:
    """Yields a finding for each workspace that is sent simple blocks instead of some of the newest."""
    now = at.now()
    rows = sorted(at.store.refused_blocks.since(now - FOR), key=lambda row: row.team_id)
    for team, refused in groupby(rows, key=lambda row: row.team_id):
        named = ", ".join(f"{row.block} ({ago(now, row.refused_at)})" for row in refused)
        words = f"Slack did not take {named}; for a day from then on such messages are made of simple blocks."
        remedy = 'Nothing is lost. `slack.blocks = "classic"` never tries them.'
        yield Finding(NOTIFICATIONS, f"blocks of {team}", "warn", words, remedy)
