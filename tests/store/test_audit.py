from __future__ import annotations

import dataclasses
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.audit import AuditFilter, AuditRow, _parts
from store.database import Store, open_store
from store.leases import INSTANCE
from store.models import ChatOpsCommand
from tests.conftest import STORE_KEY
from tests.store.processes import running

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)

OPEN_A_ROW_AND_HANG = """
import sys, time
from store.audit import AuditRow
from store.database import open_store
store = open_store(sys.argv[1], keys=[sys.argv[2]])
store.leases.acquire("instance:doomed", "doomed", float(sys.argv[3]))
store.seen.claim(["envelope-1"])
store.audit.write(AuditRow(status="running", instance="doomed", command="backup", text="backup sw1"))
print("open", flush=True)
time.sleep(60)
"""


def write(store: Store, status: str = "success", **values: object) -> int:
    return store.audit.write(dataclasses.replace(AuditRow(status=status), **values))  # type: ignore[arg-type]


def test_a_row_comes_back_as_it_was_written(store: Store) -> None:
    row = AuditRow(
        workspace=1,
        customer=2,
        team_id="T1",
        team_name="Acme",
        channel_id="C1",
        slack_user_id="U1",
        user=3,
        username="oscar",
        command="backup",
        text="backup sw1",
        way="button",
        status="failed",
        code="webnet_timeout",
        response="WebNet did not answer.",
        job_id=2**62,
        job_type="config_backup",
        device=5,
        device_name="sw1",
        request_id="abc",
        instance="i1",
        delivered=True,
        created_at=NOW,
        duration_ms=12,
        told_at=NOW,
        first_id=7,
    )
    assert store.audit.get(store.audit.write(row)) == dataclasses.replace(row, id=1)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "é😀\u202e\n" * 10, "x" * 100_000])
def test_any_text_can_be_written_and_asked_for(store: Store, text: str) -> None:
    written = write(store, text=text, response=text, command=text, slack_user_id=text, username=text, code=text)
    row = store.audit.get(written)
    assert row is not None
    assert row.text == text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert store.audit.close(store.audit.write(AuditRow(status="running")), status="failed", response=text)
    assert store.audit.list(AuditFilter(request_id=text)) == []


def test_an_open_row_is_closed_once(store: Store) -> None:
    opened = write(store, "running", instance="i1")
    store.audit.note(opened, job_id=7, job_type="config_backup")
    assert store.audit.close(opened, status="success", response="started", duration_ms=5, delivered=True)
    assert not store.audit.close(opened, status="failed")
    row = store.audit.get(opened)
    assert row is not None
    assert (row.status, row.job_id, row.response, row.duration_ms, row.delivered) == ("success", 7, "started", 5, True)


def test_only_open_rows_of_processes_without_a_lease_are_interrupted(store: Store) -> None:
    dead, alive = write(store, "running", instance="dead"), write(store, "running", instance="alive")
    write(store, "success", instance="dead")
    store.leases.acquire(INSTANCE + "alive", "alive", 60)
    assert [(row.id, row.status) for row in store.audit.interrupted()] == [(dead, "interrupted")]
    assert store.audit.interrupted() == []
    assert [row.id for row in store.audit.list(AuditFilter(status="running"))] == [alive]


def test_an_interrupted_caller_is_notified_once(store: Store, second_store: Store) -> None:
    row = write(store, "running", instance="dead")
    store.audit.interrupted()
    assert (
        [found.id for found in store.audit.not_notified()]
        == [found.id for found in second_store.audit.not_notified()]
        == [row]
    )
    assert store.audit.mark_notified(row)
    assert not second_store.audit.mark_notified(row)
    assert store.audit.not_notified() == []


def test_an_unclear_row_gets_its_job_once_and_no_job_has_two_rows(store: Store, second_store: Store) -> None:
    first, second = write(store, "unclear", customer=1), write(store, "unclear", customer=1)
    assert [row.id for row in store.audit.without_job(datetime.now(UTC) - timedelta(hours=1))] == [second, first]
    assert store.audit.adopt(first, 7)
    assert not second_store.audit.adopt(first, 8)
    assert not second_store.audit.adopt(second, 7)
    assert [row.id for row in store.audit.without_job(datetime.now(UTC) - timedelta(hours=1))] == [second]
    assert not store.audit.adopt(write(store, "interrupted", customer=1), 9)
    assert {job: row.id for job, row in store.audit.starter_of([7, 8, 9], 1).items()} == {7: first}


