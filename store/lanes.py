"""Turns at a channel: what is owed to it is claimed for a while, posted by the one who claimed it, and settled.

A channel has one lane, so its messages keep their order and their pace over all replicas. A claim ends by itself after its
lease; its fence then no longer fits, and a settlement that comes too late changes nothing. The database's time decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from peewee import EXCLUDED, SQL, Case, Value, fn

from store.engine import Database
from store.models import EPOCH, Delivery, EventRow, LaneRow, RefusedToken, SlackChannel, SlackWorkspace

DIGEST_MOST = 2_000  # deliveries that are looked at for one digest; what waits beyond becomes the next one
GIVE_UP_AFTER = timedelta(hours=24)
WAITING = Delivery.status == SQL("'waiting'")  # spelled out, so that both databases see that the partial index fits


@dataclass(frozen=True)
class Owed:
    """One event on its way to one channel; `id` is the delivery's."""

    id: int
    key: str
    kind: str
    flag: str
    customer: int
    happened_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """`owed` is oldest first: one delivery; all that wait, if they are too many for a message each; or, where
    `thread_ts` is set, what is left of the digest that began there. `failures` counts the turns that failed since the
    last that did not. `unsettled`: somebody had this turn before, and may have posted without saying so."""

    channel: int
    fence: int
    workspace: int
    revision: int
    team_id: str
    channel_id: str
    owed: tuple[Owed, ...]
    thread_ts: str = ""
    failures: int = 0
    unsettled: bool = False


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What became of a claim. `sent` were posted as `ts`; `parked` says why, by id; `failed` are to be tried again, or
    given up after GIVE_UP_AFTER. The next turn is `wait_s` from now; it goes on in `thread_ts` with what is left up to
    the delivery `thread_until`. `refused` is the error by which the workspace's token was refused."""

    claim: Claim
    sent: Collection[int] = ()
    ts: str = ""
    parked: Mapping[int, str] = field(default_factory=dict)
    failed: Collection[int] = ()
    error: str = ""
    ambiguous: bool = False
    wait_s: float = 0.0
    thread_ts: str = ""
    thread_until: int = 0
    refused: str = ""


@dataclass(frozen=True)
class Settled:
    """`stale`: it came too late and changed nothing. `given_up` are those of `failed` that are now parked. `stopped`:
    this was the first to be told that the workspace's token is refused."""

    stale: bool = False
    given_up: int = 0
    stopped: bool = False


