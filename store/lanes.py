"""Hands deliveries out: those that wait for a channel are claimed for a while, posted by the claimant, and settled.

A channel has one lane, so its messages keep their order and their pace over all replicas. A claim ends by itself after its
lease; its fence then no longer fits, and a settlement that comes too late changes nothing. The database's time decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import compress
from typing import Any

from peewee import EXCLUDED, SQL, fn

from store.claims import Claim, ClaimedDelivery, NoticeMessage, Settled, Settlement
from store.engine import Database
from store.fields import in_us
from store.lane_statements import (
    ANYTHING,
    CLAIM,
    DUE_LANES,
    GROW,
    LOCKED_FENCES,
    NEXT_DUE,
    RELEASE,
    RELEASED_IN_LANE,
    SETTLE,
    WAITING_BY_ID,
    WAITING_IN_LANE,
)
from store.models import Delivery, LaneRow, RefusedToken
from store.notice_messages import NoticeMessages
from store.statements import Statement

_WAITING = Delivery.status == SQL("'waiting'")  # spelled out, so that both databases see that the partial index fits
GIVE_UP_AFTER = timedelta(hours=24)
GROWS_FOR_S = 600.0  # a burst, at most: nobody is notified of what is added to a message


def lock_lanes(database: Database, channels: Any) -> list[dict[str, Any]]:
    """Waits for whoever works on the lanes of these channels, a list or a select of ids, and keeps them until the transaction ends.

    Whoever has a lane adds rows that refer to its channel. So this comes before a channel is locked as a whole, or removed:
    the other way round each would wait for the other."""
    lanes = LaneRow.select().where(LaneRow.channel.in_(channels)).order_by(LaneRow.channel)
    return database.rows(database.locked(lanes))


class Lanes:
    def __init__(self, database: Database, messages: NoticeMessages) -> None:
        self._database = database
        self._messages = messages

    def next_due_s(self, most: int = 1, held: Counter[int] | None = None) -> float | None:
        """Returns the seconds until the next lane is due that `settle_and_claim` would claim with these, or None if there is no such
        lane."""
        if not self._anything():
            return None
        left_us = self._database.rows(NEXT_DUE, full=_full(held, most))[0]["left_us"]
        return None if left_us is None else max(0.0, int(left_us) / 1_000_000)

    def settle_and_claim(
        self,
        settlements: Sequence[Settlement],
        most: int,
        lease_s: float,
        digest_over: int,
        held: Counter[int] | None = None,
    ) -> tuple[list[Settled], list[Claim]]:
        """Settles, and then claims at most `most` lanes that are due: in one transaction, since a commit costs more than what
        is in it. `held` counts the lanes that the claimant has already, by workspace: where it is given, a workspace gets one more
        only while it has fewer than may still be claimed. Returns the result of each settlement, in their order, and the claims.
        Deliveries to a workspace that was disabled, or that belongs to another customer now, and those that are pointless by now are
        dropped on the way."""
        if not settlements and (most <= 0 or not self._anything()):
            return [], []
        with self._database.transaction():
            return self._settle(settlements), self._claim(most, lease_s, digest_over, held) if most > 0 else []

    def release_all(self) -> None:
        """Ends every claim, at the start of the one process of an SQLite store: whoever held a claim is gone."""
        self._database.run(LaneRow.update(expires_at=1).where(LaneRow.expires_at > 1))

    def _claim(self, most: int, lease_s: float, digest_over: int, held: Counter[int] | None) -> list[Claim]:
        due = self._taken(most, lease_s, digest_over, held)
        claims = [*self._claims(due, digest_over)]
        empty = [claim.channel for claim in claims if not claim.deliveries and not claim.stale]
        if empty:
            self._database.run(LaneRow.update(expires_at=0).where(LaneRow.channel.in_(empty)))
        return [claim for claim in claims if claim.deliveries or claim.stale]

    def _taken(self, most: int, lease_s: float, digest_over: int, held: Counter[int] | None) -> list[Mapping[str, Any]]:
        """Claims lanes. Where some were passed over, it looks again without their workspaces, behind which others may stand."""
        held = None if held is None else held.copy()
        values = {"digest_over": digest_over, "burst_us": in_us(GROWS_FOR_S)}
        taken: list[Mapping[str, Any]] = []
        while (free := most - len(taken)) > 0:
            due = self._database.rows(DUE_LANES, most=free, full=_full(held, free), **values)
            shared = due if held is None else [*_shared(due, held, free)]
            if shared:
                self._database.run(CLAIM, channels=[lane["channel"] for lane in shared], lease_us=in_us(lease_s))
            taken += shared
            if len(shared) == len(due):
                break
        return taken

    def _settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        if not settlements:
            return []
        lanes = self._locked(settlements)
        timely = [lanes.get(each.claim.channel, {}).get("fence") == each.claim.fence for each in settlements]
        live = list(compress(settlements, timely))
        self._release(live)
        self._end([number for each in live for number in each.sent], "sent")
        self._messages.keep(live)
        return [
            self._settled(each, lanes[each.claim.channel]["channel_id"]) if fits else Settled(stale=True)
            for each, fits in zip(settlements, timely, strict=True)
        ]

    def _anything(self) -> bool:
        """Says whether any lane has something to do. This is asked twice a second, and costs the same however many channels there
        are."""
        return bool(self._database.rows(ANYTHING))

    def _claims(self, due: Sequence[Mapping[str, Any]], digest_over: int) -> Iterator[Claim]:
        """Makes the claims of these lanes. One query reads all single deliveries."""
        firsts = [lane["first"] for lane in due if lane["first"] and not _is_many(lane)]
        single = {each.id: each for each in self._loaded(WAITING_BY_ID, ids=firsts)} if firsts else {}
        for lane in due:
            burst: tuple[NoticeMessage, ...] = ()
            deliveries = [single[lane["first"]]] if lane["first"] in single else []
            if lane["first"] and _is_many(lane):
                burst = self._messages.pages(lane["burst"]) if lane["burst"] else ()
                deliveries, burst = _together(self._waiting_in(lane), digest_over, burst)
            kept = self._worth_sending(lane, deliveries)
            yield _claim(lane, kept, burst if kept else (), None if lane["first"] else self._stale(lane))

    def _waiting_in(self, lane: Mapping[str, Any]) -> list[ClaimedDelivery]:
        released = self._loaded(RELEASED_IN_LANE, channel=lane["channel"]) if lane["released"] else []
        return released or self._loaded(WAITING_IN_LANE, channel=lane["channel"])

    def _loaded(self, statement: Statement, **values: Any) -> list[ClaimedDelivery]:
        return self._messages.loaded(self._database.rows(statement, **values))

    def _stale(self, lane: Mapping[str, Any]) -> NoticeMessage | None:
        """Returns the message of the lane that is to be changed; none is any more that shows what is another customer's now."""
        while (message := self._messages.stale(lane["channel"])) is not None:
            if lane["enabled"] and all(each.customer == lane["customer"] for each in message.deliveries):
                return message
            self._messages.leave(message)
        return None

    def _worth_sending(self, lane: Mapping[str, Any], deliveries: list[ClaimedDelivery]) -> list[ClaimedDelivery]:
        own = [each for each in deliveries if lane["enabled"] and each.customer == lane["customer"]]
        kept = [each for each in own if not each.pointless]
        if len(kept) < len(deliveries):
            dropped = {each.id for each in deliveries} - {each.id for each in kept}
            query = Delivery.update(settled_at=self._database.now_us(), status="dropped")
            self._database.run(query.where(Delivery.id.in_(list(dropped)), _WAITING))
        return kept

    def _locked(self, settlements: Sequence[Settlement]) -> dict[int, Mapping[str, Any]]:
        """Locked in the order of their channels, so that two replicas never wait for each other."""
        rows = self._database.rows(LOCKED_FENCES, channels=[each.claim.channel for each in settlements])
        return {row["channel"]: row for row in rows}

    def _release(self, settlements: Sequence[Settlement]) -> None:
        alike: dict[tuple[float, bool], list[int]] = {}
        for each in settlements:
            alike.setdefault((each.wait_s, bool(each.failed)), []).append(each.claim.channel)
        for (wait_s, failed), channels in alike.items():
            self._database.run(RELEASE, channels=channels, wait_us=in_us(wait_s), failed=int(failed))
        for each in settlements:
            if each.grows_s is not None:
                head = each.claim.burst[0].id if each.claim.burst else min(each.sent, default=0)
                self._database.run(GROW, channel=each.claim.channel, burst=head, grows_us=in_us(each.grows_s))

    def _end(self, ids: Collection[int], status: str, error: str = "") -> None:
        if ids:
            self._database.run(SETTLE, ids=list(ids), status=status, error=error)

    def _settled(self, settlement: Settlement, channel_id: str) -> Settled:
        if settlement.parked and settlement.claim.channel_id != channel_id:
            return Settled(moved=True)
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


