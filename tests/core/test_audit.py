"""A command writes the device and the job into the row of its request."""

from __future__ import annotations

from bot.core.audit import ALREADY, Record, RequestAudit
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.webnet.target import Target

REQUEST = CommandRequest(Place("T0ACME", "C0NOC"), "U0OSCAR", "ping #1", "the-id")


def record() -> Record:
    return Record(REQUEST, 0.0)


def test_the_row_names_the_last_device_that_the_request_is_about() -> None:
    row = record()
    audit = RequestAudit(row, lambda: None)
    audit.concerns(Target(1, "rtr-fra1-001", ""))
    audit.concerns(Target(2, "rtr-fra1-002", ""))
    audit.concerns(None)
    assert (row.device, row.device_name) == (2, "rtr-fra1-002")


def test_a_job_is_in_the_store_at_once() -> None:
    row, saved = record(), list[tuple[int | None, str]]()
    audit = RequestAudit(row, lambda: saved.append((row.job_id, row.job_type)))
    audit.started(163, "config_backup")
    assert saved == [(163, "config_backup")]
    assert row.code == ""


def test_a_job_that_runs_is_no_failure_where_the_store_is_away() -> None:
    def away() -> None:
        raise OSError

    row = record()
    RequestAudit(row, away).started(163, "config_backup")
    assert row.job_id == 163


def test_a_job_that_ran_before_is_not_this_requests_own() -> None:
    row = record()
    RequestAudit(row, lambda: None).joined()
    assert (row.code, row.job_id) == (ALREADY, None)
