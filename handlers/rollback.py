"""`rollback <deploy>` opens the form of a deploy that takes another one back, for a person to finish."""

from __future__ import annotations

from typing import NoReturn

from bot.configs.sections import lines_of
from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.errors import Conflict
from bot.core.message import Message, sentence
from bot.deploys.deploy import Deploy
from bot.deploys.roll_back import roll_back
from bot.deploys.snippet import LONGEST
from handlers import _deploy_card


def run(ctx: Context, values: Values) -> NoReturn:
    ctx.must_be_allowed("deploy")
    deploy = ctx.deploys.get(values[_deploy_card.DEPLOY.name])
    devices = _devices(deploy, values.get(_deploy_card.ON.name, ""))
    if not devices:
        raise Conflict(f"Nothing is known of what deploy #{deploy.number} changed, so there is nothing to take back.")
    (target,), host = deploy.targets(devices[:1]), deploy.course.host(devices[0])
    change = ctx.configs.between(target, (host.before or 0, host.after or 0))
    before = change.before.text if change.before else ""
    text = roll_back(lines_of(before), lines_of(change.after.text), target.platform)
    if not text or len(text) > LONGEST:
        what = "No line that counts changed" if not text else f"More than {LONGEST:,} characters changed"
        raise Conflict(f"{what} on {target.hostname}. Look at `diff`.")
    raise ctx.form(
        "deploy",
        {
            "devices": tuple(f"#{device}" for device in devices),
            "snippet": ctx.sealed(text),
            "reason": f"Roll back deploy #{deploy.number}",
        },
    )


def _devices(deploy: Deploy, on: str) -> tuple[int, ...]:
    """Returns the devices that a button names, or the first one, of those of which both configs are known."""
    hosts = deploy.course.hosts
    known = [device for device, host in hosts.items() if host.before and host.after]
    named = [int(word) for word in on.split() if word.isdecimal() and int(word) in known]
    return tuple(named or known[:1])


def view(_: object) -> Message:
    return sentence("Fill in the form.")


COMMAND = Command(
    name="rollback",
    summary="Open the form of a deploy that takes another one back",
    arguments=(_deploy_card.DEPLOY, _deploy_card.ON),
    example="rollback 12",
    role=Role.operator,
    visibility="ephemeral",
    run=run,
    view=view,
    details="The form holds the lines that the deploy took away and, as comments, those that it added. Finish them, and fill in the secrets, "
    "which are hidden. Nothing is sent before that, and the deploy needs an approval of its own.",
)
