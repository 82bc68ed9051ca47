"""Follows Slack where a channel gets another id, such as a private one that is shared with another organization.

Slack sends the event again until it is acknowledged, so the store holds the change before that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels import of_row
from bot.core.notice_kinds import FLAGS
from bot.core.rule_text import dump
from bot.core.rules import MOST_RULES, Rule
from bot.ids import slack as ids
from bot.slack.uninstalled import event_key, event_row
from bot.subscriptions.words import rules_of_flags
from store.database import Store
from store.workspaces import Workspace

log = logging.getLogger(__name__)

MOVED = "channel_id_changed"


class ChannelMoved:
    """Is called with the body of every such event. `instance` names this process in the audit row."""

    def __init__(self, store: Store, instance: str) -> None:
        self._store = store
        self._instance = instance

    def __call__(self, body: Mapping[str, Any]) -> None:
        """Changes channels of the workspace alone that the event comes from. Does nothing for a channel that gets no notices
        and for an event that was seen before. Raises StoreError, and then nothing was changed."""
        event, team = body.get("event"), body.get("team_id")
        if not isinstance(event, Mapping) or not isinstance(team, str):
            return
        old, new = (_channel(event.get(name)) for name in ("old_channel_id", "new_channel_id"))
        if not old or not new:
            return
        with self._store.transaction():
            moved = self._store.seen.claim([event_key(team, body)]) and self._move(team, old, new)
        if moved:
            log.warning("channel %s of workspace %s is %s now", old, team, new)

    def _move(self, team: str, old: str, new: str) -> bool:
        workspace = self._store.workspaces.by_team(team)
        if workspace is None or old == new:
            return False
        self._join_rules(workspace, old, new)
        if not self._store.channels.renamed(workspace.id, old, new):
            return False
        words = f"The channel {old} has the id {new} now."
        self._store.audit.write(replace(event_row(workspace, MOVED, words, self._instance), channel_id=new))
        return True

    def _join_rules(self, workspace: Workspace, old: str, new: str) -> None:
        """Writes what two rows ask for as rules of the one that stays, if one of them has rules: these switch off the flags of the
        other. Nothing is written twice, and no more than a channel may have."""
        channels = self._store.channels
        rows = [row for name in (new, old) if (row := channels.find(workspace.id, name, lock=True))]
        asked = [of_row(row, workspace.customer).rules for row in rows]
        if len(rows) < 2 or not any(asked):
            return
        rules: list[Rule] = []
        for row, own in zip(rows, asked, strict=True):
            rules += (rule for rule in own or rules_of_flags(row.flags) if rule not in rules)
        if len(rules) > MOST_RULES:
            log.warning("%s and %s have %d rules: the last ones are dropped", new, old, len(rules))
        for row, its in zip(rows, (rules[:MOST_RULES], ()), strict=True):
            channels.update(row.id, rules=dump(its), flags=dict.fromkeys(FLAGS, False))


def _channel(value: object) -> str:
    try:
        return ids.channel_id(value) if isinstance(value, str) else ""
    except ValueError:
        return ""
