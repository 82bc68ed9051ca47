"""Runs the pipeline of a command: everything typed or clicked comes through `Dispatcher.handle`, and nothing bypasses it.

admit:    seen before? -> workspace -> rate -> name -> caller -> permission -> arguments
perform:  (row opened) -> run -> view -> reply -> audit row

Permission comes before any look-up, so a refused caller learns nothing about devices. What was admitted once and then
stored is performed later through `Dispatcher.handle_stored`: its workspace, caller and role are read again, its values
are not.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core import permissions
from bot.core.arguments import Values
from bot.core.audit import Audit, Record
from bot.core.commands import MAX_LINE, Caller, Command, CommandRequest, Registry, Workspace
from bot.core.errors import BotError, ChatError, OutcomeUnknown, Passed, RateLimited, Refused, UsageError
from bot.core.line import split
from bot.core.message import Message, Note, plain
from bot.core.metrics import Metrics
from bot.core.ratelimit import RateLimit
from bot.core.text import clean, nearest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """Holds the settings about commands: least roles and visibility by the command's name."""

    prompt: str  # the slash command's name
    roles: Mapping[str, str]
    visibility: str
    visibility_of: Mapping[str, str]

    def ephemeral(self, command: Command[Any, Any]) -> bool:
        """A setting for this command wins over the command's own word, and that over the setting for all commands."""
        return (self.visibility_of.get(command.name) or command.visibility or self.visibility) == "ephemeral"


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """Holds a command that was admitted before and has waited since, such as for a second person's decision.

    `request` says who asked, where, and in which redacted line; `devices` are the ids that the command was admitted for,
    and `first_id` is the audit row of that admission.
    """

    request: CommandRequest
    command: str
    values: Values
    devices: tuple[int, ...]
    first_id: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """Holds a command that its caller may run now. If `ephemeral`, only the requester may see the answer.

    `devices` is None where `run` looks the devices up by the values, else the ids that were stored.
    """

    record: Record
    workspace: Workspace
    caller: Caller
    command: Command[Any, Any]
    values: Values
    ephemeral: bool
    devices: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds a message and who may see it: only the requester if `ephemeral`. `ok` is False for refusals and failures. If
    `spent`, the button that was pressed cannot be used again and is removed."""

    message: Message
    ephemeral: bool
    ok: bool
    spent: bool = False


Reply = Callable[[Answer], None]  # raises ChatError if the chat did not take it


class Dispatcher:
    def __init__(
        self,
        *,
        chat: str,
        registry: Registry,
        rules: Rules,
        workspace_of: Callable[[str], Workspace | None],
        caller_of: Callable[[Workspace, str, bool], Caller],
        context_for: Callable[[Admitted, Callable[[], None]], Any],
        audit: Audit,
        rate_limit: RateLimit,
        redact: Callable[[str], str],
        redact_message: Callable[[Message], Message],
        known: Callable[[BaseException], BotError | None],
        monotonic: Callable[[], float],
        metrics: Metrics | None = None,
    ) -> None:
        """`chat` is the chat's name for those who are refused; `workspace_of` takes the chat's id of a workspace.

        `caller_of(workspace, chat_user, fresh)` raises Refused and, if `fresh`, asks WebNet again.

        `context_for(admitted, save)` makes what a command's `run` is given, where `save` writes the record as it stands,
        for what must be known even after a crash. `known(error)` finds the words for errors of what `core` does not
        see, such as the store."""
        self._chat = chat
        self._registry = registry
        self._rules = rules
        self._workspace_of = workspace_of
        self._caller_of = caller_of
        self._context_for = context_for
        self._audit = audit
        self._rate_limit = rate_limit
        self._redact = redact
        self._redact_message = redact_message
        self._known = known
        self._monotonic = monotonic
        self._metrics = metrics or Metrics()

    def handle(self, request: CommandRequest, reply: Reply) -> bool:
        """Answers and audits one request, whatever happens; raises nothing. False if it was run before."""
        record = self._record(request)
        return self._finish(record, lambda: self.admit(record), reply)

    def handle_stored(self, stored: StoredRequest, reply: Reply) -> None:
        """Performs now what was admitted before and stored, with an answer and an audit row of its own. Raises nothing."""
        record = self._record(stored.request)
        record.first_id = stored.first_id
        self._finish(record, lambda: self.admit_stored(stored, record), reply)

    def record_busy(self, request: CommandRequest, words: str, *, delivered: bool) -> None:
        """Writes the row of a request that was turned away before it began. `delivered`: its sender has seen `words`."""
        record = self._record(request)
        record.status, record.code, record.response, record.delivered = "busy", "busy", words, delivered
        record.workspace = self._workspace_of(request.place.workspace)
        self._close(record)

    def admit(self, record: Record) -> Admitted | None:
        """Reads the request of `record` and checks that its caller may make it. None if it was seen before.

        Raises Refused, RateLimited or UsageError; `record` then says how far it came.
        """
        request = record.request
        if not self._audit.claim(request.keys):
            return None
        workspace = self._enter(record)
        self._count(request)
        if len(request.text) > MAX_LINE:
            raise UsageError(f"That is too long: {len(request.text)} characters, where {MAX_LINE} are allowed.")
        typed = clean(request.text)
        redacted = self._redact(typed)
        record.command, line = split(redacted)
        command = self._registry.get(record.command)
        caller = self._identify(record, workspace, fresh=command is not None and command.changes)
        command = self._permit(record, caller, command)
        # Arguments that are `exact` are read as they were typed, all others without secrets, which an answer might repeat.
        as_typed = line if redacted == typed else split(typed)[1]
        values = command.parse(line, as_typed, self._rules.prompt)
        return self._admitted(record, workspace, caller, command, values)

    def admit_stored(self, stored: StoredRequest, record: Record) -> Admitted:
        """Checks again, by what is true now, whether the caller may make a request that was admitted before.

        The values are taken as they were stored: nothing is parsed, and neither the keys nor the rate of the requester
        count. Raises Refused, or UsageError if there is no longer such a command.
        """
        workspace = self._enter(record)
        record.command = stored.command
        caller = self._identify(record, workspace, fresh=True)
        command = self._permit(record, caller, self._registry.get(stored.command))
        return self._admitted(record, workspace, caller, command, stored.values, stored.devices)

    def perform(self, admitted: Admitted) -> Answer:
        """Runs the command and shows its result. Raises whatever the command raises."""
        record, command = admitted.record, admitted.command
        if command.changes:
            self._audit.save(record)
        context = self._context_for(admitted, lambda: self._audit.save(record))
        message = command.view(command.run(context, admitted.values))
        record.status = "success"
        if not admitted.ephemeral:
            asked = Note((f"Asked by {admitted.caller.username}",))
            message = replace(message, parts=(*message.parts, asked))
        return Answer(message, ephemeral=admitted.ephemeral, ok=True, spent=command.once)

    def _record(self, request: CommandRequest) -> Record:
        return Record(request, request.asked or self._monotonic())

    def _finish(self, record: Record, admit: Callable[[], Admitted | None], reply: Reply) -> bool:
        request_id = record.request.request_id
        try:
            admitted = admit()
            if admitted is None:
                log.info("request %s was delivered again and is not run again", request_id)
                return False
            answer = self.perform(admitted)
        except BaseException as error:  # also what is no Exception: the caller and the audit log wait for an outcome
            known = error if isinstance(error, BotError) else self._known(error)
            if known is None:
                log.exception("request %s failed", request_id)
            answer = self._failure(record, known) if known else self._unexpected(record)
        self._reply(record, answer, reply)
        self._close(record)
        return True

    def _enter(self, record: Record) -> Workspace:
        place = record.request.place
        record.workspace = self._workspace_of(place.workspace)
        return permissions.enter(record.workspace, place, self._chat)

    def _identify(self, record: Record, workspace: Workspace, *, fresh: bool) -> Caller:
        caller = record.caller = self._caller_of(workspace, record.request.chat_user, fresh)
        permissions.belong(caller, workspace, self._chat)
        return caller

    def _permit(self, record: Record, caller: Caller, command: Command[Any, Any] | None) -> Command[Any, Any]:
        if command is None:
            raise self._unknown(caller, record)
        permissions.may_run(caller, command, self._rules.roles)
        return command

    def _admitted(
        self,
        record: Record,
        workspace: Workspace,
        caller: Caller,
        command: Command[Any, Any],
        values: Values,
        devices: tuple[int, ...] | None = None,
    ) -> Admitted:
        ephemeral = self._rules.ephemeral(command)
        return Admitted(record, workspace, caller, command, values, ephemeral, devices)

    def _count(self, request: CommandRequest) -> None:
        wait_s = self._rate_limit.wait_s((request.place.workspace, request.chat_user))
        if wait_s:
            raise RateLimited(f"That was a lot of commands in one minute. Try again in {math.ceil(wait_s)} s.")

    def _unknown(self, caller: Caller, record: Record) -> BotError:
        name = record.command[:40]
        record.command = ""
        allowed = permissions.allowed(caller, self._registry.values(), self._rules.roles)
        guess = nearest(name, (command.name for command in allowed), limit=1)
        meant = f" Did you mean `{guess[0]}`?" if guess else ""
        return UsageError(f"There is no subcommand `{name}`.{meant} `help` shows what you can run.")

    def _failure(self, record: Record, error: BotError) -> Answer:
        record.code = error.code
        match error:
            case Refused():
                record.status, record.code = "denied", error.reason
            case UsageError():
                record.status = "usage"
            case RateLimited():
                record.status = "rate_limited"
            case OutcomeUnknown():
                record.status = "unclear"
            case _:
                record.status = "failed"
        return Answer(error.message, ephemeral=True, ok=False, spent=isinstance(error, Passed))

    def _unexpected(self, record: Record) -> Answer:
        # What raised may hold anything, so only the id is shown.
        record.status, record.code = "failed", "internal"
        error = BotError(
            "Something went wrong inside the bot; it has been logged. "
            f"Tell your WebNet administrator this id: {record.request.request_id}"
        )
        return Answer(error.message, ephemeral=True, ok=False)

    def _reply(self, record: Record, answer: Answer, reply: Reply) -> None:
        answer = replace(answer, message=self._redact_message(answer.message))
        record.response = plain(answer.message)
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
