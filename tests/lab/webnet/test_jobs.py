"""Jobs run as WebNet's worker runs them, with what is dangerous and what is hidden."""

import pytest

from lab.webnet import BOT_KEY, ManualClock, WebNetLab
from tests.lab.webnet.api import Api

ACME_ENABLED = 118


def hosts(lab: WebNetLab, job: int, level: str = "INFO") -> list[str | None]:
    return [line["host"] for line in lab.logs(job) if line["level"] == level]


def test_a_job_is_queued_then_running_then_done(lab: WebNetLab, bot: Api, clock: ManualClock) -> None:
    job = bot.start("reachability/run", [1])
    seen = []
    for _ in range(3):
        row = bot.get(f"jobs/{job}/")
        seen.append((row["status"], row["started_at"] is not None, row["finished_at"] is not None))
        clock.advance(1)
    assert seen == [("queued", False, False), ("running", True, False), ("success", True, True)]
    assert bot.get(f"jobs/{job}/")["result_summary_json"] == {"targets": {"device_ids": [1]}}
    assert hosts(lab, job) == ["rtr-fra1-001"]


@pytest.mark.parametrize(
    ("body", "hit"),
    [
        pytest.param({"targets": {"device_ids": [1]}}, 1, id="one device"),
        pytest.param({"targets": {}}, ACME_ENABLED, id="empty targets"),
        pytest.param({}, ACME_ENABLED, id="no targets"),
        pytest.param({"targets": {"device_ids": []}}, ACME_ENABLED, id="empty list"),
        pytest.param({"targets": {"hostname": "rtr-fra1-001"}}, ACME_ENABLED, id="hostname is not understood"),
        pytest.param({"targets": {"role": "core"}}, ACME_ENABLED, id="role is not understood"),
        pytest.param({"targets": {"site": "FRA1"}}, 0, id="site matches exactly"),
        pytest.param({"targets": {"site": "fra1"}}, 28, id="site"),
        pytest.param({"targets": {"device_ids": [41]}}, 0, id="disabled"),
        pytest.param({"targets": {"device_ids": [99999]}}, 0, id="unknown"),
        pytest.param({"targets": {"device_ids": [131]}}, 0, id="another customer's"),
    ],
)
def test_which_devices_are_hit(lab: WebNetLab, bot: Api, clock: ManualClock, body: dict[str, object], hit: int) -> None:
    job = bot.post("reachability/run", {"customer_id": 1, **body})
    clock.advance(10)
    assert len(hosts(lab, job)) == hit
    row = lab.row("jobs", job)
    if hit:
        assert row["status"] == "success"
    else:
        assert (row["status"], row["result_summary_json"]) == ("failed", {"error": "no devices"})
        assert hosts(lab, job, "ERROR") == [None]


@pytest.mark.parametrize("path", ["reachability/run", "commands/run", "config/backup"])
def test_success_hides_a_failed_host(lab: WebNetLab, bot: Api, clock: ManualClock, path: str) -> None:
    lab.break_device(2)
    job = bot.start(path, [1, 2], commands=["show version"])
    clock.advance(10)
    assert bot.get(f"jobs/{job}/")["status"] == "success"
    newest = bot.get(f"jobs/{job}/logs")[0]
    assert (newest["level"], newest["host"]) == ("ERROR", "lsw-ams2-002")
    assert newest["message"].startswith("TCP connection to device failed.\n\n")
    assert hosts(lab, job) == ["rtr-fra1-001"]


def test_a_backup_stores_what_runs_on_the_device(lab: WebNetLab, bot: Api, clock: ManualClock) -> None:
    lab.set_config(3, "hostname edge\n")
    job = bot.start("config/backup", [3], source_label="chatops")
    clock.advance(10)
    newest, before = bot.get("config/devices/3/snapshots")[:2]
    assert (newest["job"], newest["source"], newest["config_text"]) == (job, "chatops", "hostname edge\n")
    diff = bot.get(f"config/devices/3/diff?from={before['id']}&to={newest['id']}")["diff"]
    assert diff.endswith("\n+hostname edge")


def test_backups_of_the_recorded_revision_fail_after_the_first_host(clock: ManualClock) -> None:
    with WebNetLab(clock=clock, backups="revision") as lab, Api(lab, lab.api_key(9)) as bot:
        count = len(lab.rows("snapshots"))
        job = bot.start("config/backup", [1, 2])
        clock.advance(10)
        error = "'ConfigSnapshot' object has no attribute 'has_changed'"
        assert lab.row("jobs", job)["result_summary_json"] == {"error": error}
        assert len(lab.rows("snapshots")) == count + 1