def test_a_row_marked_as_interrupted_still_gets_its_true_outcome(store: Store) -> None:
    row = write(store, "running", instance="slow")
    store.audit.interrupted()
    assert store.audit.close(row, status="success")
    assert store.audit.not_notified() == []


def test_kill_9_while_a_row_is_open_leaves_it_to_be_closed_as_interrupted(store: Store, store_url: str) -> None:
    with running(OPEN_A_ROW_AND_HANG, store_url, STORE_KEY, "1") as process:
        if store.leases.all_live("instance:doomed"):
            assert store.audit.interrupted() == []
        process.send_signal(signal.SIGKILL)
    found: list[AuditRow] = []
    while not found:
        found = store.audit.interrupted()
    assert [(row.instance, row.text) for row in found] == [("doomed", "backup sw1")]
    assert store.leases.all_live("instance:doomed") == []
    assert not store.seen.claim(["envelope-1"])


def test_pages_are_newest_first_by_keyset(store: Store) -> None:
    ids = [write(store) for _ in range(7)]
    pages: list[list[int]] = []
    before = None
    while page := store.audit.list(before_id=before, limit=3):
        pages.append([row.id for row in page])
        before = page[-1].id
        write(store)  # new rows do not shift the pages
    assert pages == [ids[:3:-1], ids[3:0:-1], ids[:1]]
    assert len(list(store.audit.each(batch=2))) == 7 + 3


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        (AuditFilter(), "dcba"),
        (AuditFilter(workspace=1), "ba"),
        (AuditFilter(customers=(2, 3)), "dc"),
        (AuditFilter(customers=()), ""),
        (AuditFilter(team_id="T2", status="failed"), "d"),
        (AuditFilter(slack_user_id="U1"), "ca"),
        (AuditFilter(user=7), "a"),
        (AuditFilter(command="ping"), "db"),
        (AuditFilter(device=41), "b"),
        (AuditFilter(job_id=9), "b"),
        (AuditFilter(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=3)), "cb"),
    ],
)
def test_filters_are_and_ed(store: Store, filters: AuditFilter, texts: str) -> None:
    write(store, text="a", workspace=1, customer=1, team_id="T1", slack_user_id="U1", user=7, created_at=NOW)
    hour = timedelta(hours=1)
    write(store, text="b", workspace=1, customer=1, command="ping", device=41, job_id=9, created_at=NOW + hour)
    write(store, text="c", workspace=2, customer=2, team_id="T2", slack_user_id="U1", created_at=NOW + 2 * hour)
    write(store, "failed", text="d", customer=3, team_id="T2", command="ping", created_at=NOW + 3 * hour)
    assert "".join(row.text for row in store.audit.list(filters)) == texts


def test_the_starter_of_a_job_is_the_first_row_with_it_of_that_customer(store: Store) -> None:
    first = write(store, customer=1, job_id=5, user=2)
    write(store, customer=1, job_id=5, user=3)
    write(store, customer=2, job_id=6)
    assert {job: row.id for job, row in store.audit.starter_of([5, 6, 7], customer=1).items()} == {5: first}
    assert store.audit.starter_of([], customer=1) == {}


def test_the_last_job_of_a_device_is_the_newest_that_was_started(store: Store) -> None:
    started = write(store, customer=1, device=41, command="backup", job_id=5)
    pinged = write(store, customer=1, device=41, command="ping", job_id=6)
    write(store, "failed", customer=1, device=41, command="backup")
    write(store, customer=2, device=41, command="backup", job_id=7)
    last = store.audit.last_job(1, 41)
    last_backup = store.audit.last_job(1, 41, commands=["backup"])
    assert last is not None
    assert last_backup is not None
    assert (last.id, last_backup.id, store.audit.last_job(1, 42)) == (pinged, started, None)


def test_the_sweep_removes_what_is_old_in_batches_and_ids_are_not_used_again(store: Store) -> None:
    for age in range(25):
        write(store, created_at=NOW - timedelta(days=age))
    assert store.audit.sweep(NOW - timedelta(days=4), batch=6) == 20
    assert len(store.audit.list()) == 5
    assert store.audit.sweep(NOW + timedelta(days=1), batch=5) == 5
    assert write(store) == 26


