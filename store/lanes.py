"""Hands deliveries out: those that wait for a channel are claimed for a while, posted by the claimant, and settled.

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

from peewee import EXCLUDED, SQL, fn

from store.engine import Database
from store.lane_statements import (
    ANY_WAITING,
    CLAIM,
    DUE_LANES,
    LOCKED_FENCES,
    NEXT_DUE,
    RELEASE,
    SETTLE,
    WAITING_BY_ID,
    WAITING_IN_LANE,
)
from store.models import Delivery, LaneRow, RefusedToken

_WAITING = Delivery.status == SQL("'waiting'")  # spelled out, so that both databases see that the partial index fits
LAST_ID = 2**63 - 1
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class ClaimedDelivery:
    """One event on its way to one channel; `id` is the delivery's, `customer` WebNet's."""

    id: int
    key: str
    kind: str
    flag: str
    customer: int
    happened_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """A lane's deliveries for as long as its lease runs, oldest first: one delivery; all that wait, if they are too many for
    a message each; or, where `thread_ts` is set, what is left of the digest that began there. `failures` counts the claims
    that failed in a row. `unsettled` says that an earlier claim was never settled, so its deliveries may have been posted."""

    channel: int
    fence: int
    workspace: int
    revision: int
    team_id: str
    channel_id: str
    deliveries: tuple[ClaimedDelivery, ...]
    thread_ts: str = ""
    failures: int = 0
    unsettled: bool = False


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What became of a claim. `sent` are ids of deliveries that were posted; `parked` gives the reason by id; `failed` are to
    be tried again, or given up after GIVE_UP_AFTER. The lane is due again in `wait_s` seconds and then goes on in `thread_ts`
    with what is left up to the delivery `thread_until`. `refused` is the error by which the chat refused the workspace's
    token."""

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
    """The result of a settlement. `stale` means that it came too late and changed nothing, `stopped` that it was the first
    to report that the workspace's token is refused. `given_up` counts those of `failed` that are parked now."""

    stale: bool = False
    given_up: int = 0
    stopped: bool = False


