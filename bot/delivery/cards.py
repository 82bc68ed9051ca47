"""Keeps cards up to date with their jobs: queued, running, and the outcome, in place. The end is a reply in the card's thread
that mentions the requester, because an edit notifies nobody. That a job was cancelled is such a reply as well, and no end: a
worker of WebNet may still run it, so its card is followed on for a day.

Everything is in the store before it is shown, and a card is updated under a claim: after a kill -9 the next tick, or another
replica, goes on with it. At most the last reply can then come twice. The card of a start that was unclear and was found later
begins with a message in person instead of an answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.cards import FOUND, NewCard
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest, Workspaces
from bot.core.errors import ChatError, WebNetError, WebNetMissing
from bot.core.message import AnyCard, Card, Mention, Message, Span
from bot.delivery.card_message import CardMessage, OpenedCard
from bot.delivery.updates import Updates
from bot.jobs.card_state import CardState
from bot.jobs.outcome import Outcome
from bot.jobs.outcomes import Outcomes
from bot.jobs.stuck import Stuck
from bot.webnet.client import WebNet
from bot.webnet.models import CANCELLED, Job
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.cards import Card as Row
from store.cards import Cards as Store
from store.errors import StoreError
from store.jobs import Cancelled

log = logging.getLogger(__name__)

CLAIM_S = 90.0  # longer than all the calls that one card may need, each to its time-out
YOUNG_FOR = timedelta(minutes=2)  # how long a card is read often
FOLLOWED_FOR = timedelta(days=1)
PATIENCE = 2 * FOLLOWED_FOR  # how long after its beginning a card waits for WebNet, or for its chat
SELDOM = timedelta(minutes=2)  # how often at least a job is asked for that WebNet cannot show: its end is waited for
CANCELLED_EVERY_S = 60.0  # how often a job that was cancelled a while ago is read
FIRST = "queued"  # the state that the answer of the command shows
RESULT = "result"
PENDING = "!"  # ends a state that is shown in place, but of which the requester is not notified yet
INSTEAD = "?"  # the same, where it cannot be shown in place, so that the message to the requester shows it


class Cancels(Protocol):
    """Knows who cancelled the job with this id; `seen` says that WebNet shows it as cancelled."""

    def __call__(self, id: int, /, *, seen: bool) -> Cancelled | None: ...


@dataclass(frozen=True, slots=True)
class Views:
    """`state` makes the card, `end` the reply that notifies its requester, and `found` what a requester reads whose start was
    unclear, once its job was found."""

    state: Callable[[CardState], Message]
    end: Callable[[CardState, Span], Message]
    found: Callable[[CardState, Span], Message]


class Cards:
    """Is `core.cards.CardOpener`, and has `tick`, which the scheduler calls every `card_interval_s`."""

    def __init__(
        self,
        store: Store,
        webnet: WebNet,
        outcomes: Outcomes,
        chat: Chat,
        workspaces: Workspaces,
        views: Views,
        updates: Updates,
        *,
        instance: str,
        card_interval_s: float,
        poll_interval_s: float,
        job_page: Callable[[int], str],
        stuck: Callable[[Job], Stuck | None],
        cancelled: Cancels,
        waits: Callable[[Job, Outcome], bool],
        ended: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """`stuck` says whether a job may never end, and `waits` whether its end is to be shown a
        moment later, as more will be known. `ended` is called after a requester was
        notified that a job ended, which the feed of jobs may not know yet."""
        self._store = store
        self._webnet = webnet
        self._outcomes = outcomes
        self._chat = chat
        self._workspaces = workspaces
        self._views = views
        self._updates = updates
        self._instance = instance
        # A little less than the interval: what becomes due just after a tick would else wait for the one after the next.
        self._often_s, self._seldom_s = card_interval_s * 0.8, max(card_interval_s, poll_interval_s) * 0.8
        self._job_page = job_page
        self._stuck = stuck
        self._cancelled = cancelled
        self._waits = waits
        self._ended = ended
        self._now = now
        self._resting = Resting[int](now, timedelta(seconds=self._often_s), SELDOM)  # jobs that cannot be read
        self._stopping = threading.Event()

    # -- a new card

    def open(self, card: AnyCard, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard | None:
        assert isinstance(card, Card)
        workspace = self._workspaces.workspace(request.place.workspace)
        if workspace is None:
            return None
        try:
            row = self._store.open(
                workspace=workspace.id,
                customer=workspace.customer,
                job_id=card.job,
                what=card.what,
                device_name=card.where,
                left_out=card.left_out,
                also=card.also,
                channel_id=request.place.channel,
                chat_user=request.chat_user,
                chat_user_name=request.chat_user_name,
                ephemeral=ephemeral,
                ref=ref,
                holder=self._instance,
                ttl_s=CLAIM_S,
            )
        except StoreError as error:
            log.warning("job #%d is answered without a card: %s", card.job, error.words)
            return None
        return OpenedCard(self._store, row, FIRST, self._often_s)

    # -- those that are due

    def tick(self) -> None:
        """Brings every card up to date that is due. Raises WebNetError if WebNet is away, and StoreError."""
        while not self._stopping.is_set() and (card := self._store.claim(self._instance, CLAIM_S)):
            began = self._updates.began()
            try:
                self._advance(card)
                self._resting.read(card.job_id)
            except FAULTS_OF_ONE as error:
                self._put_off(card, error)
            except WebNetError:
                self._store.let_go(card, self._pace(card))
                raise
            except ChatError as error:
                log.info("the card of job #%d waits: %s", card.job_id, error.words)
                wait_s = max(self._pace(card), error.retry_after_s or 0)
                self._updates.silence(card.workspace, card.channel_id, wait_s, error, began)
                self._store.let_go(card, wait_s)
            except StoreError:
                raise
            except Exception:
                log.exception("the card of job #%d cannot be brought up to date now", card.job_id)
                self._store.let_go(card, self._seldom_s)

    def stop(self) -> None:
        """Begins no further card; the one that is being updated is finished by its tick."""
        self._stopping.set()

    def _put_off(self, card: Row, error: WebNetError) -> None:
        """Puts a card off whose job WebNet cannot show, each time for longer. Raises WebNetError if WebNet is away."""
        try:
            self._webnet.require_admin()
        except WebNetError:
            self._store.let_go(card, self._pace(card))
            raise
        if self._now() - card.created_at > PATIENCE:
            log.error("the card of job #%d is given up: %s", card.job_id, error.words)
            self._store.end(card, "given_up")
            return
        log.warning("the card of job #%d waits: %s", card.job_id, error.words)
        self._store.let_go(card, max(self._pace(card), self._resting.failed(card.job_id).total_seconds()))

    def _pace(self, card: Row, state: CardState | None = None) -> float:
        if self._now() - card.created_at < YOUNG_FOR:
            return self._often_s
        return max(self._seldom_s, CANCELLED_EVERY_S) if state and state.waits_cancelled else self._seldom_s

    def _advance(self, card: Row) -> None:
        workspace = self._workspaces.by_id(card.workspace)
        if workspace is None or not workspace.enabled or workspace.customer != card.customer:
            self._store.end(card, "given_up")  # the workspace was disabled, or shows another customer by now
            return
        if silent_s := self._updates.silent_s(card.workspace, card.channel_id):
            self._store.let_go(card, silent_s)
            return
        state = self._state(card)
        patience = self._now() - card.created_at < PATIENCE
        if state.job and state.outcome and self._waits(state.job, state.outcome):
            self._store.let_go(card, self._often_s)
            return
        place = Place(workspace.chat_id, card.channel_id)
        message = CardMessage(self._chat, place, card, self._updates, patience=patience)
        if card.shown == FOUND and not self._say_found(message, state, card):
            return  # another claimant has the card
        shows, in_place = _shows(state), not card.shown.endswith(INSTEAD)
        news = shows == RESULT or ((state.waits_cancelled or state.stuck is not None) and shows != card.shown)
        if shows != card.shown.rstrip(PENDING + INSTEAD):
            in_place = message.update(self._views.state(state), last=shows == RESULT)
            mark = (PENDING if in_place else INSTEAD) if news else ""
            # The ref counts what it was used for.
            if not self._store.keep(card, shown=shows + mark, ref=message.ref or None):
                return  # another claimant has the card
        known = not news or self._knows(state, card, shows, in_place=in_place)
        notified = known or self._notify(message, state, card, in_place=in_place)
        if state.over:
            self._store.end(card, ("told" if in_place else "as_message") if notified else "given_up")
        else:
            self._store.let_go(card, self._pace(card, state), shown=shows)
        if news:
            self._ended()

    def _knows(self, state: CardState, card: Row, shows: str, *, in_place: bool) -> bool:
        """Says whether the requester knows what the card shows: who asked twice is notified once, and nobody of what they did."""
        own = state.by_requester and state.waits_cancelled
        return own or (in_place and self._store.is_notified(card, shows))

    def _say_found(self, shown: CardMessage, state: CardState, card: Row) -> bool:
        """Notifies the requester at most once: a kill in between costs this message, and its end still comes."""
        if not self._store.keep(card, shown=FIRST):
            return False
        try:
            shown.whisper(self._views.found(state, _requester(card)))
        except ChatError:
            self._store.keep(card, shown=FOUND)
            raise
        return True

    def _notify(self, shown: CardMessage, state: CardState, card: Row, *, in_place: bool) -> bool:
        requester = _requester(card)
        notified = shown.reply(self._views.end(replace(state, in_place=in_place), requester))
        if not notified:
            log.warning("the requester of job #%d could not be notified of its end", card.job_id)
        return notified

    def _state(self, card: Row) -> CardState:
        shown = Card(card.job_id, card.what, card.device_name, card.left_out, card.also)
        page = self._job_page(card.job_id)
        try:
            job = self._webnet.job(card.job_id)
        except WebNetMissing:
            return CardState(shown, page, None, over=True)
        if job.customer != card.customer:  # after a restore of WebNet the number may be another job's
            return CardState(shown, page, None, over=True)
        late, state = self._now() - card.created_at > FOLLOWED_FOR, CardState(shown, page, job)
        if cancelled := self._cancelled(job.id, seen=job.status == CANCELLED):
            state = replace(state, cancelled_by=cancelled.by, by_requester=cancelled.chat_user == card.chat_user)
        jobs = (job, *self._others(card))
        if waits := next((one for one in jobs if not one.ended), None):
            return replace(state, job=waits, over=late, stuck=None if late else self._stuck(waits))
        try:
            outcome, brought = self._outcomes.of_all(jobs)
            return replace(state, over=late or job.status != CANCELLED, outcome=outcome, brought=brought)
        except WebNetError:
            if late:  # its log could not be read for a whole day
                return replace(state, over=True)
            raise

    def _others(self, card: Row) -> Iterator[Job]:
        for number in card.also:
            with suppress(WebNetMissing):
                if (job := self._webnet.job(number)).customer == card.customer:
                    yield job


def _requester(card: Row) -> Mention:
    return Mention(card.chat_user, card.chat_user_name or card.chat_user)


def _shows(state: CardState) -> str:
    """Names what a card shows: a job that was cancelled has no result, however long it was followed."""
    if state.over and not state.waits_cancelled:
        return RESULT
    status = state.job.status if state.job else ""
    return f"{status} {state.stuck.how}" if state.stuck else status
