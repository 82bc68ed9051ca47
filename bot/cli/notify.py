"""`notify` shows deliveries that wait, are held or are parked, and posts samples of notices."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.console import Console, JsonOption, channel_in, command, workspace_of
from bot.cli.failures import Failed
from bot.ids.chats import set_again

if TYPE_CHECKING:
    from bot.core.notices import Notices, Words
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
    "held_until": "Held until (UTC)",
    "held_for": "Held for",
    "error": "Last error",
    "remedy": "What to do",
}
EXPLAINED = {"key": "Event", "team_id": "Workspace", "channel": "Channel", "what": "What became of it"}
ChannelArgument = Annotated[str, typer.Argument(metavar="CHANNEL", help="Slack channel id.")]
TeamOption = Annotated[str | None, typer.Option("--workspace", metavar="TEAM", help="Team id, if several have it.")]


class Status(StrEnum):
    waiting = "waiting"
    held = "held"
    parked = "parked"
    sent = "sent"
    dropped = "dropped"


@command(notify, "list", example="notify list --status parked")
def list_deliveries(
    console: Console,
    status: Annotated[
        list[Status] | None, typer.Option("--status", help="Only these; default: waiting, held and parked.")
    ] = None,
    team: Annotated[str | None, typer.Option("--workspace", metavar="TEAM", help="Only this workspace.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many of each.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, the oldest first, with what to do about those that are parked, and until when others are held."""
    with console.store() as store:
        only = None if team is None else workspace_of(store, team).team_id
        found = [
            row
            for each in status or (Status.parked, Status.waiting, Status.held)
            for row in store.outbox.list(each.value, team_id=only, limit=limit)
        ]
        for stop in store.outbox.stopped():
            if only in (None, stop.team_id):
                console.warn(
                    f"Workspace {stop.team_id} refuses the bot's token ({stop.error}): nothing is sent there until "
                    f"it is changed: `{set_again(stop.team_id)}`."
                )
    empty = "Nothing waits, is held or is parked."
    console.table([_shown(row) for row in found], COLUMNS, as_json=as_json, empty=empty)


@command(notify, "retry", example="notify retry")
def retry(
    console: Console,
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID", help="Only these; default: all.")] = None,
) -> None:
    """Send parked notices again. A running bot does so within a second; else the next one."""
    from bot.core.text import count

    with console.store() as store:
        number = store.outbox.retry(ids or None)
    missing = len(set(ids or ())) - number
    if number or not missing:
        verb = "is" if number == 1 else "are"
        console.say(f"{count(number, 'parked notice')} {verb} sent again." if number else "No notice is parked.")
    if missing > 0:
        verb = "is" if missing == 1 else "are"
        raise Failed(f"{count(missing, 'id')} {verb} not parked: `webnet-bot notify list` shows what is.")


@command(notify, "explain", example="notify explain 163")
def explain(
    console: Console,
    what: Annotated[str, typer.Argument(metavar="KEY|JOB", help="Key of an event, or number of a job.")],
    as_json: JsonOption = False,
) -> None:
    """Explain what became of a notice in each channel of its customer, also where it was not sent."""
    from bot.core.arguments import MOST_DIGITS
    from bot.core.errors import NotFound
    from bot.core.message import line_text
    from bot.doctor.remedies import remedy
    from bot.subscriptions.why import Why

    with console.store() as store:
        why, number = Why(store, remedy), what.removeprefix("#")
        try:
            is_job = number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS
            events = why.of_job(int(number)) if is_job else why.of_key(what)
        except NotFound as error:
            raise Failed(error.words) from None
        rows = [
            {
                "key": event.key,
                "team_id": workspace.team_id,
                "channel": channel.channel_name or channel.channel_id,
                "what": " ".join(map(line_text, lines)),
            }
            for event in events
            for workspace, channel, lines in why.everywhere(event)
        ]
    console.table(rows, EXPLAINED, as_json=as_json, empty="Its customer has no channel.")


def send_samples(console: Console, notices: Notices, channel_id: str, team: str | None) -> None:
    """Posts one sample of each kind at once; the outbox has no part in it."""
    from bot.core.chat import Place
    from bot.core.errors import ChatError
    from bot.core.text import count
    from bot.doctor.chats import chat_of
    from bot.doctor.remedies import remedy

    with console.store() as store:
        channel, workspace = channel_in(store, channel_id, team)
        words, place = _words(console, store, workspace), Place(workspace.team_id, channel.channel_id)
        with chat_of(workspace, store, console.settings) as chat:
            for notice in notices.values():
                try:
                    chat.post(place, notice.view(notice.sample(datetime.now(UTC)), words))
                except ChatError as error:
                    raise Failed(f"{error.words} {remedy(place.channel, error.reason)}") from None
    console.say(f"Posted {count(len(notices), 'test notice')} to {channel.channel_name or channel.channel_id}.")


def _words(console: Console, store: Store, workspace: Workspace) -> Words:
    from bot.core.message import Mention, Span
    from bot.core.notices import Words

    people = {mapping.user: mapping.slack_user_id for mapping in store.users.list(workspace=workspace.id)}

    def person(user: int | None, name: str) -> Span:
        return Mention(people[user], name) if user in people else name

    return Words(console.settings.slack.command, console.settings.webnet.job_page, person)


def _shown(row: Delivery) -> dict[str, Any]:
    from bot.doctor.remedies import remedy

    return asdict(row) | {
        "channel": row.channel_name or row.channel_id,
        "remedy": remedy(row.channel_id, row.error) if row.status == "parked" else "",
    }
