"""Answers the invokes of Teams: buttons, dialogs that are opened and sent, and what is typed into their fields.

A dialog has to be opened in the response to the invoke, so that its request is waited for, for some seconds and by few at a time: the
adapter has eight threads for all webhooks. One that takes longer is answered by a message with a button that opens it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.busy import BUSY
from bot.core.dispatch import Dispatcher
from bot.core.errors import ChatError
from bot.core.message import Buttons
from bot.core.pipeline import Answer
from bot.core.pressed import Pressed
from bot.teams.activities import Activity
from bot.teams.buttons import read_data
from bot.teams.form_card import page
from bot.teams.forms import Forms
from bot.teams.inlines import Element
from bot.teams.intake import DIALOG, FOLLOWS, Intake, request_of
from bot.teams.queue import Queue
from bot.teams.render import card
from bot.teams.reply import TeamsReply
from bot.work_pool import Taken
from store.errors import StoreError

SENT, SEARCH = "task/submit", "application/search"
WAIT_S = 6.0  # for a dialog; Teams waits for 10 to 15
MOST_WAITING = 4


class Dialogs:
    """No method raises."""

    def __init__(self, intake: Intake, queue: Queue, forms: Forms) -> None:
        self._intake = intake
        self._queue = queue
        self._forms = forms
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def __call__(self, activity: Activity) -> Mapping[str, Any] | None:
        if activity.name == SEARCH:
            return self._forms.search(activity)
        data = activity.value.get("data")
        if activity.name == SENT:
            return self._sent(activity, data) if isinstance(data, dict) and activity.user else None
        pressed = read_data(data)
        if activity.name == DIALOG and pressed.form and pressed.command and activity.user:
            return self._opened(activity, pressed)
        return self._intake.invoke(activity)

    def _opened(self, activity: Activity, pressed: Pressed) -> Mapping[str, Any]:
        if not self._waiting.acquire(blocking=False):
            return _said(BUSY[Taken.full])
        try:
            reply = DialogReply(self._intake.pressed(activity, pressed), self._forms)
            words = self._queue.offer(reply, shown=True)
            return _said(words) if words else reply.wait(WAIT_S) or _said(FOLLOWS)
        finally:
            self._waiting.release()

    def _sent(self, activity: Activity, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Queues the command of a form that was filled in, and closes its dialog; shows it again if something is wrong."""
        if wrong := self._forms.wrong(data):
            return wrong
        command = self._forms.command(data)

        def perform(dispatcher: Dispatcher, reply: TeamsReply) -> None:
            try:
                reply.request = self._forms.submitted(data, reply.request)
            except Exception as error:
                dispatcher.refuse(reply.request, error, reply)
            else:
                dispatcher.handle(reply.request, reply)

        request = request_of(activity, command.name if command else "", "form")
        words = self._queue.offer(self._intake.reply(request), perform, shown=True)
        return _said(words) if words else None


class DialogReply(TeamsReply):
    """Answers the request for a form with its dialog, and with a message once nobody waits for that any more."""

    def __init__(self, reply: TeamsReply, forms: Forms) -> None:
        super().__init__(*reply.made_of)
        self._forms = forms
        self._lock = threading.Lock()
        self._is_there = threading.Event()
        self._late = False
        self._dialog: Element | None = None

    def wait(self, seconds: float) -> Element | None:
        """Returns the dialog, None if it is not there in time."""
        self._is_there.wait(seconds)
        with self._lock:
            self._late = self._dialog is None
            return self._dialog

    def working(self) -> None:
        """Does nothing: Teams itself shows that a dialog is opened."""

    def __call__(self, answer: Answer) -> None:
        self.answered = True
        made = self._made(answer)
        with self._lock:
            if not self._late:
                self._dialog = made
        self._is_there.set()
        if self._dialog is None:
            super().__call__(answer)

    def _made(self, answer: Answer) -> Element | None:
        """Returns the form, or what is said instead of it."""
        try:
            opened = self._forms.open(self.request, answer.form) if answer.form else None
        except StoreError as error:
            raise ChatError("The form could not be kept.", kind="passing", reason=error.state) from None
        if opened:
            return opened
        parts = tuple(part for part in answer.message.parts if not isinstance(part, Buttons))  # no dialog runs them
        return page(answer.message.title or "WebNet", card(replace(answer.message, parts=parts)))


def _said(words: str) -> Element:
    return {"task": {"type": "message", "value": words}}
