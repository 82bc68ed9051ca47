"""Nothing missed, nothing twice: gaps, late commits, restarts, faults and several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from bot.configs.follow_position import Position
from bot.configs.follower import FAR, NEAR, Follower
from bot.configs.start_position import WINDOW
from bot.core.errors import Conflict, WebNetBroken, WebNetError, WebNetForbidden
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from store.config_progress import FOLLOWED
from store.configs import Config
from store.database import Store
from store.directory import Device
from store.models import CursorRow

SEEDED = 59  # snapshots of the lab, the newest of them days old
ONE = "/api/v1/config/snapshots/"
LISTS = "/api/v1/config/devices/"


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Handed:
    """A listener that remembers in the store, so that a transaction that is rolled back is forgotten here, too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.previous: dict[int, Snapshot | None] = {}

    def __call__(self, snapshot: Snapshot, previous: Snapshot | None) -> Callable[[], None]:
        def write() -> None:
            assert self._store.cursors.get(f"handed over:{snapshot.id}") is None, f"{snapshot.id} was handed over twice"
            self._store.cursors.put(f"handed over:{snapshot.id}", "")
            self.previous[snapshot.id] = previous

        return write

    @property
    def ids(self) -> list[int]:
        """The ids in the order in which they were handed over."""
        return list(self.previous)

    def before(self, id: int) -> int | None:
        previous = self.previous[id]
        return previous.id if previous else None


@pytest.fixture
def webnet(lab: WebNetLab) -> Iterator[WebNet]:
    """Waits for nothing between two tries."""
    client = WebNet(Transport(lab.url, BOT_KEY, timeout_s=5.0, sleep=lambda _: None))
    yield client
    client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def handed(store: Store) -> Handed:
    return Handed(store)


@pytest.fixture
def make(webnet: WebNet, store: Store, handed: Handed, clock: Clock) -> Callable[[], Follower]:
    """Makes the follower of a process; after a restart there is another one."""

    def make() -> Follower:
        follower = Follower(webnet, store, "test", now=clock)
        follower.add(handed)
        return follower

    return make


@pytest.fixture
def follower(make: Callable[[], Follower], store: Store, clock: Clock) -> Follower:
    """A follower that has a position."""
    with store.transaction():
        Position(store, SEEDED, clock(), {}).save()
    return make()


def asked(lab: WebNetLab, prefix: str) -> int:
    return sum(entry.path.startswith(prefix) for entry in lab.record)


def head(store: Store) -> int:
    cursor = store.cursors.get(FOLLOWED)
    assert cursor is not None
    return int(cursor.value.partition(":")[2].partition(",")[0])


def test_the_first_poll_begins_at_what_is_there(
    lab: WebNetLab, make: Callable[[], Follower], handed: Handed, store: Store
) -> None:
    follower = make()
    assert not follower.has_position()
    assert follower.poll()
    assert (handed.ids, head(store)) == ([], SEEDED)
    assert follower.has_position()
    assert asked(lab, ONE) < 25 * WINDOW


def test_each_new_snapshot_is_handed_over_once_with_the_one_before_it(
    lab: WebNetLab, follower: Follower, handed: Handed
) -> None:
    last = max(row["id"] for row in lab.rows("snapshots") if row["device"] == 5)
    for number in range(40):
        lab.store_config(5, f"hostname five\nversion {number}\n")
    first = lab.store_config(2, "the first of its device")["id"]
    assert follower.poll()
    assert handed.ids == list(range(SEEDED + 1, SEEDED + 42))
    assert handed.before(SEEDED + 1) == last
    assert [handed.before(number) for number in range(SEEDED + 2, SEEDED + 41)] == list(range(SEEDED + 1, SEEDED + 40))
    assert handed.previous[first] is None
    assert follower.poll()
    assert len(handed.ids) == 41


def test_a_poll_without_news_is_a_few_requests(lab: WebNetLab, follower: Follower) -> None:
    lab.clear_record()
    for _ in range(3):
        follower.poll()
    assert len(lab.record) == 3 * (NEAR + FAR)


