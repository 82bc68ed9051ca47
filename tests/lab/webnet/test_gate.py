"""Every way to start a job carelessly is found in the record."""

from typing import Any

import pytest

from lab.webnet import BOT_KEY, WebNetLab
from tests.lab.webnet.api import Api


def test_a_careful_client_breaks_nothing(lab: WebNetLab, bot: Api) -> None:
    for path in ("reachability/run", "commands/run", "config/backup"):
        bot.start(path, [1, 2])
    bot.start("reachability/run", [131], customer=2)
    assert lab.gate_violations() == []


@pytest.mark.parametrize(
    "targets",
    [None, {}, {"device_ids": []}, {"site": "fra1"}, {"device_ids": [1], "site": "fra1"}, {"device_ids": ["1"]}, [1]],
    ids=str,
)
def test_targets_must_be_a_list_of_ids_and_nothing_else(lab: WebNetLab, bot: Api, targets: Any) -> None:
    bot.get("devices/1/")
    bot.ask("POST", "reachability/run", {"customer_id": 1, "targets": targets})
    assert any("non-empty list of device_ids" in found for found in lab.gate_violations())


def test_a_device_must_be_read_first(lab: WebNetLab, bot: Api) -> None:
    bot.get("devices/1/")
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [1, 2]}})
    assert lab.gate_violations() == [
        "POST /api/v1/reachability/run (request 2): device 2 was not read before it was named"
    ]


def test_a_read_serves_one_job_only(lab: WebNetLab, bot: Api) -> None:
    bot.start("reachability/run", [1])
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [1]}})
    assert ["was not read" in found for found in lab.gate_violations()] == [True]


def test_two_jobs_on_one_device_at_the_same_time_each_have_their_own_read(lab: WebNetLab, bot: Api) -> None:
    body, work = {"customer_id": 1, "targets": {"device_ids": [1]}}, ("reachability/run", "config/backup")
    for path in work:
        bot.ask("GET", "devices/1/", headers={"X-Request-ID": path})
    for path in (*work, work[0]):
        bot.ask("POST", path, body, headers={"X-Request-ID": path})
    assert ["was not read" in found for found in lab.gate_violations()] == [True]  # the third, whose read was used up


def test_a_read_with_another_credential_does_not_count(lab: WebNetLab, bot: Api, oscar: Api) -> None:
    oscar.get("devices/1/")
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [1]}})
    assert ["was not read" in found for found in lab.gate_violations()] == [True]


def test_a_read_that_failed_does_not_count(lab: WebNetLab, bot: Api) -> None:
    lab.fault("garbage", times=1)
    bot.ask("GET", "devices/1/")
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [1]}})
    assert ["was not read" in found for found in lab.gate_violations()] == [True]


def test_a_read_grows_old(lab: WebNetLab, bot: Api) -> None:
    bot.start("reachability/run", [1])
    assert lab.gate_violations() == []
    assert ["is not fresh" in found for found in lab.gate_violations(fresh_s=0.0)] == [True]


@pytest.mark.parametrize(
    ("device", "words"), [(41, "is disabled"), (131, "belongs to customer 2, the body says 1"), (999, "does not exist")]
)
def test_the_device_must_be_enabled_and_of_the_customer(lab: WebNetLab, bot: Api, device: int, words: str) -> None:
    bot.ask("GET", f"devices/{device}/")
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [device]}})
    assert any(words in found for found in lab.gate_violations())


def test_the_device_is_judged_as_it_was_when_the_request_came(lab: WebNetLab, bot: Api) -> None:
    bot.start("reachability/run", [1])
    lab.change("devices", 1, enabled=False)
    assert lab.gate_violations() == []
    lab.change("devices", 1, enabled=True)
    lab.before("POST", "/api/v1/reachability/run", lambda: lab.change("devices", 1, enabled=False))
    bot.start("reachability/run", [1])
    assert ["is disabled" in found for found in lab.gate_violations()] == [True]


@pytest.mark.parametrize(
    "path",
    [
        "jobs/7/retry",
        "device-groups/1/run-job/",
        "devices/bulk-backup/",
        "compliance/policies/1/run/",
    ],
)
def test_some_paths_must_never_be_called(lab: WebNetLab, bot: Api, path: str) -> None:
    bot.get("devices/1/")
    targets = {"customer_id": 1, "targets": {"device_ids": [1]}, "device_ids": [1], "job_type": "config_backup"}
    bot.post(path, targets) if "bulk" not in path else bot.ask("POST", path, targets)
    assert ["must never be called" in found for found in lab.gate_violations()] == [True]


def test_a_commit_needs_a_preview_of_the_same_lines_and_is_not_repeated(lab: WebNetLab, bot: Api) -> None:
    lines = {"mode": "merge", "snippet": "ntp server 10.0.0.1"}
    bot.start("config/deploy/preview", [1, 2], **lines)
    bot.start("config/deploy/commit", [1], **lines)
    assert lab.gate_violations() == []
    bot.start("config/deploy/commit", [1], **lines)
    bot.start("config/deploy/commit", [2], mode="merge", snippet="reload")
    bot.start("config/deploy/commit", [2], mode="banana", snippet="ntp server 10.0.0.1")
    said = [found.partition(": ")[2] for found in lab.gate_violations()]
    assert said == [
        "device 1 had no preview of these lines since the last commit of them",
        "device 2 had no preview of these lines since the last commit of them",
        "a commit merges at least one line",
        "device 2 had no preview of these lines since the last commit of them",
    ]


def test_the_rule_holds_whatever_the_answer_was(lab: WebNetLab, bot: Api) -> None:
    lab.fault("error", method="POST")
    bot.get("devices/1/")
    bot.ask("POST", "reachability/run", {"customer_id": 1, "targets": {"device_ids": [1]}})
    assert lab.gate_violations() == []
    bot.ask("POST", "reachability/run", {"customer_id": 1})
    assert len(lab.gate_violations()) == 1


def test_the_record_says_who_asked_what(lab: WebNetLab, bot: Api) -> None:
    bot.ask("GET", "devices/?page=2", headers={"X-Request-ID": "abc"})
    bot.start("reachability/run", [1])
    first, _, last = lab.record
    assert (first.path, first.query, first.user, first.request_id) == ("/api/v1/devices/", "page=2", 9, "abc")
    assert (last.status, last.jobs, last.targets[0].enabled) == (202, (163,), True)
    assert BOT_KEY not in repr(lab.record)


def test_what_was_judged_before_can_be_left_out(lab: WebNetLab, bot: Api) -> None:
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [1]}})
    bot.start("reachability/run", [2])
    assert len(lab.gate_violations()) == 1
    assert lab.gate_violations(after=1) == []
    bot.post("reachability/run", {"customer_id": 1, "targets": {"device_ids": [2]}})
    assert len(lab.gate_violations(after=3)) == 1
