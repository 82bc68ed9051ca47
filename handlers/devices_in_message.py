"""`devices_in_message` finds the devices that a message names. Nobody types it: a shortcut on a message runs it."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Values, write_for_device
from bot.core.commands import Command, Role
from bot.core.message import Button, Buttons, Message, Note, sentence, text
from bot.core.text import count
from bot.webnet.target import Target

MOST = 5


def run(ctx: Context, _: Values) -> tuple[Target, ...]:
    ctx.must_be_allowed("status")
    return ctx.devices_named_in(ctx.message_text, MOST)


def view(targets: tuple[Target, ...]) -> Message:
    if not targets:
        return sentence("That message names no device of this workspace by its host name or address.")
    buttons = tuple(Button(target.hostname, command=write_for_device("status", target.id)) for target in targets)
    more = (Note((f"These are the first {MOST}.",)),) if len(targets) == MOST else ()
    parts = (text("Show the status of:"), Buttons(buttons), *more)
    return Message(f"The message names {count(len(targets), 'device')}.", title="Devices in this message", parts=parts)


COMMAND = Command(
    name="devices_in_message",
    summary="Find the devices that a message names",
    example="devices_in_message",
    role=Role.viewer,
    visibility="ephemeral",
    hidden=True,
    run=run,
    view=view,
)
