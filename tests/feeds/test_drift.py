"""A changed config is an event, and an alert about it joins that event."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from bot.configs.keeper import Keeper
from bot.redaction.redactor import Redactor
from store.database import Store
from store.models import Delivery
from store.outbox import NewDelivery
from tests.e2e.rig import add_position
from tests.feeds.conftest import Feeding

SECRET = "hunter2-Tr0ub4dor"


@pytest.fixture
def bot(feeding: Feeding) -> Feeding:
    """Gives the feeds after their first look, at the newest snapshot as if a bot had found it before."""
    add_position(feeding.store, feeding.lab)
    feeding.directory.sweep()
    feeding.poll("drift")
    feeding.follower.poll()
    assert feeding.keys() == []
    return feeding


def snapshots_of(bot: Feeding, device: int) -> list[dict[str, Any]]:
    own = [row for row in bot.lab.rows("snapshots") if row["device"] == device]
    return sorted(own, key=lambda row: (row["created_at"], row["id"]))


def back_up(bot: Feeding, device: int, text: str = "") -> int:
    """Makes a backup that finds `text`, and returns the id of its snapshot."""
    if text:
        bot.lab.set_config(device, text)
    bot.lab.start_job("config_backup", [device])
    bot.clock.advance(5)
    bot.follower.poll()
    return int(snapshots_of(bot, device)[-1]["id"])


def values(bot: Feeding, channel: str = "acme") -> list[dict[str, Any]]:
    return [json.loads(event["data"]) for event in bot.events(channel)]


def drift_of(bot: Feeding, device: int, **more: Any) -> dict[str, Any]:
    """Adds WebNet's record of the last change, and an alert about it."""
    older, newer = snapshots_of(bot, device)[-2:]
    drift = bot.lab.add(
        "drifts", device=device, snapshot_from=older["id"], snapshot_to=newer["id"], **more.pop("drift", {})
    )
    own = {"drift_device_hostname": bot.lab.row("devices", device)["hostname"], "drift": drift["id"]}
    usual = {"status": "open", "severity": "critical", "message": f"password {SECRET}"}
    return bot.lab.add("alerts", **{**usual, **own, **more})


def test_an_idle_look_is_one_request(bot: Feeding) -> None:
    assert [bot.poll("drift") for _ in range(3)] == [1, 1, 1]


def test_a_config_that_differs_from_the_one_before_is_enqueued_once(bot: Feeding) -> None:
    text = snapshots_of(bot, 1)[-1]["config_text"].rstrip("\n")
    number = back_up(bot, 1, f"{text}\nntp server 10.99.0.31\nenable secret 0 {SECRET}\n")
    bot.follower.poll()
    assert bot.keys() == [f"drift:1:{number}"]
    (event,) = bot.events()
    (found,) = values(bot)
    assert (event["flag"], event["customer"]) == ("notify_drift_detected", 1)
    assert (found["added"], found["removed"], found["magnitude"]) == (2, 0, "Minor changes")
    assert any(line.startswith("+ ntp server 10.99.0.31") for line in found["lines"])
    assert SECRET not in event["data"]
    assert bot.keys("globex") == []


def test_the_same_config_again_is_no_drift(bot: Feeding) -> None:
    back_up(bot, 1)
    assert bot.keys() == []


def test_a_config_that_differs_in_volatile_lines_only_brings_no_notice(bot: Feeding) -> None:
    old = "! Last configuration change at 10:00\nhostname a\nntp clock-period 17\nenable secret 5 $1$ab$cdefghij\n"
    back_up(bot, 1, old)
    before = bot.keys()
    back_up(bot, 1, old.replace("10:00", "11:00").replace(" 17", " 18"))
    back_up(bot, 1, old.replace("\n", " \n"))
    assert bot.keys() == before
    alert = drift_of(bot, 1)
    bot.poll("drift")
    assert values(bot)[-1]["alert"]["id"] == alert["id"]
    assert (values(bot)[-1]["added"], values(bot)[-1]["removed"], values(bot)[-1]["left_out"]) == (0, 0, 8)


