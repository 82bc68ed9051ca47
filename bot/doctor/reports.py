"""Notifications not sending: reports that did not go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.report_times import LATE, ReportTime
from bot.core.text import count
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from store.reports import Scheduled

WITHIN = timedelta(days=7)
MOST_NAMED = 3


def reports(at: Surroundings) -> Iterator[Finding]:
    """Yields nothing where no channel gets a report."""
    now = at.now()
    scheduled = at.store.reports.scheduled(now)
    troubles = [*_overdue(scheduled, now), *_skipped(at, now), *_parked(at)]
    yield from troubles
    if scheduled and not troubles:
        words = (
            f"{count(len(scheduled), 'channel')} of enabled workspaces {'gets' if len(scheduled) == 1 else 'get'} one."
        )
        yield Finding(NOTIFICATIONS, "reports", "pass", words)


def _overdue(scheduled: list[Scheduled], now: datetime) -> Iterator[Finding]:
    late, unreadable = [], []
    for place in scheduled:
        try:
            due = ReportTime.read(place.report).due(place.since, now, place.settled)
        except ValueError as error:
            unreadable.append(f"{_name(place)} ({error})")
        else:
            late += [_name(place)] if due and now - due[-1][1] > LATE else []
    if late:
        words = f"The {'report' if len(late) == 1 else 'reports'} of {_some(late)} should have been made by now."
        yield Finding(NOTIFICATIONS, "reports", "warn", words, "Is `run` running? Its log says why it makes none.")
    if unreadable:
        remedy = "Set its time again: `webnet-bot report add`."
        yield Finding(NOTIFICATIONS, "reports", "warn", f"No time can be read for {_some(unreadable)}.", remedy)


def _skipped(at: Surroundings, now: datetime) -> Iterator[Finding]:
    found = Counter(name for name, _ in at.store.reports.skipped(now - WITHIN))
    if found:
        named = _some([f"{number} × {name}" for name, number in found.most_common()])
        words = f"{count(found.total(), 'report')} of the last 7 days did not go out: {named}."
        remedy = "`run` was away at that time, or could not make it: its log says which. The channel was notified."
        yield Finding(NOTIFICATIONS, "skipped reports", "warn", words, remedy)


def _parked(at: Surroundings) -> Iterator[Finding]:
    if names := at.store.reports.parked():
        words = f"Slack does not take {'the report' if len(names) == 1 else 'the reports'} of {_some(names)}."
        remedy = "`webnet-bot notify list --status parked` says why; then `webnet-bot notify retry`."
        yield Finding(NOTIFICATIONS, "parked reports", "warn", words, remedy)


def _name(place: Scheduled) -> str:
    return place.channel_name or place.channel_id


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
