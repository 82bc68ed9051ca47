"""Brings deliveries from the outbox to the channels.

One thread alone speaks to the store: it settles what was posted and claims as many lanes as there are free senders, both in
one transaction a round. The senders compose, post, and return a settlement. Any number of processes do this side by side.

A workspace gets one more sender only while it has fewer than are free: where chats hang, one keeps half of all senders, two a third each.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from bot.core.chat import Chat, Place
from bot.core.errors import ChatError
from bot.core.message import Mention, Message, Span
from bot.core.metrics import Metrics
from bot.core.notices import Notices, Words
from bot.core.text import count
from bot.delivery import compose, post_result
from bot.delivery.compose import Composed
from bot.delivery.updates import Updates
from bot.heartbeats import STORE_SILENT_S, Heartbeats
from bot.ids.chats import set_again
from store.claims import Claim, NoticeMessage, Settled, Settlement
from store.database import Store
from store.errors import StoreError

log = logging.getLogger(__name__)

SENDERS = 64  # threads, made when there is work for them; Slack answers in about 50 ms
LEASE_S = 30.0
POST_S = 10.0  # a claim that ends sooner is given back, because the post might outlast it
IDLE_S = 0.5  # between two looks at an outbox that other processes fill, too
STORE_AWAY_S = 1.0
MAPPINGS_S = 30.0  # how long a workspace's mappings are kept
DRAIN_S = 15.0


class Delivery:
    """Runs in its own threads from `start` to `stop`."""

    def __init__(
        self,
        store: Store,
        chat: Chat,
        notices: Notices,
        metrics: Metrics,
        updates: Updates,
        *,
        redact: Callable[[Message], Message],
        remedy_of: Callable[[str], Callable[[str], str]],
        prompt_of: Callable[[str], str],
        job_page: Callable[[int], str],
        digest_over: int,
        digest_pause_s: float,
        heartbeats: Heartbeats | None = None,
        senders: int = SENDERS,
        lease_s: float = LEASE_S,
        pace_s: float = post_result.PACE_S,
    ) -> None:
        """`updates` counts the changes of messages, which the parts of the bot share. `redact` hides also what older rules left in a notice that waited. By the chat's id of a
        workspace, `remedy_of` gives what says what to do about the chat's own word for a refusal, and `prompt_of` what is written before a
        subcommand. `job_page` gives the address of a job. A channel with more than
        `digest_over` waiting deliveries gets a digest, which grows until nothing has come for `digest_pause_s`."""
        self._updates = updates
        self._store, self._chat, self._notices, self._metrics = store, chat, notices, metrics
        self._prompt_of, self._job_page, self._digest_over = prompt_of, job_page, digest_over
        self._redact, self._remedy_of = redact, remedy_of
        self._senders, self._lease_s, self._pace_s, self._digest_pause_s = senders, lease_s, pace_s, digest_pause_s
        self._mappings: dict[int, tuple[float, Mapping[int, str], Mapping[str, str]]] = {}
        self._heartbeats = heartbeats or Heartbeats()
        self._pool = ThreadPoolExecutor(senders, "sender", initializer=self._heartbeats.must_live)
        self._changed = threading.Condition()
        self._done: list[Settlement] = []
        self._under_way: Counter[int] = Counter()  # by workspace
        self._woken = False
        self._stop_by = float("inf")
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        if not self._store.database.is_postgres:
            self._store.lanes.release_all()
        self._thread.start()

    def wake(self) -> None:
        """Looks at the outbox now, because something was added to it."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def stop(self, timeout_s: float = DRAIN_S) -> None:
        """Claims nothing more, and settles what is being posted for up to `timeout_s` seconds."""
        with self._changed:
            self._stop_by = time.monotonic() + timeout_s
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(wait=False)

    def _run(self) -> None:
        away = False
        while True:
            self._heartbeats.beat(STORE_SILENT_S)
            try:
                wait_s = self._round()
                away = False
            except StoreError as error:
                log.log(logging.DEBUG if away else logging.WARNING, "deliveries wait for the store: %s", error.words)
                wait_s, away = STORE_AWAY_S, True
            except Exception:
                log.exception("a round of deliveries failed; going on")
                wait_s, away = STORE_AWAY_S, True
            if self._ended(wait_s, away=away):
                return

    def _ended(self, wait_s: float, *, away: bool) -> bool:
        """Returns True if a stop was asked for and all is settled; else waits for the next round."""
        with self._changed:
            if self._stopping and (not self._under_way or time.monotonic() > self._stop_by):
                return True
            self._changed.wait_for(lambda: not away and (self._woken or self._done), wait_s)
            self._woken = False
            return False

    @property
    def _stopping(self) -> bool:
        return self._stop_by != float("inf")

    def _round(self) -> float:
        """Settles and claims. Returns how many seconds to wait for the next round unless something happens."""
        with self._changed:
            settlements = list(self._done)
            held = self._under_way - Counter(each.claim.workspace for each in settlements)
        free = 0 if self._stopping else self._senders - held.total()
        claimed_at = time.monotonic()
        claims = self._settle_and_claim(settlements, free, held)
        for claim in claims:
            if claim.unsettled:
                log.warning("a message to %s may be there twice: its sender ended before it settled", claim.channel_id)
                self._metrics.ambiguous.add()
            words = self._words(claim)
            with self._changed:
                self._under_way[claim.workspace] += 1
            self._pool.submit(self._deliver, claim, words, claimed_at + self._lease_s - min(POST_S, self._lease_s / 3))
        if claims or not free:
            return IDLE_S
        turn_s = self._store.lanes.next_due_s(free, held)
        return IDLE_S if turn_s is None else min(IDLE_S, turn_s)

    def _settle_and_claim(self, settlements: list[Settlement], free: int, held: Counter[int]) -> list[Claim]:
        found, claims = self._store.lanes.settle_and_claim(settlements, free, self._lease_s, self._digest_over, held)
        with self._changed:
            del self._done[: len(settlements)]  # kept until the store has taken it
            self._under_way = held
        for settlement, settled in zip(settlements, found, strict=True):
            self._report(settlement, settled)
        return claims

    def _words(self, claim: Claim) -> Words:
        read_at, users, names = self._mappings.get(claim.workspace, (float("-inf"), {}, {}))
        if time.monotonic() - read_at > MAPPINGS_S:
            mappings = self._store.users.list(workspace=claim.workspace)
            users = {mapping.user: mapping.slack_user_id for mapping in reversed(mappings)}
            names = {mapping.slack_user_id: mapping.username for mapping in mappings}
            self._mappings[claim.workspace] = (time.monotonic(), users, names)

        def requester(user: int | None, name: str) -> Span:
            mapped = None if user is None else users.get(user)
            return name if mapped is None else Mention(mapped, name)

        prompt = self._prompt_of(claim.team_id)
        return Words(prompt, self._job_page, requester, now=self._store.database.clock(), names=names)

    # --- in a sender's thread

    def _deliver(self, claim: Claim, words: Words, by: float) -> None:
        try:
            settlement = self._posted(claim, words, by)
        except BaseException as error:
            log.exception("a delivery to %s failed; it is tried again", claim.channel_id)
            ids = tuple(delivery.id for delivery in claim.deliveries)
            # A thread that is ended says nothing against what it was sending, so the channel waits but a moment.
            wait_s = post_result.LONGEST_WAIT_S if isinstance(error, Exception) else post_result.FIRST_WAIT_S
            settlement = Settlement(claim=claim, failed=ids, error="fault", wait_s=wait_s)
        with self._changed:
            self._done.append(settlement)
            self._changed.notify()

    def _posted(self, claim: Claim, words: Words, by: float) -> Settlement:
        if claim.stale is not None:
            return self._show_again(claim, claim.stale, words)
        fits = partial(self._chat.fits, Place(claim.team_id, claim.channel_id))
        composed = compose.compose(claim, self._notices, words, fits)
        while (message := composed.message) is not None:
            if time.monotonic() > by:  # the machine slept, or this process did
                return Settlement(claim=claim, wait_s=0.0)
            try:
                ref = self._post(claim, composed, message)
            except ChatError as error:
                if error.kind == "permanent" and composed.reply_to and not claim.burst:
                    composed = replace(
                        composed, reply_to="", thread=None
                    )  # most likely the notice that it answers was deleted
                    continue
                if error.kind != "content" or not message.whole or time.monotonic() > by:
                    return post_result.refused(claim, composed, error, self._pace_s, random.uniform(0.75, 1.25))
                log.warning("a digest to %s is sent in smaller pieces: %s", claim.channel_id, error.words)
                composed = compose.smaller(composed, claim, self._notices, words, fits)
                time.sleep(self._pace_s)
            else:
                return post_result.posted(claim, composed, ref, self._pace_s, self._digest_pause_s)
        return Settlement(claim=claim, parked=composed.parked)

    def _post(self, claim: Claim, composed: Composed, message: Message) -> str:
        """Returns the ref of the message."""
        place = Place(claim.team_id, claim.channel_id)
        try:
            if composed.instead:
                self._updates.allow(claim.workspace, claim.channel_id)
                return self._chat.update(place, composed.instead.ref, self._redact(message), last=False)
            return self._chat.post(place, self._redact(message), composed.reply_to)
        except ChatError:
            raise
        except Exception as error:  # while it was rendered: nothing was sent
            keys = ", ".join(each.key for each in claim.deliveries if each.id in composed.ids)
            why = compose.unshowable(keys, error)
            raise ChatError("The message cannot be made.", kind="content", reason=why) from error

    def _show_again(self, claim: Claim, stale: NoticeMessage, words: Words) -> Settlement:
        """Shows a message in place as it is now."""
        message = compose.again(stale, self._notices, words)
        error: ChatError | None = None
        if message is not None:
            try:
                self._updates.allow(claim.workspace, claim.channel_id)
                self._chat.update(Place(claim.team_id, claim.channel_id), stale.ref, self._redact(message), last=False)
            except ChatError as refused:
                log.info("a notice in %s stays as it is for now: %s", claim.channel_id, refused.words)
                error = refused
        return post_result.changed(claim, error, self._pace_s)

    # --- logs and metrics

    def _report(self, settlement: Settlement, settled: Settled) -> None:
        claim = settlement.claim
        if settled.stale:
            if settlement.sent or settlement.ambiguous:
                log.warning("a message to %s was settled too late; it may be there twice", claim.channel_id)
                self._metrics.ambiguous.add()
            return
        for delivery in claim.deliveries:
            if delivery.id in settlement.sent:
                self._metrics.sent.add(delivery.kind)
        if settlement.ambiguous:
            self._metrics.ambiguous.add()
        if settlement.error:
            level = logging.INFO if claim.failures else logging.WARNING
            log.log(
                level,
                "the chat did not accept a message to %s (%s); it is tried again",
                claim.channel_id,
                settlement.error,
            )
            self._metrics.failed.add(settlement.error)
        if settled.moved:
            return
        self._report_parked(claim, [*settlement.parked.values(), *[settlement.error] * settled.given_up])
        if settlement.refused:
            self._metrics.failed.add(settlement.refused)
        if settled.stopped:
            log.warning(
                "workspace %s refuses the bot's token (%s): nothing is sent there until it is changed: `%s`",
                claim.team_id,
                settlement.refused,
                set_again(claim.team_id),
            )

    def _report_parked(self, claim: Claim, reasons: list[str]) -> None:
        for reason in dict.fromkeys(reasons):
            number = reasons.count(reason)
            log.warning(
                "%s to %s of %s parked (%s): %s Then: `webnet-bot notify retry`.",
                count(number, "notice"),
                claim.channel_id,
                claim.team_id,
                reason,
                post_result.remedy(reason, self._remedy_of(claim.team_id)),
            )
            self._metrics.parked.add(by=number)