def test_a_follower_that_rests_asks_nothing_until_a_backup_has_ended_or_a_missing_id_is_due(
    lab: WebNetLab, webnet: WebNet, store: Store, handed: Handed, clock: Clock
) -> None:
    Position(store, SEEDED, clock(), {}).save()
    hurried: list[bool] = []
    follower = Follower(
        webnet, store, "rests", rest=timedelta(seconds=60), hurry=lambda: hurried.append(True), now=clock
    )
    follower.add(handed)
    clock.now = datetime.now(UTC)  # the store's clock says when the last look was
    lab.clear_record()
    assert follower.poll()
    assert lab.record == []
    lab.next_id("snapshots", SEEDED + 8)
    far = lab.store_config(3, "far away")["id"]
    follower.backed_up([3])
    assert hurried
    follower.poll()
    assert handed.ids == [far]
    late = lab.store_config(4, "committed late", id=SEEDED + 7)["id"]
    clock.now = datetime.now(UTC) + timedelta(seconds=11)
    lab.clear_record()
    follower.poll()
    assert handed.ids == [far, late]
    assert not [entry for entry in lab.record if entry.path == f"{ONE}{far + 1}"]
    clock.now = datetime.now(UTC) + timedelta(seconds=70)
    lab.clear_record()
    follower.poll()
    assert [entry for entry in lab.record if entry.path == f"{ONE}{far + 1}"]


