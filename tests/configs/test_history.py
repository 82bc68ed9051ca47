"""One device's configs are read in the order in which WebNet made them."""

from __future__ import annotations

import pytest

from bot.configs.history import Pair, Snapshots
from bot.configs.volatile import Volatile
from bot.core.errors import NotFound
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab

DAY = "2026-12-01T10:00:00Z"
NO_MATTER = Volatile()


@pytest.fixture
def snapshots(webnet: WebNet) -> Snapshots:
    return Snapshots(webnet)


def store(lab: WebNetLab, *texts: str, device: int = 2) -> list[int]:
    """Stores configs, one a minute, and returns their ids."""
    return [
        int(lab.store_config(device, text, created_at=f"2026-12-01T10:{minute:02}:00Z")["id"])
        for minute, text in enumerate(texts)
    ]


def ids(pair: Pair) -> tuple[int | None, int, int | None, int | None]:
    return pair.before.id if pair.before else None, pair.after.id, pair.newer, pair.older


def test_changes_are_counted_from_the_newest_and_name_their_neighbours(lab: WebNetLab, snapshots: Snapshots) -> None:
    stored = sorted((row["created_at"], row["id"]) for row in lab.rows("snapshots") if row["device"] == 5)
    known = [number for _, number in stored]
    assert len(known) == 4
    for n in (1, 2, 3):
        pair = snapshots.change(5, n, NO_MATTER)
        assert ids(pair) == (known[-n - 1], known[-n], n - 1 or None, n + 1 if n < 3 else None)
        assert pair.after.text == lab.row("snapshots", pair.after.id)["config_text"]


def test_backups_without_a_change_are_no_changes(lab: WebNetLab, snapshots: Snapshots) -> None:
    a, _, c, d, _, _ = store(lab, "one\n", "one\n", "two\n", "one\n", "one\n", "one\n")
    assert ids(snapshots.change(2, 1, NO_MATTER)) == (c, d, None, 2)
    assert ids(snapshots.change(2, 2, NO_MATTER)) == (a + 1, c, 1, None)
    with pytest.raises(NotFound, match="has only 2 changes"):
        snapshots.change(2, 3, NO_MATTER)


def test_what_differs_in_volatile_lines_alone_is_no_change(lab: WebNetLab, snapshots: Snapshots) -> None:
    first, second, *_ = store(lab, "!Time: 1\nmtu 1\n", "!Time: 2\nmtu 2\n", "!Time: 3\nmtu 2\n", "!Time: 4\nmtu 2\n")
    assert ids(snapshots.change(2, 1, NO_MATTER)) == (first, second, None, None)


def test_where_nothing_ever_changed_there_is_nothing_before(lab: WebNetLab, snapshots: Snapshots) -> None:
    *_, last = store(lab, "!Time: 1\nmtu 1\n", "!Time: 2\nmtu 1\n", "!Time: 2\nmtu 1\n")
    assert snapshots.change(2, 1, NO_MATTER) == Pair(None, snapshots.newest(2), 3)
    assert snapshots.newest(2).id == last


def test_two_configs_that_are_named_stay_the_same_two_after_later_backups(lab: WebNetLab, snapshots: Snapshots) -> None:
    a, b, c, d, e = store(lab, "one\n", "two\n", "two\n", "three\n", "four\n")
    assert ids(snapshots.between(2, (a, b), NO_MATTER)) == (a, b, 2, None)
    assert ids(snapshots.between(2, (d, c), NO_MATTER)) == (c, d, 1, 3)
    assert ids(snapshots.between(2, (a, e), NO_MATTER)) == (a, e, None, None)
    assert ids(snapshots.between(2, (b, c), NO_MATTER)) == (b, c, 2, 3)
    others = [int(row["id"]) for row in lab.rows("snapshots") if row["device"] == 5]
    for strange in ((a, 99_999), (others[0], others[1]), (a, others[0])):
        with pytest.raises(NotFound, match="no longer has these two configs"):
            snapshots.between(2, strange, NO_MATTER)


def test_what_was_never_backed_up_is_said(snapshots: Snapshots) -> None:
    for read in (lambda: snapshots.newest(2), lambda: snapshots.change(2, 1, NO_MATTER)):
        with pytest.raises(NotFound, match="no config of this device yet"):
            read()


def test_the_previous_one_is_found_by_time_and_then_by_id(lab: WebNetLab, snapshots: Snapshots) -> None:
    late = lab.store_config(2, "late, but of an earlier time", id=900, created_at="2026-12-01T09:00:00Z")
    lab.store_config(2, "first of two at one time", id=800, created_at=DAY)
    lab.store_config(2, "second of them", id=801, created_at=DAY)
    pair = snapshots.change(2, 1, NO_MATTER)
    assert pair.before is not None
    assert (pair.before.id, pair.after.id) == (800, 801)
    assert snapshots.before(pair.before).id == late["id"]  # type: ignore[union-attr]
    assert snapshots.change(2, 2, NO_MATTER).before == snapshots.before(pair.before)


def test_odd_rows_hide_no_others(lab: WebNetLab, snapshots: Snapshots) -> None:
    lab.store_config(2, "good", created_at=DAY)
    lab.add("snapshots", device=2, config_text=None, hash=None, created_at=None, source=None)
    lab.add("snapshots", device=2, config_text=["no", "text"], hash=7, created_at="yesterday")
    pair = snapshots.change(2, 1, NO_MATTER)
    assert pair.after.text == "good"
    assert pair.before is not None
    assert (pair.before.text, pair.before.hash) == ("", "")


def test_a_missing_hash_is_made_up_for(lab: WebNetLab, snapshots: Snapshots) -> None:
    lab.store_config(2, "the same")
    first = snapshots.newest(2).hash
    lab.change("snapshots", lab.store_config(2, "the same")["id"], hash=None)
    assert snapshots.newest(2).hash == first
