"""`notify` shows deliveries that wait or are parked, and posts samples of notices."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.console import Console, Failed, JsonOption, command, workspace_of

if TYPE_CHECKING:
    from bot.core.notices import Notices, Words
    from store.channels import Channel
    from store.database import Store
    from store.outbox import Delivery
    from store.workspaces import Workspace

notify = typer.Typer(name="notify", help="Notices on their way to the channels.", no_args_is_help=True)

COLUMNS = {
    "id": "#",
    "status": "Status",
    "team_id": "Workspace",
    "channel": "Channel",
    "key": "Event",
    "created_at": "Since (UTC)",
    "tries": "Tries",
    "error": "Last error",
    "remedy": "What to do",
}
ChannelArgument = Annotated[str, typer.Argument(metavar="CHANNEL", help="Slack channel id.")]
TeamOption = Annotated[str | None, typer.Option("--workspace", metavar="TEAM", help="Team id, if several have it.")]


class Status(StrEnum):
    waiting = "waiting"
    parked = "parked"
    sent = "sent"
    dropped = "dropped"


@command(notify, "list", example="notify list --status parked")
def list_deliveries(
    console: Console,
    status: Annotated[
        list[Status] | None, typer.Option("--status", help="Only these; default: waiting and parked.")
    ] = None,
    team: Annotated[str | None, typer.Option("--workspace", metavar="TEAM", help="Only this workspace.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many of each.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, the oldest first, with what to do about those that are parked."""
    with console.store() as store:
        only = None if team is None else workspace_of(store, team).team_id
        found = [
            row
            for each in status or (Status.parked, Status.waiting)
            for row in store.outbox.list(each.value, team_id=only, limit=limit)
        ]
        for stop in store.outbox.stopped():
            if only in (None, stop.team_id):
                console.warn(
                    f"Workspace {stop.team_id} refuses the bot's token ({stop.error}): nothing is sent there until "
                    f"it is changed: `webnet-bot workspace set {stop.team_id}`."
                )
    console.table(
        [_shown(row) for row in found], COLUMNS, as_json=as_json, empty="Nothing waits, and nothing is parked."
    )


@command(notify, "retry", example="notify retry")
def retry(
    console: Console,
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID", help="Only these; default: all.")] = None,
) -> None:
    """Send parked notices again. A running bot does so within a second; else the next one."""
    with console.store() as store:
        number = store.outbox.retry(ids or None)
    console.say(f"{number} parked {'notice is' if number == 1 else 'notices are'} sent again.")
    if ids and number < len(set(ids)):
        raise Failed(f"{len(set(ids)) - number} of them are not parked: `webnet-bot notify list` shows those that are.")


def send_samples(console: Console, notices: Notices, channel_id: str, team: str | None) -> None:
    """Posts one sample of each kind at once; the outbox has no part in it."""
    from contextlib import closing

    from bot.core.chat import Place
    from bot.core.errors import ChatError
    from bot.core.text import count
    from bot.slack.chat import SlackChat
    from bot.slack.errors import remedy
    from bot.slack.web_api import WebApi

    with (
        console.store() as store,
        closing(WebApi(console.settings.slack.api_url, ca_bundle=console.settings.tls.ca_bundle)) as api,
    ):
        channel, workspace = _channel(store, channel_id, team)
        words = _words(console, store, workspace)
        chat, place = SlackChat(api, lambda _: workspace.bot_token), Place(workspace.team_id, channel.channel_id)
        for notice in notices.values():
            try:
                chat.post(place, notice.view(notice.sample(datetime.now(UTC)), words))
            except ChatError as error:
                raise Failed(f"{error.words} {remedy(error.reason)}") from None
    console.say(f"Posted {count(len(notices), 'test notice')} to {channel.channel_name or channel.channel_id}.")


def _channel(store: Store, channel_id: str, team: str | None) -> tuple[Channel, Workspace]:
    asked = [workspace_of(store, team)] if team else store.workspaces.list()
    found = [(channel, row) for row in asked if (channel := store.channels.find(row.id, channel_id))]
    if not found:
        raise Failed(f"There is no channel {channel_id}: `webnet-bot channel list` shows those there are.")
    if len(found) > 1:
        raise Failed(f"Several workspaces have a channel {channel_id}: name one by --workspace.")
    return found[0]


def _words(console: Console, store: Store, workspace: Workspace) -> Words:
    from bot.core.message import Mention, Span
    from bot.core.notices import Words

    people = {mapping.user: mapping.slack_user_id for mapping in store.users.list(workspace=workspace.id)}

    def person(user: int | None, name: str) -> Span:
        return Mention(people[user], name) if user in people else name

    return Words(console.settings.slack.command, console.settings.webnet.job_page, person)


def _shown(row: Delivery) -> dict[str, Any]:
    from bot.delivery.post_result import remedy
    from bot.slack.errors import remedy as of_slack

    return asdict(row) | {
        "channel": row.channel_name or row.channel_id,
        "remedy": remedy(row.error, of_slack) if row.status == "parked" else "",
    }
