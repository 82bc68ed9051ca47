"""The jobs that failed since the last report, and those of before that still fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.core.message import Button, Line, Link, Mono
from bot.core.reports import Data, Section, Shown
from bot.core.text import ago, and_more, count, cut, phrase
from bot.faults import Fault
from bot.jobs.failing import FailedJob
from bot.report_reader import ReportReader
from handlers import _faults

MOST, MOST_DEVICES = 8, 2
LONGEST = 140  # characters of what is said about one job


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.failed_jobs(MOST_DEVICES)
    taken = {fault.job: fault for fault in reader.taken}
    return {
        "number": len(found.lately),
        "still": len(found.still),
        "lately": [_job(one, taken.get(one.id)) for one in found.lately[:MOST]],
        "before": [_job(one, taken.get(one.id)) for one in found.still[:MOST]],
    }


def _job(one: FailedJob, fault: Fault | None = None) -> dict[str, Any]:
    return {
        "job": one.id,
        "kind": cut(one.type.replace("_", " ") or "job", 60),
        "words": cut(one.words, LONGEST),
        "where": [cut(name, 60) for name in one.where],
        "devices": one.devices,
        "at": one.finished_at.isoformat() if one.finished_at else None,
        "again": one.again,
        **_faults.taken(fault),
    }


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    yield from (_line(one, shown) for one in data["lately"])
    if (more := data["number"] - len(data["lately"])) > 0:
        yield (and_more(more, "job"),)
    if data["still"]:
        yield (f"{count(data['still'], 'job')} of before still {'fails' if data['still'] == 1 else 'fail'}:",)
        yield from (_line(one, shown) for one in data["before"])
        if (more := data["still"] - len(data["before"])) > 0:
            yield (and_more(more, "job"),)


def _line(one: Data, shown: Shown) -> Line:
    where: Line = ()
    for name in one["where"]:
        where = (*where, ", " if where else " on ", Mono(name))
    more = one["devices"] - len(one["where"])
    rest = f" {and_more(more)}" if where and more > 0 else ""
    age = f", {ago(shown.now, datetime.fromisoformat(one['at']))}" if one["at"] else ""
    again = "; well again since" if one["again"] else ""
    job = Link(f"#{one['job']}", shown.job_page(one["job"]))
    said = f"{rest}: {phrase(one['words'])}{age}{again}"
    return (f"{'✅' if one['again'] else '❌'} ", job, f" {one['kind']}", *where, said, *_faults.also(one))


def buttons(data: Data) -> tuple[Button, ...]:
    return (Button("Show failed jobs", command="jobs failed"),) if data["number"] or data["still"] else ()


def sample(now: datetime) -> dict[str, Any]:
    failed = FailedJob(170, "config_backup", "failed: Authentication to device failed.", ("rtr-fra1-001",), 1, now)
    return {"number": 1, "still": 0, "lately": [_job(failed)], "before": []}


SECTION = Section("jobs", "Failed jobs", 10, read, lines, sample, buttons)
