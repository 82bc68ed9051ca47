"""`snooze <what> <how long> <reason>` holds the notices about a device, a policy or a drift alert for a while."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Buttons, Message, Note, line_text, text
from bot.core.text import cut, in_one_line
from bot.snoozes.access import Shown
from handlers import _snooze

LONGEST = 300  # characters of a reason, which stands in lists of snoozes and in reports


def run(ctx: Context, values: Values) -> tuple[Shown, ...]:
    everywhere = values.get("where") == _snooze.EVERYWHERE
    reason = cut(in_one_line(values["reason"]), LONGEST)
    return ctx.snoozes.start(values["what"], values["how_long"], reason, everywhere=everywhere)


def view(started: tuple[Shown, ...]) -> Message:
    (shown,) = started
    said = ("Snoozed ", *_snooze.line(shown))
    note = Note(
        ("What comes meanwhile is held and comes as one message at the end, or at once if it gets more severe.",)
    )
    return Message(line_text(said), parts=(text(*said), note, Buttons((_snooze.unsnooze(shown),))))


COMMAND = Command(
    name="snooze",
    summary="Hold the notices about a device, a policy or a drift alert for a while",
    arguments=(_snooze.WHAT, _snooze.SPAN, _snooze.WHERE, _snooze.REASON),
    example="snooze rtr-fra1-001 until 08:00 the line card is being replaced",
    role=Role.operator,
    changes=True,
    run=run,
    view=view,
    details="It holds for this channel, or for every channel of the customer where an administrator says `everywhere`. Nothing is "
    "lost: what was held comes as one message at the end. It ends early once the severity rises, once the device is gone or belongs "
    "to another customer, and by `unsnooze`; `until resolved` ends with the fault. A notice about several devices is held while all "
    "of them are snoozed. Times are in `commands.time_zone`. What is urgent, or [is never held](notices.md#quiet-hours), passes. "
    "Snoozing again changes the snooze.",
)
