"""One job per device and kind runs at a time, however many callers ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import BotError, Conflict, OutcomeUnknown
from bot.jobs.running import OwnJob, RunningJobs
from bot.jobs.starter import JobRequest, Started, Starter
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP, REACHABILITY
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from lab.webnet.clock import stamp
from store.database import Store


@pytest.fixture
def last() -> dict[str, int]:
    """Knows the last job by the command that started it, as the audit log does."""
    return {}


@pytest.fixture
def ago() -> list[timedelta]:
    """Holds how long ago the bot was asked for the last job."""
    return [timedelta(0)]


Make = Callable[..., Starter]


@pytest.fixture
def make(webnet: WebNet, store: Store, last: dict[str, int], ago: list[timedelta]) -> Make:
    def last_job(_customer: int, _device: int, command: str) -> OwnJob | None:
        return OwnJob(last[command], ago[0]) if command in last else None

    def starter(webnet: WebNet = webnet, **options: float) -> Starter:
        return Starter(
            webnet,
            store.leases,
            RunningJobs(webnet, last_job, store.jobs.open_on),
            job_page=lambda number: f"http://webnet/jobs/{number}/",
            **{"timeout_s": 2.0, "most_waiting": 8, **options},  # type: ignore[arg-type]
        )

    return starter


@pytest.fixture
def target(lab: WebNetLab) -> Target:
    row = lab.row("devices", 1)
    return Target(1, row["hostname"], row["mgmt_ip"])


@pytest.fixture(autouse=True)
def the_gate_holds(lab: WebNetLab, store: Store) -> Iterator[None]:
    lab.hold = "running"
    yield
    assert lab.gate_violations() == []
    assert store.leases.all_live("device:") == []


def start(starter: Starter, target: Target, kind: object = BACKUP, now: datetime | None = None) -> Started:
    return starter.start(JobRequest(kind, 1, (target,), "request", now or datetime.now(UTC)))  # type: ignore[arg-type]


def started(lab: WebNetLab) -> int:
    return sum(len(entry.jobs) for entry in lab.record)


def test_the_first_starts_and_the_second_is_given_its_number(make: Make, target: Target, lab: WebNetLab) -> None:
    first = start(make(), target)
    second = start(make(), target)
    assert first.already is None
    assert second.already is not None
    assert (second.already.id, second.already.status) == (first.job_id, "running")
    assert first.job_id == second.job_id
    assert first.page == f"http://webnet/jobs/{first.job_id}/"
    assert started(lab) == 1


def test_another_kind_and_another_device_do_not_wait(make: Make, target: Target, lab: WebNetLab) -> None:
    other = lab.row("devices", 2)
    start(make(), target)
    assert not start(make(), target, REACHABILITY).already
    assert not start(make(), Target(2, other["hostname"], other["mgmt_ip"])).already
    assert started(lab) == 3


def test_our_own_job_is_found_behind_a_page_of_newer_ones(
    make: Make, target: Target, lab: WebNetLab, last: dict[str, int]
) -> None:
    last["backup"] = lab.start_job("config_backup", [1])
    for _ in range(60):
        lab.start_job("run_commands", [2])
    lab.clear_record()
    assert start(make(), target).job_id == last["backup"]
    assert started(lab) == 0


@pytest.mark.parametrize("status", ["success", "failed", "cancelled", "partial", "scheduled", "odd", ""])
def test_a_job_that_does_not_run_keeps_nobody_from_starting(
    make: Make, target: Target, lab: WebNetLab, last: dict[str, int], status: str
) -> None:
    last["backup"] = lab.start_job("config_backup", [1])
    lab.change("jobs", last["backup"], status=status)
    assert not start(make(), target).already


def test_a_job_that_is_stuck_for_an_hour_keeps_nobody_from_starting(
    make: Make, target: Target, lab: WebNetLab, last: dict[str, int], ago: list[timedelta]
) -> None:
    lab.hold = "queued"
    last["backup"] = lab.start_job("config_backup", [1])
    ago[0] = timedelta(minutes=59)
    assert start(make(), target).already
    ago[0] = timedelta(minutes=61)
    assert not start(make(), target).already


@pytest.mark.parametrize("ahead", [timedelta(hours=-3), timedelta(hours=3)], ids=["behind", "ahead"])
@pytest.mark.parametrize("own", [True, False])
def test_a_webnet_whose_clock_differs_starts_no_second_job_and_keeps_nobody_waiting(
    make: Make, target: Target, lab: WebNetLab, last: dict[str, int], ago: list[timedelta], own: bool, ahead: timedelta
) -> None:
    number = lab.start_job("config_backup", [1])
    lab.change("jobs", number, requested_at=stamp(datetime.now(UTC) + ahead))
    if own:
        last["backup"] = number

    def after(minutes: int) -> Started:
        ago[0] = timedelta(minutes=minutes)
        return start(make(), target, now=datetime.now(UTC) + ahead + ago[0])

    assert after(59).already
    assert not after(61).already


def test_a_job_that_webnet_has_forgotten_keeps_nobody_from_starting(
    make: Make, target: Target, last: dict[str, int]
) -> None:
    last["backup"] = 999_999
    assert not start(make(), target).already


def test_another_customers_job_is_not_taken_for_ours(make: Make, target: Target, lab: WebNetLab) -> None:
    lab.start_job("config_backup", [1], customer=2)
    assert not start(make(), target).already


def test_a_lease_of_another_process_is_waited_for_and_then_refused(
    make: Make, target: Target, lab: WebNetLab, store: Store
) -> None:
    lease = store.leases.acquire("device:1:config_backup", "another", 60)
    assert lease
    with pytest.raises(Conflict, match="is already being started"):
        start(make(timeout_s=0.2), target)
    assert [entry for entry in lab.record if entry.method == "POST"] == []
    threading.Timer(0.3, store.leases.release, (lease,)).start()
    assert not start(make(), target).already


def test_a_lease_that_was_lost_meanwhile_sends_nothing(
    make: Make, target: Target, lab: WebNetLab, store: Store
) -> None:
    def lose() -> None:
        for lease in store.leases.all_live("device:"):
            store.leases.release(lease)

    lab.before("GET", "/api/v1/devices/1/", lose)
    with pytest.raises(Conflict):
        start(make(), target)
    assert started(lab) == 0


def test_after_a_lost_answer_the_job_that_was_made_is_found(
    make: Make, target: Target, lab: WebNetLab, store: Store
) -> None:
    lab.fault("lose_answer", method="POST", times=1)
    starter = make()
    with pytest.raises(OutcomeUnknown):
        start(starter, target)
    assert start(starter, target).already  # it had been started, as the list shows
    assert started(lab) == 1
    release_all(store)


def test_while_webnet_may_still_make_the_job_no_second_one_is_started(
    make: Make, target: Target, lab: WebNetLab, store: Store
) -> None:
    """The POST takes longer than anybody waits for its response, and the job comes afterwards."""
    lab.fault("delay", method="POST", times=1, delay_s=1.2)
    impatient = WebNet(Transport(lab.url, BOT_KEY, timeout_s=0.5))
    starter = make(timeout_s=0.5, webnet=impatient)
    with pytest.raises(OutcomeUnknown):
        start(starter, target)
    with pytest.raises(Conflict, match="look at `jobs`"):
        start(starter, target)
    assert started(lab) == 0
    impatient.close()
    release_all(store)


def release_all(store: Store) -> None:
    """Ends the leases that were left to end by themselves."""
    for lease in store.leases.all_live("device:"):
        store.leases.release(lease)


def test_two_processes_with_ten_callers_each_start_one_job(make: Make, target: Target, lab: WebNetLab) -> None:
    starters = [make(timeout_s=10.0, most_waiting=20) for _ in range(2)]
    outcomes: list[object] = []

    def ask(starter: Starter) -> None:
        try:
            outcomes.append(start(starter, target).already is not None)
        except BotError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask, args=(starters[number % 2],)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["False"] + ["True"] * 19
    assert started(lab) == 1


def test_more_than_may_wait_are_refused_at_once(make: Make, target: Target, lab: WebNetLab) -> None:
    starter = make(most_waiting=1, timeout_s=5.0)
    lab.fault("delay", delay_s=0.5, times=1)
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(start(starter, target).already is not None)
        except Conflict as error:
            outcomes.append(error.words)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 1
    assert started(lab) == 1
