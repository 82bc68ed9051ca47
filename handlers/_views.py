"""Shows jobs, their cards and their parts, for several commands and notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.arguments import DEVICE, JOB, Argument, Kind, write, write_for_job
from bot.core.message import (
    Bold,
    Button,
    Buttons,
    Card,
    Line,
    Message,
    Note,
    Part,
    Span,
    Step,
    Steps,
    StepState,
    When,
    line_text,
    text,
)
from bot.core.text import and_more, count, cut, duration, ended
from bot.jobs.card_state import CardState
from bot.jobs.outcome import HostError
from bot.jobs.starter import Started
from bot.jobs.stuck import MOST_LATER, How, Stuck
from bot.webnet.job_kinds import AGAIN
from bot.webnet.models import Job
from handlers import _many, _outputs

MOST_HOSTS = 5  # whose errors a card names; the log has all of them
MOST_SECTIONS = 3
SIGNS = {
    "queued": "🕓",
    "scheduled": "📅",
    "running": "🔄",
    "success": "✅",
    "partial": "⚠️",
    "failed": "❌",
    "violated": "⚠️",
    "cancelled": "🚫",
}
STATES: dict[str, StepState] = {"🔄": "in_progress", "✅": "complete", "⚠️": "error", "❌": "error"}  # by the sign
SEEMS: dict[How, str] = {"lost": "seems lost", "long": "may never end"}


def no_retry(job: Job) -> str:
    """Returns the end of a sentence that says why a job cannot be started again from here; empty if it can."""
    if job.type not in AGAIN:
        return f"its type is {kind(job.type)}, and only pings and backups can be."
    return "" if job.device_ids else "it does not name its devices, so it may mean every device."


def sign(status: str) -> str:
    """Returns the emoji for a status or an outcome; WebNet's list of statuses is open."""
    return SIGNS.get(status, "•")


def starter(values: Mapping[str, Any]) -> str:
    """Returns WebNet's name of who started a job, from the values of its event."""
    return values["name"] or ("nobody known" if values["user"] is None else f"user {values['user']}")


def kind(job_type: str) -> str:
    """Returns a job type such as `config_backup` as words; WebNet's list of types is open."""
    return job_type.replace("_", " ") or "job"


def state(job: Job) -> str:
    """Returns how a job stands, as the end of a sentence that begins with it, such as `is running`."""
    if job.status == "cancelled":
        return "was cancelled"
    if job.ended:
        return "has ended already"
    return f"is {job.status}" if job.status else "has no status in WebNet"


def stands(job: Job, stuck: How | None) -> tuple[str, str]:
    """Returns the sign and the words for a job that has not ended."""
    return ("⚠️", f"{job.status}, {SEEMS[stuck]}") if stuck else (sign(job.status), job.status)


def took(job: Job, now: datetime) -> str:
    """Returns how long a job ran, or has been running by `now`; empty if it never started."""
    if job.started_at is None:
        return ""
    return duration(((job.finished_at or now) - job.started_at).total_seconds())


def started(outcome: Started) -> Message:
    """Shows which job a command has started, or found running; the message is followed as a card."""
    what, where, number = outcome.kind.word, outcome.where, f"#{outcome.job_id}"
    cancel: tuple[Button, ...] = ()
    if outcome.already:
        job, by = outcome.already, f", started by {outcome.by}" if outcome.by else ""
        words = f"A {what} of {where} is already {job.status}: job {number}{by}. No second one was started."
        shown, since = "⚠️" if outcome.stuck else sign(job.status), job.started_at or job.requested_at
        line: Line = (f"A {what} of ", Bold(where), f" is already {job.status}: job ", Bold(number), by, ".")
        why: Line = ("Since ", When(since), ". ") if since else ()
        if outcome.stuck:
            reason = _stuck_words(outcome.stuck, what)
            why = (f"{reason[:1].upper()}{reason[1:]}. ",)
        cancel = tuple(_stuck_steps(job, outcome.stuck))
        small = Note((*why, "No second one was started."))
    else:
        words = f"{what.capitalize()} of {where} started: job {number}."
        shown, line = "🕓", (what.capitalize(), " of ", Bold(where), " started: job ", Bold(number), ".")
        small = Note((f"{kind(outcome.kind.type)} on {count(len(outcome.targets), 'device')}",))
        # The card takes this button away once the job runs.
        asked = f"Cancel the {what} of {where}, if it still waits?"
        cancel = (Button("Cancel", command=write_for_job("cancel", outcome.job_id), confirm=asked, thread=True),)
    left_out = tuple(each.words for each in outcome.left_out)
    several = (_many.each_device(outcome.job_id),) if left_out or len(outcome.targets) > 1 else ()
    buttons = Buttons((_open(outcome.job_id, outcome.page), *several, *cancel))
    parts = (_step(shown, line), small, *_many.left_out(left_out), buttons)
    return Message(summary=words, parts=parts, card=Card(outcome.job_id, what, where, left_out))


