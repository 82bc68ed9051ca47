"""Tells people whose command was cut off when the bot was killed: the outcome is not known, and how to look."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.core.errors import ChatError
from bot.core.message import Button, Buttons, Message, Mono, Span, When, text
from bot.slack.web_api import Chat
from store.audit import Audit, AuditRow

log = logging.getLogger(__name__)


class Interruptions:
    def __init__(
        self, audit: Audit, chat: Chat, bot_token_of: Callable[[str], str | None], prompt: str, instance: str
    ) -> None:
        self._audit = audit
        self._chat = chat
        self._bot_token_of = bot_token_of
        self._prompt = prompt
        self._instance = instance

    def tell(self) -> None:
        """Closes the rows that dead processes left open and writes to each caller. A row is marked before its caller is
        told, so that nobody is told twice."""
        for row in self._audit.interrupted(self._instance):
            log.warning("request %s was interrupted before its outcome was known", row.request_id)
        for row in self._audit.not_notified():
            if self._audit.mark_notified(row.id):
                self._tell(row)

    def _tell(self, row: AuditRow) -> None:
        token = self._bot_token_of(row.team_id)
        if token is None:
            return
        try:
            self._chat.post(token, row.slack_user_id, message_about(row, self._prompt))
        except ChatError as error:
            log.warning("the caller of request %s was not told: %s", row.request_id, error.words)
            if error.kind == "passing":  # it certainly was not sent, so another try notifies nobody twice
                self._audit.note(row.id, told_at=None)


def message_about(row: AuditRow, prompt: str) -> Message:
    what = f"{prompt} {row.text}"
    cut_off = " was interrupted by a restart of the bot before its outcome was known."
    asked: tuple[Span, ...] = (" You asked ", When(row.created_at), ".") if row.created_at else ()
    if row.job_id is not None:
        look = f"It had started job #{row.job_id}; the list shows how it ended."
        button = Button("My jobs", command="jobs mine")
    else:
        # A job that the log does not know is nobody's: WebNet only knows that the bot's own account started it.
        look = "It may have started a job or not: look at the list before you try again."
        button = Button("Look at the jobs", command="jobs")
    return Message(
        summary=f"{what}{cut_off} {look}",
        parts=(text(Mono(what), cut_off, *asked), text(look), Buttons((button,))),
    )
