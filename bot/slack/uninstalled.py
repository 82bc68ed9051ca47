"""Disables a workspace when Slack reports that the app was uninstalled there, or that its tokens were revoked.

Slack sends these events again until they are acknowledged, so the store holds what they say before that.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from store.audit import Audit, AuditRow
from store.seen import Seen
from store.workspaces import Workspace, Workspaces

log = logging.getLogger(__name__)

WAY = "event"  # of the audit row
WORDS = {
    "app_uninstalled": "The app was uninstalled from this Slack workspace, so it was disabled.",
    "tokens_revoked": "The bot's token of this Slack workspace was revoked, so it was disabled.",
}


class Uninstalled:
    """Is called with the body of every such event."""

    def __init__(
        self,
        workspaces: Workspaces,
        audit: Audit,
        seen: Seen,
        transaction: Callable[[], AbstractContextManager[None]],
        instance: str,
        changed: Callable[[], object],
    ) -> None:
        """`changed` is called after a workspace was disabled; `instance` names this process in the audit row."""
        self._workspaces = workspaces
        self._audit = audit
        self._seen = seen
        self._transaction = transaction
        self._instance = instance
        self._changed = changed

    def __call__(self, body: Mapping[str, Any]) -> None:
        """Does nothing for other events and for one that was seen before. Raises StoreError, and then nothing was changed."""
        event = body.get("event")
        kind = str(event.get("type")) if isinstance(event, Mapping) else ""
        team = body.get("team_id")
        if kind not in WORDS or not isinstance(team, str) or _others_tokens(event):
            return
        with self._transaction():
            disabled = self._seen.claim([event_key(team, body)]) and self._disable(team, kind)
        if disabled:
            log.warning("%s: workspace %s was disabled", kind, team)
            self._changed()

    def _disable(self, team: str, kind: str) -> bool:
        workspace = self._workspaces.by_team(team)
        if workspace is None or not workspace.enabled:
            return False
        self._workspaces.update(workspace.id, enabled=False)
        self._audit.write(event_row(workspace, kind, WORDS[kind], self._instance))
        return True


def _others_tokens(event: object) -> bool:
    """True if only tokens of users were revoked, of which the bot has none."""
    tokens = event.get("tokens") if isinstance(event, Mapping) else None
    return isinstance(tokens, Mapping) and tokens.get("bot") == [] and bool(tokens.get("oauth"))


def event_row(workspace: Workspace, kind: str, words: str, instance: str) -> AuditRow:
    """Makes the audit row of an event of Slack's that changed something; `words` say what."""
    return AuditRow(
        workspace=workspace.id,
        customer=workspace.customer,
        team_id=workspace.team_id,
        team_name=workspace.team_name,
        text=kind,
        way=WAY,
        status="success",
        code=kind,
        response=words,
        instance=instance,
    )


def event_key(team: str, body: Mapping[str, Any]) -> str:
    """Names an event, which Slack may send again."""
    event_id = body.get("event_id")
    if not isinstance(event_id, str) or not event_id:
        event_id = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"event:{team}:{event_id}"
