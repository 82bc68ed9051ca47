"""Notifies callers whose command was cut off when the bot was killed: the outcome is not known, and how to look it up."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.core.chat import Chat, Place
from bot.core.commands import Workspace
from bot.core.errors import ChatError
from bot.core.message import Button, Buttons, Message, Mono, Span, When, text
from store.audit import Audit, AuditRow

log = logging.getLogger(__name__)


class Interruptions:
    """Works on the audit log; `prompt_of` gives what is written before a subcommand in a workspace, and `instance` names this process."""

    def __init__(
        self,
        audit: Audit,
        chat: Chat,
        workspace_of: Callable[[str], Workspace | None],
        prompt_of: Callable[[str], str],
        instance: str,
    ) -> None:
        self._audit = audit
        self._chat = chat
        self._workspace_of = workspace_of
        self._prompt_of = prompt_of
        self._instance = instance

    def notify_callers(self) -> None:
        """Closes the rows that dead processes left open and writes to each caller. A row is marked before that, so that nobody
        is notified twice."""
        for row in self._audit.interrupted(self._instance):
            log.warning("request %s was interrupted before its outcome was known", row.request_id)
        for row in self._audit.not_notified():
            if self._audit.mark_notified(row.id):
                self._notify(row)

    def _notify(self, row: AuditRow) -> None:
        workspace = self._workspace_of(row.team_id)
        if workspace is None or not workspace.enabled:
            return
        try:
            self._chat.post(
                Place(workspace.chat_id, row.slack_user_id), message_about(row, self._prompt_of(row.team_id))
            )
        except ChatError as error:
            log.warning("the caller of request %s was not notified: %s", row.request_id, error.words)
            if error.kind == "passing":  # it certainly was not sent, so another try notifies nobody twice
                self._audit.note(row.id, notified_at=None)


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
