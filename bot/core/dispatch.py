"""The corridor of a command: everything typed or clicked comes through `Dispatcher.handle`, and nothing goes round it.

seen? -> workspace -> rate -> parse -> caller -> permission -> (row opened) -> run -> view -> reply -> audit row.
Permission comes before any look-up, so a refused caller learns nothing about devices.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from bot.core import permissions
from bot.core.commands import MAX_LINE, Caller, CommandRequest, Registry, Workspace, parse, rest_of
from bot.core.errors import BotError, ChatError, OutcomeUnknown, Passed, RateLimited, Refused, UsageError
from bot.core.message import Message, Note, plain
from bot.core.metrics import Metrics
from bot.core.ratelimit import RateLimit
from bot.core.text import clean, nearest

log = logging.getLogger(__name__)

Status = Literal["success", "failed", "denied", "usage", "rate_limited", "busy", "running", "interrupted", "unclear"]


@dataclass(slots=True)
class Record:
    """One row of the audit log while it comes about; names and ids are copied so that the row outlives what it names."""

    request: CommandRequest
    started: float
    id: int | None = None
    workspace: Workspace | None = None
    caller: Caller | None = None
    command: str = ""
    status: Status = "running"
    code: str = ""
    response: str = ""
    device: int | None = None
    device_name: str = ""
    job_id: int | None = None
    job_type: str = ""
    duration_ms: int | None = None
    delivered: bool = False


class Audit(Protocol):
    def take(self, keys: tuple[str, ...]) -> bool:
        """False if one of the keys was taken before."""

    def save(self, record: Record) -> None:
        """Writes a new row, or the row `record.id` again."""

    def close(self, record: Record) -> None:
        """The same at the end of a request; kept for later if the store does not take it now. Raises nothing."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about commands."""

    prompt: str  # the slash command's name
    roles: Mapping[str, str]
    visibility: str
    visibility_of: Mapping[str, str]

    def ephemeral(self, name: str) -> bool:
        return self.visibility_of.get(name, self.visibility) == "ephemeral"


@dataclass(frozen=True, slots=True)
class Answer:
    """`ephemeral`: for the eyes of the asker only. `ok` is False for refusals and failures. `spent`: the button that was
    pressed for it has had its use and goes."""

    message: Message
    ephemeral: bool
    ok: bool
    spent: bool = False


Reply = Callable[[Answer], None]  # raises ChatError if the chat did not take it


class Dispatcher:
    def __init__(
        self,
        *,
        registry: Registry,
        rules: Rules,
        workspace_of: Callable[[str], Workspace | None],
        caller_of: Callable[[Workspace, str, bool], Caller],
        context_for: Callable[[Caller, Workspace, Record, Callable[[], None]], Any],
        audit: Audit,
        rate_limit: RateLimit,
        redact: Callable[[str], str],
        redact_message: Callable[[Message], Message],
        known: Callable[[BaseException], BotError | None],
        monotonic: Callable[[], float],
        metrics: Metrics | None = None,
    ) -> None:
        """`caller_of(workspace, slack_user, anew)` raises Refused; `context_for(…, save)` makes what a command's `run`
        is given, where `save` writes the record as it stands, for what must be known even after a crash.
        `known(error)` finds the words for errors of what `core` does not see, such as the store."""
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
        record = Record(request, request.asked or self._monotonic())
        try:
            if not self._audit.take(request.keys):
                log.info("request %s was delivered again and is not run again", request.request_id)
                return False
            answer = self._answer(record)
        except BaseException as error:  # also what is no Exception: the caller and the audit log wait for an outcome
            known = error if isinstance(error, BotError) else self._known(error)
            if known is None:
                log.exception("request %s failed", request.request_id)
            answer = self._told(record, known) if known else self._unexpected(record)
        self._deliver(record, answer, reply)
        self._close(record)
        return True

    def turned_away(self, request: CommandRequest, words: str, *, delivered: bool) -> None:
        """The row of a request that was not even begun. `delivered`: its sender has been told so."""
        started = request.asked or self._monotonic()
        record = Record(request, started, status="busy", code="busy", response=words, delivered=delivered)
        record.workspace = self._workspace_of(request.team_id)
        self._close(record)

    def _answer(self, record: Record) -> Answer:
        request = record.request
        record.workspace = self._workspace_of(request.team_id)
        workspace = permissions.enter(record.workspace, request.team_id)
        self._count(request)
        if len(request.text) > MAX_LINE:
            raise UsageError(f"That is too long: {len(request.text)} characters, where {MAX_LINE} are allowed.")
        # Redacted on the way in, so that no part of an answer can repeat a secret that somebody typed.
        line = self._redact(clean(request.text))
        record.command, arguments = parse(line)
        command = self._registry.get(record.command)
        caller = self._caller_of(workspace, request.slack_user, command is not None and command.changes)
        record.caller = caller
        permissions.belong(caller, workspace)
        if command is None:
            raise self._unknown(caller, record)
        permissions.may_run(caller, command, self._rules.roles)
        if command.changes:
            self._audit.save(record)
        context = self._context_for(caller, workspace, record, lambda: self._audit.save(record))
        message = command.view(command.run(context, (rest_of(line),) if command.whole else arguments))
        record.status = "success"
        if self._rules.ephemeral(command.name):
            return Answer(message, ephemeral=True, ok=True, spent=command.once)
        asked = Note((f"Asked by {caller.username}",))
        message = replace(message, parts=(*message.parts, asked))
        return Answer(message, ephemeral=False, ok=True, spent=command.once)

    def _count(self, request: CommandRequest) -> None:
        wait_s = self._rate_limit.wait_s((request.team_id, request.slack_user))
        if wait_s:
            raise RateLimited(f"That was a lot of commands in one minute. Try again in {math.ceil(wait_s)} s.")

    def _unknown(self, caller: Caller, record: Record) -> BotError:
        name = record.command[:40]
        record.command = ""
        allowed = permissions.allowed(caller, self._registry.values(), self._rules.roles)
        guess = nearest(name, (command.name for command in allowed), limit=1)
        meant = f" Did you mean `{guess[0]}`?" if guess else ""
        return UsageError(f"There is no subcommand `{name}`.{meant} `help` shows what you can run.")

    def _told(self, record: Record, error: BotError) -> Answer:
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

    def _deliver(self, record: Record, answer: Answer, reply: Reply) -> None:
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