def test_the_next_job_of_a_type_can_be_made_to_fail(lab: WebNetLab, bot: Api, clock: ManualClock) -> None:
    lab.fail_next("config_backup", "boom")
    jobs = [bot.start("config/backup", [1]) for _ in range(2)]
    clock.advance(10)
    assert [lab.row("jobs", job)["status"] for job in jobs] == ["failed", "success"]
    assert lab.row("jobs", jobs[0])["result_summary_json"] == {"error": "boom"}


def test_a_share_of_the_jobs_fails_and_always_the_same(clock: ManualClock) -> None:
    def outcomes(seed: int) -> list[str]:
        with WebNetLab(clock=clock, failure_share=0.5, seed=seed) as lab:
            jobs = [lab.start_job("config_backup", [1]) for _ in range(20)]
            clock.advance(10)
            return [lab.row("jobs", job)["status"] for job in jobs]

    first = outcomes(1)
    assert {"failed", "success"} == set(first)
    assert first == outcomes(1) != outcomes(2)


@pytest.mark.parametrize("where", ["queued", "running"])
def test_a_job_stays_where_it_is_held(lab: WebNetLab, bot: Api, clock: ManualClock, where: str) -> None:
    lab.hold = where  # type: ignore[assignment]
    job = bot.start("reachability/run", [1])
    clock.advance(3600)
    assert bot.get(f"jobs/{job}/")["status"] == where
    assert lab.finish(job)["status"] == "success"


def test_seeded_jobs_never_move(lab: WebNetLab, clock: ManualClock) -> None:
    before = lab.rows("jobs")
    clock.advance(1e6)
    assert lab.rows("jobs") == before


@pytest.mark.parametrize("targets", [{"device_ids": 5}, {"device_ids": [[]]}, {"site": ["fra1"]}], ids=str)
def test_nonsense_is_accepted_and_fails_later(lab: WebNetLab, bot: Api, clock: ManualClock, targets: object) -> None:
    job = bot.post("commands/run", {"customer_id": 1, "targets": targets, "commands": 7})
    clock.advance(10)
    assert bot.get(f"jobs/{job}/")["status"] == "failed"


def test_a_cancelled_job_is_executed_all_the_same(lab: WebNetLab, bot: Api, clock: ManualClock) -> None:
    job = bot.start("reachability/run", [1])
    assert bot.ask("POST", f"jobs/{job}/cancel").json() == {"status": "cancelled"}
    assert bot.get(f"jobs/{job}/")["status"] == "cancelled"
    clock.advance(10)
    assert bot.get(f"jobs/{job}/")["status"] == "success"


def test_a_cancelled_job_can_be_made_to_stay_cancelled(clock: ManualClock) -> None:
    with WebNetLab(clock=clock, cancelled_jobs_run=False) as lab, Api(lab, lab.api_key(9)) as bot:
        job = bot.start("reachability/run", [1])
        bot.ask("POST", f"jobs/{job}/cancel")
        clock.advance(10)
        assert lab.row("jobs", job)["status"] == "cancelled"


def test_a_job_that_the_queue_loses_stays_queued_and_can_be_cancelled(
    lab: WebNetLab, bot: Api, clock: ManualClock
) -> None:
    lab.runner.lost_share = 1.0
    job = bot.start("reachability/run", [1])
    lab.runner.lost_share = 0.0
    later = bot.start("reachability/run", [1])
    clock.advance(3600)
    assert (lab.row("jobs", job)["status"], lab.row("jobs", later)["status"]) == ("queued", "success")
    bot.ask("POST", f"jobs/{job}/cancel")
    assert lab.row("jobs", job)["status"] == "cancelled"


def test_a_job_whose_worker_dies_stays_running_and_one_that_waits_goes_on(
    lab: WebNetLab, bot: Api, clock: ManualClock
) -> None:
    job = bot.start("reachability/run", [1])
    clock.advance(1)
    waiting = bot.start("reachability/run", [1])
    assert lab.kill_workers() == [job]
    clock.advance(3600)
    assert (lab.row("jobs", job)["status"], lab.row("jobs", waiting)["status"]) == ("running", "success")


