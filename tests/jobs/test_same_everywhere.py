"""Every place that shows how a job ended says it alike: card, thread, notice, `jobs`, `status` and `logs`; over the logs that were
recorded and over made ones. What the store gives back is what was found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from pathlib import Path
from random import Random

import pytest

from bot.core.message import Card, line_text
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Words
from bot.core.plain_text import plain
from bot.core.text import cut
from bot.feeds.job_events import Requester, event_of
from bot.jobs.access import Listing, SeenJob
from bot.jobs.card_state import CardState
from bot.jobs.judge import PER_HOST, judge
from bot.jobs.logs import JobLog, redacted
from bot.jobs.outcome import Outcome, dumped, loaded
from bot.jobs.paging import Position, Slice
from bot.jobs.wanted import OUTCOMES, Wanted
from bot.redaction.redactor import Redactor
from bot.webnet.models import Device, Job, LogLine
from handlers import _views, jobs, logs, status
from handlers.notices import job as notice
from store.database import Store

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RECORDED = sorted((Path(__file__).parents[1] / "fixtures" / "webnet").glob("jobs-logs*.json"))
ERRORS = (
    "TCP connection to device failed.",
    "Authentication to device failed.\n\nCommon causes",
    "[Errno 113] No route to host",
    "Pattern not detected: 'rtr-1\\#' in output.",
    "odd " * 90,
)
DEVICE = Device(1, 1, "h0", "10.0.0.1", "", "", "", "", True, "", None, None)


@dataclass(frozen=True)
class Ended:
    job: Job
    log: JobLog

    @property
    def outcome(self) -> Outcome:
        return judge(self.job, self.log, self.job.error, customer="Acme")


def job_of(kind: str, state: str, devices: int, *, everywhere: bool = False) -> Job:
    times = NOW - timedelta(minutes=3), NOW - timedelta(minutes=2), NOW - timedelta(minutes=1)
    ids = frozenset(range(1, devices + 1))
    return Job(7, 1, kind, state, 3, *times, ids, "boom" if state == "failed" else "", everywhere)


def recorded() -> list[Ended]:
    found = []
    for path, kind in product(RECORDED, PER_HOST):
        rows = json.loads(path.read_text(encoding="utf-8"))["response"].get("body")
        if isinstance(rows, list):
            lines = redacted([LogLine.of(row) for row in reversed(rows)], Redactor())
            found += [Ended(job_of(kind, "success", devices), JobLog(lines, full=False)) for devices in (0, 1, 9)]
    return found


def made() -> list[Ended]:
    """Makes logs of up to five hosts for every type and status, some of which fail, are skipped or are cut off."""
    random, found = Random(13), []
    kinds = (*PER_HOST, "compliance_check", "from_next_year")
    for kind, state, devices in product(kinds, ("success", "partial", "failed", "cancelled", "odd", ""), (0, 1, 2, 5)):
        for everywhere, full in product((False, True), repeat=2):
            lines = [
                LogLine(number, NOW, random.choice(("INFO", "ERROR")), f"h{random.randrange(5)}", random.choice(ERRORS))
                for number in range(random.randrange(7))
            ]
            if random.random() < 0.2:
                lines.append(LogLine(99, NOW, "ERROR", "", "No devices matched targets"))
            job = job_of(kind, state, devices, everywhere=everywhere and not devices)
            found.append(Ended(job, JobLog(tuple(lines), full)))
    return found


# -- what each place says: a sign and words


def said_by_card(ended: Ended, outcome: Outcome) -> str:
    state = CardState(Card(7, "ping", "h0"), "", ended.job, outcome, over=True)
    head = plain(_views.card(state)).partition("\n")[0]
    assert head in plain(_views.card_ended(state, "oscar"))
    return head.replace(" Ping of h0:", "").removesuffix(".")


def said_by_notice(ended: Ended, outcome: Outcome) -> str:
    event = event_of(ended.job, outcome, Requester(3, "oscar"), (), NOW)
    event = replace(event, data=json.loads(json.dumps(event.data)))
    head = line_text(notice.view(event, Words("/webnet", str, lambda _, name: name)).parts[0].lines[0])  # type: ignore[union-attr]
    assert (event.flag == JOB_FAILURE.flag) is (outcome.result in OUTCOMES["failed"])
    return head.replace(f" {notice._kind(event)}:", "").removesuffix(".")


def said_by_jobs(ended: Ended, outcome: Outcome) -> str:
    found = Listing(Slice((ended.job,), 1, NOW, None, None, complete=True), {7: outcome}, {7: "oscar"}, {7: ("h0",)})
    asked = jobs.Asked((), Wanted(), Position())
    number, _, _, words, *_ = map(line_text, jobs._row(ended.job, jobs.Result(asked, found, {7: ""}, NOW)))
    return f"{number.partition(' #7')[0]} {words}".removesuffix(".")


def said_by_status(ended: Ended, outcome: Outcome) -> str:
    seen = SeenJob(7, ended.job.type, "oscar", ended.job, outcome)
    head = line_text(status._last_job(status.Status(DEVICE, seen, None, {7: ""}, NOW)))
    return head.removeprefix(f"{_views.kind(ended.job.type)}: ").partition(", 1 min ago, job #7")[0]


def said_by_logs(ended: Ended, outcome: Outcome) -> str:
    head = line_text(logs.view(logs.Logs(ended.job, ended.log, outcome, "")).parts[0].lines[0])  # type: ignore[union-attr]
    sign, _, words = head.partition(f" {_views.kind(ended.job.type)}: ")
    return f"{sign} {words.rpartition('. ')[0]}"


PLACES: dict[str, Callable[[Ended, Outcome], str]] = {
    "card": said_by_card,
    "notice": said_by_notice,
    "jobs": said_by_jobs,
    "status": said_by_status,
    "logs": said_by_logs,
}


@pytest.mark.parametrize("pair", list(combinations(PLACES, 2)), ids="-".join)
def test_two_places_say_the_same(pair: tuple[str, str]) -> None:
    for ended in (*recorded(), *made()):
        outcome = ended.outcome
        said = [cut(PLACES[place](ended, outcome), jobs.LONGEST_WORDS) for place in pair]
        assert said[0] == said[1], (ended, pair)


@pytest.mark.parametrize("place", PLACES)
def test_each_place_says_what_was_found_out(place: str) -> None:
    for ended in (*recorded(), *made()):
        outcome = ended.outcome
        words = cut(outcome.words, jobs.LONGEST_WORDS) if place == "jobs" else outcome.words
        assert PLACES[place](ended, outcome) == f"{_views.sign(outcome.result)} {words}".removesuffix("."), ended


def test_the_filter_words_mean_what_is_shown() -> None:
    for ended in made():
        outcome = ended.outcome
        fitting = {word for word in OUTCOMES if Wanted(statuses=(word,)).fits(ended.job, lambda _: outcome)}  # noqa: B023
        assert fitting == {word for word, results in OUTCOMES.items() if outcome.result in results}, (ended, outcome)


def test_the_store_gives_back_what_was_found_out(store: Store) -> None:
    every = [(replace(ended.job, id=number), ended.outcome) for number, ended in enumerate((*recorded(), *made()))]
    store.outcomes.put({job.id: dumped(outcome, job) for job, outcome in every})
    kept = store.outcomes.get([job.id for job, _ in every])
    assert [loaded(kept[job.id], job) for job, _ in every] == [outcome for _, outcome in every]
    again = replace(every[0][0], status="failed")
    assert loaded(kept[again.id], again) is None
    assert store.outcomes.sweep(NOW - timedelta(days=1)) == 0
    assert store.outcomes.sweep(datetime.now(UTC) + timedelta(minutes=1), batch=100) == len(every)
