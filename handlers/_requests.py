"""Shows a stored request, whatever its purpose, in the messages that are kept up to date."""

from __future__ import annotations

from bot.approvals.requests import Kept
from bot.core.message import Message, Span
from handlers import _mapping_card, _request_card


def card(kept: Kept) -> Message:
    return _mapping_card.card(kept) if kept.payload.purpose == "mapping" else _request_card.card(kept)


def ended(kept: Kept, requester: Span) -> Message:
    """Notifies the requester of how the request ended."""
    return _mapping_card.ended(kept) if kept.payload.purpose == "mapping" else _request_card.ended(kept, requester)
