"""`why <job>` explains what became of the notice of a job or a drift alert in this channel."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import UsageError
from bot.core.message import Bold, Line, Message, Note, Part, Text, When, line_text
from bot.core.text import count
from bot.subscriptions.why import Explained
from bot.webnet.target import Target

MOST_NAMED = 20  # channels
ENDS = {  # by the end of the key of a job's event
    "ended": "Job #{} ended",
    "ran": "Job #{} ran, although it was cancelled",
    "commit": "Job #{} commits a config",
}


def run(ctx: Context, values: Values) -> tuple[Explained, ...]:
    job, alert = values.get("job"), values.get("alert")
    if job is None and alert is None:
        raise UsageError("Name one job by its number, or one drift alert, such as `alert:3`.", form=True)
    found = ctx.subscriptions.why(job, alert)
    ctx.audit.concerns(
        *(Target(each["id"], each["name"], "") for one in found for each in one.event.facts.get("devices", ()))
    )
    return found


def view(found: tuple[Explained, ...]) -> Message:
    parts = [part for each in found for part in _parts(each)]
    lines = [line_text(line) for part in parts if isinstance(part, Text) for line in part.lines]
    return Message(" ".join(lines), title="Why", parts=tuple(parts))


def _parts(found: Explained) -> list[Part]:
    event = found.event
    head: Line = (Bold(_happened(event.key)), ", ", When(event.happened_at), ".")
    here = found.here or (("This channel gets no notices, so nothing was sent here.",),)
    parts: list[Part] = [Text((head, *here))]
    if found.elsewhere:
        words = f"It was enqueued for {count(found.elsewhere, 'other channel')} of this customer."
        parts.append(Note((words,)))
        parts += (Note(line) for line in found.others[:MOST_NAMED])
    return parts


def _happened(key: str) -> str:
    kind, number, end = (*key.split(":"), "", "")[:3]
    if kind == "job" and end in ENDS:
        return ENDS[end].format(number)
    return f"Drift alert #{end}" if (kind, number) == ("drift", "alert") else key


COMMAND = Command(
    name="why",
    summary="Explain why the notice of a job or drift alert came here, or did not",
    arguments=(
        Argument("job", Kind.job, "the number of a job", placeholder="[job|alert:…]"),
        Argument("alert", Kind.alert, "the number of a drift alert", named=True),
    ),
    example="why 163",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Says which rule sent, held or dropped it, when, whether it came together with others, and what Slack answered. What was "
    "never sent is worked out again, from the event and the rules that were in force then. Only about this channel: of others the "
    "number is shown, and to administrators their names.",
)
