"""`unsubscribe <number|kind>` takes rules from this channel."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.subscriptions.access import Subscribed
from handlers import _subscriptions


def run(ctx: Context, values: Values) -> Subscribed:
    return ctx.subscriptions.remove(values["what"], values.get("seen"))


COMMAND = Command(
    name="unsubscribe",
    summary="Take rules from this channel, so that it gets fewer notices",
    arguments=(_subscriptions.WHAT, _subscriptions.SEEN),
    example="unsubscribe drift",
    role=Role.admin,
    changes=True,
    run=run,
    view=_subscriptions.view,
    details="`subscriptions` shows the numbers. A kind takes every rule that is about nothing else, whatever its filters are.",
)
