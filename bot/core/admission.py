"""Reads a request and checks that its caller may make it, before anything is run or looked up.

seen before? -> workspace -> rate -> name -> caller -> permission -> arguments
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.core import permissions
from bot.core.api_keys import REFUSAL
from bot.core.arguments import Values
from bot.core.audit import Record
from bot.core.commands import MAX_LINE, Caller, Command, CommandRequest, Registry, Workspace
from bot.core.errors import BotError, RateLimited, Refused, UsageError
from bot.core.forms import Form, form_of, offered
from bot.core.line import split
from bot.core.message import Button, Buttons, sentence
from bot.core.pipeline import Admitted, Deferred, Rules, StoredRequest
from bot.core.ratelimit import RateLimit
from bot.core.text import clean, meant, nearest

_HELP = frozenset({"?", "-h", "--help"})


@dataclass(frozen=True, slots=True)
class Admission:
    """Holds what of a `Dispatcher` decides about a request. `claim` takes the keys of one and is False if it was seen before."""

    chat: str
    registry: Registry
    rules: Rules
    workspace_of: Callable[[str], Workspace | None]
    caller_of: Callable[[Workspace, str, bool, bool], Caller]
    claim: Callable[[tuple[str, ...]], bool]
    user_limit: RateLimit
    workspace_limit: RateLimit
    redact: Callable[[str], str]

    def receive(self, record: Record) -> Workspace | None:
        """Claims and counts a request and returns its workspace; None if it was seen before. Raises Refused and RateLimited."""
        if not self.claim(record.request.keys):
            return None
        workspace = self._enter(record)
        self._count(record.request)
        return workspace

    def admit(self, record: Record) -> Admitted | None:
        """Reads the request of `record` and checks that its caller may make it. None if it was seen before.

        Raises Refused, RateLimited or UsageError; `record` then says how far it came. Raises Deferred where the form alone was
        asked for.
        """
        workspace = self.receive(record)
        if workspace is None:
            return None
        request = record.request
        if record.held_key:
            raise UsageError(REFUSAL)
        if len(request.text) > MAX_LINE:
            raise UsageError(f"That is too long: {len(request.text)} characters, where {MAX_LINE} are allowed.")
        typed = self._typed(request)
        redacted = self.redact(typed)
        record.command, line = split(redacted)
        command = self.registry.get(record.command)
        caller = self._identify(record, workspace, command)
        command = self._permit(record, caller, command)
        if request.form and (form := self.form(record)):
            words = f"Fill in the form of `{form.command}`, or type `{self.rules.prompt} {command.usage}`."
            raise Deferred(offered(form, sentence(words)), code="form", ephemeral=True, form=form)
        # Arguments that are `exact` are read as they were typed, all others without secrets, which an answer might repeat.
        as_typed = line if redacted == typed else split(typed)[1]
        values = command.parse(line, as_typed, self.rules.prompt)
        return self._admitted(record, workspace, caller, command, values)

    def admit_stored(self, stored: StoredRequest, record: Record) -> Admitted:
        """Checks again, by what is true now, whether the caller may make a request that was admitted before.

        The values are taken as they were stored: nothing is parsed, and neither the keys nor the rate of the requester
        count. Raises Refused, or UsageError if there is no longer such a command.
        """
        workspace = self._enter(record)
        record.command = stored.command
        known = self.registry.get(stored.command)
        caller = self._identify(record, workspace, known, fresh=True)
        command = self._permit(record, caller, known)
        admitted = self._admitted(record, workspace, caller, command, stored.values)
        return replace(
            admitted,
            devices=stored.devices,
            approved_by=stored.approved_by,
            left_out=stored.left_out,
            what=stored.what,
        )

    def form(self, record: Record) -> Form | None:
        """Returns the form of a command that its caller may run, filled in with what can be read of the request."""
        command = self.registry.get(record.command)
        if command is None or record.caller is None or record.first_id is not None:
            return None
        typed = self._typed(record.request)
        lines = split(self.redact(typed))[1], split(typed)[1]
        return form_of(command, *lines, by_hand=record.request.way == "command")

    def _typed(self, request: CommandRequest) -> str:
        """Returns what was typed, without the name of the bot's own command, which stands before a line that was pasted whole. A
        question mark asks for help, as on a device."""
        typed = clean(request.text)
        name, rest = split(typed)
        if [name.lstrip("/@")] == self.rules.prompt.lstrip("/@").lower().split()[:1]:
            typed, (name, rest) = rest, split(rest)
        if name in _HELP:
            return "help"
        return f"help {name}" if rest.strip() in _HELP else typed

    def _enter(self, record: Record) -> Workspace:
        place = record.request.place
        record.workspace = self.workspace_of(place.workspace)
        return permissions.enter(record.workspace, place, self.chat)

    def _identify(
        self, record: Record, workspace: Workspace, command: Command[Any, Any] | None, *, fresh: bool = False
    ) -> Caller:
        permissions.no_guest(record.request, self.chat)
        if command is not None and command.unmapped:
            return permissions.nobody(record.request, self.chat)  # and the record stays without a caller
        changes, while_away = (command.changes, command.while_away) if command else (False, False)
        chat_user = record.request.chat_user
        try:
            caller = record.caller = self.caller_of(workspace, chat_user, fresh or changes, while_away)
        except Refused as refused:
            if refused.reason == "unmapped" and not record.request.foreign:
                raise self._with_way_in(refused) from None
            raise
        permissions.belong(caller, workspace, self.chat)
        return caller

    def _with_way_in(self, refused: Refused) -> Refused:
        """Adds the buttons of what somebody may do who is not mapped."""
        ways = permissions.open_to_all(self.registry.values(), self.rules.roles)
        buttons = Buttons(tuple(Button(way.summary, command=way.name) for way in ways))
        message = sentence(refused.words, buttons) if ways else None
        return Refused(refused.words, reason=refused.reason, message=message)

    def _permit(self, record: Record, caller: Caller, command: Command[Any, Any] | None) -> Command[Any, Any]:
        if command is None:
            raise self._unknown(caller, record)
        permissions.may_run(caller, command, self.rules.roles)
        return command

    def _admitted(
        self,
        record: Record,
        workspace: Workspace,
        caller: Caller,
        command: Command[Any, Any],
        values: Values,
    ) -> Admitted:
        return Admitted(record, workspace, caller, command, values, self.rules.ephemeral(command))

    def _count(self, request: CommandRequest) -> None:
        """Counts the request for its user and then for its workspace: one that the first limit refuses takes nothing of the
        second from everybody else there."""
        workspace = request.place.workspace
        if wait_s := self.user_limit.wait_s((workspace, request.chat_user)):
            raise RateLimited(f"That was a lot of commands in one minute. Try again in {math.ceil(wait_s)} s.")
        if wait_s := self.workspace_limit.wait_s(workspace):
            raise RateLimited(
                f"This workspace has run a lot of commands in one minute. Try again in {math.ceil(wait_s)} s."
            )

    def _unknown(self, caller: Caller, record: Record) -> BotError:
        name = record.command[:40]
        record.command = ""
        allowed = [each.name for each in permissions.allowed(caller, self.registry.values(), self.rules.roles)]
        _, rest = split(self.redact(self._typed(record.request)))
        swapped = f" Did you mean `{split(rest)[0]} {name}`?" if rest and split(rest)[0] in allowed else ""
        begun = [each for each in allowed if each.startswith(name.casefold())]
        guesses = begun if len(begun) == 1 else nearest(name, allowed, limit=1)
        return UsageError(f"There is no subcommand `{name}`.{swapped or meant(guesses)} `help` shows what you can run.")
