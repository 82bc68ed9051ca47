"""`abandon <deploy>` gives a deploy up whose job may never end."""

from __future__ import annotations

from dataclasses import replace

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Message
from bot.deploys.deploy import Deploy
from handlers import _deploy_card


def run(ctx: Context, values: Values) -> Deploy:
    return ctx.deploys.give_up(values[_deploy_card.DEPLOY.name])


def view(deploy: Deploy) -> Message:
    return replace(_deploy_card.card(deploy), card=None)


COMMAND = Command(
    name="abandon",
    summary="Give a deploy up whose job may never end",
    arguments=(_deploy_card.DEPLOY,),
    example="abandon 12",
    role=Role.operator,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Only for a deploy whose card says that something is wrong with its job. The job itself is left as it is and may still run; the "
    "bot looks at it no longer, and its devices are free for another deploy.",
)