def test_times_without_a_zone_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        write(store, created_at=datetime(2026, 1, 1))  # noqa: DTZ001  # the point of the test


def test_reading_a_page_of_a_long_log_uses_an_index(store: Store) -> None:
    """The plan of every list is an index or the ids themselves, never a scan with a sort."""
    database = store.database
    with store.connection():
        if database.is_postgres:
            # So small a table would be scanned and sorted whatever there is; a sort that is left has no index to avoid it.
            for other in ("seqscan", "bitmapscan", "sort"):
                database.peewee.execute_sql(f"SET enable_{other} = off")
        for filters in (
            AuditFilter(workspace=1),
            AuditFilter(customers=(1,)),
            AuditFilter(status="failed"),
            AuditFilter(),
        ):
            query = store.audit._query(*filters.conditions()).limit(50)
            statement, parameters = database.peewee.get_sql_context().sql(query).query()
            explain = "EXPLAIN " if database.is_postgres else "EXPLAIN QUERY PLAN "
            plan = " ".join(str(row) for row in database.peewee.execute_sql(explain + statement, parameters).fetchall())
            assert "Sort" not in plan, plan
            assert "TEMP B-TREE" not in plan, plan


def test_the_log_is_readable_by_a_store_opened_later(store: Store, store_url: str) -> None:
    written = write(store, text="status sw1")
    with open_store(store_url, keys=[STORE_KEY]) as later:
        row = later.audit.get(written)
    assert row is not None
    assert row.text == "status sw1"


@pytest.mark.parametrize(
    "filters",
    [
        AuditFilter(),
        AuditFilter(workspace=1),
        AuditFilter(user=1),
        AuditFilter(slack_user_id="U0A"),
        AuditFilter(status="denied"),
        AuditFilter(command="ping"),
        AuditFilter(customers=(1,)),
        AuditFilter(customers=(1, 2)),
    ],
    ids=str,
)
def test_a_page_reads_no_more_than_it_shows_however_long_the_log_is(tmp_path: Path, filters: AuditFilter) -> None:
    """Reads an index in the order of the page and sorts nothing: SQLite's plans are the same for every size."""
    with open_store(f"sqlite:///{tmp_path}/store.db", keys=[STORE_KEY]) as store:
        for part in _parts(filters):
            query, values = store.audit._query(*part.conditions(), ChatOpsCommand.id < 1000).limit(50).sql()
            with store.connection():
                found = store.database.peewee.execute_sql(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
            plan = " ".join(str(row[-1]) for row in found)
            assert "SEARCH" in plan
            assert "B-TREE" not in plan


def test_the_page_of_a_workspace_costs_a_user_of_two_customers_no_more_than_it_shows(tmp_path: Path) -> None:
    """Counts SQLite's steps."""
    steps: list[int] = []

    def cost(store: Store) -> int:
        steps.clear()
        with store.connection():
            store.database.peewee.connection().set_progress_handler(lambda: steps.append(1), 50)
            assert len(store.audit.list(AuditFilter(workspace=1, customers=(1, 2)), limit=50)) == 50
            assert store.audit.count(AuditFilter(workspace=1, customers=(1, 2)), 50) == 50
            store.database.peewee.connection().set_progress_handler(None, 50)
        return len(steps)

    with open_store(f"sqlite:///{tmp_path}/store.db", keys=[STORE_KEY]) as store:
        costs = []
        for _ in range(2):
            with store.transaction():
                for _ in range(500):
                    write(store, workspace=1, customer=1)
                    write(store, workspace=2, customer=2)
            costs.append(cost(store))
    assert costs[0] > 0
    assert costs[1] <= costs[0] + 1


def test_counting_ends_at_the_number_that_was_asked_for(store: Store) -> None:
    for number in range(12):
        store.audit.write(AuditRow(customer=1 + number % 2, status="success"))
    assert store.audit.count(None, 100) == 12
    assert store.audit.count(None, 5) == 5
    assert store.audit.count(AuditFilter(customers=(1, 2)), 8) == 8
    assert store.audit.count(AuditFilter(customers=(1, 3)), 8) == 6
    assert store.audit.count(AuditFilter(customers=()), 8) == 0
