"""A part of the bot is what starts and stops together, with the tasks that are run for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.chat import Chat
from bot.core.commands import Workspaces
from bot.core.metrics import Metrics
from bot.core.webhook import Webhook
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings
from bot.vitals import Vitals
from store.database import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Is run every `interval_s` seconds: first at the start, or one interval later unless `at_once`. `alone` gives it threads
    that no slow task keeps busy."""

    name: str
    interval_s: float
    run: Callable[[], object]
    at_once: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Common:
    """Holds what every part is made from. `instance` names this process in the store; `hurry` runs the task of a name soon; each
    part says in `vitals` what it knows of the health of this process."""

    settings: Settings
    store: Store
    redactor: Redactor
    metrics: Metrics
    instance: str
    hurry: Callable[[str], None]
    vitals: Vitals = field(default_factory=Vitals)


class Part:
    """Does nothing by itself; each part overrides what it needs. `drain` and `stop` may also be called on a part that never
    started."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        return ()

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """What the part answers by HTTP, by path; asked for only where the HTTP adapter is on."""
        return {}

    def start(self) -> None:
        """Returns once the part runs."""

    def drain(self) -> int:
        """Accepts nothing new and finishes what was accepted. Returns how many pieces of it were begun and not finished."""
        return 0

    def stop(self) -> None:
        """Ends what still runs, and frees what the part holds."""


class ChatClient(Part):
    """The half of a chat that sends. `remedy` says what to do about the chat's own word for a refusal; `name` is what callers
    call the chat, `prompt` what they write before a subcommand, and `kind` what the store calls it."""

    kind: str = ""
    name: str
    prompt: str
    chat: Chat
    workspaces: Workspaces
    remedy: Callable[[str], str]

    def workspace_changed(self) -> None:
        """Reads the workspaces again now: one of them was changed."""

    def wrong_in(self, values: Mapping[str, Any]) -> str:  # noqa: ARG002  # by default nothing is
        """Asks the chat which field of a workspace does not fit the others; empty for none. Raises ChatError."""
        return ""


def run_all(steps: Iterable[Callable[[], object]]) -> None:
    """Runs each step of a stop, whether or not those before it failed."""
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("a step of the stop failed; going on")
