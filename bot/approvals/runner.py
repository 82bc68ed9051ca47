"""Brings requests on when something is to be done for them: it ends those whose time is over, performs those that were allowed,
and has their messages updated. Nobody waits for it: a command is answered before, and a job is followed by its own card.

Each request is worked on under a lease, and the step is in the store before anything leaves the bot. What was performing when
its process died is not performed again: its audit row says how far it came, and its requester reads that.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.approvals.approvers import Approvers
from bot.approvals.messages import Messages
from bot.approvals.requests import ANSWER_S, Kept, Requests, is_on
from bot.core.cards import CardOpener
from bot.core.chat import Chat, Place
from bot.core.commands import CommandRequest, Workspace
from bot.core.errors import ChatError, Conflict, NotFound, WebNetError
from bot.core.message import Mention, Message, text
from bot.core.pipeline import Answer, Performer, StoredRequest
from bot.core.text import and_more
from bot.webnet.client import WebNet
from bot.webnet.target import Target
from store.audit import Audit
from store.errors import StoreError
from store.leases import INSTANCE, Leases
from store.requests import Purpose, State

log = logging.getLogger(__name__)

LEASE_S = 60.0
RETRY_S = 5.0
LOOK_AGAIN_S = 10.0  # at what another process performs
SWITCHED_OFF_S = 300.0  # before the end of a request is tried to be shown in a workspace that is switched off
START_WITHIN = timedelta(minutes=10)  # of the decision; later than that nobody expects it any more
MOST_NAMED = 5  # devices that void a request, in the sentence about that
NEWS: Mapping[
    Purpose, frozenset[State]
] = {  # of which the requester is notified; of what was done its own message does so
    "approval": frozenset({"denied", "expired", "done", "failed", "void"}),
    "confirmation": frozenset({"failed", "void"}),
    "mapping": frozenset({"done", "denied", "expired", "void"}),
}
UNSEEN: Mapping[Purpose, str] = {
    "approval": "It could not be shown where somebody else could decide, so nothing was started.",
    "confirmation": "It could not be shown, so nothing was started.",
    "mapping": "It could be shown to no administrator. Ask one yourself.",
}


class Runner:
    """`tick` is called every few seconds, and soon after a decision. `workspace(id)` reads a cache."""

    def __init__(
        self,
        requests: Requests,
        approvers: Approvers,
        messages: Messages,
        dispatcher: Performer,
        cards: CardOpener,
        chat: Chat,
        webnet: WebNet,
        leases: Leases,
        audit: Audit,
        workspace: Callable[[int], Workspace | None],
        instance: str,
        elsewhere: Collection[str] = (),
    ) -> None:
        """What was asked for by the commands `elsewhere` is performed by others once it is approved."""
        self._requests = requests
        self._approvers = approvers
        self._messages = messages
        self._dispatcher = dispatcher
        self._cards = cards
        self._chat = chat
        self._webnet = webnet
        self._leases = leases
        self._audit = audit
        self._workspace = workspace
        self._instance = instance
        self._elsewhere = elsewhere
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begins with no further request; the one that is worked on is finished by its tick."""
        self._stopping.set()

    def tick(self) -> None:
        """Works on every request that is due. Raises StoreError."""
        for number in self._requests.store.due():
            if self._stopping.is_set():
                return
            lease = self._leases.acquire(f"request:{number}", self._instance, LEASE_S)
            if lease is not None:
                try:
                    self._advance(number)
                finally:
                    self._leases.release(lease)

    def _advance(self, number: int) -> None:
        row = self._requests.store.get(number)
        if row is None:
            return
        kept = self._requests.read(number)
        if kept is None:  # it is not what was stored, or no key opens it: there is nothing to show or to do
            self._requests.store.rest(row, None)
            return
        try:
            workspace = self._workspace(kept.row.workspace)
            try:
                kept = self._step(kept, workspace)
            except WebNetError:
                self._show(kept, workspace)  # that it is decided, while it waits for WebNet
                raise
            kept = self._show(kept, workspace)
            self._requests.store.rest(kept.row, self._due(kept, workspace))
        except (WebNetError, ChatError) as error:
            log.info("request #%d waits: %s", number, error.words)
            wait_s = max(RETRY_S, getattr(error, "retry_after_s", None) or 0.0)
            self._requests.store.rest(self._again(kept).row, wait_s)
        except StoreError:
            raise
        except Exception:  # one that cannot be brought on must not hold up all others
            log.exception("request #%d cannot be brought on now", number)
            self._requests.store.rest(self._again(kept).row, LOOK_AGAIN_S)

    def _due(self, kept: Kept, workspace: Workspace | None) -> datetime | float | None:
        answered_by = kept.row.created_at + timedelta(seconds=ANSWER_S)
        if self._requests.store.now() < answered_by:
            return answered_by  # whoever answers it may be killed before that
        if kept.row.state == "requested":
            return kept.row.expires_at
        if kept.open:
            return LOOK_AGAIN_S
        return None if is_on(workspace, kept) else SWITCHED_OFF_S

    def _again(self, kept: Kept) -> Kept:
        row = self._requests.store.get(kept.number)
        return replace(kept, row=row) if row else kept

    # -- the steps of a request

    def _step(self, kept: Kept, workspace: Workspace | None) -> Kept:
        match kept.row.state:
            case "requested":
                return self._again(kept) if self._requests.store.expire(kept.row) else kept
            case "approved" if kept.payload.command in self._elsewhere:
                return kept
            case "approved":
                if why := self._void(kept, workspace):
                    return self._move(kept, "void", outcome=why)
                return self._perform(kept)
            case "executing" if not self._is_performed(kept.row.holder):
                return self._cut_off(kept)
            case _:
                return kept

    def _void(self, kept: Kept, workspace: Workspace | None) -> str:
        """Says why what was allowed is not performed after all; empty if it is. Raises WebNetError."""
        payload, decided_at = kept.payload, kept.row.decided_at
        if not is_on(workspace, kept):
            return "The workspace was switched off, or belongs to another customer by now."
        if decided_at is None or self._requests.store.now() - decided_at > START_WITHIN:
            return f"It could not be started within {START_WITHIN.seconds // 60} minutes of the decision."
        if payload.purpose == "approval" and (why := self._approvers.may_no_longer_approve(kept)):
            return why
        return self._approvers.may_no_longer_ask(payload, workspace) or self._changed(kept)

    def _changed(self, kept: Kept) -> str:
        """Says which devices are not what they were when this was asked for."""
        payload, found = kept.payload, list[str]()
        for device in payload.devices:
            try:
                self._webnet.check(payload.what, payload.customer, Target(*device))
            except (NotFound, Conflict) as error:
                found.append(error.words.removesuffix(" Nothing was started."))
        more = [and_more(len(found) - MOST_NAMED, "device")] if len(found) > MOST_NAMED else []
        return " ".join((*found[:MOST_NAMED], *more))

    def _perform(self, kept: Kept) -> Kept:
        begun = self._requests.move(kept, "executing", holder=self._instance)
        if begun is None:
            return self._again(kept)
        payload, answers = kept.payload, list[Answer]()
        stored = StoredRequest(
            payload.request,
            payload.command,
            payload.values,
            payload.devices,
            payload.first_id,
            kept.row.decided_name if payload.purpose == "approval" else "",
            payload.left_out,
            payload.what,
        )
        self._dispatcher.handle_stored(stored, lambda answer: self._answer(begun, answers, answer))
        (answer,) = answers
        return self._move(begun, "done" if answer.ok else "failed", outcome=answer.message.summary)

    def _cut_off(self, kept: Kept) -> Kept:
        """Ends a request whose process died while it performed it. Whoever asked is notified of an interrupted audit row anyway."""
        payload = kept.payload
        row = self._audit.performed(payload.first_id, payload.request.chat_user)
        if row is None:
            words = (
                "The bot was restarted before this was begun, so nothing was started. Ask again if you still need it."
            )
            return self._move(kept, "failed", outcome=words)
        if row.status in ("running", "interrupted"):
            self._requests.store.mark_notified(kept.row)
        if row.job_id is not None:
            return self._move(kept, "done", outcome=f"Job #{row.job_id} was started.")
        if row.status in ("running", "interrupted", "unclear"):
            words = "The bot was restarted meanwhile, so it is not clear whether this was started. It is not started again; look at `jobs`."
            return self._move(kept, "failed", outcome=words)
        return self._move(kept, "done" if row.status == "success" else "failed", outcome=row.response)

    def _move(self, kept: Kept, to: State, **changes: Any) -> Kept:
        return self._requests.move(kept, to, **changes) or self._again(kept)

    def _is_performed(self, holder: str) -> bool:
        """Says whether the process that performs a request lives. This one does so in no other thread."""
        alive = {lease.name for lease in self._leases.all_live(INSTANCE)}
        return holder != self._instance and INSTANCE + holder in alive

    # -- what is shown

    def _show(self, kept: Kept, workspace: Workspace | None) -> Kept:
        if not is_on(workspace, kept):
            return kept
        if not self._messages.update(kept) and kept.row.state == "requested":
            kept = self._move(kept, "void", outcome=UNSEEN[kept.payload.purpose])
        if kept.row.notified_at is None and kept.row.state in NEWS[kept.payload.purpose]:
            self._messages.notify(kept, workspace.chat_id)
        return kept

    def _answer(self, kept: Kept, answers: list[Answer], answer: Answer) -> None:
        """Posts what was done, with a mention of who asked. What was not done is said by the message of the request."""
        answers.append(answer)
        if not answer.ok:
            return
        request, message = kept.payload.request, answer.message
        requester = Mention(request.chat_user, request.chat_user_name or request.chat_user)
        shown = replace(message, parts=(text(requester), *(message.parts or (text(message.summary),))))
        card = self._cards.open(message.card, request, ephemeral=answer.ephemeral, ref="") if message.card else None
        self._requests.store.mark_notified(kept.row)
        try:
            ref = self._post(request, shown, ephemeral=answer.ephemeral)
        except ChatError as error:
            if card is None and error.kind != "unclear":  # a card is in the store, and is posted later
                self._requests.store.mark_notified(kept.row, notified=False)
            raise
        if card is not None:
            card.shown(ref)

    def _post(self, request: CommandRequest, message: Message, *, ephemeral: bool) -> str:
        if ephemeral:
            self._chat.whisper(request.place, request.chat_user, message)
            return ""
        try:
            return self._chat.post(request.place, message)
        except ChatError as error:
            if error.may_pass:
                raise
        return self._chat.post(Place(request.place.workspace, request.chat_user), message)
