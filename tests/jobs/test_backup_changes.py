"""The end of a backup says whether configs changed, where that is known, and waits a moment until it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.jobs.backup_changes import WAIT_S, BackupChanges, Patience
from bot.jobs.outcome import Outcome
from bot.webnet.models import Job
from store.config_progress import FOLLOWED
from store.database import Store

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
JOB = Job(7, 1, "config_backup", "success", 3, NOW, NOW, NOW, frozenset({1}))
DONE = Outcome("success", "success", total=1, answered=1)


def said(store: Store, outcome: Outcome, job: Job = JOB) -> str:
    return BackupChanges(store).said({7: outcome}, {7: job})[7].words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "success"),
        ({1: True}, "success; the config changed"),
        ({1: False}, "success; the config did not change"),
        ({1: True, 2: False, 3: True}, "success; 2 of 3 configs changed"),
        ({1: False, 2: False}, "success; none of 2 configs changed"),
    ],
)
def test_it_is_said_how_many_configs_changed(store: Store, found: dict[int, bool], words: str) -> None:
    for device, changed in found.items():
        store.config_changes.put(7, device, changed=changed)
    assert said(store, replace(DONE, answered=len(found) or 1)) == words


def test_nothing_is_said_where_it_is_not_known_of_every_device(store: Store) -> None:
    store.config_changes.put(7, 1, changed=True)
    assert said(store, replace(DONE, answered=2)) == "success"
    assert said(store, replace(DONE, at_least=True)) == "success"
    assert said(store, DONE, replace(JOB, type="check_reachability")) == "success"
    assert said(store, DONE, replace(JOB, status="failed")) == "success"


def test_the_end_waits_until_it_is_known_and_a_few_seconds_at_most(store: Store) -> None:
    looked: list[Collection[int]] = []
    clock = [100.0]
    patience = Patience(BackupChanges(store), looked.append, lambda: clock[0])
    assert not patience.waits(JOB, DONE)  # nobody follows configs
    store.cursors.put(FOLLOWED, "")
    assert patience.waits(JOB, DONE)
    clock[0] += WAIT_S - 0.1
    assert patience.waits(JOB, DONE)
    assert looked == [{1}]
    clock[0] += 0.1
    assert not patience.waits(JOB, DONE)
    assert patience.waits(replace(JOB, id=8), DONE)
    store.config_changes.put(8, 1, changed=False)
    assert not patience.waits(replace(JOB, id=8), DONE)
    assert not patience.waits(replace(JOB, device_ids=frozenset(range(11))), DONE)
    assert not patience.waits(replace(JOB, status="failed"), DONE)
