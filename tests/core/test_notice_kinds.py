"""Everything else about a kind of notice follows from its row."""

from __future__ import annotations

from bot.core.notice_kinds import BY_RANK, DEFAULT_FLAGS, FEEDS, KINDS, initial_flags
from bot.feeds import compliance, drift, jobs


def test_no_two_kinds_share_an_option_or_a_flag() -> None:
    assert len({kind.key for kind in KINDS}) == len({kind.flag for kind in KINDS}) == len(KINDS)


def test_every_feed_brings_a_kind_of_notice_and_every_kind_has_its_feed() -> None:
    assert FEEDS == (jobs.NAME, compliance.NAME, drift.NAME)


def test_what_needs_somebody_comes_first() -> None:
    names = ("job_failure", "compliance_violations", "drift_detected", "job_completion")
    assert tuple(f"notify_{name}" for name in names) == BY_RANK


def test_a_new_channel_has_the_specifications_defaults_unless_others_are_named() -> None:
    assert initial_flags({}) == DEFAULT_FLAGS == {"notify_job_completion", "notify_job_failure"}
    named = {"notify_job_completion": False, "notify_drift_detected": True}
    assert initial_flags(named) == {"notify_job_failure", "notify_drift_detected"}
