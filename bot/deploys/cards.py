"""Keeps the message of each deploy, and the one in another chat, up to date with its steps, and notifies its requester of the end by a
reply in its thread.

That it is notified is in the store before the reply is sent, so a kill costs that reply at most, and never sends it twice; the card
in place says the same. A card that cannot be changed any more is posted again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.core.cards import NewCard
from bot.core.chat import Chat, Place, reply_or_post
from bot.core.commands import CommandRequest, Workspace
from bot.core.errors import ChatError
from bot.core.message import AnyCard, DeployCard, Mention, Message, Span
from bot.deploys.changes import Changed
from bot.deploys.deploy import Deploy, Deploys
from store.deploys import DeployMessage
from store.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeployViews:
    """`card` shows a deploy, and `end` notifies its requester of how it ended and what it changed."""

    card: Callable[[Deploy], Message]
    end: Callable[[Deploy, Span, Sequence[Changed]], Message]


class DeployCards:
    """Is `core.cards.CardOpener` for the answers that show a deploy."""

    def __init__(
        self, deploys: Deploys, chat: Chat, views: DeployViews, workspace: Callable[[int], Workspace | None]
    ) -> None:
        """`workspace(id)` reads a cache."""
        self._workspace = workspace
        self._deploys = deploys
        self._chat = chat
        self._views = views

    def open(self, card: AnyCard, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard | None:
        assert isinstance(card, DeployCard)
        if ephemeral:
            return None
        try:
            self._deploys.store.keep_shown(card.deploy, ref=ref, shown=0)
        except StoreError as error:
            log.warning("the card that answers request %s does not change: %s", request.request_id, error.words)
            return None
        return _NewCard(self._deploys, card)

    def show(self, deploy: Deploy, team: str) -> bool:
        """Shows the deploy as it is wherever it has a card. False if that can never be shown anywhere. Raises ChatError where it may be
        later in the workspace of the deploy; `is_late` says so of others."""
        row, elsewhere = deploy.row, self.show_elsewhere(deploy)
        if not row.channel_id:
            return elsewhere
        if row.shown == row.revision:
            return True
        ref = self._put(deploy, Place(team, row.channel_id), row.ref)
        self._deploys.store.keep_shown(row.id, ref=ref, shown=row.revision)
        return bool(ref) or elsewhere

    def show_elsewhere(self, deploy: Deploy) -> bool:
        """Shows the deploy as it is in the other workspaces where it has a card. False if that can never be shown in any."""
        shown = [self._show_elsewhere(deploy, message) for message in self._deploys.store.messages(deploy.number)]
        return any(shown)

    def is_late(self, deploy: Deploy) -> bool:
        """Says whether a card elsewhere does not show yet how the deploy is, and may later."""
        messages = self._deploys.store.messages(deploy.number)
        return any(each.shown != deploy.row.revision and self._place(deploy, each) for each in messages)

    def _show_elsewhere(self, deploy: Deploy, message: DeployMessage) -> bool:
        """Returns False if the deploy can never be shown there."""
        place = self._place(deploy, message)
        if place is None or message.shown == deploy.row.revision:
            return place is not None and bool(message.ref)
        try:
            ref = self._put(deploy, place, message.ref)
        except ChatError as error:
            log.info("deploy #%d is shown in %s later: %s", deploy.number, message.channel_id, error.words)
            return True
        self._deploys.store.keep_message(message.id, ref=ref, shown=deploy.row.revision)
        return bool(ref)

    def _place(self, deploy: Deploy, message: DeployMessage) -> Place | None:
        """Returns None where the workspace is switched off, or another customer's by now."""
        found = self._workspace(message.workspace)
        on = found is not None and found.enabled and found.customer == deploy.payload.customer
        return Place(found.chat_id, message.channel_id) if found and on else None

    def _put(self, deploy: Deploy, place: Place, ref: str) -> str:
        """Returns the ref of the message, empty if the chat refuses it for good. Raises ChatError where it may take it later."""
        message = replace(self._views.card(deploy), card=None)
        try:
            return self._shown(place, ref, message, last=not deploy.open)
        except ChatError as error:
            if error.may_pass:
                raise
            log.warning("deploy #%d is not shown in %s: %s", deploy.number, place.channel, error.words)
        return ""

    def _shown(self, place: Place, ref: str, message: Message, *, last: bool) -> str:
        if ref:
            try:
                return self._chat.update(place, ref, message, last=last)
            except ChatError as error:
                if error.may_pass:
                    raise
                log.info("a card is posted again: %s", error.words)
        return self._chat.post(place, message)

    def notify(self, deploy: Deploy, team: str, changes: Sequence[Changed]) -> None:
        """Notifies the requester of the end, at most once. Raises ChatError if that was not sent and may be possible later."""
        if not self._deploys.store.mark_notified(deploy.number):
            return
        request = deploy.payload.request
        requester = Mention(request.chat_user, request.chat_user_name or request.chat_user)
        try:
            self._reply(deploy, team, self._views.end(deploy, requester, changes))
        except ChatError as error:
            if error.kind == "passing":  # it certainly was not sent
                self._deploys.store.mark_notified(deploy.number, notified=False)
                raise
            log.warning("the requester of deploy #%d was not notified: %s", deploy.number, error.words)

    def _reply(self, deploy: Deploy, team: str, message: Message) -> None:
        request, below = deploy.payload.request, None
        if deploy.row.ref and not request.direct:  # who asked in person may not read the channel of the card
            below = Place(team, deploy.row.channel_id), deploy.row.ref
        reply_or_post(self._chat, below, Place(team, request.chat_user), message)


class _NewCard:
    def __init__(self, deploys: Deploys, card: DeployCard) -> None:
        self._deploys = deploys
        self._card = card

    def shown(self, ref: str) -> None:
        self._write(ref, self._card.shown if ref else 0)  # whoever decides reads no copy of the requester's

    def dropped(self) -> None:
        """Leaves the message to the runner, which posts it."""
        self._write("", 0)

    def _write(self, ref: str, shown: int) -> None:
        number = self._card.deploy
        try:
            self._deploys.store.keep_shown(number, ref=ref, shown=shown)
            self._deploys.store.hurry(number)
            self._deploys.changed()
        except StoreError as error:
            log.warning("the card of deploy #%d was not stored: %s", number, error.words)