class Lanes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, most: int, lease_s: float, digest_over: int) -> list[Claim]:
        """At most `most` lanes whose turn it is. What is owed to a workspace that was disabled, or that went to
        another customer, is dropped on the way."""
        if most <= 0 or not self._database.tuples(Delivery.select(Value(1)).where(WAITING).limit(1)):
            return []
        with self._database.transaction():
            lanes = self._database.rows(self._due(most))
            until = self._database.now_us() + round(lease_s * 1_000_000)
            mine = LaneRow.channel.in_([lane["channel"] for lane in lanes])
            if lanes:
                self._database.run(LaneRow.update(fence=LaneRow.fence + 1, expires_at=until).where(mine))
            claims = [self._claimed(lane, digest_over) for lane in lanes]
            empty = [claim.channel for claim in claims if not claim.owed]
            if empty:
                self._database.run(LaneRow.update(expires_at=0).where(LaneRow.channel.in_(empty)))
        return [claim for claim in claims if claim.owed]

    def next_turn_s(self) -> float | None:
        """Seconds until the next lane with something waiting has its turn; None if there is none."""
        turn = Case(None, [(LaneRow.due_at > LaneRow.expires_at, LaneRow.due_at)], LaneRow.expires_at)
        query = _lanes(fn.MIN(turn) - self._database.now_us())
        ((left_us,),) = self._database.tuples(query)
        return None if left_us is None else max(0.0, int(left_us) / 1_000_000)

    def settle(self, settlements: Iterable[Settlement]) -> list[Settled]:
        """All in one transaction; what came of each, in their order."""
        with self._database.transaction():
            # In the order of their lanes, so that two replicas never wait for each other.
            ordered = sorted(enumerate(settlements), key=lambda item: item[1].claim.channel)
            settled = {number: self._settle(settlement) for number, settlement in ordered}
        return [settled[number] for number in sorted(settled)]

    def free_all(self) -> None:
        """Ends every claim of a process that is gone; for SQLite, where there is only one."""
        self._database.run(LaneRow.update(expires_at=1).where(LaneRow.expires_at > 1))

    def _due(self, most: int) -> Any:
        now = self._database.now_us()
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
            )
            .where(LaneRow.due_at <= now, LaneRow.expires_at <= now)
            .order_by(LaneRow.due_at, LaneRow.channel)
            .limit(most)
        )
        return query.for_update(of=LaneRow, skip_locked=True) if self._database.is_postgres else query

    def _claimed(self, lane: Mapping[str, Any], digest_over: int) -> Claim:
        thread_ts = lane["thread_ts"]
        waiting = (Delivery.channel == lane["channel"]) & WAITING
        owed = self._owed(lane, waiting & (Delivery.id <= lane["thread_until"]), DIGEST_MOST) if thread_ts else []
        if not owed:
            thread_ts = ""
            owed = self._owed(lane, waiting, digest_over + 1)
            owed = self._owed(lane, waiting, DIGEST_MOST) if len(owed) > digest_over else owed[:1]
        return Claim(
            channel=lane["channel"],
            fence=lane["fence"] + 1,
            workspace=lane["workspace"],
            revision=lane["revision"],
            team_id=lane["team_id"],
            channel_id=lane["channel_id"],
            owed=tuple(owed),
            thread_ts=thread_ts,
            failures=lane["failures"],
            unsettled=lane["expires_at"] != EPOCH,
        )

    def _owed(self, lane: Mapping[str, Any], which: Any, most: int) -> list[Owed]:
        query = (
            Delivery.select(
                Delivery.id,
                EventRow.key,
                EventRow.kind,
                EventRow.flag,
                EventRow.customer,
                EventRow.happened_at,
                EventRow.data,
            )
            .join(EventRow)
            .where(which)
            .order_by(Delivery.id)
            .limit(most)
        )
        rows = [Owed(**{**row, "data": json.loads(row["data"])}) for row in self._database.rows(query)]
        kept = [row for row in rows if lane["enabled"] and row.customer == lane["customer"]]
        if len(kept) < len(rows):
            gone = {row.id for row in rows} - {row.id for row in kept}
            self._end(gone, status="dropped")
        return kept

    def _settle(self, settlement: Settlement) -> Settled:
        claim, now = settlement.claim, self._database.now_us()
        turn = LaneRow.update(
            expires_at=0,
            due_at=now + round(settlement.wait_s * 1_000_000),
            failures=LaneRow.failures + 1 if settlement.failed else 0,
            thread_ts=settlement.thread_ts,
            thread_until=settlement.thread_until,
        )
        if not self._database.run(turn.where(LaneRow.channel == claim.channel, LaneRow.fence == claim.fence)):
            return Settled(stale=True)
        self._end(settlement.sent, status="sent", ts=settlement.ts, error="", tries=Delivery.tries + 1)
        for why in sorted(set(settlement.parked.values())):
            ids = [number for number, reason in settlement.parked.items() if reason == why]
            self._end(ids, status="parked", error=why, tries=Delivery.tries + 1)
        given_up = self._failed(settlement) if settlement.failed else 0
        return Settled(given_up=given_up, stopped=bool(settlement.refused) and self._stop(settlement))

    def _end(self, ids: Collection[int], **values: Any) -> None:
        if ids:
            query = Delivery.update(settled_at=self._database.now_us(), **values)
            self._database.run(query.where(Delivery.id.in_(list(ids)), WAITING))

    def _failed(self, settlement: Settlement) -> int:
        """Notes the failure and parks what has failed for too long; how many those are."""
        now, these = self._database.now_us(), Delivery.id.in_(list(settlement.failed)) & WAITING
        noted = Delivery.update(
            tries=Delivery.tries + 1,
            ambiguous=Delivery.ambiguous + int(settlement.ambiguous),
            error=settlement.error,
            tried_since=fn.COALESCE(Delivery.tried_since, now),
        )
        self._database.run(noted.where(these))
        last = now - GIVE_UP_AFTER // timedelta(microseconds=1)
        parked = Delivery.update(status="parked", settled_at=now).where(these, Delivery.tried_since <= last)
        return int(self._database.run(parked))

    def _stop(self, settlement: Settlement) -> bool:
        """Nothing more is sent to the workspace until it was changed, since it may then have a new token."""
        claim = settlement.claim
        query = RefusedToken.insert(
            workspace=claim.workspace,
            revision=claim.revision,
            error=settlement.refused,
            created_at=self._database.now_us(),
        ).on_conflict(
            conflict_target=[RefusedToken.workspace],
            preserve=[RefusedToken.revision, RefusedToken.error, RefusedToken.created_at],
            where=RefusedToken.revision < EXCLUDED.revision,
        )
        return bool(self._database.run(query.as_rowcount()))


def _lanes(*columns: Any) -> Any:
    """Those with something waiting, of workspaces whose token is not refused."""
    waiting = Delivery.select(Value(1)).where(Delivery.channel == LaneRow.channel, WAITING)
    refused = RefusedToken.select(Value(1)).where(
        RefusedToken.workspace == SlackWorkspace.id, RefusedToken.revision == SlackWorkspace.revision
    )
    return (
        LaneRow.select(*columns).join(SlackChannel).join(SlackWorkspace).where(fn.EXISTS(waiting), ~fn.EXISTS(refused))
    )
