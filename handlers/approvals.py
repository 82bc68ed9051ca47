"""`approvals [for-me]` lists the requests that wait for a second person."""

from __future__ import annotations

from dataclasses import dataclass

from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Argument, Kind, Values, write
from bot.core.commands import Command, Role
from bot.core.message import Bold, Button, Buttons, Line, Message, Note, Part, Table, When, line_text, sentence
from bot.core.text import and_more, count, phrases
from handlers import _request_card

MOST = 20
TITLE = "Waiting for approval"
COLUMNS = ("Request", "What", "Until")
WHOSE = Argument(
    "whose", Kind.choice, "`mine` for those that you may decide", choices=("all", "mine"), placeholder="[mine]"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Holds the requests that wait, the newest first; `mine` are the numbers of those that the caller may decide."""

    requests: tuple[Kept, ...]
    mine: frozenset[int]
    only_mine: bool


def run(ctx: Context, values: Values) -> Waiting:
    waiting = ctx.approvals.waiting()
    mine = frozenset(kept.number for kept in waiting if ctx.approvals.may_decide(kept))
    only_mine = values.get("whose") == "mine"
    return Waiting(tuple(kept for kept in waiting if not only_mine or kept.number in mine), mine, only_mine)


def view(waiting: Waiting) -> Message:
    if not waiting.requests:
        return sentence(f"No request waits for {'you' if waiting.only_mine else 'a second person'}.")
    rows = tuple(_row(kept, yours=kept.number in waiting.mine) for kept in waiting.requests[:MOST])
    parts: list[Part] = [Table(TITLE, COLUMNS, rows), Buttons(tuple(map(_show, waiting.requests[:MOST])))]
    if (more := len(waiting.requests) - MOST) > 0:
        parts.append(Note((and_more(more, "request"),)))
    summary = f"{count(len(waiting.requests), 'request')} waiting: " + phrases(
        line_text(_request_card.headline(kept)) for kept in waiting.requests[:MOST]
    )
    return Message(summary, title=TITLE, parts=tuple(parts))


def _row(kept: Kept, *, yours: bool) -> tuple[Line, ...]:
    until = "You may decide until " if yours else "Expires "
    return (Bold(f"#{kept.number}"),), _request_card.asked(kept), (until, When(kept.row.expires_at))


def _show(kept: Kept) -> Button:
    command = write("approve", (_request_card.REQUEST,), {"request": kept.number})
    return Button(f"Show #{kept.number}", command=command)


COMMAND = Command(
    name="approvals",
    summary="List what waits for the approval of a second person",
    arguments=(WHOSE,),
    example="approvals mine",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="The list is that of the customer, in whichever of its workspaces something was asked for. `approve` with its number shows a request with its buttons.",
)
