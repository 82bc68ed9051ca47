"""`subscriptions` lists the rules by which this channel gets notices, with a button to remove each."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Message
from bot.subscriptions.access import Subscribed
from handlers import _subscriptions


def run(ctx: Context, _: Values) -> Subscribed:
    return ctx.subscriptions.here()


def view(found: Subscribed) -> Message:
    return _subscriptions.shown(found, "This channel gets")


COMMAND = Command(
    name="subscriptions",
    summary="List what notices this channel gets, with buttons to remove them",
    example="subscriptions",
    role=Role.admin,
    visibility="ephemeral",
    run=run,
    view=view,
    details="The rules apply in their order. How many events of the last 7 days they fit is worked out from what the bot keeps.",
)
