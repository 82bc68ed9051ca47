"""`withdraw <request>` shows a request of one's own; only its button takes it back."""

from __future__ import annotations

from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from handlers import _request_card


def run(ctx: Context, values: Values) -> Kept:
    return _request_card.decide(ctx, values, ctx.approvals.withdraw)


COMMAND = Command(
    name="withdraw",
    summary="Show a request of your own, with the button that takes it back",
    arguments=(_request_card.REQUEST, _request_card.PROOF),
    example="withdraw 17",
    role=Role.viewer,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=_request_card.answer,
    details="Only whoever asked for something can withdraw that, by the button, as long as nobody has decided on it.",
)
