"""One device's configs are read in the order in which WebNet made them."""

from __future__ import annotations

import pytest

from bot.configs.history import Snapshots
from bot.core.errors import NotFound
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab

DAY = "2026-12-01T10:00:00Z"


@pytest.fixture
def snapshots(webnet: WebNet) -> Snapshots:
    return Snapshots(webnet)


def test_pairs_are_counted_from_the_newest(lab: WebNetLab, snapshots: Snapshots) -> None:
    stored = sorted((row["created_at"], row["id"]) for row in lab.rows("snapshots") if row["device"] == 5)
    ids = [number for _, number in stored]
    assert len(ids) == 4
    for n in (1, 2, 3):
        older, newer = snapshots.around(5, n)
        assert older is not None
        assert (older.id, newer.id) == (ids[-n - 1], ids[-n])
        assert newer.text == lab.row("snapshots", newer.id)["config_text"]
    older, newer = snapshots.around(5, 4)
    assert (older, newer.id) == (None, ids[0])


def test_what_was_never_backed_up_that_often_is_said(snapshots: Snapshots) -> None:
    with pytest.raises(NotFound, match="only 4 configs"):
        snapshots.around(5, 5)
    with pytest.raises(NotFound, match="no config of this device yet"):
        snapshots.around(2)


def test_the_previous_one_is_found_by_time_and_then_by_id(lab: WebNetLab, snapshots: Snapshots) -> None:
    late = lab.store_config(2, "late, but of an earlier time", id=900, created_at="2026-12-01T09:00:00Z")
    lab.store_config(2, "first of two at one time", id=800, created_at=DAY)
    lab.store_config(2, "second of them", id=801, created_at=DAY)
    older, newer = snapshots.around(2)
    assert older is not None
    assert (older.id, newer.id) == (800, 801)
    assert snapshots.before(older).id == late["id"]  # type: ignore[union-attr]
    assert [one.id if one else None for one in snapshots.around(2, 3)] == [None, late["id"]]


def test_odd_rows_hide_no_others(lab: WebNetLab, snapshots: Snapshots) -> None:
    lab.store_config(2, "good", created_at=DAY)
    lab.add("snapshots", device=2, config_text=None, hash=None, created_at=None, source=None)
    lab.add("snapshots", device=2, config_text=["no", "text"], hash=7, created_at="yesterday")
    older, newer = snapshots.around(2)
    assert newer.text == "good"
    assert older is not None
    assert (older.text, older.hash) == ("", "")


def test_a_missing_hash_is_made_up_for(lab: WebNetLab, snapshots: Snapshots) -> None:
    lab.store_config(2, "the same")
    first = snapshots.around(2)[1].hash
    lab.change("snapshots", lab.store_config(2, "the same")["id"], hash=None)
    assert snapshots.around(2)[1].hash == first
