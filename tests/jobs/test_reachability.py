"""Which devices a job found to answer, and which not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.jobs.outcome import HostError, Outcome
from bot.jobs.reachability import found_by
from bot.webnet.models import Job

NAMES = {"rtr1": 1, "rtr2": 2}
DOWN, LOG_IN, ODD = "TCP connection to device failed.", "Authentication to device failed.", "something else"


def job(kind: str, *devices: int, everywhere: bool = False) -> Job:
    filters = {"filters": {"device_ids": [*devices]} if devices else {}} if devices or everywhere else None
    return Job.of({"id": 7, "customer": 1, "type": kind, "status": "success", "target_summary_json": filters})


def outcome(result: Any, answered: int, **errors: str) -> Outcome:
    failed = tuple(HostError(host, line) for host, line in errors.items())
    return Outcome(result, "", failed, answered=answered, failures=len(failed), everywhere=False)


PING, BACKUP = job("check_reachability", 1, 2), job("config_backup", 1, 2)
EVERYWHERE = job("check_reachability", everywhere=True)


@pytest.mark.parametrize(
    ("of", "how", "missed", "found"),
    [
        (PING, outcome("success", 2), [], {1: True, 2: True}),
        (PING, outcome("partial", 1, rtr2=DOWN), [], {1: True, 2: False}),
        (PING, outcome("partial", 1, rtr2=LOG_IN), [], {1: True, 2: True}),
        (PING, outcome("partial", 1, rtr2=ODD), [], {1: True}),
        (PING, outcome("failed", 0, rtr1=DOWN, rtr2=DOWN), [], {1: False, 2: False}),
        (PING, outcome("partial", 1, renamed=DOWN), [], {}),  # any of them may have failed
        (PING, outcome("unknown", 0), [], {}),
        (PING, outcome("cancelled", 0), [], {}),
        (BACKUP, outcome("success", 2), [2], {2: True}),
        (BACKUP, outcome("failed", 0, rtr1=DOWN, rtr2=DOWN), [2], {}),  # a backup finds nobody unreachable
        (BACKUP, outcome("failed", 0, rtr1=DOWN, rtr2=LOG_IN), [1, 2], {2: True}),
        (job("compliance_check", 1, 2), outcome("success", 2), [2], {}),
    ],
)
def test_what_a_job_says_about_its_devices(of: Job, how: Outcome, missed: list[int], found: dict[int, bool]) -> None:
    assert found_by(of, how, NAMES, missed) == found


def test_a_ping_of_every_device_says_it_of_those_that_had_not_answered() -> None:
    how = Outcome("partial", "", (HostError("rtr1", DOWN),), answered=9, failures=1, everywhere=True)
    assert found_by(EVERYWHERE, how, NAMES, [1, 2]) == {1: False, 2: True}
