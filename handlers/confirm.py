"""`confirm <request>` shows what its requester has to confirm; only the button does that."""

from __future__ import annotations

from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from handlers import _request_card


def run(ctx: Context, values: Values) -> Kept:
    return _request_card.decide(ctx, values, ctx.approvals.confirmed)


COMMAND = Command(
    name="confirm",
    summary="Show what waits for your own word, with the button that runs it",
    arguments=(_request_card.REQUEST, _request_card.PROOF),
    example="confirm 17",
    role=Role.viewer,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=_request_card.answer,
    details="What concerns many devices runs once whoever asked for it has pressed its button, on exactly the devices that the "
    "message names, within 10 minutes and once.",
)
