"""`ack <alert>` acknowledges a drift alert that is open."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import ALERT, Values
from bot.core.commands import Command, Role
from bot.core.errors import Passed
from bot.core.message import Message, sentence
from bot.webnet.models import Alert


def run(ctx: Context, values: Values) -> Alert:
    alert, target = ctx.alerts.get(values["alert"])
    ctx.audit.concerns(target)
    if alert.status != "open":
        by = f" by {alert.acknowledged_by}" if alert.acknowledged_by else ""
        raise Passed(f"Drift alert #{alert.id} on {alert.hostname} is already {alert.status or 'unknown'}{by}.")
    ctx.alerts.acknowledge(alert)
    return alert


def view(alert: Alert) -> Message:
    return sentence(
        f"Acknowledged drift alert #{alert.id} on {alert.hostname}. WebNet shows the bot's own account as the one who did "
        "it; the bot's audit log has you."
    )


COMMAND = Command(
    name="ack",
    summary="Acknowledge a drift alert that is open",
    arguments=(ALERT,),
    example="ack 3",
    role=Role.admin,
    changes=True,
    once=True,
    run=run,
    view=view,
    details="The number stands in the notice of the drift. In WebNet the bot's own account is the one who acknowledged it.",
)
