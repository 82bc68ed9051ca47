"""Keeps cards up to date with their jobs: queued, running, and the outcome, in place. The end is a reply in the card's thread
that mentions the requester, because an edit notifies nobody.

Everything is in the store before it is shown, and a card is updated under a claim: after a kill -9 the next tick, or another
replica, goes on with it. At most the last reply can then come twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.cards import NewCard
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest, Workspace
from bot.core.errors import (
    ChatError,
    WebNetError,
    WebNetKeyRejected,
    WebNetMissing,
    WebNetThrottled,
    WebNetTimeout,
    WebNetUnreachable,
)
from bot.core.message import Card, Mention, Message, Span
from bot.delivery.card_message import CardMessage
from bot.jobs.card_state import CardState
from bot.jobs.outcome import Outcomes
from bot.webnet.client import WebNet
from store.cards import Card as Row
from store.cards import Cards as Store
from store.errors import StoreError

log = logging.getLogger(__name__)

CLAIM_S = 90.0  # longer than all the calls that one card may need, each to its time-out
YOUNG_FOR = timedelta(minutes=2)  # how long a card is read often
FOLLOWED_FOR = timedelta(days=1)
FIRST = "queued"  # the state that the answer of the command shows
RESULT = "result"  # the end is shown in place, and the requester is not notified yet

AWAY = (WebNetUnreachable, WebNetTimeout, WebNetThrottled, WebNetKeyRejected)  # is so for every card alike


class Workspaces(Protocol):
    """Finds a workspace by the chat's id of it, and by the store's. Both read a cache."""

    def workspace(self, chat_id: str, /) -> Workspace | None: ...

    def by_id(self, workspace: int, /) -> Workspace | None: ...


@dataclass(frozen=True, slots=True)
class Views:
    """`state` makes the card, `end` the reply that notifies its requester."""

    state: Callable[[CardState], Message]
    end: Callable[[CardState, Span], Message]


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
        *,
        instance: str,
        card_interval_s: float,
        poll_interval_s: float,
        job_page: Callable[[int], str],
        ended: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """`ended` is called after a requester was notified that a job ended, which the feed of jobs may not know yet."""
        self._store = store
        self._webnet = webnet
        self._outcomes = outcomes
        self._chat = chat
        self._workspaces = workspaces
        self._views = views
        self._instance = instance
        # A little less than the interval: what becomes due just after a tick would else wait for the one after the next.
        self._often_s, self._seldom_s = card_interval_s * 0.8, max(card_interval_s, poll_interval_s) * 0.8
        self._job_page = job_page
        self._ended = ended
        self._now = now
        self._stopping = threading.Event()
        self._quiet: dict[int, datetime] = {}  # until when the chat asked for silence, by workspace

    # -- a new card

    def open(self, card: Card, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard | None:
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
        return _NewCard(self._store, row, self._often_s)

    # -- those that are due

    def tick(self) -> None:
        """Brings every card up to date that is due. Raises WebNetError where the next card would meet it, too, and StoreError."""
        while not self._stopping.is_set() and (card := self._store.claim(self._instance, CLAIM_S)):
            try:
                self._advance(card)
            except WebNetError as error:
                self._store.let_go(card, self._pace(card))
                if isinstance(error, AWAY):
                    raise
                log.warning("the card of job #%d waits: %s", card.job_id, error.words)
            except ChatError as error:
                log.info("the card of job #%d waits: %s", card.job_id, error.words)
                wait_s = max(self._pace(card), error.retry_after_s or 0)
                if error.retry_after_s is not None:  # the limits are the workspace's, so its other cards wait, too
                    self._quiet[card.workspace] = self._now() + timedelta(seconds=wait_s)
                self._store.let_go(card, wait_s)
            except StoreError:
                raise
            except Exception:
                log.exception("the card of job #%d cannot be brought up to date now", card.job_id)
                self._store.let_go(card, self._seldom_s)

    def stop(self) -> None:
        """Begins no further card; the one that is being updated is finished by its tick."""
        self._stopping.set()

    def _pace(self, card: Row) -> float:
        return self._often_s if self._now() - card.created_at < YOUNG_FOR else self._seldom_s

    def _advance(self, card: Row) -> None:
        workspace = self._workspaces.by_id(card.workspace)
        if workspace is None or not workspace.enabled or workspace.customer != card.customer:
            self._store.end(card, "given_up")  # the workspace was disabled, or shows another customer by now
            return
        quiet_s = (self._quiet.get(card.workspace, card.created_at) - self._now()).total_seconds()
        if quiet_s > 0:
            self._store.let_go(card, quiet_s)
            return
        state = self._state(card)
        shown = CardMessage(self._chat, Place(workspace.chat_id, card.channel_id), card)
        shows = RESULT if state.over else state.job.status if state.job else ""
        if shows != card.shown:
            shown.update(self._views.state(state), last=state.over)
            if not self._store.keep(card, shown=shows, ref=shown.ref or None):  # the ref counts what it was used for
                return  # another claimant has the card
        if not state.over:
            self._store.let_go(card, self._pace(card))
            return
        notified = shown.reply(self._views.end(state, Mention(card.chat_user, card.chat_user_name or card.chat_user)))
        if not notified:
            log.warning("the requester of job #%d could not be notified of its end", card.job_id)
        self._store.end(card, "told" if notified else "given_up")
        self._ended()

    def _state(self, card: Row) -> CardState:
        shown = Card(card.job_id, card.what, card.device_name)
        page = self._job_page(card.job_id)
        try:
            job = self._webnet.job(card.job_id)
        except WebNetMissing:
            return CardState(shown, page, None, over=True)
        if job.customer != card.customer:  # after a restore of WebNet the number may be another job's
            return CardState(shown, page, None, over=True)
        late = self._now() - card.created_at > FOLLOWED_FOR
        if not job.ended:
            return CardState(shown, page, job, over=late)
        try:
            return CardState(shown, page, job, self._outcomes.of(job), over=True)
        except WebNetError:
            if late:  # its log could not be read for a whole day
                return CardState(shown, page, job, over=True)
            raise


class _NewCard:
    def __init__(self, store: Store, card: Row, due_in_s: float) -> None:
        self._store = store
        self._card = card
        self._due_in_s = due_in_s

    def shown(self, ref: str) -> None:
        self._write(lambda: self._store.let_go(self._card, self._due_in_s, ref=ref, shown=FIRST))

    def dropped(self) -> None:
        self._write(lambda: self._store.drop(self._card))

    def _write(self, write: Callable[[], object]) -> None:
        """Logs a store that fails: the card is shown already, so that costs a second one at most, once the claim has ended."""
        try:
            write()
        except StoreError as error:
            log.warning("the card of job #%d was not stored: %s", self._card.job_id, error.words)
