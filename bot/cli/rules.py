"""`channel rules` changes which events a channel is notified of, and how."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.approvals import WAY, shell_user
from bot.cli.channels import ChannelArgument
from bot.cli.console import Console, JsonOption, channel_in, command
from bot.cli.failures import Failed
from bot.ids.chats import CHATS

if TYPE_CHECKING:
    from bot.core.rules import Rule
    from store.channels import Channel
    from store.database import Store
    from store.workspaces import Workspace

COLUMNS = {"number": "#", "rule": "Rule"}


class Change(StrEnum):
    list = "list"
    add = "add"
    move = "move"
    remove = "remove"


ChangeArgument = Annotated[Change, typer.Argument(metavar="CHANGE", help="list, add, move or remove.")]
WhatArgument = Annotated[
    str | None, typer.Argument(metavar="RULE", help="To add: the rule on one line. Else: the number of a rule.")
]
ToArgument = Annotated[
    int | None, typer.Argument(metavar="TO", min=1, help="To move or add: the number that it is to have.")
]
TeamOption = Annotated[
    str | None, typer.Option("--workspace", metavar="TEAM", help="Needed where several workspaces have the channel.")
]


def register(channels: typer.Typer) -> None:
    example = 'channel rules C0123456789 add "kind:job outcome:failed site:fra1 then:send,mention:here"'
    command(channels, "rules", example=example)(rules)


def rules(
    console: Console,
    channel: ChannelArgument,
    change: ChangeArgument = Change.list,
    what: WhatArgument = None,
    to: ToArgument = None,
    team: TeamOption = None,
    as_json: JsonOption = False,
) -> None:
    """List or change the rules of a channel, which apply in order. Where it has rules, its flags say nothing."""
    from bot.core import rule_text

    with console.store() as store:
        found, workspace = channel_in(store, channel, team)
        before = rule_text.load(found.rules)
        after = _changed(before, change, what, to, partial(_parsed, store, workspace))
        if change is not Change.list:
            with store.transaction():
                store.channels.update(found.id, rules=rule_text.dump(after))
                note(store, found, " ".join(map(str, filter(None, ("channel rules", channel, change, what, to)))))
    rows = [{"number": number, "rule": rule_text.spell(one)} for number, one in enumerate(after, start=1)]
    console.table(rows, COLUMNS, as_json=as_json, empty="This channel has no rules: its flags decide what it gets.")
    if not before and after:
        console.warn("From now on only its rules decide what this channel gets, and no more its flags.")


def note(store: Store, channel: Channel, line: str) -> None:
    """Writes the audit row of a change of a channel, inside the transaction of the change."""
    from store.audit import AuditRow

    workspace = store.workspaces.get(channel.workspace)
    assert workspace is not None
    store.audit.write(
        AuditRow(
            workspace=workspace.id,
            customer=workspace.customer,
            team_id=workspace.team_id,
            team_name=workspace.team_name,
            channel_id=channel.channel_id,
            channel_name=channel.channel_name,
            username=shell_user(),
            text=line,
            way=WAY,
            status="success",
            delivered=True,
        )
    )


def _changed(
    rules: tuple[Rule, ...], change: Change, what: str | None, to: int | None, parsed: Callable[[str], Rule]
) -> tuple[Rule, ...]:
    from bot.core.rules import MOST_RULES

    left = list(rules)
    if change is Change.list:
        return rules
    if what is None:
        raise typer.BadParameter("name a rule: its line to add it, its number to move or remove it")
    if change is Change.add:
        if len(left) >= MOST_RULES:
            raise Failed(f"A channel has {MOST_RULES} rules at most: remove one first.")
        left.insert(len(left) if to is None else to - 1, parsed(what))
    else:
        moved = left.pop(_position(what, len(left)))
        if change is Change.move:
            left.insert(_position(str(to or ""), len(rules)), moved)
    return tuple(left)


def _parsed(store: Store, workspace: Workspace, line: str) -> Rule:
    """Reads a rule for a channel of this workspace."""
    from bot.core import rule_text
    from bot.subscriptions.mentions import mentioning, require_mapped

    chat = CHATS[workspace.chat]
    try:
        rules = mentioning([rule_text.parse(line)], chat)
        require_mapped(rules, chat, {each.slack_user_id for each in store.users.list(workspace=workspace.id)})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return rules[0]


def _position(number: str, most: int) -> int:
    if not number.isdecimal() or not 1 <= int(number) <= most:
        raise typer.BadParameter(f"{number or 'nothing'} is no number of a rule of this channel: `list` shows them")
    return int(number) - 1
