"""What an open form is about, and what is filled into one: kept sealed under an opaque id, which is all that travels with the form.

The id is good once, for a day, and only for the user for whom the form was opened. For every chat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Any

from bot.core.arguments import Kind, Sealed, Values
from bot.core.commands import CommandRequest, Registry, Workspace
from bot.core.errors import Passed, Refused, UsageError
from bot.core.forms import Form, Texts, filled, sealed_in
from bot.core.line import split
from bot.core.parsing import readable
from store.sealed_texts import SealedText, SealedTexts

LIFE = timedelta(days=1)
_ID = re.compile("[0-9a-f]{32}")
OVER = "This form was sent already, or is older than a day, so nothing was done. Open it again: `{prompt} {command}`."
FOREIGN = "This form was opened for somebody else, so nothing was done. Open your own: `{prompt} {command}`."


@dataclass(frozen=True, slots=True)
class KeptForms:
    """`workspace_of(chat id)` reads a cache, `prompt` is what is written before a subcommand, and moments in forms are in `zone`."""

    texts: SealedTexts
    registry: Registry
    workspace_of: Callable[[str], Workspace | None]
    prompt: str
    zone: tzinfo

    def keep(self, workspace: Workspace, chat_user: str, about: Mapping[str, Any]) -> str:
        """Keeps what a form is about and returns the id. Raises StoreError."""
        return self.texts.add(workspace.id, chat_user, json.dumps(about), "form")

    def unsealed(self, form: Form, workspace: Workspace, chat_user: str) -> Form:
        """Fills sealed texts of this user's in again, which the line has the ids of. Raises StoreError."""

        def text(id: str) -> tuple[str, ...]:
            kept = self.texts.get(id)
            return (kept.text,) if kept and (kept.workspace, kept.chat_user) == (workspace.id, chat_user) else ()

        return replace(
            form,
            fields=tuple(
                replace(field, given=text(field.given[0]))
                if field.argument.kind is Kind.sealed and field.given
                else field
                for field in form.fields
            ),
        )

    def find(self, id: object, request: CommandRequest, command: str) -> SealedText:
        """Returns what is kept of a form that is sent by whoever makes the request. `command` is the one that the form says it is of.
        Raises Refused or Passed where it is not to be run, and StoreError."""
        kept = self.texts.get(id, "form") if isinstance(id, str) and _ID.fullmatch(id) else None
        workspace = self.workspace_of(request.place.workspace)
        if kept is None or workspace is None or kept.created_at < self.texts.now() - LIFE:
            raise Passed(self._words(OVER, command))
        if (kept.workspace, kept.chat_user) != (workspace.id, request.chat_user):
            raise Refused(self._words(FOREIGN, command), reason="form")
        return kept

    def line(self, id: str, kept: SealedText, line: str, texts: Texts) -> str:
        """Writes the command line of a form that was opened for `line`, with what buttons carried and the ids of what is sealed; the form
        is used up then. Raises Passed or UsageError, and StoreError."""
        name, rest = split(line)
        command = self.registry.get(name)
        if command is None:  # by now
            raise Passed(self._words(OVER, "help"))
        found = filled(command, texts, self.zone)
        if found.errors:
            raise UsageError(" ".join(found.errors.values()))
        before = readable(command.arguments, rest)
        carried = {
            each.name: before[each.name] for each in command.arguments if each.button_only and each.name in before
        }
        values: Values = carried | found.values
        sealed = {
            name: Sealed(self.texts.add(kept.workspace, kept.chat_user, values[name]))
            for name in sealed_in(command, values)
        }
        written = command.write({**values, **sealed})
        if not self.texts.drop(id):
            raise Passed(self._words(OVER, command.name))
        return written

    def _words(self, sentence: str, command: str) -> str:
        return sentence.format(prompt=self.prompt, command=command if command in self.registry else "help")