def test_whether_a_backup_found_another_config_is_kept_with_its_job(bot: Feeding) -> None:
    before = len(bot.lab.rows("jobs"))
    for text in ("hostname a\n", "hostname a\n", "hostname b\n", "! Last configuration change at 10:00\nhostname b\n"):
        back_up(bot, 1, text)
    jobs = [row["id"] for row in bot.lab.rows("jobs")][before:]
    found = bot.store.config_changes.of(jobs)
    assert [found[job].changed for job in jobs] == [1, 0, 1, 0]
    assert {one.devices for one in found.values()} == {1}


def test_a_real_line_beside_volatile_ones_is_counted_alone(bot: Feeding) -> None:
    stamps = "! Last configuration change at {0}\n!Time: {0}\nCurrent configuration : {0} bytes\nntp clock-period {0}\n"
    back_up(bot, 1, f"{stamps.format(1)}# Finished {1}\nhostname a\n")
    back_up(bot, 1, f"{stamps.format(2)}# Finished {2}\nhostname a\nbanner x\n")
    last = values(bot)[-1]
    assert (last["added"], last["removed"], last["left_out"]) == (1, 0, 10)


def test_a_change_is_seen_where_webnet_has_deleted_the_config_before(bot: Feeding) -> None:
    text = "hostname a\nenable secret 0 {}\nsnmp-server community {} RO\n"
    first = back_up(bot, 1, text.format(SECRET, "Publ1cWord"))
    older = bot.webnet.snapshot(first)
    bot.store.configs.put(Keeper(bot.store, Redactor()).row(1, 1, older, bot.clock()))
    for row in snapshots_of(bot, 1):
        bot.lab.delete("snapshots", row["id"])
    back_up(bot, 1, text.format(SECRET, "0therWord"))
    last = values(bot)[-1]
    assert (last["before"], last["added"], last["removed"]) == (first, 1, 1)
    assert [line for line in last["lines"] if line[0] in "+-"] == [
        f"{sign} snmp-server community <redacted: changed> RO" for sign in "-+"
    ]


def test_an_alert_joins_the_notice_of_its_change(bot: Feeding) -> None:
    text = snapshots_of(bot, 1)[-1]["config_text"].rstrip("\n")
    number = back_up(bot, 1, f"{text}\nntp server 10.99.0.31\n")
    alert = drift_of(bot, 1)
    bot.poll("drift")
    bot.poll("drift")
    assert bot.keys() == [f"drift:1:{number}"]
    assert values(bot)[0]["alert"]["id"] == alert["id"]
    assert values(bot)[0]["alert"]["open"]
    assert SECRET not in bot.events()[0]["data"]


def test_an_alert_after_the_notice_was_sent_is_one_of_its_own(bot: Feeding) -> None:
    text = snapshots_of(bot, 1)[-1]["config_text"].rstrip("\n")
    number = back_up(bot, 1, f"{text}\nntp server 10.99.0.31\n")
    bot.store.database.run(Delivery.update(status="sent"))
    alert = drift_of(bot, 1)
    bot.poll("drift")
    assert bot.keys() == [f"drift:1:{number}", f"drift:alert:{alert['id']}"]
    assert [bool(found["lines"]) for found in values(bot)] == [True, False]
    assert [event["answers"] for event in bot.events()] == [None, f"drift:1:{number}"]


def test_a_second_alert_of_the_same_change_is_enqueued_as_well(bot: Feeding) -> None:
    text = snapshots_of(bot, 1)[-1]["config_text"].rstrip("\n")
    number = back_up(bot, 1, f"{text}\nntp server 10.99.0.31\n")
    first = drift_of(bot, 1)
    second = bot.lab.add("alerts", **{**first, "id": first["id"] + 1, "severity": "warning"})
    for _ in range(2):
        bot.poll("drift")
    assert bot.keys() == [f"drift:1:{number}", f"drift:alert:{second['id']}"]
    assert [found["alert"]["id"] for found in values(bot)] == [first["id"], second["id"]]


