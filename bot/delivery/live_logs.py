"""Follows the logs of jobs while they run: one reply in a thread that changes as entries come, and another once it is full.

What was shown is in the store by the ids of entries, and each look is made under a claim: after a kill -9 another process goes on. A
reply is changed in place, which may be done twice; at most the one that was just posted comes again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.cards import NewCard
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest, Workspace, Workspaces
from bot.core.errors import ChatError, Refused, WebNetError, WebNetMissing
from bot.core.message import AnyCard, LiveLogCard, Message
from bot.delivery.cards import CLAIM_S, SELDOM
from bot.delivery.updates import Updates
from bot.jobs.judge import NO_LOG
from bot.jobs.live_log import (
    FOLLOWED_FOR,
    TIME_AFTER,
    LiveLogState,
    Over,
    Position,
    Step,
    is_news,
    pace_s,
    settled,
    step,
)
from bot.jobs.logs import JobLog, JobLogs
from bot.jobs.outcome import Outcome
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import LOGGED_AT_END
from bot.webnet.models import Job
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.errors import StoreError
from store.live_logs import Ending, LiveLog
from store.live_logs import LiveLogs as Store

log = logging.getLogger(__name__)

PATIENCE = 2 * FOLLOWED_FOR  # how long after its beginning the end of one waits for WebNet and for the chat
ENDINGS: dict[Over, Ending] = {"job": "job", "stopped": "stopped", "late": "late", "refused": "refused", "gone": "job"}


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known of jobs and callers. `outcome` raises WebNetError; `may_read` raises Refused for a workspace's user who may not
    read logs there, and WebNetError."""

    webnet: WebNet
    logs: JobLogs
    outcome: Callable[[Job], Outcome]
    may_read: Callable[[Workspace, str], object]
    job_page: Callable[[int], str]
    now: Callable[[], datetime]  # by WebNet's clock


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found at one look: why it is not followed any longer, if so, and the entries, None if there are no others."""

    job: Job | None
    over: Over
    log: JobLog | None
    newest: int = 0


class LiveLogs:
    """Is `core.cards.CardOpener` for answers below which a log is followed, and has `tick`, which the scheduler calls."""

    def __init__(
        self,
        store: Store,
        sources: Sources,
        chat: Chat,
        workspaces: Workspaces,
        view: Callable[[LiveLogState], Message],
        updates: Updates,
        *,
        instance: str,
        every_s: float,
    ) -> None:
        """One that is alone in its workspace changes every `every_s`."""
        self._store = store
        self._sources = sources
        self._chat = chat
        self._workspaces = workspaces
        self._view = view
        self._updates = updates
        self._instance = instance
        self._every_s = every_s
        self._resting = Resting[int](store.now, timedelta(seconds=every_s), SELDOM)  # those that cannot be read
        self._stopping = threading.Event()

    def open(self, card: AnyCard, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard:  # noqa: ARG002  # by the port
        assert isinstance(card, LiveLogCard)
        return _Thread(self._store, self._chat, card.live_log, request)

    def tick(self) -> None:
        """Goes on with every live log that is due. Raises WebNetError if WebNet is away, and StoreError."""
        while not self._stopping.is_set() and (row := self._store.claim(self._instance, CLAIM_S)):
            began = self._updates.began()
            try:
                self._advance(row)
                self._resting.read(row.id)
            except FAULTS_OF_ONE as error:
                self._put_off(row, error)
            except WebNetError:
                self._wait(row, self._pace_s(row))
                raise
            except ChatError as error:
                log.info("the live log of job #%d waits: %s", row.job_id, error.words)
                wait_s = max(self._pace_s(row), error.retry_after_s or 0)
                self._updates.silence(row.workspace, row.channel_id, wait_s, error, began)
                self._wait(row, wait_s)
            except StoreError:
                raise
            except Exception:
                log.exception("the live log of job #%d cannot go on now", row.job_id)
                self._wait(row, self._pace_s(row))

    def stop(self) -> None:
        """Begins with no further one; the one at hand is finished by its tick."""
        self._stopping.set()

    def _pace_s(self, row: LiveLog) -> float:
        return pace_s(self._every_s, self._store.open_in(row.workspace))

    def _put_off(self, row: LiveLog, error: WebNetError) -> None:
        """Puts one off whose job WebNet cannot show, each time for longer. Raises WebNetError if WebNet is away."""
        try:
            self._sources.webnet.require_admin()
        except WebNetError:
            self._wait(row, self._pace_s(row))
            raise
        log.warning("the live log of job #%d waits: %s", row.job_id, error.words)
        self._wait(row, max(self._pace_s(row), self._resting.failed(row.id).total_seconds()))

    def _wait(self, row: LiveLog, wait_s: float) -> None:
        self._store.let_go(row, wait_s, position=row.position, ref=row.ref)

    def _advance(self, row: LiveLog) -> None:
        workspace = self._workspaces.by_id(row.workspace)
        known = workspace is not None and workspace.enabled and workspace.customer == row.customer
        if workspace is None or not known or row.thread is None or self._store.now() - row.created_at > PATIENCE:
            self._store.end(row, "given_up")
            return
        if silent_s := self._updates.silent_s(row.workspace, row.channel_id):
            self._wait(row, silent_s)
            return
        before = Position.of(row.position)
        look = self._look(row, workspace, before)
        status = look.job.status if look.job else ""
        after = replace(before, looks=before.looks + 1)
        if look.log is not None:
            found = step(before, look.log) if look.job else Step("", before, begins=True)
            after = replace(found.position, looks=after.looks)
            if look.over or is_news(before, found, status):
                self._show(row, workspace, look, found)
                return
        self._store.let_go(row, self._pace_s(row), position=replace(after, read=look.newest).text, ref=row.ref)

    def _show(self, row: LiveLog, workspace: Workspace, look: _Look, found: Step) -> None:
        self._updates.allow(row.workspace, row.channel_id)
        place = Place(workspace.chat_id, row.channel_id)
        message = self._view(self._state(row, look, found))
        last = bool(look.over) and not found.more
        status = look.job.status if look.job else ""
        position, ref = replace(found.position, read=look.newest, looks=0, status=status), row.ref
        try:
            if found.begins:
                ref = self._chat.post(place, message, row.thread or "")
            else:
                ref = self._chat.update(place, ref, message, last=last or found.more)
        except ChatError as error:
            if error.may_pass:
                raise
            log.info("the live log of job #%d goes on in another way: %s", row.job_id, error.words)
            if found.begins:
                self._store.end(row, "given_up")
                return
            # It cannot be changed any more, or is gone: what follows stands in a reply of its own.
            position, last = replace(Position.of(row.position), closed=True), False
        if last:
            self._store.end(row, ENDINGS[look.over])
        else:
            self._store.let_go(row, self._pace_s(row), position=position.text, ref=ref)

    def _state(self, row: LiveLog, look: _Look, found: Step) -> LiveLogState:
        outcome = self._sources.outcome(look.job) if look.job and look.over == "job" else None
        return LiveLogState(
            row.job_id,
            look.job,
            self._sources.job_page(row.job_id),
            found.text,
            self._sources.now(),
            over=look.over,
            by=row.stopped_by or "",
            outcome=outcome,
            at_end=look.job is not None and look.job.type in LOGGED_AT_END,
            gap=found.position.gap,
            closed=found.more,
        )

    # -- what is known now

    def _look(self, row: LiveLog, workspace: Workspace, before: Position) -> _Look:
        over = self._not_allowed(row, workspace)
        try:
            job = self._sources.webnet.job(row.job_id)
        except WebNetMissing:
            return _Look(None, "gone", NO_LOG)
        if job.customer != row.customer:  # after a restore of WebNet the number may be another job's
            return _Look(None, "gone", NO_LOG)
        over = over or self._over(row, job)
        if job.type in LOGGED_AT_END and not job.ended:
            return _Look(job, over, NO_LOG)
        newest = self._sources.logs.newest(job.id)
        same = before.replies and before.shown == newest and before.status == job.status
        if not over and same and before.looks < TIME_AFTER:
            return _Look(job, over, None, newest)
        found = self._sources.logs.after(job.id, before.shown if before.closed else before.after)
        if over == "refused":  # nothing more is shown
            found = JobLog(tuple(line for line in found.lines if line.id <= before.shown), found.full)
        elif not over:
            found = settled(found, before, self._sources.now())
        return _Look(job, over, found, max(newest, before.read))

    def _not_allowed(self, row: LiveLog, workspace: Workspace) -> Over:
        try:
            self._sources.may_read(workspace, row.chat_user)
        except Refused as refused:
            log.info("the log of job #%d is not followed any longer: %s", row.job_id, refused.words)
            return "refused"
        return ""

    def _over(self, row: LiveLog, job: Job) -> Over:
        if job.ended:
            return "job"
        if row.stopped_by is not None:
            return "stopped"
        return "late" if self._store.now() - row.created_at > FOLLOWED_FOR else ""


class _Thread:
    """The answer that is about to be shown, below which a log is to be followed. Where it can have no thread its requester reads the
    log alone."""

    def __init__(self, store: Store, chat: Chat, live_log: int, request: CommandRequest) -> None:
        self._store = store
        self._chat = chat
        self._live_log = live_log
        self._request = request

    def shown(self, ref: str) -> None:
        if self._chat.has_thread(self._request.place, ref):
            self._write(lambda: self._store.place(self._live_log, ref))
        else:
            self._write(lambda: self._store.place(self._live_log, "", self._request.chat_user))

    def dropped(self) -> None:
        self._write(lambda: self._store.drop(self._live_log))

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StoreError as error:
            log.warning("a log is not followed: %s", error.words)
