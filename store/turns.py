"""The queries of lanes.py that run with every few messages."""

from __future__ import annotations

from typing import Any

from peewee import SQL, Case, Value, fn

from store.engine import Database
from store.models import Delivery, EventRow, LaneRow, RefusedToken, SlackChannel, SlackWorkspace
from store.statements import Statement, among, given, now_us, number

DIGEST_MOST = 2_000  # deliveries that are looked at for one digest; what waits beyond becomes the next one
WAITING = Delivery.status == SQL("'waiting'")  # spelled out, so that both databases see that the partial index fits


class Turns:
    """Each attribute is a statement; the names in quotes are what each of its runs gives."""

    def __init__(self, database: Database) -> None:
        now, mine = now_us(database), among(database, LaneRow.channel, "channels")
        in_lane = (Delivery.channel == given(Delivery.channel)) & (Delivery.id <= number("until"))
        turn = Case(None, [(LaneRow.due_at > LaneRow.expires_at, LaneRow.due_at)], LaneRow.expires_at)
        fences = LaneRow.select(LaneRow.channel, LaneRow.fence).where(mine).order_by(LaneRow.channel)
        claimed = LaneRow.update(fence=LaneRow.fence + 1, expires_at=now + number("lease_us"))
        given_back = LaneRow.update(
            expires_at=0,
            due_at=now + number("wait_us"),
            failures=(LaneRow.failures + 1) * number("failed"),
            thread_ts=given(LaneRow.thread_ts),
            thread_until=given(LaneRow.thread_until),
        )
        ended = Delivery.update(
            settled_at=now, status=given(Delivery.status), error=given(Delivery.error), tries=Delivery.tries + 1
        ).where(among(database, Delivery.id, "ids"), WAITING)

        self.anything = Statement(Delivery.select(Value(1).alias("any")).where(WAITING).limit(1))
        self.next = Statement(_lanes((fn.MIN(turn) - now).alias("left_us")))
        self.due = Statement(_due(database, now))
        self.claimed = Statement(claimed.where(mine))
        self.owed_by_id = Statement(_owed(among(database, Delivery.id, "ids")))
        self.owed_in_lane = Statement(_owed(in_lane).limit(DIGEST_MOST))
        self.fences = Statement(database.locked(fences))
        self.given_back = Statement(given_back.where(mine))
        self.ended = Statement(ended)


def _owed(which: Any) -> Any:
    """What waits, the oldest first."""
    columns = (EventRow.key, EventRow.kind, EventRow.flag, EventRow.customer, EventRow.happened_at, EventRow.data)
    return Delivery.select(Delivery.id, *columns).join(EventRow).where(which, WAITING).order_by(Delivery.id)


def _due(database: Database, now: Any) -> Any:
    """The lanes whose turn it is: `first` is the oldest delivery that waits, `over` one of those that are too many for a
    message each."""
    oldest = Delivery.select(Delivery.id).where(Delivery.channel == LaneRow.channel, WAITING).order_by(Delivery.id)
    query = (
        _lanes(
            LaneRow.channel,
            LaneRow.fence,
            LaneRow.expires_at,
            LaneRow.failures,
            LaneRow.thread_ts,
            LaneRow.thread_until,
            SlackChannel.channel_id,
            SlackChannel.workspace,
            SlackWorkspace.team_id,
            SlackWorkspace.customer,
            SlackWorkspace.enabled,
            SlackWorkspace.revision,
            oldest.limit(1).alias("first"),
            oldest.limit(1).offset(number("digest_over")).alias("over"),
        )
        .where(LaneRow.due_at <= now, LaneRow.expires_at <= now)
        .order_by(LaneRow.due_at, LaneRow.channel)
        .limit(number("most"))
    )
    return query.for_update(of=LaneRow, skip_locked=True) if database.is_postgres else query


def _lanes(*columns: Any) -> Any:
    """Those with something waiting, of workspaces whose token is not refused."""
    waiting = Delivery.select(Value(1)).where(Delivery.channel == LaneRow.channel, WAITING)
    refused = RefusedToken.select(Value(1)).where(
        RefusedToken.workspace == SlackWorkspace.id, RefusedToken.revision == SlackWorkspace.revision
    )
    return (
        LaneRow.select(*columns).join(SlackChannel).join(SlackWorkspace).where(fn.EXISTS(waiting), ~fn.EXISTS(refused))
    )
