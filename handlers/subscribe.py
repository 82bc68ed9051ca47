"""`subscribe <kinds>` lets this channel have more notices."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.subscriptions.access import Subscribed
from bot.subscriptions.words import rules_of
from handlers import _subscriptions

FILTERS = ("site", "severity", "device", "group")


def run(ctx: Context, values: Values) -> Subscribed:
    mentions = ctx.subscriptions.mentioned(values["mention"]) if "mention" in values else ()
    filters = {name: values[name] for name in FILTERS if name in values}
    return ctx.subscriptions.add(rules_of(values["kinds"], filters, mentions))


COMMAND = Command(
    name="subscribe",
    summary="Let this channel have more notices",
    arguments=(
        Argument(
            "kinds",
            Kind.words,
            "jobs, failures, completions, compliance or drift, and further filters such as `vendor:cisco`",
            required=True,
            placeholder="<kinds>",
        ),
        Argument("site", Kind.text, "devices of these sites, with commas between them", named=True),
        Argument("severity", Kind.text, "drift of these severities", named=True),
        Argument("device", Kind.text, "devices whose name begins so", named=True),
        Argument("group", Kind.text, "devices of these groups", named=True),
        Argument(
            "mention",
            Kind.text,
            "`me`, a user of WebNet, or an id of the chat's; in Slack also `here` and user groups. Others than `me` need an administrator",
            named=True,
        ),
    ),
    example="subscribe failures site:fra1",
    role=Role.admin,
    changes=True,
    run=run,
    view=_subscriptions.view,
    details="Each kind becomes a rule behind those that the channel has, and all filters apply to all kinds. The answer says what the "
    "channel gets from now on, and how many events of the last 7 days that would have been. In a channel that got no notices before, "
    "an administrator confirms it first, because everybody there reads them, guests and members of other organizations included. In "
    "a private channel, invite the bot first. `commands.roles` may let operators subscribe.",
)
