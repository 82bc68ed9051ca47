"""WebNet's queue loses jobs and runs cancelled ones, and its workers die: whoever asked hears what really happened, once."""

from __future__ import annotations

from tests.faults_queue import queue_trouble


def test_whoever_asked_hears_the_true_outcome_or_that_webnet_lost_the_job_once(store_url: str) -> None:
    ((_, measured, right),) = queue_trouble(store_url, 24, 5, lost=0.15, pause_s=1.0)
    assert right, measured