def test_jobs_wait_while_the_broker_is_away_and_run_when_it_is_back(
    lab: WebNetLab, bot: Api, clock: ManualClock
) -> None:
    lab.runner.broker_away = True
    job = bot.start("reachability/run", [1])
    clock.advance(3600)
    assert lab.row("jobs", job)["status"] == "queued"
    lab.runner.broker_away = False
    clock.advance(10)
    assert lab.row("jobs", job)["status"] == "success"


@pytest.mark.parametrize("kind", ["config_deploy_preview", "config_deploy_commit", "topology_discovery"])
def test_deploys_and_topology_leave_a_line_for_each_host(lab: WebNetLab, clock: ManualClock, kind: str) -> None:
    lab.break_device(2)
    job = lab.start_job(kind, [1, 2])
    clock.advance(10)
    names = [lab.row("devices", key)["hostname"] for key in (1, 2)]
    assert [*dict.fromkeys(hosts(lab, job))] == names[:1]
    assert hosts(lab, job, "ERROR") == names[1:]
    assert lab.row("jobs", job)["status"] == "success"


def test_the_same_post_twice_makes_two_jobs(bot: Api) -> None:
    body = {"customer_id": 1, "targets": {"device_ids": [1]}}
    headers = {"Idempotency-Key": "same"}
    made = {bot.ask("POST", "config/backup", body, headers=headers).json()["job_id"] for _ in range(2)}
    assert len(made) == 2


def test_a_retry_belongs_to_the_caller_and_loses_no_restriction(lab: WebNetLab, oscar: Api, clock: ManualClock) -> None:
    made = oscar.post("jobs/2/retry", {})
    row = lab.row("jobs", made)
    assert (row["user"], row["type"], row["payload_json"]) == (3, "run_commands", lab.row("jobs", 2)["payload_json"])
    clock.advance(10)
    assert len({*hosts(lab, made)}) == ACME_ENABLED


def test_a_group_job_runs_on_the_whole_customer(lab: WebNetLab, oscar: Api, clock: ManualClock) -> None:
    made = oscar.post("device-groups/1/run-job/", {"job_type": "check_reachability"})
    clock.advance(10)
    assert len(hosts(lab, made)) == ACME_ENABLED


def test_a_job_of_an_unknown_type_stays_queued(lab: WebNetLab, oscar: Api, clock: ManualClock) -> None:
    made = oscar.post("device-groups/1/run-job/", {"job_type": "make_coffee"})
    clock.advance(1e6)
    assert lab.row("jobs", made)["status"] == "queued"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("ordering", ["finished_at,id", "-finished_at,-id"])
def test_the_list_by_ends_is_the_same_however_many_jobs_are_made(database: str, ordering: str) -> None:
    with WebNetLab(jobs=1_000, unfinished=70, database=database) as lab, Api(lab, BOT_KEY) as bot:  # type: ignore[arg-type]

        def pages() -> list[list[int]]:
            found = (bot.get(f"jobs/?ordering={ordering}&page={number}") for number in range(1, 21))
            return [[row["id"] for row in page["results"]] for page in found]

        lazily = pages()
        rows = lab.rows("jobs")  # makes them all
        assert pages() == lazily
    falling, nulls_low = ordering.startswith("-"), database == "sqlite"
    ended = sorted(
        (row for row in rows if row["finished_at"]), key=lambda row: (row["finished_at"].rstrip("Z"), row["id"])
    )
    empty = sorted((row for row in rows if not row["finished_at"]), key=lambda row: row["id"])
    wanted = [row["id"] for row in (empty + ended if nulls_low else ended + empty)]
    assert [number for page in lazily for number in page] == (wanted[::-1] if falling else wanted)
    assert len(empty) > 70


def test_all_hosts_lines_are_written_after_each_command_and_each_protocol(lab: WebNetLab, clock: ManualClock) -> None:
    lab.break_device(3)
    commands = lab.start_job("run_commands", [1, 2, 3], commands=["show version", "show ip int brief"])
    discovery = lab.start_job("topology_discovery", [1, 2])
    clock.advance(10)
    for job in (commands, discovery):
        first, second = (lab.row("devices", number)["hostname"] for number in (1, 2))
        assert hosts(lab, job) == [first, second] * 2
    assert hosts(lab, commands, "ERROR") == [lab.row("devices", 3)["hostname"]]
