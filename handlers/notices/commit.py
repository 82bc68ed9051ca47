"""Shows that somebody commits a config in WebNet itself, where nobody here was asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.arguments import write_for_job
from bot.core.events import Event
from bot.core.message import Bold, Button, Buttons, Line, Message, Mono, Note, When, line_text, text
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Words
from bot.core.text import and_more
from handlers import _views

MOST_DEVICES = 5
LATE = timedelta(minutes=10)  # a commit may have ended by then


def view(event: Event, words: Words) -> Message:
    number, by = event.data["job"], words.requester(event.data["user"], _views.starter(event.data))
    line: Line = (
        "🚨 ",
        Bold("A commit was started" if words.waited(event, LATE) else "A config is being committed"),
        " on ",
        *_devices(event),
        ", by ",
        by,
        ": job ",
        Bold(f"#{number}"),
    )
    buttons = Buttons(
        (
            Button(f"Open job #{number}", url=words.job_page(number)),
            Button("Logs", command=write_for_job("logs", number), thread=True),
        )
    )
    note = Note(("It was started in WebNet itself, ", When(event.happened_at), ". No approval was asked for here."))
    return Message(line_text(line), parts=(text(*line, "."), note, buttons))


def line(event: Event) -> Line:
    return (f"#{event.data['job']} on ", *_devices(event), f", by {_views.starter(event.data)}")


def group(_: Event) -> str:
    return "Config committed in WebNet itself"


def _devices(event: Event) -> Line:
    names, total = event.data["devices"], event.data["total"]
    if not total:
        return (Bold("every enabled device"), " of this customer")
    spans: Line = ()
    for name in names[:MOST_DEVICES]:
        spans = (*spans, *((", ",) if spans else ()), Mono(name))
    left = total - min(len(names), MOST_DEVICES)
    return (*spans, f" {and_more(left)}") if left else spans


def sample(now: datetime) -> Event:
    values = {"job": 164, "user": None, "name": "oscar-operator", "devices": ["rtr-fra1-001"], "total": 1}
    return Event("sample:commit", "commit", JOB_FAILURE.flag, 0, now, values)


NOTICE = Notice("commit", view, line, group, sample)
