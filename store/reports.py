"""The reports of channels: when each is to come, which ones went out or were skipped, and the numbers of every day.

A channel has one report a date of its own time zone at most: whoever settles that date first, of all replicas, enqueues it.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from peewee import EXCLUDED, ModelDelete, fn

from store.engine import Database
from store.models import DailyNumber, Delivery, EventRow, ReportRun, SlackChannel, SlackWorkspace
from store.statements import Statement

Outcome = Literal["sent", "late", "skipped"]
KIND = "report"  # of its event
KEY = "'report:' || report_run.channel_id || ':' || report_run.day"  # of the event of a report, in SQL
TOO_LATE = timedelta(hours=3)  # after its moment a report is skipped

# `due_at` and `settled` are of the last report that was settled, of those that do not lie ahead: a clock that was wrong for a
# while must not keep the next ones back.
_SCHEDULED = Statement(
    """
    SELECT slack_channel.id AS channel, slack_channel.channel_id, slack_channel.channel_name, slack_channel.report,
        slack_channel.report_since, slack_workspace.id AS workspace, slack_workspace.customer, (
            SELECT max(due_at) FROM report_run WHERE report_run.channel_id = slack_channel.id AND due_at <= :now
        ) AS due_at, (
            SELECT max(day) FROM report_run WHERE report_run.channel_id = slack_channel.id AND due_at <= :now
        ) AS settled
    FROM slack_channel JOIN slack_workspace ON slack_workspace.id = slack_channel.workspace_id
    WHERE slack_channel.report <> '' AND slack_workspace.enabled ORDER BY slack_channel.id""",
    SlackChannel,
    ReportRun,
)

# Not where it was dropped because its workspace is another customer's now.
_DROPPED = Statement(
    f"""
    SELECT report_run.channel_id AS channel, report_run.day, report_run.due_at, report_run.made_at, report_run.outcome
    FROM report_run JOIN event ON event.key = {KEY}
    JOIN delivery ON delivery.event_id = event.id AND delivery.channel_id = report_run.channel_id
    JOIN slack_channel ON slack_channel.id = report_run.channel_id
    JOIN slack_workspace ON slack_workspace.id = slack_channel.workspace_id
    WHERE report_run.made_at >= :since AND report_run.outcome <> 'skipped' AND delivery.status = 'dropped'
        AND event.customer = slack_workspace.customer
    ORDER BY report_run.channel_id, report_run.day""",
    ReportRun,
)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A channel of an enabled workspace that gets a report, as `report` spells. `since` is when that was set, or the moment of the
    last one that was settled, and `settled` the newest date that had its report, or empty."""

    channel: int
    workspace: int
    customer: int
    channel_id: str
    channel_name: str
    report: str
    since: datetime
    settled: str


@dataclass(frozen=True, slots=True)
class Run:
    """The report of one date (ISO 8601): when it was due, and when it was made or skipped."""

    channel: int
    day: str
    due_at: datetime
    made_at: datetime
    outcome: Outcome


