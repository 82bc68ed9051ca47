"""A bot that is killed in the middle of a deploy commits nothing twice, loses none, and says once how it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.killed_deploys import kills, surroundings


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_kill_in_the_middle_of_a_deploy_commits_nothing_twice(store_url: str, tmp_path: Path) -> None:
    with surroundings(store_url, tmp_path) as at:
        counts = kills(at, seed=5, number=1)
    assert (counts.kills, counts.twice, counts.lost, counts.not_once) == (1, 0, 0, 0), counts
