"""Turns at a channel: what is owed to it is claimed for a while, posted by the one who claimed it, and settled.

A channel has one lane, so its messages keep their order and their pace over all replicas. A claim ends by itself after its
lease; its fence then no longer fits, and a settlement that comes too late changes nothing. The database's time decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

from peewee import EXCLUDED, SQL, Case, Value, fn

from store.engine import Database
from store.fields import EPOCH
from store.models import Delivery, EventRow, LaneRow, RefusedToken, SlackChannel, SlackWorkspace

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
    """What became of a claim. `sent` were posted; `parked` says why, by id; `failed` are to be tried again, or
    given up after GIVE_UP_AFTER. The next turn is `wait_s` from now; it goes on in `thread_ts` with what is left up to
    the delivery `thread_until`. `refused` is the error by which the workspace's token was refused."""

    claim: Claim
    sent: Collection[int] = ()
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
        if most <= 0 or not self._anything():
            return []
        with self._database.transaction():
            lanes = self._database.rows(self._due(most, digest_over))
            until = self._database.now_us() + round(lease_s * 1_000_000)
            if lanes:
                mine = LaneRow.channel.in_([lane["channel"] for lane in lanes])
                self._database.run(LaneRow.update(fence=LaneRow.fence + 1, expires_at=until).where(mine))
            claims = [_claim(lane, *found) for lane, found in zip(lanes, self._owed_to(lanes), strict=True)]
            empty = [claim.channel for claim in claims if not claim.owed]
            if empty:
                self._database.run(LaneRow.update(expires_at=0).where(LaneRow.channel.in_(empty)))
        return [claim for claim in claims if claim.owed]

    def next_turn_s(self) -> float | None:
        """Seconds until the next lane with something waiting has its turn; None if there is none."""
        if not self._anything():
            return None
        turn = Case(None, [(LaneRow.due_at > LaneRow.expires_at, LaneRow.due_at)], LaneRow.expires_at)
        query = _lanes(fn.MIN(turn) - self._database.now_us())
        ((left_us,),) = self._database.tuples(query)
        return None if left_us is None else max(0.0, int(left_us) / 1_000_000)

    def settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        """All in one transaction; what came of each, in their order."""
        with self._database.transaction():
            fences = self._locked_fences(settlements)
            timely = [fences.get(each.claim.channel) == each.claim.fence for each in settlements]
            live = list(compress(settlements, timely))
            self._give_turns_back(live)
            sent = [number for each in live for number in each.sent]
            self._end(sent, status="sent", error="", tries=Delivery.tries + 1)
            return [
                self._settled(each) if fits else Settled(stale=True)
                for each, fits in zip(settlements, timely, strict=True)
            ]

    def free_all(self) -> None:
        """Ends every claim of a process that is gone; for SQLite, where there is only one."""
        self._database.run(LaneRow.update(expires_at=1).where(LaneRow.expires_at > 1))

    def _anything(self) -> bool:
        """Asked twice a second, so it costs nothing however many channels there are."""
        return bool(self._database.tuples(Delivery.select(Value(1)).where(WAITING).limit(1)))

    def _due(self, most: int, digest_over: int) -> Any:
        """`first` is the oldest delivery that waits, `over` one of those that are too many for a message each."""
        now = self._database.now_us()
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
                oldest.limit(1).offset(digest_over).alias("over"),
            )
            .where(LaneRow.due_at <= now, LaneRow.expires_at <= now)
            .order_by(LaneRow.due_at, LaneRow.channel)
            .limit(most)
        )
        return query.for_update(of=LaneRow, skip_locked=True) if self._database.is_postgres else query

    def _owed_to(self, lanes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[Owed], str]]:
        """What each of these has its turn for, and the thread it goes on in; the single ones by one query."""
        firsts = [lane["first"] for lane in lanes if lane["over"] is None]
        single = (
            {owed.id: owed for owed in self._owed(Delivery.id.in_(firsts) & WAITING, len(firsts))} if firsts else {}
        )
        for lane in lanes:
            waiting, thread_ts = (Delivery.channel == lane["channel"]) & WAITING, lane["thread_ts"]
            owed = self._owed(waiting & (Delivery.id <= lane["thread_until"]), DIGEST_MOST) if thread_ts else []
            if not owed:
                thread_ts = ""
                if lane["over"] is not None:
                    owed = self._owed(waiting, DIGEST_MOST)
                elif lane["first"] in single:
                    owed = [single[lane["first"]]]
            yield self._without_foreign(lane, owed), thread_ts

    def _without_foreign(self, lane: Mapping[str, Any], owed: list[Owed]) -> list[Owed]:
        kept = [each for each in owed if lane["enabled"] and each.customer == lane["customer"]]
        if len(kept) < len(owed):
            self._end({each.id for each in owed} - {each.id for each in kept}, status="dropped")
        return kept

    def _owed(self, which: Any, most: int) -> list[Owed]:
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
        return [Owed(**{**row, "data": json.loads(row["data"])}) for row in self._database.rows(query)]

    def _locked_fences(self, settlements: Sequence[Settlement]) -> dict[int, int]:
        """Locked in the order of their channels, so that two replicas never wait for each other."""
        channels = [each.claim.channel for each in settlements]
        query = LaneRow.select(LaneRow.channel, LaneRow.fence).where(LaneRow.channel.in_(channels))
        return dict(self._database.tuples(self._database.locked(query.order_by(LaneRow.channel))))

    def _give_turns_back(self, settlements: Sequence[Settlement]) -> None:
        alike: dict[tuple[Any, ...], list[int]] = {}
        for each in settlements:
            turn = (each.wait_s, bool(each.failed), each.thread_ts, each.thread_until)
            alike.setdefault(turn, []).append(each.claim.channel)
        for (wait_s, failed, thread_ts, thread_until), channels in alike.items():
            query = LaneRow.update(
                expires_at=0,
                due_at=self._database.now_us() + round(wait_s * 1_000_000),
                failures=LaneRow.failures + 1 if failed else 0,
                thread_ts=thread_ts,
                thread_until=thread_until,
            )
            self._database.run(query.where(LaneRow.channel.in_(channels)))

    def _settled(self, settlement: Settlement) -> Settled:
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


def _claim(lane: Mapping[str, Any], owed: Sequence[Owed], thread_ts: str) -> Claim:
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


def _lanes(*columns: Any) -> Any:
    """Those with something waiting, of workspaces whose token is not refused."""
    waiting = Delivery.select(Value(1)).where(Delivery.channel == LaneRow.channel, WAITING)
    refused = RefusedToken.select(Value(1)).where(
        RefusedToken.workspace == SlackWorkspace.id, RefusedToken.revision == SlackWorkspace.revision
    )
    return (
        LaneRow.select(*columns).join(SlackChannel).join(SlackWorkspace).where(fn.EXISTS(waiting), ~fn.EXISTS(refused))
    )
