"""Runs the pipeline of a command: everything typed or clicked comes through `Dispatcher.handle`, and nothing bypasses it.

admit:    seen before? -> workspace -> rate -> name -> caller -> permission -> arguments (`core.admission`)
perform:  (row opened) -> run -> view -> reply -> audit row

Permission comes before any look-up, so a refused caller learns nothing about devices. What was admitted once and then
stored is performed later through `Dispatcher.handle_stored`: its workspace, caller and role are read again, its values
are not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.core import failures
from bot.core.admission import Admission
from bot.core.api_keys import without_keys
from bot.core.audit import Audit, Record
from bot.core.commands import Caller, CommandRequest, Registry, Workspace
from bot.core.errors import BotError, ChatError, OutcomeUnknown, Passed, Refused, UsageError
from bot.core.forms import offered
from bot.core.message import Message, Note
from bot.core.metrics import Metrics
from bot.core.pipeline import Admitted, Answer, Deferred, Reply, Rules, StoredRequest
from bot.core.plain_text import plain
from bot.core.ratelimit import RateLimit
from bot.core.text import clean

log = logging.getLogger(__name__)

_FINAL = (Refused, Passed, OutcomeUnknown)  # after which a form is not to be sent once more as it was


class Dispatcher:
    def __init__(
        self,
        *,
        chat: str,
        registry: Registry,
        rules: Rules,
        workspace_of: Callable[[str], Workspace | None],
        caller_of: Callable[[Workspace, str, bool, bool], Caller],
        context_for: Callable[[Admitted, Callable[[], None]], Any],
        audit: Audit,
        user_limit: RateLimit,
        workspace_limit: RateLimit,
        redact: Callable[[str], str],
        redact_message: Callable[[Message], Message],
        known: Callable[[BaseException], BotError | None],
        monotonic: Callable[[], float],
        metrics: Metrics | None = None,
    ) -> None:
        """`chat` is the chat's name for those who are refused; `workspace_of` takes the chat's id of a workspace.

        `caller_of(workspace, chat_user, fresh, while_away)` raises Refused and, if `fresh`, asks WebNet again; `while_away`
        lets it give an older copy where WebNet does not answer.

        `context_for(admitted, save)` makes what a command's `run` is given, where `save` writes the record as it stands,
        for what must be known even after a crash. `known(error)` finds the words for errors of what `core` does not
        see, such as the store."""
        self._admission = Admission(
            chat, registry, rules, workspace_of, caller_of, audit.claim, user_limit, workspace_limit, redact
        )
        self._registry = registry
        self._workspace_of = workspace_of
        self._context_for = context_for
        self._audit = audit
        self._redact = redact
        self._redact_message = redact_message
        self._known = known
        self._monotonic = monotonic
        self._metrics = metrics or Metrics()

    def handle(self, request: CommandRequest, reply: Reply) -> bool:
        """Answers and audits one request, whatever happens; raises nothing. False if it was run before."""
        record = self._record(request)
        return self._finish(record, lambda: self._admission.admit(record), reply)

    def handle_stored(self, stored: StoredRequest, reply: Reply, *, audited: bool = True) -> None:
        """Performs now what was admitted before and stored, with an answer and an audit row of its own. Raises nothing.

        With `audited` False it leaves no row: for what only reads, and is shown again without anybody asking for it.
        """
        record = self._record(stored.request)
        record.first_id = stored.first_id
        self._finish(record, lambda: self._admission.admit_stored(stored, record), reply, audited=audited)

    def refuse(self, request: CommandRequest, error: Exception, reply: Reply) -> None:
        """Answers and audits a request that its edge could not read because of `error`. Raises nothing."""
        record = self._record(request)

        def admit() -> None:
            if self._admission.receive(record) is not None:
                record.command = request.text if request.text in self._registry else ""
                raise error

        self._finish(record, admit, reply)

    def record_busy(self, request: CommandRequest, words: str, *, delivered: bool) -> None:
        """Writes the row of a request that was turned away before it began. `delivered`: its sender has seen `words`."""
        record = self._record(request)
        record.status, record.code, record.response, record.delivered = "busy", "busy", words, delivered
        record.workspace = self._workspace_of(request.place.workspace)
        self._close(record)

    def perform(self, admitted: Admitted) -> Answer:
        """Runs the command and shows its result. Raises whatever the command raises."""
        record, command = admitted.record, admitted.command
        if command.changes:
            self._audit.save(record)
        context = self._context_for(admitted, lambda: self._audit.save(record))
        message = command.view(command.run(context, admitted.values))
        record.status = "success"
        if not admitted.ephemeral:
            approved = f", approved by {admitted.approved_by}" if admitted.approved_by else ""
            asked = Note((f"Asked by {admitted.caller.username}{approved}",))
            message = replace(message, parts=(*message.parts, asked))
        return Answer(message, ephemeral=admitted.ephemeral, ok=True, spent=command.once)

    def _record(self, request: CommandRequest) -> Record:
        text = without_keys(request.text)
        held_key = text != request.text
        message = self._redact(clean(without_keys(request.message)))
        return Record(
            replace(request, text=text, message=message), request.asked or self._monotonic(), held_key=held_key
        )

    def _finish(
        self, record: Record, admit: Callable[[], Admitted | None], reply: Reply, *, audited: bool = True
    ) -> bool:
        request_id = record.request.request_id
        try:
            admitted = admit()
            if admitted is None:
                log.info("request %s was delivered again and is not run again", request_id)
                return False
            answer = self.perform(admitted)
        except Deferred as deferred:
            record.status, record.code = "success", deferred.code
            answer = Answer(deferred.message, ephemeral=deferred.ephemeral, ok=True, form=deferred.form)
        except BaseException as error:  # also what is no Exception: the caller and the audit log wait for an outcome
            known = error if isinstance(error, BotError) else self._known(error)
            if known is None:
                log.exception("request %s failed", request_id)
            answer = self._failure(record, known) if known else self._unexpected(record)
        self._reply(record, answer, reply)
        if audited:
            self._close(record)
        return True

    def _failure(self, record: Record, error: BotError) -> Answer:
        record.status, record.code = failures.status(error), failures.code(error)
        command = self._registry.get(record.command)
        message = failures.shown(error, record.done, changes=command is not None and command.changes)
        again = record.request.way == "form" and not (record.done or isinstance(error, _FINAL))
        form = self._admission.form(record) if again or isinstance(error, UsageError) else None
        return Answer(
            offered(form, message) if form else message,
            ephemeral=True,
            ok=False,
            spent=isinstance(error, Passed),
            form=form if isinstance(error, UsageError) and error.form else None,
            refused=isinstance(error, Refused),
        )

    def _unexpected(self, record: Record) -> Answer:
        record.status, record.code = "failed", "internal"
        return Answer(failures.unexpected(record.request.request_id, record.done), ephemeral=True, ok=False)

    def _reply(self, record: Record, answer: Answer, reply: Reply) -> None:
        answer = replace(answer, message=self._redact_message(answer.message))
        # What is offered for a message may hold words of it, which are stored nowhere.
        record.response = answer.message.summary if record.request.message else plain(answer.message)
        try:
            reply(answer)
            record.delivered = True
        except ChatError as error:
            log.warning("request %s was not answered: %s", record.request.request_id, error.words)
        except Exception:
            log.exception("request %s was not answered", record.request.request_id)

    def _close(self, record: Record) -> None:
        took_s = self._monotonic() - record.started
        record.duration_ms = round(took_s * 1000)
        name = record.command if record.command in self._registry else "unknown"  # it may be any word somebody typed
        self._metrics.commands.add(name, record.status)
        self._metrics.command_seconds.observe(took_s, name)
        self._audit.close(record)
