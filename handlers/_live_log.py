"""Shows the log of a job while it runs."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.arguments import JOB, write, write_for_job
from bot.core.message import Bold, Button, Buttons, Code, Line, Message, Note, Part, line_text, text
from bot.core.text import duration, ended
from bot.jobs.live_log import FOLLOWED_FOR, LiveLogState
from bot.webnet.models import Job
from handlers import _views

STOPPED = "⏹️"
HOURS = FOLLOWED_FOR.total_seconds()


def view(state: LiveLogState) -> Message:
    sign, line = _head(state)
    line = (f"{sign} ", *line)
    parts: list[Part] = [text(*line)]
    if state.gap:
        parts.append(Note(("There was more than is shown here; the whole log has it.",)))
    if state.text:
        parts += [Code(state.text), Note(("Times in UTC",))]
    elif words := _nothing(state):
        parts.append(Note((words,)))
    if buttons := tuple(_buttons(state)):
        parts.append(Buttons(buttons))
    return Message(line_text(line), parts=tuple(parts))


def _head(state: LiveLogState) -> tuple[str, Line]:
    job = state.job
    if job is None:
        return STOPPED, (f"WebNet does not know job #{state.number} any more, so its log is not followed any longer.",)
    log: Line = ("Log of job ", Bold(f"#{job.id}"), f", {_views.kind(job.type)}")
    if state.closed:
        return "📜", (*log, ". It goes on below.")
    match state.over:
        case "job":
            result, words = (state.outcome.result, state.outcome.words) if state.outcome else (job.status, job.status)
            return _views.sign(result), (*log, f": {ended(words)}")
        case "stopped":
            why = f"{state.by} stopped it"
        case "late":
            why = f"it was followed for {duration(HOURS)}, which is the longest"
        case "refused":
            why = "who asked for it may not read it any more"
        case _:
            return _views.sign(job.status), (*log, f", {_stands(job, state)}.")
    return STOPPED, (*log, f", is not followed any longer: {why}. The job {_views.state(job)}.")


def _stands(job: Job, state: LiveLogState) -> str:
    length = _views.took(job, state.now)
    return f"{job.status} for {length}" if length and job.status == "running" else job.status or "under way"


def _nothing(state: LiveLogState) -> str:
    if state.closed or state.over in ("refused", "gone"):
        return ""
    if state.at_end and state.over != "job":
        return "A job of this type writes its log only when it ends: until then there is nothing to show."
    return "Nothing was reported." if state.over == "job" else "Nothing has been reported yet."


def _buttons(state: LiveLogState) -> Iterator[Button]:
    if state.closed or state.job is None:
        return
    if not state.over:
        stop = write("logs", (JOB, _views.FOLLOW), {"job": state.number, "follow": "stop"})
        yield Button("Stop", command=stop, thread=True)
    if state.text:
        yield Button("Whole log", command=write_for_job("logs", state.number), modal=True)
    yield Button(f"Open job #{state.number}", url=state.page)