def test_a_gap_of_a_thousand_hides_nothing(
    lab: WebNetLab, webnet: WebNet, store: Store, handed: Handed, clock: Clock
) -> None:
    Position(store, SEEDED, clock(), {}).save()
    follower = Follower(webnet, store, "looks farther", far=50, now=clock)
    follower.add(handed)
    lab.next_id("snapshots", SEEDED + 1001)
    there = [lab.store_config(device, "after the gap")["id"] for device in (3, 4)]
    for _ in range(1000 // 50):
        follower.poll()
    assert handed.ids == there == [SEEDED + 1001, SEEDED + 1002]
    late = [lab.store_config(6, f"out of it {number}", id=number)["id"] for number in (SEEDED + 700, SEEDED + 3)]
    for _ in range(12):
        clock.advance(minutes=1)
        follower.poll()
    assert sorted(handed.ids) == sorted([*late, *there])


def test_a_backup_that_has_just_ended_is_read_whatever_its_id(
    lab: WebNetLab, follower: Follower, handed: Handed, store: Store
) -> None:
    lab.next_id("snapshots", 2_000)
    lab.store_config(3, "far away")
    between = lab.store_config(4, "on the way there", id=1_234)["id"]
    follower.backed_up([3, 999_999])
    follower.poll()
    assert sorted(handed.ids) == [between, 2_000]
    assert head(store) == 2_000
    lab.clear_record()
    follower.poll()
    assert asked(lab, LISTS) == 0


def test_a_device_whose_snapshot_was_come_across_is_not_read_again(lab: WebNetLab, follower: Follower) -> None:
    lab.store_config(3, "new")
    follower.poll()
    lab.clear_record()
    follower.backed_up([3])
    follower.poll()
    assert asked(lab, LISTS) == 0


def test_a_lower_id_that_commits_late_is_handed_over_until_fifteen_minutes_later(
    lab: WebNetLab, follower: Follower, handed: Handed, clock: Clock, store: Store
) -> None:
    lab.next_id("snapshots", SEEDED + 4)
    lab.store_config(3, "first to commit")
    follower.poll()
    for minutes, number in ((5, SEEDED + 3), (9, SEEDED + 1)):
        clock.advance(minutes=minutes)
        lab.store_config(3, f"late by {minutes}", id=number)
        follower.poll()
    assert handed.ids == [SEEDED + 4, SEEDED + 3, SEEDED + 1]
    clock.advance(minutes=2)
    follower.poll()
    assert store.missing.all("snapshots") == {}
    lab.store_config(3, "too late", id=SEEDED + 2)
    clock.advance(minutes=2)
    follower.poll()
    assert len(handed.ids) == 3


def test_after_a_night_without_a_bot_missing_ids_are_asked_for_once_more(
    lab: WebNetLab, follower: Follower, handed: Handed, clock: Clock, make: Callable[[], Follower]
) -> None:
    lab.next_id("snapshots", SEEDED + 3)
    lab.store_config(3, "before the night")
    follower.poll()
    lab.store_config(3, "late", id=SEEDED + 1)
    for _ in range(100):
        lab.store_config(4, "by night")
    clock.advance(hours=9)
    make().poll()
    assert sorted(handed.ids) == [SEEDED + 1, *range(SEEDED + 3, SEEDED + 104)]


@pytest.mark.parametrize("seed", [0])
def test_out_of_order_with_gaps_faults_and_restarts_everything_comes_once(
    seed: int, lab: WebNetLab, follower: Follower, handed: Handed, clock: Clock, make: Callable[[], Follower]
) -> None:
    """Ids are given in order and commit in any, some never; WebNet fails now and then; processes end anywhere."""
    random = Random(seed)
    pending: list[int] = []
    stored: list[int] = []
    next_id = SEEDED + 1
    for _ in range(30):
        for _ in range(random.choice((0, 0, 1, 3, 12))):
            next_id += random.choice((1, 1, 1, 1, 2, 12))
            pending.append(next_id)
        random.shuffle(pending)
        committed = [pending.pop() for _ in range(random.randint(0, len(pending)))]
        for number in committed:
            lab.store_config(random.randint(1, 60), f"config {number}", id=number)
        stored += committed
        if pending and random.random() < 0.2:
            pending.pop()  # rolled back
        if random.random() < 0.3:
            lab.fault("away", prefix=f"{ONE}{random.choice(stored or [1])}", times=random.choice((1, 9)))
        if random.random() < 0.2:
            follower = make()
        clock.advance(seconds=10)
        try:
            follower.poll()
        except WebNetError:
            lab.clear_faults()
    for number in pending:
        lab.store_config(7, f"last {number}", id=number)
    stored += pending
    lab.clear_faults()
    for _ in range(100):
        clock.advance(seconds=10)
        follower.poll()
        if len(handed.ids) == len(stored):
            break
    assert sorted(handed.ids) == sorted(stored)


def test_while_webnet_is_away_nothing_moves(lab: WebNetLab, follower: Follower, handed: Handed, store: Store) -> None:
    followed_at = store.configs.progress().followed_at
    lab.fault("away")
    for _ in range(2):
        lab.store_config(3, "meanwhile")
        with pytest.raises(WebNetError):
            follower.poll()
    assert (handed.ids, store.configs.progress().followed_at) == ([], followed_at)
    lab.clear_faults()
    follower.poll()
    assert handed.ids == [SEEDED + 1, SEEDED + 2]
    assert store.configs.progress().followed_at > followed_at  # type: ignore[operator]


def test_a_snapshot_that_webnet_cannot_show_keeps_no_other_back(
    lab: WebNetLab, follower: Follower, handed: Handed, clock: Clock
) -> None:
    for number in range(1, 4):
        lab.store_config(number, "x")
    lab.fault("garbage", prefix=f"{ONE}{SEEDED + 2}")
    follower.poll()
    assert handed.ids == [SEEDED + 1, SEEDED + 3]
    clock.advance(hours=20)
    follower.poll()
    lab.clear_faults()
    clock.advance(hours=1)
    follower.poll()
    assert handed.ids == [SEEDED + 1, SEEDED + 3, SEEDED + 2]


def test_a_webnet_in_which_everything_fails_is_not_mistaken_for_one_without_news(
    lab: WebNetLab, follower: Follower, store: Store
) -> None:
    followed_at = store.configs.progress().followed_at
    lab.fault("error")
    with pytest.raises(WebNetBroken):
        follower.poll()
    assert store.configs.progress().followed_at == followed_at


def test_a_listener_that_fails_keeps_nothing_from_the_others(
    lab: WebNetLab, follower: Follower, handed: Handed, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(snapshot: Snapshot, previous: Snapshot | None) -> None:
        raise RuntimeError("over this one")

    follower.add(stumble)
    lab.store_config(3, "new")
    follower.poll()
    assert handed.ids == [SEEDED + 1]
    assert "was not used" in caplog.text


def test_a_write_that_fails_is_undone_alone(
    lab: WebNetLab, follower: Follower, handed: Handed, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        store.cursors.put("half done", "")
        store.database.run(CursorRow.insert(name="half done", value="", updated_at=0))

    follower.add(lambda _snapshot, _previous: fail)
    lab.store_config(3, "new")
    follower.poll()
    assert (handed.ids, head(store)) == ([SEEDED + 1], SEEDED + 1)
    assert store.cursors.get("half done") is None
    assert "was not used" in caplog.text


def test_only_one_process_follows_at_a_time(
    lab: WebNetLab, follower: Follower, make: Callable[[], Follower], handed: Handed
) -> None:
    others: list[bool] = []
    follower.add(lambda _snapshot, _previous: others.append(make().poll()))
    lab.store_config(3, "new")
    follower.poll()
    assert (others, handed.ids) == ([False], [SEEDED + 1])
    assert make().poll()


def test_whoever_lost_the_lease_writes_nothing(
    lab: WebNetLab, webnet: WebNet, follower: Follower, handed: Handed, store: Store, make: Callable[[], Follower]
) -> None:
    """A process that was suspended for long goes on."""

    def lose(_snapshot: Snapshot, _previous: Snapshot | None) -> None:
        (lease,) = store.leases.all_live("snapshots")
        store.leases.release(lease)
        assert store.leases.acquire("snapshots", "another", 60)

    sleeper = Follower(webnet, store, "sleeper")
    sleeper.add(handed)
    sleeper.add(lose)
    lab.store_config(3, "new")
    with pytest.raises(Conflict, match="Another process"):
        sleeper.poll()
    assert (handed.ids, head(store)) == ([], SEEDED)
    store.leases.release(store.leases.all_live("snapshots")[0])
    make().poll()
    assert handed.ids == [SEEDED + 1]


def test_the_copy_spares_the_history_of_a_device(
    lab: WebNetLab, follower: Follower, handed: Handed, store: Store
) -> None:
    store.directory.put([Device(id=3, customer=1, hostname="sw", enabled=True)])
    old = lab.rows("snapshots")[-1]
    now = datetime.now(UTC)
    row = {"customer": 1, "text": "redacted", "read_at": now, "rules": 1}
    store.configs.put(Config(device=3, snapshot=old["id"], hash=old["hash"], created_at=now - timedelta(days=3), **row))
    same = lab.store_config(3, old["config_text"])
    lab.clear_record()
    follower.poll()
    assert handed.previous[same["id"]].text == old["config_text"]  # type: ignore[union-attr]
    assert handed.before(same["id"]) == old["id"]
    other = lab.store_config(3, "other")
    follower.poll()
    assert handed.previous[other["id"]].text == old["config_text"]  # type: ignore[union-attr]
    assert asked(lab, LISTS) == 0


def test_the_copy_does_not_count_as_the_one_before_where_one_between_was_not_shown_yet(
    lab: WebNetLab, follower: Follower, handed: Handed, store: Store
) -> None:
    store.directory.put([Device(id=3, customer=1, hostname="sw", enabled=True)])
    old = lab.rows("snapshots")[-1]
    now = datetime.now(UTC)
    row = {"customer": 1, "text": "redacted", "read_at": now, "rules": 1, "created_at": now - timedelta(days=3)}
    store.configs.put(Config(device=3, snapshot=old["id"], hash=old["hash"], **row))
    between, newest = (lab.store_config(3, text)["id"] for text in ("one line\n", "one line\nand another\n"))
    fault = lab.fault("error", prefix=f"{ONE}{between}")  # as if it had come right after its id was asked for
    follower.poll()
    assert (handed.ids, handed.before(newest)) == ([newest], between)
    fault.times = 0
    follower.poll()


@pytest.mark.parametrize("first", [1_000_000, 1_500_000])
def test_the_beginning_is_found_where_old_snapshots_were_deleted(
    first: int, lab: WebNetLab, make: Callable[[], Follower], store: Store
) -> None:
    for row in lab.rows("snapshots"):
        lab.delete("snapshots", row["id"])
    lab.next_id("snapshots", first)
    for number in range(300):
        lab.store_config(1 + number % 60, "x", created_at="2026-11-01T00:00:00Z")
    make().poll()
    assert head(store) == first + 299


def test_an_empty_webnet_is_followed_from_its_first_snapshot(
    lab: WebNetLab, make: Callable[[], Follower], handed: Handed, store: Store
) -> None:
    for row in lab.rows("snapshots"):
        lab.delete("snapshots", row["id"])
    lab.state.snapshots.next_id = 1
    follower = make()
    follower.poll()
    assert head(store) == 0
    lab.store_config(3, "the very first")
    follower.poll()
    assert handed.ids == [1]


def test_a_beginning_that_is_too_low_notifies_nobody_of_what_is_old(
    lab: WebNetLab, make: Callable[[], Follower], handed: Handed, store: Store
) -> None:
    lab.next_id("snapshots", SEEDED + 600)
    lab.store_config(9, "old, behind a gap nobody looks beyond", created_at="2026-11-01T00:00:00Z")
    follower = make()
    follower.poll()
    assert head(store) == SEEDED
    lab.store_config(9, "new")
    follower.backed_up([9])
    follower.poll()
    assert handed.ids == [SEEDED + 601]


def test_what_commits_late_at_the_very_beginning_is_not_missed(
    lab: WebNetLab, make: Callable[[], Follower], handed: Handed, clock: Clock
) -> None:
    lab.next_id("snapshots", SEEDED + 3)
    lab.store_config(9, "committed before anybody followed")
    follower = make()
    follower.poll()
    lab.store_config(9, "late", id=SEEDED + 1)
    clock.advance(minutes=1)
    follower.poll()
    assert handed.ids == [SEEDED + 1]


def test_a_key_that_is_no_admins_neither_begins_nor_gives_up(
    lab: WebNetLab, follower: Follower, store: Store, clock: Clock
) -> None:
    lab.next_id("snapshots", SEEDED + 3)
    lab.store_config(3, "x")
    follower.poll()
    lab.change("users", 9, role="viewer")
    clock.advance(hours=1)
    with pytest.raises(WebNetForbidden):
        follower.poll()
    assert set(store.missing.all("snapshots")) == {SEEDED + 1, SEEDED + 2}
    lab.change("users", 9, role="admin")
    follower.poll()
    assert store.missing.all("snapshots") == {}


def test_a_viewers_key_does_not_begin(lab: WebNetLab, store: Store) -> None:
    client = WebNet(Transport(lab.url, lab.api_key(4)))
    with pytest.raises(WebNetForbidden):
        Follower(client, store, "viewer").poll()
    client.close()
    assert store.cursors.get(FOLLOWED) is None


def test_a_stop_ends_a_poll_and_the_next_process_goes_on(
    lab: WebNetLab, follower: Follower, handed: Handed, make: Callable[[], Follower]
) -> None:
    for _ in range(100):
        lab.store_config(3, "x")
    follower.add(lambda snapshot, _: follower.stop() if snapshot.id == SEEDED + 30 else None)
    follower.poll()
    assert 30 <= len(handed.ids) < 60
    make().poll()
    assert handed.ids == list(range(SEEDED + 1, SEEDED + 101))


@pytest.mark.parametrize("kind", ["garbage", "away"])
def test_a_device_whose_history_cannot_be_read_keeps_no_other_back_and_goes_without_the_one_before(
    lab: WebNetLab, follower: Follower, handed: Handed, clock: Clock, kind: Any
) -> None:
    lab.fault(kind, prefix=f"{LISTS}5/")
    lab.store_config(5, "five")
    lab.store_config(6, "six")
    follower.poll()
    assert handed.ids == [SEEDED + 2]
    for _ in range(16):
        clock.advance(minutes=1)
        follower.poll()
    assert handed.ids == [SEEDED + 2, SEEDED + 1]
    assert handed.previous[SEEDED + 1] is None


@pytest.mark.parametrize("prefix", [f"{ONE}{SEEDED + 1}", f"{LISTS}5/"])
def test_one_thing_that_webnet_never_answers_for_keeps_no_other_back(
    lab: WebNetLab, follower: Follower, handed: Handed, prefix: str
) -> None:
    lab.fault("away", prefix=prefix)
    for device in (6, 7):
        lab.store_config(device, "x")
    follower.backed_up([5])
    follower.poll()
    assert handed.ids[-1] == SEEDED + 2
    lab.clear_record()
    follower.poll()
    assert asked(lab, LISTS) == 0