def _step(sign: str, line: Line) -> Steps:
    """Shows how one job stands. A job that was cancelled may still run, so it waits as any other."""
    return Steps((Step(STATES.get(sign, "pending"), line, sign),))


def _open(job_id: int, page: str) -> Button:
    return Button(f"Open job #{job_id}", url=page)


# -- configs

LINE = Argument("line", Kind.number, "the line to begin with", named=True, hidden=True, most=9_999_999)


def config_at(device: int, line: int) -> str:
    """Writes the command line that shows a device's config from this line on, counted from 1."""
    return write("config", (DEVICE, LINE), {"device": f"#{device}", "line": line})


BEFORE, AFTER = (
    Argument(name, Kind.number, "the number of a snapshot", named=True, hidden=True) for name in ("before", "after")
)


def diff_of(device: int, before: int, after: int) -> str:
    """Writes the command line that compares these two snapshots, whichever there are by the time of a click."""
    return write("diff", (DEVICE, BEFORE, AFTER), {"device": f"#{device}", "before": before, "after": after})


def sections(named: Sequence[str], longest: int = 60) -> str:
    """Names sections of a config, the first few of many, each with at most `longest` characters."""
    more = (and_more(len(named) - MOST_SECTIONS),) if len(named) > MOST_SECTIONS else ()
    return ", ".join((*(cut(each, longest) or "top level" for each in named[:MOST_SECTIONS]), *more))


# -- cards

FOLLOW = Argument(
    "follow",
    Kind.choice,
    "`follow` shows what a job reports while it runs, `stop` ends that",
    choices=("follow", "stop"),
    placeholder="[follow]",
)


def follow(job: int) -> Button:
    return Button("Follow log", command=write("logs", (JOB, FOLLOW), {"job": job, "follow": "follow"}), thread=True)


def card(state: CardState) -> Message:
    """Shows the message of `started` again as the job goes on, and its outcome at the end."""
    job, (sign, line) = state.job, _state(state)
    parts: list[Part] = [_steps(state, sign, line), *_many.left_out(state.card.left_out)]
    if words := _cancelled(state):
        parts.append(Note((words,)))
    if job and job.finished_at and (length := took(job, job.finished_at)):
        parts.append(Note((f"Job #{job.id}, took {length}",)))
    parts.append(Buttons((*_next_steps(state), *_several(state), _open(state.card.job, state.page))))
    return Message(f"{sign} {line_text(line)}", parts=tuple(parts))


def _steps(state: CardState, sign: str, line: Line) -> Steps:
    """Shows how the job stands; of one that failed on some of its devices also how those stand."""
    outcome = state.outcome
    if outcome is None or len(outcome.failed) + bool(outcome.answered) < 2:
        return _step(sign, line)
    steps = [Step("error", _failed(state.job, error)) for error in outcome.failed[:MOST_HOSTS]]
    if (more := max(len(outcome.failed), outcome.failures) - MOST_HOSTS) > 0:
        steps.append(Step("error", (and_more(more, "device"),)))
    if outcome.answered and not outcome.at_least:
        steps.append(Step("complete", (f"{count(outcome.answered, 'device')} without an error",)))
    return Steps(tuple(steps), title=(f"{sign} ", *line))


