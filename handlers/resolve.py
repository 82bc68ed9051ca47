"""`resolve <alert> <notes>` closes a drift alert, with notes that WebNet keeps."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import ALERT, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import Passed, UsageError
from bot.core.message import Message, sentence
from bot.webnet.models import Alert

NOTES = Argument("notes", Kind.rest, "what became of the change", exact=True, placeholder="<notes>")
CLOSED = ("resolved", "ignored")


def run(ctx: Context, values: Values) -> Alert:
    alert, target = ctx.alerts.get(values["alert"])
    ctx.audit.concerns(target)
    if alert.status in CLOSED:
        raise Passed(f"Drift alert #{alert.id} on {alert.hostname} is already {alert.status}.")
    notes = values.get("notes", "").strip()
    if not notes:
        words = f"Say what became of the change: `{ctx.prompt} resolve {alert.id} planned change`."
        raise UsageError(words, form=True)
    resolved = ctx.alerts.resolve(alert, notes)
    ctx.audit.did(f"Drift alert #{alert.id} was resolved.")
    return resolved


def view(alert: Alert) -> Message:
    return sentence(f"Resolved drift alert #{alert.id} on {alert.hostname}. Your notes stand in WebNet.")


COMMAND = Command(
    name="resolve",
    summary="Resolve a drift alert, with notes",
    arguments=(ALERT, NOTES),
    example="resolve 3 planned change",
    role=Role.admin,
    changes=True,
    once=True,
    run=run,
    view=view,
    details="The notes go to WebNet as they were typed; without them a form asks for them, as does the button in the notice of the drift. An alert that was only acknowledged can be resolved as well; who "
    "acknowledged it stays.",
)
