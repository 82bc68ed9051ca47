"""The simulated WebNet answers every recorded request as WebNet did."""

import operator
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import requests

from lab.webnet import WebNetLab
from lab.webnet.clock import RECORDED_AT
from tests.lab.webnet.replay import FIXTURES, SEED_JOBS, differences, load, send

NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))

FIVE_LOGINS = ("auth-login-ok",) * 5
BEFORE: dict[str, tuple[str, ...]] = {
    "auth-login-throttled": FIVE_LOGINS,
    "auth-me-anonymous-throttled": FIVE_LOGINS,
    "auth-refresh-throttled": FIVE_LOGINS,
    "device-group-run-job-created-job": ("device-group-run-job-operator",),
    "devices-jobs-nonempty": ("jobs-retry-ok",),
    "drift-alert-ack-again": ("drift-alert-ack-again",),
    "drift-detect-again": ("drift-detect-operator",),
    "jobs-after-cancel": ("jobs-cancel-queued",),
    "jobs-cancel-twice-refused": ("jobs-cancel-queued",),
    "jobs-ordering-finished-desc": ("jobs-cancel-queued", "jobs-cancel-scheduled"),
}
"""The changes that had been made to WebNet when these were recorded."""

FRESH: dict[str, tuple[str, ...]] = {
    "device-group-run-job-created-job": ("requested_at",),
    "devices-bulk-backup-operator": ("job_id",),  # its job is one of the seeded ones
    "devices-jobs-nonempty": ("requested_at",),
    "drift-alert-ack-again": ("acknowledged_at",),
    "drift-alert-ack-as-admin": ("acknowledged_at",),
    "drift-alert-ack-resolved": ("acknowledged_at",),
    "drift-detect-again": ("detected_at",),
    "drift-detect-operator": ("detected_at",),
    "jobs-after-cancel": ("finished_at",),
    "jobs-ordering-finished-desc": ("finished_at", "count"),  # 26 more jobs had been made by then
    "scoped-key-write": ("job_id",),  # its job is one of the seeded ones
}
"""Fields that hold what the request itself, or one before it, made."""


@pytest.fixture(scope="module")
def lab() -> Iterator[WebNetLab]:
    with WebNetLab() as running:
        yield running


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture
def as_seeded(lab: WebNetLab) -> WebNetLab:
    lab.reset()
    lab.hold = "queued"
    return lab


@pytest.mark.parametrize("name", NAMES)
def test_answers_as_recorded(name: str, as_seeded: WebNetLab, session: requests.Session) -> None:
    for number, earlier in enumerate(BEFORE.get(name, ())):
        as_seeded.clock = partial(operator.add, RECORDED_AT, timedelta(milliseconds=number))
        assert send(as_seeded, session, load(earlier)).ok
    as_seeded.clock = lambda: RECORDED_AT + timedelta(seconds=1)
    recording = load(name)
    found = differences(recording, send(as_seeded, session, recording), frozenset(FRESH.get(name, ())))
    assert not found, "\n".join(found)


def test_every_recording_is_replayed_or_left_out_with_a_reason() -> None:
    sections = (FIXTURES / "LEFT_OUT.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert all("\nReason: " in section for section in sections)
    left_out = re.findall(r"^- `([\w-]+)`$", "\n".join(sections), re.MULTILINE)
    assert not set(left_out) & set(NAMES)
    assert (len(NAMES), len(left_out)) == (236, 27)


def test_the_tables_above_name_recordings() -> None:
    assert {*BEFORE, *FRESH} <= set(NAMES)


def test_every_recorded_row_is_a_seeded_row(as_seeded: WebNetLab) -> None:
    """Returns the rows of lists that were cut in the recordings as well: by id, wherever they stood."""
    devices = {row["id"]: row for row in as_seeded.rows("devices")}
    jobs = {row["id"]: row for row in as_seeded.rows("jobs")}
    for name in set(NAMES) - set(BEFORE):
        body = load(name)["response"].get("body")
        rows = body.get("results", [body]) if isinstance(body, dict) else body
        for row in rows if isinstance(rows, list) else ():
            if "mgmt_ip" in row:
                assert devices[row["id"]] == row, name
            elif "requested_at" in row and row["id"] <= SEED_JOBS:
                assert jobs[row["id"]] == row, name