def card_ended(state: CardState, requester: Span) -> Message:
    """Notifies the requester of how the job ended."""
    words = _cancelled(state)
    sign, said = _state(state)
    line: Line = (requester, f" {sign} ", *said, *((" ", words) if words else ()))
    output = tuple(_outputs.parts(state.brought))
    if not state.in_place:
        return Message(line_text(line), parts=(text(requester), *card(state).parts, *output))
    return Message(line_text(line), parts=(text(*line), *output, Buttons((_open(state.card.job, state.page),))))


def card_found(state: CardState, requester: Span) -> Message:
    """Notifies a requester, to whom it was unclear whether the job was started."""
    what, where, job = state.card.what, state.card.where, state.card.job
    start: Line = (" Your ", what, " of ", Bold(where), " did start: job ", Bold(f"#{job}"))
    line = (requester, *start, ". WebNet's answer to it had been lost.")
    return Message(line_text(line), parts=(text(*line), Buttons((_open(job, state.page),))))


def _failed(job: Job | None, error: HostError) -> Line:
    return (Bold(error.host or "job"), f": {_many.failure(job.type if job else '', error.line)}")


def _several(state: CardState) -> Iterator[Button]:
    if state.card.left_out or (state.job and len(state.job.device_ids) > 1):
        yield _many.each_device(state.card.job)


def _state(state: CardState) -> tuple[str, Line]:
    """Returns the sign of how the job stands, and a sentence about it."""
    card, job, outcome = state.card, state.job, state.outcome
    what: Line = (f"{card.what.capitalize()} of ", Bold(card.where))
    if job is None:
        return "•", (*what, f": WebNet does not know job #{card.job} any more, so its outcome is not known.")
    if outcome:
        return sign(outcome.result), (*what, f": {ended(outcome.words)}")
    if state.over:
        words = "has ended, but its log could not be read" if job.ended else f"is still {job.status} after a day"
        return "•", (*what, f": job #{job.id} {words}. It is not followed any longer.")
    if state.stuck:
        return "⚠️", (*what, ", job ", Bold(f"#{job.id}"), f": {_stuck_words(state.stuck, card.what)}.")
    return sign(job.status), (*what, f" is {job.status or 'under way'}: job ", Bold(f"#{job.id}"), ".")


def _stuck_words(stuck: Stuck, what: str) -> str:
    """Returns what follows the name of a job that may never end."""
    minutes = duration(stuck.seconds // 60 * 60)
    if stuck.how == "lost":
        later = f"{MOST_LATER} or more later jobs" if stuck.later >= MOST_LATER else count(stuck.later, "later job")
        return f"queued for {minutes} while {later} ended: WebNet seems to have lost it"
    return f"running for {minutes}; a {what} writes its log only at its end"


def _stuck_steps(job: Job, stuck: Stuck | None) -> Iterator[Button]:
    if stuck and not no_retry(job):
        label = "Cancel and start again" if stuck.how == "lost" else "Start anyway"
        yield Button(label, command=write_for_job("retry", job.id))


def _cancelled(state: CardState) -> str:
    """Returns a sentence about who cancelled the job; empty if nobody did, or if it is not known who and it did not run."""
    if state.cancelled_by is None or (state.waits_cancelled and not state.cancelled_by):
        return ""
    if state.waits_cancelled:
        return f"Cancelled by {state.cancelled_by}."
    return ran_though_cancelled(state.cancelled_by)


def ran_though_cancelled(by: str) -> str:
    """Returns a sentence about a job that a worker of WebNet ran after it was cancelled; `by` is empty if it is not known who
    cancelled it."""
    return f"It was cancelled{f' by {by}' if by else ''} before it ran, but a worker of WebNet ran it all the same."


def _next_steps(state: CardState) -> Iterator[Button]:
    card, job, outcome = state.card, state.job, state.outcome
    if job is not None:
        yield from _stuck_steps(job, state.stuck)
        if job.status == "running" and not state.over:
            yield follow(job.id)
    if job is None or outcome is None or outcome.result == "success":
        return
    if outcome.result != "cancelled":
        yield Button("Logs", command=write_for_job("logs", job.id), thread=True)
    if no_retry(job):
        return
    if outcome.failures and outcome.answered:
        yield _many.only_failed(job.id, card.what, outcome.failures)
    else:
        yield Button(
            "Retry",
            command=write_for_job("retry", job.id),
            confirm=f"Start the {card.what} of {card.where} again?",
        )
