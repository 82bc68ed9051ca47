"""The copy of the configs: filled once, kept up to date, one customer's never another's, and without secrets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.configs.follow_position import Position
from bot.configs.follower import Follower
from bot.configs.keeper import Keeper
from bot.configs.search_copy import AT_ONCE, PARALLEL, Copying, Filled
from bot.core.errors import Conflict, WebNetError
from bot.devices.directory import Directory
from bot.redaction.redactor import RULES_VERSION, Redactor
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab
from store.database import Store
from store.models import DeviceConfig
from tests.configs.found import found
from tests.configs.test_follower import LISTS, SEEDED, asked

SECRETS = (
    *(
        "9$2Q3KqY1kTn7dQk$",
        "094F471A1A0A464058",
        "hx5rVt7rPNoS4wqbXKX7m0",
        "0822455D0A165445415F59",
        "13061E010803557878",
    ),
    *("SuperRadiusKey1", "V3ryS3cretPSK", "05080F1C2243581D", "121A0C0411045D5679", "PlainBgpPw!", "wr1teMe"),
    *("02050D480809", "05080F1C22431F5B4A", "070C285F4D06", "k9XbS0mEh4sh0fR00t", "9v1sOmeOtherHash", "k.fQF6AtuOn"),
    *("S3cr3tRO", "Ahb2poGjHmfTF9CtuBIcSwY2aZUq", "Qz36CtuBIcS1ReWLX", "wDs2ajHmf5QFn"),
)
BACKED_UP = 20  # of them, in the recordings


@pytest.fixture
def directory(webnet: WebNet, store: Store) -> Directory:
    directory = Directory(webnet, store.directory, store.cursors)
    directory.sweep()
    return directory


@pytest.fixture
def follower(webnet: WebNet, store: Store) -> Follower:
    with store.transaction():
        Position(store, SEEDED, datetime.now(UTC), {}).save()
    return Follower(webnet, store, "test")


@pytest.fixture
def make(webnet: WebNet, store: Store, directory: Directory, follower: Follower) -> Callable[..., Copying]:
    def make(rules: int = RULES_VERSION, **options: object) -> Copying:
        keeper = Keeper(store, Redactor(), rules)
        return Copying(webnet, store, directory, follower, keeper, "test", **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def copying(make: Callable[..., Copying], follower: Follower) -> Copying:
    copying = make()
    follower.add(copying.receive)
    return copying


def test_the_first_fill_reads_each_device_once_and_a_second_one_none(
    lab: WebNetLab, copying: Copying, store: Store
) -> None:
    count = len(lab.rows("devices"))
    lab.clear_record()
    seen: list[int] = []
    assert copying.fill(lambda: seen.append(copying.progress().have)) == Filled(count, 0)
    assert asked(lab, LISTS) == count
    assert seen == sorted(seen)
    assert seen[-1] == count
    progress = copying.progress(1)
    assert (progress.have, progress.of) == (progress.of, store.directory.count(1))
    assert copying.progress().without == count - BACKED_UP
    assert copying.fill() == Filled(0, 0)
    assert asked(lab, LISTS) == count


def test_nothing_is_filled_before_it_is_known_what_is_followed(
    lab: WebNetLab, webnet: WebNet, store: Store, directory: Directory
) -> None:
    copying = Copying(webnet, store, directory, Follower(webnet, store, "test"), Keeper(store, Redactor()), "test")
    assert copying.fill() is None
    copying.prepare()
    assert copying.fill() == Filled(len(lab.rows("devices")), 0)


def test_all_can_be_read_again(lab: WebNetLab, copying: Copying, store: Store) -> None:
    copying.fill()
    first = store.configs.get(1, 5)
    assert copying.fill(again=True) == Filled(len(lab.rows("devices")), 0)
    second = store.configs.get(1, 5)
    assert first is not None
    assert second is not None
    assert (first.text, first.read_at < second.read_at) == (second.text, True)


def test_the_newest_config_is_kept_with_where_it_came_from(lab: WebNetLab, copying: Copying, store: Store) -> None:
    copying.fill()
    newest = max((row for row in lab.rows("snapshots") if row["device"] == 5), key=lambda row: str(row["created_at"]))
    copy = store.configs.get(1, 5)
    assert copy is not None
    assert (copy.snapshot, copy.hash, copy.rules) == (newest["id"], newest["hash"], RULES_VERSION)
    assert copy.created_at == datetime.fromisoformat(newest["created_at"])


def test_no_secret_of_the_recordings_is_stored(lab: WebNetLab, copying: Copying, store: Store) -> None:
    copying.fill()
    whole = "".join(row["config_text"] for row in lab.rows("snapshots"))
    for secret in SECRETS:
        assert secret in whole
        assert found(store, 1, secret) == found(store, 2, secret) == []
    assert any("<redacted>" in config.text for config in store.configs.each(1, range(1, 60)))


def test_a_fill_that_was_cut_off_goes_on_where_it_was(
    lab: WebNetLab, make: Callable[..., Copying], store: Store
) -> None:
    count = len(lab.rows("devices"))
    lab.clear_record()
    lab.before("GET", f"{LISTS}90/", lambda: lab.fault("away"))
    with pytest.raises(WebNetError):
        make().fill()
    have = store.configs.progress().have
    assert 90 - AT_ONCE - 2 * PARALLEL <= have < count
    history = len(store.configs.history_due(have, RULES_VERSION))  # which the process held in memory that was cut off
    lab.clear_faults()
    lab.clear_record()
    assert make().fill() == Filled(count - have, 0)
    assert asked(lab, LISTS) == count - have + history
    assert store.configs.history_due(1, RULES_VERSION) == []


def test_what_was_before_comes_from_the_same_answers(lab: WebNetLab, copying: Copying, store: Store) -> None:
    lab.clear_record()
    copying.fill()
    assert asked(lab, LISTS) == len(lab.rows("devices"))
    snapshots = [row for row in lab.rows("snapshots") if row["device"] == 5]
    assert len(snapshots) > 1
    history = store.configs.history(1, 5)
    assert [version.snapshot for version in history] == [row["id"] for row in sorted(snapshots, key=_newest_first)]
    assert {version.job for version in history} == {row["job"] for row in snapshots}
    assert store.configs.check().faults() == 0


def _newest_first(row: Any) -> float:
    return -datetime.fromisoformat(row["created_at"]).timestamp()


def test_the_copy_of_before_is_taken_over_without_asking_webnet(lab: WebNetLab, copying: Copying, store: Store) -> None:
    copying.fill()
    before = {device: config for device, _ in store.directory.ids() if (config := store.configs.latest(device))}
    for config in before.values():
        store.configs.forget(config.device)
        row = {name: value for name, value in vars(config).items() if name not in ("job", "history_due")}
        store.database.run(DeviceConfig.insert({**row, "folded": config.text.casefold()}))
    old = before[5]
    store.database.run(DeviceConfig.update(rules=old.rules - 1).where(DeviceConfig.device == 7))
    assert (store.configs_of_before.waiting(), found(store, 1, "hostname")) == (len(before), [])
    lab.clear_record()
    seen: list[int] = []
    assert copying.fill(lambda: seen.append(store.configs_of_before.waiting())) == Filled(1, 0)
    assert [entry.path for entry in lab.record] == [f"{LISTS}7/snapshots"]
    assert seen[:2] == [len(before) - 1 - AT_ONCE, len(before) - 1 - 2 * AT_ONCE]
    after = {device: config for device in before if (config := store.configs.latest(device))}
    assert [config.text for config in after.values()] == [config.text for config in before.values()]
    assert store.configs_of_before.waiting() == 0
    assert store.configs.check().faults() == 0


def test_lines_that_must_go_are_removed_in_the_background(copying: Copying, store: Store, directory: Directory) -> None:
    copying.fill()
    store.directory.remove(5)
    assert store.configs.hidden(1) == {5}
    copying.tidy()
    assert store.configs.hidden(1) == frozenset()
    assert store.configs.check().faults() == 0


def test_a_stop_ends_a_fill_and_keeps_what_was_read(copying: Copying, make: Callable[..., Copying]) -> None:
    assert copying.fill(copying.stop) == Filled(copying.progress().have, 0)
    assert 0 < copying.progress().have < copying.progress().of
    assert make().fill() is not None
    assert copying.progress().have == copying.progress().of


def test_newer_rules_read_everything_again(lab: WebNetLab, make: Callable[..., Copying], store: Store) -> None:
    """At most a quarter of a core is used for that, each newest config is read before what was before, and what is not read yet is
    out of reach."""
    rests: list[float] = []
    older = make(rest=rests.append)
    older.fill()
    before, history = store.configs.get(1, 5), [version.snapshot for version in store.configs.history(1, 5)]
    count = len(lab.rows("devices"))
    waiting: list[tuple[int, int, int]] = []

    def look() -> None:
        older.tidy()
        found = [device for device in range(1, 200) if store.configs.get(1, device) or store.configs.get(2, device)]
        waiting.append((store.configs.outdated(), len(found), len(store.configs.history(1, 5))))

    assert rests == []
    newer = make(rules=RULES_VERSION + 1, rest=rests.append)
    assert newer.fill(look) == Filled(count, 0)
    assert len(rests) == len(waiting) == -(-count // AT_ONCE)
    assert min(rests) > 0
    assert [number for number, _, _ in waiting] == [
        max(0, count - AT_ONCE * batch) for batch in range(1, len(rests) + 1)
    ]
    assert waiting[0][1] < waiting[-1][1] == BACKED_UP
    assert {length for _, _, length in waiting} == {1}
    assert [version.snapshot for version in store.configs.history(1, 5)] == history
    assert store.configs.without_history() == 0
    after = store.configs.get(1, 5)
    assert before is not None
    assert after is not None
    assert (before.rules, after.rules) == (RULES_VERSION, RULES_VERSION + 1)
    assert make().fill() == Filled(0, 0)  # an older process beside a newer one undoes nothing


def test_a_config_that_came_before_the_fill_had_read_its_device_does_not_hide_what_was_before(
    lab: WebNetLab, copying: Copying, follower: Follower, store: Store
) -> None:
    lab.store_config(1, "before")
    assert follower.poll()
    lab.store_config(1, "latest")
    assert store.configs.forget(1)  # as if the fill had not come to it yet
    assert follower.poll()
    assert found(store, 1, "latest") == [1]
    copying.fill()
    copying.fill()
    assert [version.snapshot for version in store.configs.history(1, 1)][:2] == [SEEDED + 2, SEEDED + 1]
    assert store.configs.without_history() == 0
    lab.clear_record()
    lab.store_config(1, "still newer")
    assert follower.poll()
    copying.fill()
    assert not [entry for entry in lab.record if entry.path.endswith("/snapshots")]  # it knows what was before


def test_a_new_config_under_newer_rules_does_not_hide_what_was_before(
    lab: WebNetLab, make: Callable[..., Copying], follower: Follower, store: Store
) -> None:
    lab.store_config(1, "before")
    make().fill()
    make().fill()
    assert [version.snapshot for version in store.configs.history(1, 1)][:1] == [SEEDED + 1]
    newer = make(RULES_VERSION + 1)
    assert follower.poll()
    follower.add(newer.receive)
    lab.store_config(1, "latest")
    assert follower.poll()  # the newer process follows before it has read the device again
    newer.fill()
    newer.fill()
    assert [version.snapshot for version in store.configs.history(1, 1)][:2] == [SEEDED + 2, SEEDED + 1]


@pytest.mark.parametrize("leaves", ["forgotten", "out of reach"])
def test_an_older_config_is_never_the_latest_after_that_one_left_while_the_history_was_read(
    lab: WebNetLab, make: Callable[..., Copying], store: Store, leaves: str
) -> None:
    lab.store_config(1, "before")
    lab.store_config(1, "latest")
    stopped = make()
    stopped.fill(stopped.stop)
    assert found(store, 1, "latest") == [1]
    rules = RULES_VERSION + 1
    leave = {"forgotten": lambda: store.configs.forget(1), "out of reach": lambda: store.configs.hide_older(rules)}
    lab.before("GET", "/api/v1/config/devices/1/", leave[leaves])
    make().fill()
    assert (found(store, 1, "before"), found(store, 1, "latest")) == ([], [])
    again = make(rules)
    again.fill()
    again.fill()
    assert (found(store, 1, "before"), found(store, 1, "latest")) == ([], [1])
    assert [version.snapshot for version in store.configs.history(1, 1)][:2] == [SEEDED + 2, SEEDED + 1]


def test_a_config_that_commits_late_and_comes_to_a_replica_with_older_rules_is_read_by_the_newer_one(
    lab: WebNetLab, webnet: WebNet, make: Callable[..., Copying], follower: Follower, store: Store
) -> None:
    lab.next_id("snapshots", SEEDED + 2)
    earlier = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    lab.store_config(3, "newest")
    assert follower.poll()
    older, newer = Follower(webnet, store, "older"), make(RULES_VERSION + 1)
    older.add(make().receive)
    newer.fill()
    lab.store_config(3, "late", id=SEEDED + 1, created_at=earlier)
    older.backed_up([3])
    assert older.poll()
    newer.fill()
    assert [version.snapshot for version in store.configs.history(1, 3)][:2] == [SEEDED + 2, SEEDED + 1]
    lab.clear_record()
    newer.fill()
    assert lab.record == []


def test_a_replica_with_older_rules_and_one_with_newer_end_at_the_newer(
    lab: WebNetLab, make: Callable[..., Copying], follower: Follower, store: Store
) -> None:
    older, newer = make(), make(rules=RULES_VERSION + 1)
    follower.add(older.receive)
    newer.fill()
    lab.store_config(3, "marker-one\n")
    follower.poll()  # the older one follows, and a new config is better than none
    found = store.configs.get(1, 3)
    assert found is not None
    assert (found.text, found.rules) == ("marker-one\n", RULES_VERSION)
    assert (newer.fill(), older.fill(), newer.fill()) == (Filled(1, 0), Filled(0, 0), Filled(0, 0))
    follower.backed_up([3])
    follower.poll()
    found = store.configs.get(1, 3)
    assert found is not None
    assert (found.text, found.rules) == ("marker-one\n", RULES_VERSION + 1)


@pytest.mark.parametrize("kind", ["garbage", "away"])
def test_a_device_whose_configs_cannot_be_read_keeps_none_back_and_is_tried_again_later(
    lab: WebNetLab, make: Callable[..., Copying], store: Store, kind: Any
) -> None:
    count = len(lab.rows("devices"))
    now = [datetime.now(UTC)]
    copying = make(now=lambda: now[0])
    lab.fault(kind, prefix=f"{LISTS}5/")
    lab.delete("devices", 7)
    assert copying.fill() == Filled(count - 2, 2)
    lab.clear_faults()
    assert copying.fill() == Filled(0, 0)
    now[0] += timedelta(minutes=16)
    assert copying.fill() == Filled(1, 1)
    assert store.configs.get(1, 5) is not None


def test_a_device_whose_configs_can_never_be_read_is_asked_for_more_and_more_seldom(
    lab: WebNetLab, make: Callable[..., Copying]
) -> None:
    now = [datetime.now(UTC)]
    copying = make(now=lambda: now[0])
    lab.fault("error", prefix=f"{LISTS}5/")
    copying.fill()
    lab.clear_record()
    for _ in range(24 * 8):
        now[0] += timedelta(hours=1)
        copying.fill()
    assert 8 < asked(lab, LISTS) < 16


@pytest.mark.parametrize("kind", ["error", "away"])
def test_a_webnet_in_which_everything_fails_makes_no_device_wait(
    lab: WebNetLab, make: Callable[..., Copying], kind: Any
) -> None:
    copying, count = make(), len(lab.rows("devices"))
    lab.fault(kind)
    for _ in range(2):
        with pytest.raises(WebNetError):
            copying.fill()
    lab.clear_faults()
    assert copying.fill() == Filled(count, 0)


@pytest.mark.parametrize("where", ["one device", "all"])
@pytest.mark.parametrize("kind", ["garbage", "away"])
def test_a_history_that_cannot_be_read_is_read_later_and_keeps_no_other_back(
    lab: WebNetLab, make: Callable[..., Copying], store: Store, where: str, kind: Any
) -> None:
    stopped, count = make(), len(lab.rows("devices"))
    stopped.fill(lambda: stopped.stop() if stopped.progress().have == count else None)
    due = store.configs.without_history()
    assert due
    now = [datetime.now(UTC)]
    copying = make(now=lambda: now[0])
    lab.fault(kind, prefix=f"{LISTS}1/" if where == "one device" else "/api/")
    for _ in range(due if where == "one device" else 1):  # each does a part of it, on a slow machine a small one
        with suppress(WebNetError):
            copying.fill()
    assert store.configs.without_history() == (1 if where == "one device" else due)
    lab.clear_faults()
    now[0] += timedelta(minutes=16)
    for _ in range(due):
        copying.fill()
    assert store.configs.without_history() == 0
    assert len(store.configs.history(1, 1)) > 1


def test_after_a_way_back_to_older_rules_webnet_is_not_asked_for_what_stays(
    lab: WebNetLab, make: Callable[..., Copying], store: Store
) -> None:
    newer = make(RULES_VERSION + 1)
    newer.fill(newer.stop)
    due = store.configs.without_history()
    assert due
    older = make()
    older.fill()
    lab.clear_record()
    assert (older.fill(), lab.record) == (Filled(0, 0), [])
    assert store.configs.without_history() == due
    make(RULES_VERSION + 1).fill()
    assert len(store.configs.history(1, 1)) > 1


def test_no_config_is_missing_in_the_history_of_a_device_that_was_read_twice(
    lab: WebNetLab, copying: Copying, follower: Follower, store: Store
) -> None:
    def lose() -> None:
        for lease in store.leases.all_live("configs"):
            store.leases.release(lease)
        store.leases.acquire("configs", "another", 60)

    lab.store_config(1, "one")
    lab.store_config(1, "two")
    follower.poll()
    assert store.configs.forget(1)  # as if the follower had begun now
    lab.before("GET", f"{LISTS}2/", lose)
    with pytest.raises(Conflict):
        copying.fill()
    store.leases.release(*store.leases.all_live("configs"))
    lab.store_config(1, "three")
    follower.poll()
    copying.fill()
    assert [version.snapshot for version in store.configs.history(1, 1)][:3] == [SEEDED + 3, SEEDED + 2, SEEDED + 1]


@pytest.mark.parametrize("before", ["nothing", "older rules"])
def test_a_config_that_commits_late_before_its_device_was_read_does_not_replace_the_newest(
    lab: WebNetLab, webnet: WebNet, make: Callable[..., Copying], follower: Follower, store: Store, before: str
) -> None:
    """The device was not read yet at all, or not under the newer rules."""
    lab.next_id("snapshots", SEEDED + 2)
    earlier = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    lab.store_config(3, "newest")
    follower.poll()
    if before == "older rules":
        make().fill()
    copying = make(RULES_VERSION + 1)
    store.configs.hide_older(RULES_VERSION + 1)
    lab.store_config(3, "late", id=SEEDED + 1, created_at=earlier)
    another = Follower(webnet, store, "another")
    another.add(copying.receive)
    another.backed_up([3])
    another.poll()
    assert found(store, 1, "late") == ([3] if before == "nothing" else [])
    copying.fill()
    copying.fill()
    assert (found(store, 1, "newest"), found(store, 1, "late")) == ([3], [])
    assert [version.snapshot for version in store.configs.history(1, 3)][:2] == [SEEDED + 2, SEEDED + 1]


def test_only_one_process_fills(copying: Copying, make: Callable[..., Copying], store: Store) -> None:
    others: list[Filled | None] = []
    copying.fill(lambda: others.append(make().fill()))
    assert len(others) > 2
    assert set(others[:-1]) == {None}  # at the end there is nothing left to do


def test_a_fill_with_nothing_to_do_asks_and_writes_nothing(lab: WebNetLab, copying: Copying, store: Store) -> None:
    copying.fill()
    lab.clear_record()
    statements: list[Any] = []
    store.database.peewee.query_hooks.append(statements.append)
    assert copying.fill() == Filled(0, 0)
    store.database.peewee.query_hooks.clear()
    assert {event.sql.split()[0] for event in statements} == {"SELECT"}
    assert lab.record == []


def test_a_process_that_lost_its_lease_writes_no_more(copying: Copying, store: Store) -> None:
    def lose() -> None:
        for lease in store.leases.all_live("configs"):
            store.leases.release(lease)
        store.leases.acquire("configs", "another", 60)

    with pytest.raises(Conflict, match="Another process"):
        copying.fill(lose)
    assert copying.progress().have == AT_ONCE


def test_what_is_new_is_in_the_copy_after_a_poll_and_costs_no_other_reading(
    lab: WebNetLab, copying: Copying, follower: Follower, store: Store
) -> None:
    copying.fill()
    lab.clear_record()
    lab.store_config(3, "hostname three\nsnmp-server community Sup3rS3cret RO\nmarker-one\n")
    lab.store_config(135, "hostname gx\nmarker-two\n")
    follower.poll()
    assert (found(store, 1, "marker"), found(store, 2, "marker")) == ([3], [135])
    assert found(store, 1, "Sup3rS3cret") == []
    assert asked(lab, LISTS) == 0


def test_a_config_that_commits_late_does_not_replace_a_newer_one(
    lab: WebNetLab, webnet: WebNet, copying: Copying, follower: Follower, store: Store
) -> None:
    copying.fill()
    lab.next_id("snapshots", SEEDED + 2)
    before = datetime.now(UTC).isoformat()
    lab.store_config(3, "newer")
    follower.poll()
    lab.store_config(3, "older", id=SEEDED + 1, created_at=before)
    another = Follower(webnet, store, "another")
    another.add(copying.receive)
    another.backed_up([3])
    another.poll()
    assert (found(store, 1, "newer"), found(store, 1, "older")) == ([3], [])
    assert [version.snapshot for version in store.configs.history(1, 3)][:2] == [SEEDED + 2, SEEDED + 1]


def test_a_device_of_another_customer_by_now_is_kept_for_that_one(
    lab: WebNetLab, copying: Copying, follower: Follower, store: Store
) -> None:
    """This holds even for a device that the directory does not have yet."""
    copying.fill()
    lab.change("devices", 3, customer=2, touch=False)
    lab.store_config(3, "moved-canary")
    follower.poll()
    assert (found(store, 1, "moved-canary"), found(store, 2, "moved-canary")) == ([], [3])


def test_a_config_that_came_while_its_device_was_gone_is_in_the_copy_when_that_is_back(
    lab: WebNetLab, copying: Copying, follower: Follower, store: Store, directory: Directory
) -> None:
    copying.fill()
    lab.delete("devices", 3)
    lab.store_config(3, "meanwhile")
    follower.poll()
    lab.add("devices", id=3, customer=1)
    directory.sweep()
    copying.fill()
    assert found(store, 1, "meanwhile") == [3]


def test_a_new_device_is_copied_and_one_that_is_gone_is_not_found(
    lab: WebNetLab, copying: Copying, follower: Follower, store: Store, directory: Directory
) -> None:
    copying.fill()
    new = lab.add("devices", hostname="brand-new", customer=1)["id"]
    lab.store_config(new, "brand-new-config")
    follower.poll()
    assert found(store, 1, "brand-new-config") == [new]
    lab.delete("devices", new)
    directory.sweep()
    assert found(store, 1, "brand-new-config") == []
    assert store.configs.latest(new) is None
