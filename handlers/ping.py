"""`ping <device>` starts a reachability job on one device."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import DEVICE, Values
from bot.core.commands import Command, Role
from bot.jobs.starter import Started
from bot.webnet.client import REACHABILITY
from handlers import _views


def run(ctx: Context, values: Values) -> Started:
    target = ctx.devices.find(values["device"], exact=True)
    ctx.audit.concerns(target)
    return ctx.jobs.start(REACHABILITY, (target,))


COMMAND = Command(
    name="ping",
    summary="Test whether a device can be reached",
    arguments=(DEVICE,),
    example="ping 10.10.0.1",
    role=Role.operator,
    changes=True,
    run=run,
    view=_views.started,
    details="Starts a reachability job and answers at once with its number. While one runs on that device, no second one is started. "
    "The device must be named in full: by host name, address or the first label of its name.",
)
