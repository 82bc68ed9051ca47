"""Requests in every state, as commands show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.approvals.mapping import Choice
from bot.approvals.requests import Kept
from bot.core.message import Mention, Message
from handlers import _mapping_card, _request_card, approvals, approve, confirm, deny, register, withdraw
from handlers import map as map_
from store.requests import Request
from tests.requests import PAYLOAD

EXPIRES = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
MANY = tuple((number, f"sw-fra1-{number:03}", f"10.10.0.{number}", "ios") for number in range(1, 61))


def kept(state: Any = "requested", *, many: bool = False, **changes: Any) -> Kept:
    about = {name: changes.pop(name) for name in ("purpose", "hidden") if name in changes}
    payload = replace(PAYLOAD, token="0" * 32, devices=MANY if many else PAYLOAD.devices, **about)
    decided = {} if state in ("requested", "expired") else {"decided_by": 2, "decided_name": "alice-admin"}
    row: dict[str, Any] = {
        "purpose": payload.purpose,
        **dict.fromkeys(("decided_name", "decided_chat_user", "reason", "outcome", "holder", "payload"), ""),
        **dict.fromkeys(("decided_by", "decided_at", "decided_in", "notified_at")),
        "workspace": 1,
        "customer": 1,
        "created_at": EXPIRES,
        "expires_at": EXPIRES,
        "revision": 1,
        "id": 17,
        "state": state,
        "mac": "0123456789abcdef" * 4,
    }
    return Kept(Request(**row | decided | changes), payload)


STARTED = "Backup of rtr-fra1-001 started: job #171."
VOID = "rtr-fra1-001 is disabled in WebNet, so no backup can run on it. Enable it there first."
MAPPED = "mapped to jdoe (operator)"


def asked(state: Any = "requested", **changes: Any) -> Kept:
    """A request to be mapped."""
    found = kept(state, purpose="mapping", **changes)
    request = replace(PAYLOAD.request, chat_user="U0MALLORY", chat_user_name="mallory")
    return replace(found, payload=replace(found.payload, devices=(), username="mallory", request=request))


VIEWS: dict[str, Message] = {
    "approve-requested": approve.COMMAND.view(kept()),
    "approve-many": approve.COMMAND.view(kept(many=True, hidden=1)),
    "approve-approved": approve.COMMAND.view(kept("approved")),
    "approve-card-done": _request_card.card(kept("done", outcome=STARTED)),
    "approve-card-void": _request_card.card(kept("void", outcome=VOID)),
    "approve-card-expired": _request_card.card(kept("expired")),
    "approve-ended": _request_card.ended(kept("denied", reason="Not now"), Mention("U0OSCAR", "oscar")),
    "deny-denied": deny.COMMAND.view(kept("denied", reason="Not now")),
    "withdraw-withdrawn": withdraw.COMMAND.view(kept("withdrawn")),
    "confirm-requested": confirm.COMMAND.view(kept(many=True, purpose="confirmation")),
    "register-asked": register.COMMAND.view(asked()),
    "map-requested": map_.COMMAND.view(asked()),
    "map-waiting": map_.COMMAND.view((asked(), asked())),
    "map-none": map_.COMMAND.view(()),
    "map-choice": map_.COMMAND.view(Choice(asked(), 5, "jdoe", "operator", "0123456789abcdef", ())),
    "map-choice-admin": map_.COMMAND.view(Choice(asked(), 5, "jdoe", "admin", "0123456789abcdef", ("U0JOE", "U0JANE"))),
    "map-done": map_.COMMAND.view(asked("done", outcome=MAPPED)),
    "map-card-expired": _mapping_card.card(asked("expired")),
    "map-ended-done": _mapping_card.ended(asked("done", outcome=MAPPED)),
    "map-ended-denied": _mapping_card.ended(asked("denied")),
    "approvals-waiting": approvals.COMMAND.view(
        approvals.Waiting((kept(), kept(many=True)), frozenset({17}), only_mine=False)
    ),
    "approvals-none": approvals.COMMAND.view(approvals.Waiting((), frozenset(), only_mine=True)),
}
