"""Audit rows while the store is away, and what handlers may know of them."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot.audit_log import AuditLog
from bot.core.audit import Record
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.redaction.redactor import Redactor
from store.database import Store, open_store
from store.errors import StoreError
from tests.conftest import STORE_KEY
from tests.store.trouble import fill_up, free_some


def record(number: int, text: str = "help") -> Record:
    request = CommandRequest(Place("T0ACME", "C0NOC"), "U0ALICE", text, f"request-{number}")
    return Record(request, started=0.0, status="success")


def audit_log_of(store: Store, *secrets: str, store_queries: bool = True) -> AuditLog:
    return AuditLog(
        store.audit, store.seen, Redactor(secrets), "this-process", {"help", "search"}, store_queries=store_queries
    )


def test_rows_that_the_store_did_not_take_are_written_once_it_does(store_url: str) -> None:
    with open_store(store_url, keys=[STORE_KEY]) as away:
        audit_log = audit_log_of(away)
    for number in range(3):
        audit_log.close(record(number))
    with pytest.raises(StoreError):
        audit_log.catch_up()
    with open_store(store_url, keys=[STORE_KEY]) as back:
        audit_log._audit = back.audit
        audit_log.close(record(3))
        audit_log.catch_up()
        audit_log.close(record(4))
        assert sorted(row.request_id for row in back.audit.list()) == [f"request-{number}" for number in range(5)]


def test_a_row_that_the_store_never_takes_keeps_no_other_back(store: Store) -> None:
    audit_log = audit_log_of(store)
    hopeless = record(0)
    hopeless.job_id = 2**70
    audit_log.close(hopeless)
    audit_log.close(record(1))
    for _ in range(2):
        with suppress(Exception):
            audit_log.catch_up()
    assert [row.request_id for row in store.audit.list()] == ["request-1"]


def test_a_full_disk_leaves_one_line_and_no_traceback(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    audit_log = audit_log_of(store)
    fill_up(store)
    for number in range(3):
        audit_log.close(record(number, "help " + 9_000 * "x"))
    (line,) = [each for each in caplog.records if each.name == "bot.audit_log"]
    assert "has no room left on its disk: make room" in line.getMessage()
    assert line.exc_info is None
    free_some(store)
    audit_log.catch_up()
    assert len(store.audit.list()) == 3


@pytest.mark.parametrize("text", ["serach s3cret-words", "/webnet search s3cret-words", "s3cret-words"])
def test_a_search_that_was_mistyped_leaves_its_length_alone(store: Store, text: str) -> None:
    asked = record(1, text)
    asked.response = "There is no subcommand `s3cret-words`."
    audit_log_of(store, store_queries=False).close(asked)
    (row,) = store.audit.list()
    assert (row.text, row.response) == (f"unknown ({len(text)} characters)", "")


def test_other_commands_keep_their_text_where_searches_do_not(store: Store) -> None:
    audit_log_of(store, store_queries=False).close(record(1, "help jobs"))
    (row,) = store.audit.list()
    assert row.text == "help jobs"


def test_a_row_says_when_it_was_asked(store: Store) -> None:
    asked = record(1)
    asked.started = time.monotonic() - 60
    audit_log_of(store).close(asked)
    (row,) = store.audit.list()
    assert row.created_at
    assert 59 < (datetime.now(UTC) - row.created_at).total_seconds() < 70


def test_what_is_secret_in_a_command_is_not_in_its_row(store: Store) -> None:
    audit_log = audit_log_of(store, "known-secret-value")
    kind = "xoxb"  # put together here, so that no file of the project holds what looks like a token
    token = f"{kind}-123456789012-abcdefghijkl"
    audit_log.close(record(1, f"search known-secret-value {token}"))
    (row,) = store.audit.list()
    assert row.text == "search <redacted> <redacted>"


def test_who_started_a_job_is_the_first_who_asked_for_it(store: Store) -> None:
    audit_log = audit_log_of(store)
    assert audit_log.starters(1, []) == {}
    assert audit_log.last_on(1, 41) is None
    assert audit_log.last_of(1, 41, "ping") is None