def _full(held: Counter[int] | None, free: int) -> list[int]:
    """Returns the workspaces that get no further lane."""
    return [workspace for workspace, lanes in (held or {}).items() if lanes >= free]


def _shared(due: Sequence[Mapping[str, Any]], held: Counter[int], free: int) -> Iterator[Mapping[str, Any]]:
    """Yields the lanes that their workspaces get, and counts them."""
    for lane in due:
        if held[lane["workspace"]] < free:
            held[lane["workspace"]] += 1
            free -= 1
            yield lane


def _claim(
    lane: Mapping[str, Any],
    deliveries: Sequence[ClaimedDelivery],
    burst: tuple[NoticeMessage, ...],
    stale: NoticeMessage | None,
) -> Claim:
    return Claim(
        channel=lane["channel"],
        fence=lane["fence"] + 1,
        workspace=lane["workspace"],
        revision=lane["revision"],
        team_id=lane["team_id"],
        channel_id=lane["channel_id"],
        deliveries=tuple(deliveries),
        burst=burst,
        stale=stale,
        failures=lane["failures"],
        unsettled=lane["expires_at"] != 0,
    )


def _is_many(lane: Mapping[str, Any]) -> bool:
    return any(lane[name] is not None for name in ("over", "released", "burst"))


def _together(
    waiting: Sequence[ClaimedDelivery], digest_over: int, burst: tuple[NoticeMessage, ...]
) -> tuple[list[ClaimedDelivery], tuple[NoticeMessage, ...]]:
    """Chooses what one message shows, and the burst that grows by it, if one does: what was held until now; then what is to notify
    somebody whom the burst does not mention, since a change of a message notifies nobody; then notices of their own; then replies,
    of these those in one thread."""
    was_held = bool(burst) and burst[0].was_held
    own = [each for each in waiting if each.thread is None]
    if own and own[0].held_for:
        return own, burst if was_held else ()
    known = {name for page in burst for each in page.deliveries for name in each.mentions}
    loud = [each for each in own if each.urgent or not known.issuperset(each.mentions)]
    if loud:
        return loud if len(loud) > digest_over else loud[:1], ()
    if own and burst and not was_held:
        return own, burst
    if own:
        return own if len(own) > digest_over else own[:1], ()
    return [each for each in waiting if each.thread == waiting[0].thread], ()
