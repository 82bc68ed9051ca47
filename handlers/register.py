"""`register` asks an administrator to map whoever runs it; the refusal of somebody who is not mapped carries its button."""

from __future__ import annotations

from bot.approvals.mapping import Newcomer
from bot.approvals.requests import Kept
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Message, When, line_text, text


def run(ctx: Newcomer, _: Values) -> Kept:
    return ctx.ask()


def view(kept: Kept) -> Message:
    line = (
        f"An administrator is asked to map you: request #{kept.number}. You get a direct message once it is decided, at the latest ",
        When(kept.row.expires_at),
        ".",
    )
    return Message(line_text(line), parts=(text(*line),))


COMMAND = Command(
    name="register",
    summary="Ask to be mapped",  # the label of its button, too
    example="register",
    role=Role.none,
    unmapped=True,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Only for who is not mapped yet; the refusal has a button for it. An administrator of WebNet decides, and you get a direct "
    "message. It gives no rights by itself, and waits for 7 days.",
)
