"""Begins to follow the log of a job for a command, and stops that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.core.chat import Place
from bot.core.commands import Caller, CommandRequest, Workspace
from bot.core.errors import Conflict
from bot.core.message import LiveLogCard
from bot.core.text import count
from bot.webnet.models import Job
from store.errors import Duplicate
from store.live_logs import LiveLogs as Store

ANSWER_S = 120.0  # how long an answer may take until the thread below it is known

Where = Literal["card", "answer", "person"]


@dataclass(frozen=True, slots=True)
class LiveLogSources:
    """Holds what all callers share. `card_of(workspace, channel, job)` returns the ref of a job's card there, empty where there is none,
    and `has_thread(place, ref)` is as in `core.chat`. Of one workspace `most` go on at a time. `changed` has those that are due gone on with."""

    store: Store
    card_of: Callable[[int, str, int], str]
    has_thread: Callable[[Place, str], bool]
    most: int
    changed: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Followed:
    """Says where the log of a job is shown from now on: in the thread of its card, in that of the answer, which has the `card`, or to
    the caller in person."""

    job: Job
    where: Where
    card: LiveLogCard | None = None


@dataclass(frozen=True, slots=True)
class LiveLogs:
    """Serves one request of one caller. `ephemeral`: nobody else may see the answer."""

    workspace: Workspace
    caller: Caller
    request: CommandRequest
    ephemeral: bool
    _sources: LiveLogSources

    def follow(self, job: Job) -> Followed:
        """Begins to show what this job reports. Raises Conflict if it is shown there already, or if too many are shown."""
        channel, thread, where = self._where(job)
        try:
            live_log = self._sources.store.open(
                self._sources.most,
                workspace=self.workspace.id,
                customer=self.workspace.customer,
                job_id=job.id,
                channel_id=channel,
                chat_user=self.request.chat_user,
                thread=thread,
                ttl_s=ANSWER_S,
            )
        except Duplicate as error:
            raise Conflict(error.words) from None
        if live_log is None:
            most = count(self._sources.most, "log")
            raise Conflict(
                f"{most} of jobs are followed in this workspace already, which is the most. Stop one of them, or look at "
                f"`logs {job.id}` from time to time."
            )
        self._sources.changed()
        return Followed(job, where, LiveLogCard(live_log) if where == "answer" else None)

    def _where(self, job: Job) -> tuple[str, str | None, Where]:
        """Returns the channel, the ref of the message below which the log is to stand, and which message that is."""
        if self.ephemeral:
            return self.request.chat_user, "", "person"
        channel = self.request.place.channel
        card = self._sources.card_of(self.workspace.id, channel, job.id)
        return (
            (channel, card, "card") if self._sources.has_thread(self.request.place, card) else (channel, None, "answer")
        )

    def stop(self, job: Job) -> int:
        """Stops what is shown of this job in the channel of the request, and to the caller in person; returns how many that were."""
        channels = (self.request.place.channel, self.request.chat_user)
        number = self._sources.store.stop(self.workspace.id, job.id, channels, self.caller.username)
        if number:
            self._sources.changed()
        return number
