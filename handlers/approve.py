"""`approve <request>` shows a request that waits for a second person; only its button approves it."""

from __future__ import annotations

from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from handlers import _request_card


def run(ctx: Context, values: Values) -> Kept:
    return _request_card.decide(ctx, values, ctx.approvals.approve)


COMMAND = Command(
    name="approve",
    summary="Show a request that waits for approval, with the button that approves it",
    arguments=(_request_card.REQUEST, _request_card.PROOF),
    example="approve 17",
    role=Role.operator,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=_request_card.answer,
    details="Nothing that is typed approves a request: its button does, for exactly what it shows. Whoever decides is another "
    "user of WebNet than the one who asked, has the rights of the command itself, and was not mapped by the requester.",
)