class Reports:
    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Returns the time that decides when a report is due."""
        return self._database.now()

    def scheduled(self, now: datetime) -> builtins.list[Scheduled]:
        return [
            Scheduled(
                since=max(filter(None, (row.pop("report_since"), row.pop("due_at")))),
                settled=row.pop("settled") or "",
                **row,
            )
            for row in self._database.rows(_SCHEDULED, now=now)
        ]

    def settled(self, channel: int) -> str:
        """Returns the newest date of which a channel has had its report, or was to have it; empty where there is none."""
        past = (ReportRun.channel == channel) & (ReportRun.due_at <= self.now())
        ((day,),) = self._database.tuples(ReportRun.select(fn.MAX(ReportRun.day)).where(past))
        return day or ""

    def last_made(self, channel: int) -> datetime | None:
        """Returns when the last report of a channel was made."""
        made = (ReportRun.channel == channel) & (ReportRun.outcome != "skipped")
        row = self._database.row(ReportRun.select(ReportRun.made_at).where(made).order_by(ReportRun.made_at.desc()))
        return row["made_at"] if row else None

    def settle(self, run: Run) -> bool:
        """Notes that the report of this date goes out, or is skipped. True for the first who does so."""
        row = {"channel": run.channel, "day": run.day, "due_at": run.due_at, "made_at": run.made_at}
        query = ReportRun.insert({**row, "outcome": run.outcome}).on_conflict_ignore().as_rowcount()
        return bool(self._database.run(query))

    def dropped(self, since: datetime) -> builtins.list[Run]:
        """Lists the reports that were made since then and were too late when they could be sent, by channel and date."""
        return [Run(**row) for row in self._database.rows(_DROPPED, since=since)]

    def skip(self, run: Run) -> bool:
        """Notes that a report that was made did not go out. True for the first who does so."""
        this = (ReportRun.channel == run.channel) & (ReportRun.day == run.day) & (ReportRun.outcome != "skipped")
        return bool(self._database.run(ReportRun.update(outcome="skipped").where(this)))

    def skipped(self, since: datetime) -> builtins.list[tuple[str, Run]]:
        """Lists the reports that were skipped since then, the newest first, each with the name or id of its channel."""
        columns = (SlackChannel.channel_id, SlackChannel.channel_name, ReportRun)
        query = ReportRun.select(*columns).join(SlackChannel).order_by(ReportRun.due_at.desc())
        found = self._database.rows(query.where(ReportRun.outcome == "skipped", ReportRun.made_at >= since))
        return [(row.pop("channel_name") or row["channel_id"], _run(row)) for row in found]

    def parked(self) -> builtins.list[str]:
        """Lists the names or ids of the channels of which a report is parked."""
        query = Delivery.select(SlackChannel.channel_id, SlackChannel.channel_name).join_from(Delivery, EventRow)
        query = query.join_from(Delivery, SlackChannel).where(Delivery.status == "parked", EventRow.kind == KIND)
        return sorted({name or channel for channel, name in self._database.tuples(query)})

    # -- numbers

    def keep_numbers(self, customer: int, day: str, numbers: Mapping[str, int]) -> None:
        """Keeps the numbers of a customer of one date, instead of those that are kept for it already."""
        query = DailyNumber.insert(customer=customer, day=day, numbers=json.dumps(numbers)).on_conflict(
            conflict_target=[DailyNumber.customer, DailyNumber.day], update={DailyNumber.numbers: EXCLUDED.numbers}
        )
        self._database.run(query.as_rowcount())

    def numbers(self, customer: int, since: str) -> dict[str, dict[str, int]]:
        """Returns the numbers of a customer from that date on, by the date."""
        own = (DailyNumber.customer == customer) & (DailyNumber.day >= since)
        found = self._database.tuples(DailyNumber.select(DailyNumber.day, DailyNumber.numbers).where(own))
        return {day: json.loads(numbers) for day, numbers in found}

    def without_numbers(self, day: str) -> dict[int, int]:
        """Returns the customers of enabled workspaces of which no numbers are kept for that date, each with its first workspace."""
        kept = DailyNumber.select(DailyNumber.customer).where(DailyNumber.day == day)
        query = SlackWorkspace.select(SlackWorkspace.customer, fn.MIN(SlackWorkspace.id))
        found = query.where(SlackWorkspace.enabled, SlackWorkspace.customer.not_in(kept))
        return dict(self._database.tuples(found.group_by(SlackWorkspace.customer)))

    def sweep(self, older_than: datetime) -> int:
        """Removes what was noted before that."""
        day = older_than.date().isoformat()
        gone = self._database.run(ModelDelete(ReportRun).where(ReportRun.made_at < older_than))
        return int(gone) + int(self._database.run(ModelDelete(DailyNumber).where(DailyNumber.day < day)))


def _run(row: Mapping[str, object]) -> Run:
    return Run(**{name: row[name] for name in ("channel", "day", "due_at", "made_at", "outcome")})  # type: ignore[arg-type]
