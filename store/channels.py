"""Slack channels that get notices, and which."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.errors import Duplicate
from store.models import SlackChannel, SlackWorkspace
from store.records import Records

FLAGS = ("notify_job_completion", "notify_job_failure", "notify_compliance_violations", "notify_drift_detected")


@dataclass(frozen=True)
class Channel:
    """`workspace` is the id of a Workspace."""

    id: int
    workspace: int
    channel_id: str
    channel_name: str
    notify_job_completion: bool
    notify_job_failure: bool
    notify_compliance_violations: bool
    notify_drift_detected: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Destination:
    """A channel as routing sees it. `customer` and `enabled` are its workspace's, `flags` the names of those that are set."""

    id: int
    customer: int
    enabled: bool
    flags: frozenset[str]


class Channels(Records[Channel]):
    model = SlackChannel

    def add(
        self,
        *,
        workspace: int,
        channel_id: str,
        channel_name: str = "",
        notify_job_completion: bool = True,
        notify_job_failure: bool = True,
        notify_compliance_violations: bool = False,
        notify_drift_detected: bool = False,
    ) -> Channel:
        """The defaults are the specification's. Raises Duplicate, or NoSuchRow for an unknown workspace."""
        return self._add(
            {
                "workspace": workspace,
                "channel_id": channel_id,
                "channel_name": channel_name,
                "notify_job_completion": notify_job_completion,
                "notify_job_failure": notify_job_failure,
                "notify_compliance_violations": notify_compliance_violations,
                "notify_drift_detected": notify_drift_detected,
            }
        )

    def find(self, workspace: int, channel_id: str) -> Channel | None:
        return self._one((SlackChannel.workspace == workspace) & (SlackChannel.channel_id == channel_id))

    def list(self, *, workspace: int | None = None) -> list[Channel]:
        return self._all() if workspace is None else self._all(SlackChannel.workspace == workspace)

    def destinations(self) -> builtins.list[Destination]:
        """Every channel, in order of their ids."""
        query = (
            SlackChannel.select(
                SlackChannel.id,
                SlackWorkspace.customer,
                SlackWorkspace.enabled,
                *(getattr(SlackChannel, f) for f in FLAGS),
            )
            .join(SlackWorkspace)
            .order_by(SlackChannel.id)
        )
        return [
            Destination(row["id"], row["customer"], row["enabled"], frozenset(flag for flag in FLAGS if row[flag]))
            for row in self._database.rows(query)
        ]

    def _loaded(self, row: dict[str, Any]) -> Channel:
        return Channel(**row)

    def _duplicate(self, values: dict[str, Any]) -> Duplicate:
        return Duplicate(f"The channel {values['channel_id']} of this workspace is there already.", field="channel_id")
