"""`deploys [deploy]` lists the newest deploys of this workspace's customer, or shows one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Buttons, Message, Note, Part, When, line_text, sentence, text
from bot.core.text import count, phrases
from bot.deploys.deploy import Deploy
from handlers import _deploy_card

Shown = Deploy | Sequence[Deploy]


def run(ctx: Context, values: Values) -> Shown:
    number = values.get(_deploy_card.DEPLOY.name)
    return ctx.deploys.listed() if number is None else ctx.deploys.get(number)


def view(shown: Shown) -> Message:
    if isinstance(shown, Deploy):
        return replace(_deploy_card.card(shown), card=None)
    if not shown:
        return sentence("No config was deployed yet. `deploy` asks for one.")
    parts: list[Part] = []
    for deploy in shown:
        parts.append(text(*_deploy_card.headline(deploy)))
        parts.append(Note((f"{deploy.payload.values['reason']} · ", When(deploy.row.created_at))))
    parts.append(Buttons(tuple(_deploy_card.button(deploy.number) for deploy in shown[:5])))
    summary = phrases(line_text(_deploy_card.headline(deploy)) for deploy in shown)
    return Message(f"{count(len(shown), 'deploy')}: {summary}", title="Deploys", parts=tuple(parts))


COMMAND = Command(
    name="deploys",
    summary="List what was deployed, or show one deploy",
    arguments=(replace(_deploy_card.DEPLOY, required=False),),
    example="deploys 12",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="The list is that of the customer, the newest first, wherever a deploy was asked for. A number shows that deploy with its steps.",
)
