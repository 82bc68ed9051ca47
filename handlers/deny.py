"""`deny <request>` shows a request that waits for a second person; only its button denies it, with a reason."""

from __future__ import annotations

from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import UsageError
from handlers import _request_card

REASON = Argument("reason", Kind.rest, "why, for its requester", hidden=True, placeholder="<reason>")


def run(ctx: Context, values: Values) -> Kept:
    number, proof = values["request"], values.get("proof", "")
    if not ctx.approvals.clicked(proof):
        return ctx.approvals.get(number)
    if "reason" not in values:
        raise UsageError("A request is denied with a reason, which its requester reads.", form=True)
    return ctx.approvals.deny(number, proof, values["reason"])


COMMAND = Command(
    name="deny",
    summary="Show a request that waits for approval, with the button that denies it",
    arguments=(_request_card.REQUEST, _request_card.PROOF, REASON),
    example="deny 17",
    role=Role.operator,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=_request_card.answer,
    details="Nothing that is typed denies a request: the form of its button does, and asks for the reason, which the requester reads. Who may "
    "approve a request may deny it.",
)
