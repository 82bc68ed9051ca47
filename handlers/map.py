"""`map [request] [user]` shows who asks to be mapped, one request, or who that user is in WebNet; only a button maps."""

from __future__ import annotations

from bot.approvals.mapping import Choice
from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from handlers import _mapping_card


def run(ctx: Context, values: Values) -> Kept | Choice | tuple[Kept, ...]:
    if "request" not in values:
        return ctx.mappings.waiting()
    number, proof, who = values["request"], values.get("proof", ""), values.get("user", "")
    if values.get("decision") == "deny":
        return ctx.mappings.deny(number, proof)
    if values.get("decision") == "map":
        return ctx.mappings.map(number, who, values.get("seen", ""), proof)
    return ctx.mappings.choice(number, who) if who else ctx.mappings.get(number)


COMMAND = Command(
    name="map",
    summary="Show who asks to be mapped to a WebNet user, with the buttons that decide",
    arguments=_mapping_card.ARGUMENTS,
    example="map 17 jdoe",
    role=Role.admin,
    changes=True,
    visibility="ephemeral",
    run=run,
    view=_mapping_card.answer,
    details="Somebody who is not mapped asks with a button, and the administrators get the request. With a user it shows the role that "
    "user has in WebNet, and only the button below maps. Administrators of WebNet alone decide, whatever the settings say, and none "
    "on a request of their own, or for their own user.",
)
