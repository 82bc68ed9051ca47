"""One job on many devices: one POST for all on which none of its kind runs, and a reason for each of the others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from bot.core.errors import BotError, Conflict, OutcomeUnknown
from bot.jobs.running import RunningJobs
from bot.jobs.starter import JobRequest, Started, Starter
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP
from bot.webnet.target import Target
from lab.webnet import WebNetLab
from store.database import Store
from store.jobs import Job as IndexedJob

NOW = datetime.now(UTC)


@pytest.fixture
def starter(webnet: WebNet, store: Store, lab: WebNetLab) -> Starter:
    lab.hold = "running"
    return make(webnet, store)


def make(webnet: WebNet, store: Store) -> Starter:
    running = RunningJobs(webnet, lambda *_: None, store.jobs.open_on)
    return Starter(webnet, store.leases, running, timeout_s=2.0, most_waiting=8, job_page=str)


def targets(lab: WebNetLab, *ids: int) -> tuple[Target, ...]:
    rows = (lab.row("devices", number) for number in ids)
    return tuple(Target(row["id"], row["hostname"], row["mgmt_ip"]) for row in rows)


def start(starter: Starter, wanted: tuple[Target, ...], holder: str = "request") -> Started:
    return starter.start(JobRequest(BACKUP, 1, wanted, holder, datetime.now(UTC)))


def posted(lab: WebNetLab) -> list[list[int]]:
    return [entry.body["targets"]["device_ids"] for entry in lab.record if entry.method == "POST"]


def test_one_request_for_all(starter: Starter, lab: WebNetLab, store: Store) -> None:
    started = start(starter, targets(lab, 1, 2, 3))
    assert posted(lab) == [[1, 2, 3]]
    assert (started.where, started.left_out, started.already) == ("3 devices", (), None)
    assert store.leases.all_live("device:") == []


def test_devices_where_one_runs_are_left_out_and_named(starter: Starter, lab: WebNetLab) -> None:
    one, two = lab.start_job("config_backup", [1, 9]), lab.start_job("config_backup", [2])
    lab.start_job("check_reachability", [3])
    lab.clear_record()
    started = start(starter, targets(lab, 1, 2, 3, 5))
    assert posted(lab) == [[3, 5]]
    assert [each.words for each in started.left_out] == [
        f"rtr-fra1-001 has a backup that is running, job #{one}",
        f"lsw-ams2-002 has a backup that is running, job #{two}",
    ]


def test_one_job_on_all_of_them_is_the_answer_and_several_are_named(starter: Starter, lab: WebNetLab) -> None:
    all_three = lab.start_job("config_backup", [1, 2, 3])
    lab.clear_record()
    found = start(starter, targets(lab, 1, 3))
    assert found.already is not None
    assert found.job_id == all_three
    other = lab.start_job("config_backup", [5])
    with pytest.raises(Conflict, match=f"Each of these devices has a backup already: jobs #{other}, #{all_three}"):
        start(starter, targets(lab, 3, 5))
    assert posted(lab) == []


def test_a_job_behind_a_page_of_newer_ones_is_known_from_the_index(
    starter: Starter, lab: WebNetLab, webnet: WebNet, store: Store
) -> None:
    old = lab.start_job("config_backup", [1, 2])
    job = webnet.job(old)
    store.jobs.put(
        [IndexedJob(old, 1, job.type, "running", 3, job.requested_at, None, None, devices=job.device_ids)], NOW
    )
    for _ in range(60):
        lab.start_job("run_commands", [2])
    lab.clear_record()
    assert [each.name for each in start(starter, targets(lab, 1, 3)).left_out] == ["rtr-fra1-001"]
    lab.finish(old)
    assert start(starter, targets(lab, 1, 2)).left_out == ()  # WebNet is asked


def test_a_device_of_which_a_start_is_under_way_is_left_out(starter: Starter, lab: WebNetLab, store: Store) -> None:
    lease = store.leases.acquire("device:2:config_backup", "another", 60)
    assert lease
    started = start(starter, targets(lab, 1, 2))
    assert posted(lab) == [[1]]
    assert [each.words for each in started.left_out] == ["lsw-ams2-002 has a backup that is being started"]
    with pytest.raises(Conflict, match="is already being started"):
        start(starter, targets(lab, 2))


def test_of_two_at_once_each_device_gets_one_job(
    starter: Starter, lab: WebNetLab, webnet: WebNet, store: Store, second_store: Store
) -> None:
    starters = [starter, make(webnet, second_store)] * 4
    wanted = targets(lab, *range(1, 8))
    outcomes: list[object] = []

    def ask(number: int, starter: Starter) -> None:
        try:
            outcomes.append(start(starter, wanted[number % 3 :], f"request {number}"))
        except BotError as error:
            outcomes.append(error.words)

    threads = [threading.Thread(target=ask, args=each) for each in enumerate(starters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [device for ids in posted(lab) for device in ids]
    assert len(sent) == len(set(sent))
    assert set(sent) <= {target.id for target in wanted}
    assert {*wanted[2:]} <= {target for target in wanted if target.id in sent}
    assert len(outcomes) == len(starters)
    assert store.leases.all_live("device:") == []


@pytest.mark.parametrize("change", [{"enabled": False}, {"hostname": "other"}, {"customer": 2}])
def test_a_device_that_changes_at_the_last_moment_keeps_all_from_being_started(
    starter: Starter, lab: WebNetLab, store: Store, change: dict[str, object]
) -> None:
    lab.before("GET", "/api/v1/devices/3/", lambda: lab.change("devices", 3, **change))
    with pytest.raises(BotError, match=r"edge-nyc1-003|#3"):
        start(starter, targets(lab, 1, 2, 3))
    assert posted(lab) == []
    assert store.leases.all_live("device:") == []


def test_after_a_lost_answer_nothing_is_started_on_any_of_them(starter: Starter, lab: WebNetLab, store: Store) -> None:
    lab.fault("lose_answer", method="POST", times=1)
    with pytest.raises(OutcomeUnknown):
        start(starter, targets(lab, 1, 2))
    found = start(starter, targets(lab, 2, 3))
    assert posted(lab) == [[1, 2], [3]]
    assert [each.words for each in found.left_out] == ["lsw-ams2-002 has a backup that is being started"]
    store.leases.release_each(store.leases.all_live("device:"))


def test_the_request_hears_of_the_devices_that_are_asked_for(starter: Starter, lab: WebNetLab) -> None:
    heard: list[int] = []
    lab.start_job("config_backup", [2])
    request = JobRequest(
        BACKUP, 1, targets(lab, 1, 2, 3), "request", NOW, chosen=lambda *chosen: heard.extend(t.id for t in chosen)
    )
    starter.start(request)
    assert heard == [1, 3]