class Lanes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def next_due_s(self) -> float | None:
        """Returns the seconds until the next lane with a waiting delivery is due, or None if there is no such lane."""
        if not self._anything():
            return None
        left_us = self._database.rows(NEXT_DUE)[0]["left_us"]
        return None if left_us is None else max(0.0, int(left_us) / 1_000_000)

    def settle_and_claim(
        self, settlements: Sequence[Settlement], most: int, lease_s: float, digest_over: int
    ) -> tuple[list[Settled], list[Claim]]:
        """Settles, and then claims at most `most` lanes that are due: in one transaction, since a commit costs more than what
        is in it. Returns the result of each settlement, in their order, and the claims. Deliveries to a workspace that was
        disabled, or that belongs to another customer now, are dropped on the way."""
        if not settlements and (most <= 0 or not self._anything()):
            return [], []
        with self._database.transaction():
            return self._settle(settlements), self._claim(most, lease_s, digest_over) if most > 0 else []

    def release_all(self) -> None:
        """Ends every claim, at the start of the one process of an SQLite store: whoever held a claim is gone."""
        self._database.run(LaneRow.update(expires_at=1).where(LaneRow.expires_at > 1))

    def _claim(self, most: int, lease_s: float, digest_over: int) -> list[Claim]:
        due = self._database.rows(DUE_LANES, most=most, digest_over=digest_over)
        if due:
            self._database.run(CLAIM, channels=[lane["channel"] for lane in due], lease_us=_us(lease_s))
        claims = [_claim(lane, *found) for lane, found in zip(due, self._deliveries_of(due), strict=True)]
        empty = [claim.channel for claim in claims if not claim.deliveries]
        if empty:
            self._database.run(LaneRow.update(expires_at=0).where(LaneRow.channel.in_(empty)))
        return [claim for claim in claims if claim.deliveries]

    def _settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        if not settlements:
            return []
        fences = self._locked_fences(settlements)
        timely = [fences.get(each.claim.channel) == each.claim.fence for each in settlements]
        live = list(compress(settlements, timely))
        self._release(live)
        self._end([number for each in live for number in each.sent], "sent")
        return [
            self._settled(each) if fits else Settled(stale=True) for each, fits in zip(settlements, timely, strict=True)
        ]

    def _anything(self) -> bool:
        """Says whether any delivery waits. This is asked twice a second, and costs the same however many channels there are."""
        return bool(self._database.rows(ANY_WAITING))

    def _deliveries_of(self, due: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[ClaimedDelivery], str]]:
        """Yields the deliveries of each of these lanes, and the thread they go on in. One query reads all single ones."""
        firsts = [lane["first"] for lane in due if lane["over"] is None and lane["first"] is not None]
        rows = self._database.rows(WAITING_BY_ID, ids=firsts) if firsts else []
        single = {row["id"]: _loaded(row) for row in rows}
        for lane in due:
            thread_ts = lane["thread_ts"]
            deliveries = self._waiting_in(lane, lane["thread_until"]) if thread_ts else []
            if not deliveries:
                thread_ts = ""
                if lane["over"] is not None:
                    deliveries = self._waiting_in(lane, LAST_ID)
                elif lane["first"] in single:
                    deliveries = [single[lane["first"]]]
            yield self._without_foreign(lane, deliveries), thread_ts

    def _waiting_in(self, lane: Mapping[str, Any], until: int) -> list[ClaimedDelivery]:
        rows = self._database.rows(WAITING_IN_LANE, channel=lane["channel"], until=until)
        return [_loaded(row) for row in rows]

    def _without_foreign(self, lane: Mapping[str, Any], deliveries: list[ClaimedDelivery]) -> list[ClaimedDelivery]:
        kept = [each for each in deliveries if lane["enabled"] and each.customer == lane["customer"]]
        if len(kept) < len(deliveries):
            foreign = {each.id for each in deliveries} - {each.id for each in kept}
            query = Delivery.update(settled_at=self._database.now_us(), status="dropped")
            self._database.run(query.where(Delivery.id.in_(list(foreign)), _WAITING))
        return kept

    def _locked_fences(self, settlements: Sequence[Settlement]) -> dict[int, int]:
        """Locked in the order of their channels, so that two replicas never wait for each other."""
        rows = self._database.rows(LOCKED_FENCES, channels=[each.claim.channel for each in settlements])
        return {row["channel"]: row["fence"] for row in rows}

    def _release(self, settlements: Sequence[Settlement]) -> None:
        alike: dict[tuple[Any, ...], list[int]] = {}
        for each in settlements:
            outcome = (each.wait_s, bool(each.failed), each.thread_ts, each.thread_until)
            alike.setdefault(outcome, []).append(each.claim.channel)
        for (wait_s, failed, thread_ts, thread_until), channels in alike.items():
            self._database.run(
                RELEASE,
                channels=channels,
                wait_us=_us(wait_s),
                failed=int(failed),
                thread_ts=thread_ts,
                thread_until=thread_until,
            )

    def _end(self, ids: Collection[int], status: str, error: str = "") -> None:
        if ids:
            self._database.run(SETTLE, ids=list(ids), status=status, error=error)

    def _settled(self, settlement: Settlement) -> Settled:
        for why in sorted(set(settlement.parked.values())):
            ids = [number for number, reason in settlement.parked.items() if reason == why]
            self._end(ids, "parked", why)
        given_up = self._failed(settlement) if settlement.failed else 0
        return Settled(given_up=given_up, stopped=bool(settlement.refused) and self._stop(settlement))

    def _failed(self, settlement: Settlement) -> int:
        """Notes the failure, parks the deliveries that have failed for too long, and returns how many those are."""
        now, these = self._database.now_us(), Delivery.id.in_(list(settlement.failed)) & _WAITING
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
        """Stops all deliveries to the workspace until it is changed, since it may then have a new token. False if another
        settlement did so before."""
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


def _claim(lane: Mapping[str, Any], deliveries: Sequence[ClaimedDelivery], thread_ts: str) -> Claim:
    return Claim(
        channel=lane["channel"],
        fence=lane["fence"] + 1,
        workspace=lane["workspace"],
        revision=lane["revision"],
        team_id=lane["team_id"],
        channel_id=lane["channel_id"],
        deliveries=tuple(deliveries),
        thread_ts=thread_ts,
        failures=lane["failures"],
        unsettled=lane["expires_at"] != 0,
    )


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _loaded(row: Mapping[str, Any]) -> ClaimedDelivery:
    return ClaimedDelivery(**{**row, "data": json.loads(row["data"])})
