"""Opens the form of a command as a dialog, makes a request of what was filled in, and suggests while somebody types into it.

Where a form was opened is kept sealed, with the line so far; see `kept_forms`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.core.arguments import Kind
from bot.core.chat import Place
from bot.core.commands import Command, CommandRequest
from bot.core.forms import Form, fields_of, filled
from bot.core.shown import shown
from bot.core.suggestions import Suggestions
from bot.kept_forms import KeptForms
from bot.teams.activities import Activity, inbound
from bot.teams.form_card import COMMAND, ID, dialog, fits, texts_of
from bot.teams.inlines import NOTHING, Element

MOST_SHOWN = 15  # options, of which Teams shows no more
MAX_OPTION = 150
FOUND = "application/vnd.microsoft.search.searchResponse"


@dataclass(frozen=True, slots=True)
class Opened:
    """What is kept of an open form: where it was opened, and the line so far."""

    channel: str
    thread: str
    channel_name: str
    direct: bool
    line: str


class Forms:
    def __init__(self, kept: KeptForms, suggestions: Suggestions) -> None:
        self._kept = kept
        self._suggestions = suggestions

    def open(self, request: CommandRequest, form: Form) -> Element | None:
        """Returns the dialog for whoever made the request, None for a workspace that is gone. Raises StoreError."""
        workspace, place = self._kept.workspace_of(request.place.workspace), request.place
        if workspace is None:
            return None
        opened = Opened(place.channel, place.thread, request.channel_name, request.direct, form.line)
        unsealed = self._kept.unsealed(form, workspace, request.chat_user)
        return dialog(unsealed, self._kept.keep(workspace, request.chat_user, asdict(opened)), self._kept.zone)

    def command(self, data: Mapping[str, Any]) -> Command[Any, Any] | None:
        """Returns the command whose form was sent, as the activity says."""
        name = data.get(COMMAND)
        return self._kept.registry.get(name) if isinstance(name, str) else None

    def wrong(self, data: Mapping[str, Any]) -> Element | None:
        """Returns the dialog once more if something is wrong with what was filled in. Looks nothing up."""
        command = self.command(data)
        if command is None:
            return None
        texts = texts_of(command, data)
        errors = filled(command, texts, self._kept.zone).errors
        if not errors:
            return None
        form = Form(command.name, command.summary, fields_of(command, {}), "")
        return dialog(form, str(data.get(ID)), self._kept.zone, texts, errors)

    def submitted(self, data: Mapping[str, Any], request: CommandRequest) -> CommandRequest:
        """Makes the request of a form that was filled in; the form is used up then. `request` says who sent it, in which workspace. Raises
        Refused, Passed or UsageError where it is not to be run, and StoreError."""
        command, form_id = self.command(data), data.get(ID)
        kept = self._kept.find(form_id, request, command.name if command else "")
        opened = Opened(**json.loads(kept.text))
        texts = texts_of(command, data) if command else {}
        return replace(
            request,
            place=Place(request.place.workspace, opened.channel, opened.thread),
            text=self._kept.line(str(form_id), kept, opened.line, texts),
            channel_name=opened.channel_name,
            direct=opened.direct,
        )

    def search(self, activity: Activity) -> Element:
        """Answers what was typed into a field with what it may mean. Never waits and raises nothing."""
        kind = Kind.__members__.get(str(activity.value.get("dataset")))
        typed = activity.value.get("queryText")
        options = self._suggestions.options(
            kind,
            activity.tenant,
            activity.user,
            inbound(typed) if isinstance(typed, str) else "",
            guest=activity.foreign,
        )
        several = kind is Kind.targets
        fitting = [each for each in options if fits(each.value, several=several)][:MOST_SHOWN]
        results = [{"title": _title(each.label, each.note), "value": each.value} for each in fitting]
        return {"statusCode": 200, "type": FOUND, "value": {"results": results}}


def _title(label: str, note: str) -> str:
    words = f"{label} ({note})" if note else label
    return shown(words).replace("\n", " ")[:MAX_OPTION] or NOTHING
