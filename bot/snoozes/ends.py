"""Ends the snoozes that nobody ends by hand, each with a row in the audit log."""

from __future__ import annotations

from store.audit import AuditRow
from store.database import Store
from store.snoozes import Snooze

WAY = "event"  # of the audit row
WHY = {
    "time": "its time was up",
    "severity": "something more severe came",
    "resolved": "all of it was resolved",
    "gone": "it is gone, or belongs to another customer",
}


def by_itself(store: Store, snooze: Snooze, why: str) -> None:
    """Ends a snooze for one of the reasons of WHY, unless it was shortened for another one. Does nothing if it has ended already."""
    with store.transaction():
        if not store.snoozes.end(snooze, why):
            return
        workspace = store.workspaces.get(snooze.workspace)
        channel = store.channels.get(snooze.channel) if snooze.channel else None
        store.audit.write(
            AuditRow(
                workspace=snooze.workspace,
                customer=snooze.customer,
                team_id=workspace.team_id if workspace else "",
                team_name=workspace.team_name if workspace else "",
                channel_id=channel.channel_id if channel else "",
                channel_name=channel.channel_name if channel else "",
                text=f"the snooze of {snooze.name} ended: {WHY[snooze.why or why]}",
                way=WAY,
                status="success",
                device=snooze.device,
                device_name=snooze.name if snooze.kind == "device" else "",
                delivered=True,
            )
        )