def test_an_alert_is_enqueued_where_another_process_notes_its_change_in_the_same_moment(
    bot: Feeding, second_store: Store
) -> None:
    """The other process's transaction is open while the alert's looks for the change, and commits while the alert's adds its own."""
    number = snapshots_of(bot, 3)[-1]["id"]
    alert = drift_of(bot, 3)
    polling = threading.Thread(target=bot.poll, args=("drift",))
    with second_store.transaction():
        second_store.outbox.add(
            key=f"drift:3:{number}",
            kind="drift",
            flag="notify_drift_detected",
            customer=1,
            happened_at=bot.clock(),
            data={"alert": None},
            deliveries=[NewDelivery(channel=bot.channels["acme"])],
        )
        polling.start()
        polling.join(0.5)
        assert polling.is_alive()
    polling.join(30)
    assert bot.keys() == [f"drift:3:{number}"]
    assert values(bot)[0]["alert"]["id"] == alert["id"]


def test_an_alert_of_an_older_change_makes_a_notice_and_no_second_one(bot: Feeding) -> None:
    older, newer = snapshots_of(bot, 3)[-2:]
    drift_of(bot, 3)
    bot.poll("drift")
    assert bot.keys() == [f"drift:3:{newer['id']}"]
    assert values(bot)[0]["before"] == older["id"]


def test_an_alert_goes_to_the_device_that_has_its_drift_whatever_its_name_says(bot: Feeding) -> None:
    name = bot.lab.row("devices", 131)["hostname"]
    bot.lab.change("devices", 1, hostname=name)
    bot.directory.sweep()
    drift_of(bot, 1)
    bot.poll("drift")
    assert len(bot.keys()) == 1
    assert bot.keys("globex") == []


def test_an_alert_of_no_device_is_parked_and_counted_in_the_end(bot: Feeding, caplog: pytest.LogCaptureFixture) -> None:
    drift_of(bot, 1, drift_device_hostname=bot.lab.row("devices", 131)["hostname"])
    for _ in range(20):
        bot.poll("drift", 60)
    assert bot.keys() == bot.keys("globex") == []
    cursor = bot.store.cursors.get("feed:drift:parked")
    assert cursor is not None
    assert cursor.value == "1"
    assert "belong to no device" in caplog.text
    assert bot.poll("drift") == 1


def test_an_alert_of_a_device_that_the_copy_does_not_have_yet_is_enqueued_later(bot: Feeding) -> None:
    bot.store.directory.remove(1)
    drift_of(bot, 1)
    bot.poll("drift")
    assert bot.keys() == []
    bot.directory.sweep()
    bot.poll("drift")
    assert len(bot.keys()) == 1


def test_odd_alerts_stop_nothing(bot: Feeding) -> None:
    odd = drift_of(bot, 1, severity=None, detected_at=None)
    bot.lab.add("alerts", drift=None, drift_device_hostname=None)
    bot.lab.change("alerts", odd["id"], message=None, status=None)
    bot.poll("drift")
    assert [found["alert"]["id"] for found in values(bot)] == [odd["id"]]


def test_a_snapshot_that_webnet_cannot_show_keeps_no_other_alert(bot: Feeding) -> None:
    broken = snapshots_of(bot, 1)[-1]["id"]
    bot.lab.fault("error", prefix=f"/api/v1/config/snapshots/{broken}")
    drift_of(bot, 1)
    good = drift_of(bot, 3)
    bot.poll("drift")
    assert [found["alert"]["id"] for found in values(bot)] == [good["id"]]


@pytest.mark.parametrize("prefix", ["/api/v1/devices/1/", "/api/v1/config/devices/1/"], ids=["device", "history"])
@pytest.mark.parametrize("kind", ["error", "garbage", "truncated"])
def test_a_change_is_enqueued_later_where_webnet_answers_with_a_fault_for_a_while(
    bot: Feeding, kind: Any, prefix: str
) -> None:
    fault = bot.lab.fault(kind, prefix=prefix)
    text = snapshots_of(bot, 1)[-1]["config_text"].rstrip("\n")
    first = back_up(bot, 1, f"{text}\nntp server 10.99.0.31\n")
    second = back_up(bot, 1, f"{text}\nntp server 10.99.0.31\nntp server 10.99.0.32\n")
    other = back_up(bot, 3, "hostname other\n")
    assert bot.keys() == [f"drift:3:{other}"]
    fault.times = 0
    bot.clock.advance(30)
    bot.follower.poll()
    assert bot.keys() == [f"drift:3:{other}", f"drift:1:{first}", f"drift:1:{second}"]
    assert [(found["added"], found["removed"]) for found in values(bot)[1:]] == [(1, 0), (1, 0)]
