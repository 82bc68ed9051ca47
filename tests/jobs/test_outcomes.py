"""How a job ended is found out once, whoever asks first, and kept."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.errors import WebNetError
from bot.jobs.backup_changes import BackupChanges
from bot.jobs.check_results import MOST_OF_A_CHECK, MOST_PAGES
from bot.jobs.customer_names import CustomerNames
from bot.jobs.logs import JobLogs
from bot.jobs.outcome import HostError, Outcome
from bot.jobs.outcomes import Names, Outcomes, Reading
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.models import Job
from lab.webnet import WebNetLab
from lab.webnet.clock import stamp
from store.database import Store

LOG_IN = "Authentication to device failed."


def outcomes_of(lab: WebNetLab, webnet: WebNet, store: Store) -> Outcomes:
    """Makes what one replica has; the store is all that replicas share."""

    def hostname(_: int, device: int) -> str | None:
        return str(lab.row("devices", device)["hostname"]) if device in lab.state.devices else None

    names = Names(hostname, CustomerNames(webnet).name)
    return Outcomes(webnet, JobLogs(webnet, Redactor()), store.outcomes, names, BackupChanges(store))


@pytest.fixture
def outcomes(lab: WebNetLab, webnet: WebNet, store: Store) -> Outcomes:
    return outcomes_of(lab, webnet, store)


def log_reads(lab: WebNetLab, job: int) -> int:
    return sum(entry.path == f"/api/v1/jobs/{job}/logs" for entry in lab.record)


def test_the_log_is_read_once_whoever_asks(lab: WebNetLab, webnet: WebNet, store: Store, outcomes: Outcomes) -> None:
    lab.break_device(5, LOG_IN)
    job = webnet.job(lab.start_job("check_reachability", [5]))
    assert outcomes.known([job]) == {}
    asked = [threading.Thread(target=outcomes.of, args=(job,)) for _ in range(8)]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    found = outcomes_of(lab, webnet, store).of(job)
    assert found.words == f"reached, but the log-in was refused: {LOG_IN}"
    assert found == outcomes.of(job) == outcomes.known([job])[job.id]
    assert log_reads(lab, job.id) == 1


def test_a_job_that_ran_after_it_was_cancelled_is_looked_at(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    job = webnet.job(lab.start_job("check_reachability", [5]))
    cancelled = replace(job, status="cancelled", started_at=None)
    assert outcomes.known([cancelled])[job.id].result == "cancelled"
    assert outcomes.of(cancelled).words == "cancelled in WebNet; a worker may still run it"
    assert outcomes.of(job).words == "reachable"
    assert outcomes.known([cancelled])[job.id].result == "cancelled"


def test_a_log_that_cannot_be_read_now_is_read_later(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    job = webnet.job(lab.start_job("check_reachability", [5]))
    lab.fault("error", prefix="/api/v1/jobs/")
    with pytest.raises(WebNetError):
        outcomes.of(job)
    reading = Reading(outcomes, most=20)
    assert [reading.of(one) for one in (job, replace(job, id=job.id - 1))] == [None, None]
    assert reading.unread == {job.id, job.id - 1}
    lab.clear_faults()
    assert outcomes.of(job).words == "reachable"


def test_one_request_reads_a_few_logs_and_what_is_known_costs_none(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    jobs = [webnet.job(lab.start_job("check_reachability", [5])) for _ in range(5)]
    outcomes.of(jobs[0])
    reading = Reading(outcomes, most=2)
    reading.prepare(jobs)
    assert [bool(reading.of(job)) for job in jobs] == [True, True, True, False, False]
    assert reading.unread == {jobs[3].id, jobs[4].id}
    assert [log_reads(lab, job.id) for job in jobs] == [1, 1, 1, 0, 0]


def test_a_commit_without_devices_is_named_loudly_with_its_customer(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    lab.break_device(2)
    job = webnet.job(lab.start_job("config_deploy_commit", [], snippet="ntp server 10.0.0.1"))
    hosts = sum(row["customer"] == 1 and row["enabled"] for row in lab.rows("devices"))
    found = outcomes.of(job)
    assert found.words == f"🚨 COMMIT WITHOUT DEVICES: every enabled device of Acme: {hosts} in the log, 1 failed"
    assert (found.result, found.everywhere, found.total, found.answered) == ("partial", True, None, hosts - 1)


def test_a_device_that_is_deleted_during_its_backup_is_skipped(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    name = lab.row("devices", 15)["hostname"]
    lab.hold = "running"
    job = lab.start_job("config_backup", [1, 2, 15])
    assert webnet.job(job).status == "running"
    lab.delete("devices", 15)
    lab.finish(job)
    found = outcomes.of(webnet.job(job))
    assert (found.result, found.skipped) == ("partial", 1)
    assert found.words == "success on 2 of 3 devices; one device was skipped"
    assert name not in str(found)


def test_a_compliance_check_counts_its_violations(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    clean = webnet.job(lab.start_job("compliance_check", [1, 2, 3]))
    dirty = webnet.job(lab.start_job("compliance_check", [1, 2, 3]))
    for policy, device, state in ((1, 1, "fail"), (2, 1, "fail"), (1, 2, "fail"), (1, 3, "pass")):
        lab.add("results", policy=policy, device=device, job=dirty.id, status=state, ts=stamp(datetime.now(UTC)))
    assert (outcomes.of(clean).result, outcomes.of(clean).words) == ("success", "success")
    assert (outcomes.of(dirty).result, outcomes.of(dirty).words) == ("violated", "done: 2 devices violate a policy")
    assert log_reads(lab, clean.id) == log_reads(lab, dirty.id) == 0


def checked(lab: WebNetLab, webnet: WebNet, failing: int, passing: int) -> Job:
    """Ends a compliance check that found first the devices that violate a policy, then those that do not."""
    job = webnet.job(lab.start_job("compliance_check", [1]))
    for number in range(failing + passing):
        state = "fail" if number < failing else "pass"
        lab.add("results", policy=1, device=number + 1, job=job.id, status=state, ts=stamp(datetime.now(UTC)))
    return job


def result_reads(lab: WebNetLab) -> int:
    return sum(entry.path == "/api/v1/compliance/results/" for entry in lab.record)


def test_of_a_check_with_more_results_than_are_read_no_more_is_said_than_was_seen(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    hidden, large = checked(lab, webnet, 60, 480), checked(lab, webnet, 1, 500)
    newest = checked(lab, webnet, 1, 0)
    assert outcomes.of(newest).words == outcomes.of(large).words == "done: 1 device violates a policy"
    found = outcomes.of(hidden)
    assert (found.result, found.words) == ("unknown", "done, but too many newer results hide what it found")


def test_a_check_that_is_seen_in_part_found_at_least_so_much(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    found = outcomes.of(checked(lab, webnet, 60, 50 * MOST_OF_A_CHECK - 20))
    assert (found.result, found.words, found.at_least) == (
        "violated",
        "done: at least 20 devices violate a policy",
        True,
    )


def test_one_request_reads_the_newest_results_once_for_all_its_checks(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    jobs = [checked(lab, webnet, 1, 40) for _ in range(20)]
    reading = Reading(outcomes, most=20)
    reading.prepare(jobs)
    found = [reading.of(job) for job in jobs]
    assert {one.result for one in found if one} == {"violated", "unknown"}
    assert result_reads(lab) == MOST_PAGES + 1  # one check goes on behind them
    later = checked(lab, webnet, 2, 0)
    reading.allow(1)
    assert reading.of(later) == outcomes.of(later)
    assert outcomes.of(later).words == "done: 2 devices violate a policy"


REFUSED = HostError("b", LOG_IN)


@pytest.mark.parametrize(
    ("outcome", "host", "result", "words"),
    [
        (Outcome("success", "both devices are reachable", total=2, answered=2), "a", "success", "both devices are reachable"),
        (Outcome("partial", "x", (REFUSED,), 2, answered=1, failures=1), "a", "success", "reachable"),
        (Outcome("partial", "x", (REFUSED,), 2, answered=1, failures=1), "b", "failed",
         f"reached, but the log-in was refused: {LOG_IN}"),
        (Outcome("partial", "x", (REFUSED,), 3, answered=1, failures=1, skipped=1), "a", "partial", "x"),
        (Outcome("partial", "x", (REFUSED,), None, answered=9, failures=1, everywhere=True), "a", "partial", "x"),
        (Outcome("partial", "x", (REFUSED,), 5000, answered=9, failures=1, at_least=True), "a", "partial", "x"),
        (Outcome("failed", "failed: boom", total=2), "a", "failed", "failed: boom"),
    ],
)  # fmt: skip
def test_a_ping_of_several_says_what_it_found_out_about_one(
    outcome: Outcome, host: str, result: str, words: str
) -> None:
    assert outcome.of_host(host) == (result, words)


@pytest.mark.parametrize(
    ("summary", "everywhere"),
    [
        ({"filters": {}}, True),
        ({"filters": {"device_ids": []}}, True),
        ({"filters": {"hostname": "a", "role": "core"}}, True),
        ({"group_id": 1, "group_name": "core-routers"}, True),
        ({"device_ids": []}, True),
        ({"filters": {"device_ids": [1]}}, False),
        ({"filters": {"device_ids": [], "site": "fra1"}}, False),
        ({"filters": {"vendor": "cisco"}}, False),
        ({"device_id": 7}, False),
        ({"devices": ["leaf-ams2-070"]}, False),
        ({"filters": "odd"}, False),
        (None, False),
        ([], False),
    ],
)
def test_what_webnet_does_not_restrict_is_a_job_on_every_device(summary: object, everywhere: bool) -> None:
    assert Job.of({"id": 1, "target_summary_json": summary}).everywhere is everywhere
