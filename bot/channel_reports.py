"""When the channel of a request gets its report, for the command that shows and changes that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core import permissions
from bot.core.commands import Caller, CommandRequest, Role, Workspace
from bot.core.errors import Conflict, UsageError
from bot.core.pipeline import Admitted
from bot.core.report_times import ReportTime
from bot.core.reports import TREND_DAYS
from bot.core.text import as_sentence
from store.channels import Channel, Channels
from store.reports import Reports


@dataclass(frozen=True, slots=True)
class ReportTimes:
    """Holds what all callers share. `caller_of(workspace, chat_user, fresh)` gives the caller, with rights read again if `fresh`."""

    channels: Channels
    reports: Reports
    caller_of: Callable[[Workspace, str, bool], Caller]


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """The report of the channel in which one request was made."""

    _admitted: Admitted
    _times: ReportTimes

    @property
    def time(self) -> ReportTime | None:
        """When it comes; None where there is none, as in a direct message."""
        found = self._found
        return ReportTime.read(found.report) if found and found.report else None

    @property
    def since(self) -> datetime:
        """When the channel got its last report, or else a day ago."""
        found = self._found
        made = self._times.reports.last_made(found.id) if found else None
        return made or self._times.reports.now() - timedelta(days=1)

    def next(self) -> datetime | None:
        """Returns when the next one comes."""
        time, found, reports = self.time, self._found, self._times.reports
        return time.next(reports.now(), reports.settled(found.id)) if time and found else None

    def history(self) -> dict[str, dict[str, int]]:
        """Returns the numbers that are kept of the days before, by date and section."""
        first = self._times.reports.now().astimezone(UTC) - timedelta(days=TREND_DAYS)
        return self._times.reports.numbers(self._admitted.workspace.customer, first.date().isoformat())

    def set(self, words: str) -> ReportTime:
        """Sets when the channel gets its report from now on, and adds the channel if it is not set up for notices; it then gets
        nothing else. Raises Refused for anybody but administrators, UsageError and Conflict."""
        request, workspace = self._change(), self._admitted.workspace
        if not request.in_channel:
            raise Conflict("A report goes to a channel. Type this in the channel that is to get it.")
        try:
            time = ReportTime.read(words)
        except ValueError as error:
            raise UsageError(as_sentence(str(error))) from None
        channels = self._times.channels
        found = self._found
        if found is None:
            name = request.known_name
            channels.add(workspace=workspace.id, channel_id=self._channel_id, channel_name=name, report=str(time))
        else:
            channels.update(found.id, report=str(time))
        return time

    def stop(self) -> bool:
        """Ends the report of the channel. False where it got none. Raises Refused for anybody but administrators."""
        self._change()
        found = self._found
        if found is None or not found.report:
            return False
        self._times.channels.update(found.id, report="")
        return True

    @property
    def _found(self) -> Channel | None:
        return self._times.channels.find(self._admitted.workspace.id, self._channel_id)

    @property
    def _channel_id(self) -> str:
        return self._admitted.record.request.place.channel

    def _change(self) -> CommandRequest:
        """Returns the request of an administrator, whose rights are read again. Raises Refused."""
        request = self._admitted.record.request
        caller = self._times.caller_of(self._admitted.workspace, request.chat_user, True)
        permissions.must_be(caller, Role.admin, "Changing the report of a channel")
        return request
