"""`ack <alert>` acknowledges a drift alert that is open."""

from __future__ import annotations

from dataclasses import dataclass

from bot.context import Context
from bot.core.arguments import ALERT, Values
from bot.core.commands import Command, Role
from bot.core.errors import Passed
from bot.core.message import Message, sentence
from bot.webnet.models import Alert


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Holds the alert as WebNet has it now, and the name of the caller there."""

    alert: Alert
    caller: str


def run(ctx: Context, values: Values) -> Acknowledged:
    alert, target = ctx.alerts.get(values["alert"])
    ctx.audit.concerns(target)
    if alert.status != "open":
        who = ctx.alerts.acknowledged_by(alert, target)
        by = f" by {who}" if who else ""
        raise Passed(f"Drift alert #{alert.id} on {alert.hostname} is already {alert.status or 'unknown'}{by}.")
    acknowledged = ctx.alerts.acknowledge(alert)
    ctx.audit.did(f"Drift alert #{alert.id} was acknowledged.")
    return Acknowledged(acknowledged, ctx.caller.username)


def view(done: Acknowledged) -> Message:
    alert, caller = done.alert, done.caller
    named = (
        f"WebNet names {caller} as the one who did it."
        if alert.acknowledged_by == caller
        else "WebNet shows the bot's own account as the one who did it; the bot's audit log has you."
    )
    return sentence(f"Acknowledged drift alert #{alert.id} on {alert.hostname}. {named}")


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
    details="The number stands in the notice of the drift. In WebNet it is the bot's own account that acknowledged it, unless "
    "`webnet.act_as_caller` is on.",
)
