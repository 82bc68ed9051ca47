"""Stored requests as tests need them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.approvals.payload import Payload
from bot.approvals.requests import Kept, Requests
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from store.database import Store

PAYLOAD = Payload(
    purpose="approval",
    customer=1,
    command="backup",
    what="backup",
    why="Here backup needs the approval of a second person",
    values={"device": "#1"},
    devices=((1, "rtr-fra1-001", "10.10.0.1", "ios"),),
    hidden=0,
    requester=3,
    username="oscar-operator",
    request=CommandRequest(Place("T0ACME", "C0NOC"), "U0OSCAR", "backup #1", "the-request", chat_user_name="oscar"),
    first_id=1,
)


def keep(store: Store, workspace: int | None = None, **changes: Any) -> Kept:
    """Stores a request, of the first workspace if none is named."""
    workspace = workspace or store.workspaces.list()[0].id
    draft = replace(PAYLOAD, **changes)
    return Requests(store.requests).keep(
        draft, workspace=workspace, within=timedelta(hours=1), ephemeral=False, elsewhere=""
    )
