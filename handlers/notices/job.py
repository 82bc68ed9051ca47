"""Shows how a job ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.arguments import write_for_job
from bot.core.events import Event
from bot.core.message import Bold, Button, Buttons, Fields, Line, Link, Message, Mono, Part, Text, When
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Words
from bot.core.text import and_more, count, cut, duration, phrase
from bot.webnet.models import CANCELLED
from handlers import _snooze, _views

TIMES = ("started_at", "finished_at")
WORDS = {
    "success": "done",
    "partial": "partly failed",
    "failed": "failed",
    "violated": "found violations",
    "cancelled": "cancelled",
}
MOST_ERRORS = 5
MOST_DEVICES = 3
MOST_OF_A_LINE = 200


def view(event: Event, words: Words) -> Message:
    values = event.data
    number, page = f"#{values['job']}", words.job_page(values["job"])
    kind = _kind(event)
    parts: list[Part] = [
        Text(
            (
                ((f"{_views.sign(values['verdict'])} "), Bold(kind), f": {values['words']}"),
                *_cancelled(event),
                *_errors(event),
            )
        ),
        Fields(
            (
                ("Job", (Link(number, page), f" · {values['status'] or 'no status'} in WebNet")),
                ("Asked by", (words.requester(values["user"], _views.starter(values)),)),
                ("Devices", _devices(event)),
                *_times(event),
            )
        ),
        Buttons(tuple(_buttons(event, page))),
    ]
    where = f" ({', '.join(values['devices'][:MOST_DEVICES])})" if values["devices"] else ""
    return Message(summary=f"{kind} {number}{where}: {values['words']}", parts=tuple(parts))


def line(event: Event) -> Line:
    values = event.data
    devices = values["devices"]
    where = f" {devices[0]}" if len(devices) == 1 else ""
    return (cut(f"#{values['job']}{where}: {phrase(values['words'])}", MOST_OF_A_LINE),)


def group(event: Event) -> str:
    return f"{_kind(event)} {WORDS.get(event.data['verdict'], 'ended')}"


def _kind(event: Event) -> str:
    kind = _views.kind(event.data["type"])
    return cut(kind[:1].upper() + kind[1:], 60)


def _errors(event: Event) -> Iterator[Line]:
    """Yields the first line of each host's error, but none that the sentence above quotes already."""
    errors = [(host, text) for host, text in event.data["errors"] if not event.data["words"].endswith(text)]
    for host, text in errors[:MOST_ERRORS]:
        yield ("• ", *((Mono(host), ": ") if host else ()), text)
    more = event.data["failed"] - MOST_ERRORS
    if errors and more > 0:
        yield (and_more(more, "device") + (", or more" if event.data["at_least"] else ""),)


def _cancelled(event: Event) -> Iterator[Line]:
    """Yields a line about a job that was cancelled; a notice that was made by an older bot does not say it."""
    by = event.data.get("cancelled_by")
    if event.data["status"] == CANCELLED:
        if by:
            yield (f"Cancelled by {by}.",)
    elif by is not None:
        yield (_views.ran_though_cancelled(by),)


def _devices(event: Event) -> Line:
    names, total = event.data["devices"], event.data["total"]
    spans: Line = ()
    for name in names[:MOST_DEVICES]:
        spans = (*spans, *((", ",) if spans else ()), Mono(name))
    if event.data.get("everywhere"):  # an event that an earlier version stored does not say so
        return ("every enabled device",)
    if not spans:
        return (count(total, "device") if total else "not named",)
    left = (total or len(names)) - min(len(names), MOST_DEVICES)
    return (*spans, f" {and_more(left)}") if left > 0 else spans


def _times(event: Event) -> Iterator[tuple[str, Line]]:
    """Yields when the job started and how long it took; a job that was cancelled before it ran has neither."""
    started, finished = (event.data[name] and datetime.fromisoformat(event.data[name]) for name in TIMES)
    if started:
        yield "Started", (When(started),)
    if started and finished:
        yield "Took", (duration((finished - started).total_seconds()),)


def _buttons(event: Event, page: str) -> Iterator[Button]:
    number = event.data["job"]
    yield Button(f"Open job #{number}", url=page)
    yield Button("Logs", command=write_for_job("logs", number), thread=True)
    if event.data["retry"] and event.data["verdict"] in ("failed", "partial"):
        what = f"this {_views.kind(event.data['type'])} on {count(event.data['total'] or 0, 'device')}"
        yield Button("Retry", command=write_for_job("retry", number), confirm=f"Start {what} again?")
    if event.data["verdict"] in ("failed", "partial"):
        yield _snooze.button(event)


def sample(now: datetime) -> Event:
    ended, started = now - timedelta(seconds=4), now - timedelta(seconds=65)
    values = {
        "job": 163,
        "type": "config_backup",
        "status": "success",
        "verdict": "partial",
        "words": "success, but 1 of 12 devices reported errors",
        "user": None,
        "name": "oscar-operator",
        "requested_at": started.isoformat(),
        "started_at": started.isoformat(),
        "finished_at": ended.isoformat(),
        "devices": ["rtr-fra1-001", "lsw-ams2-002", "edge-nyc1-003", "leaf-oslo-hq-004"],
        "total": 12,
        "errors": [["rtr-fra1-001", "Authentication to device failed."]],
        "failed": 1,
        "at_least": False,
        "retry": True,
    }
    return Event("sample:job", "job", JOB_FAILURE.flag, 0, ended, values)


def fault(event: Event) -> bool:
    return event.data.get("verdict") in ("failed", "partial")


NOTICE = Notice("job", view, line, group, sample, fault=fault)
