"""From the end of a job in WebNet to the message in Slack, by the whole bot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from bot.core.notice_kinds import FLAGS
from lab.slack import Message, live_markup, plain
from tests.e2e.rig import Rig, rig, wait_until

QUICK = {"poll_interval_s": 0.2}


@pytest.fixture
def bot(store_url: str) -> Iterator[Rig]:
    with rig(store_url, notifications=QUICK) as running:
        listen(running)
        yield running


def listen(bot: Rig, **flags: bool) -> None:
    """C0ALERTS hears all."""
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace is not None
    bot.store.channels.add(
        workspace=workspace.id, channel_id="C0ALERTS", flags={flag for flag in FLAGS if flags.get(flag, True)}
    )


def heard(bot: Rig) -> list[Message]:
    return bot.slack.world.teams["T0ACME"].channels["C0ALERTS"].messages


def notice_with(bot: Rig, words: str) -> Message:
    return wait_until(lambda: next((one for one in heard(bot) if words in plain(one)), None), f"a message with {words}")


def numbers(bot: Rig) -> Counter[int]:
    """How often each job was named, over all messages and threads."""
    return Counter(int(number) for one in heard(bot) for number in set(re.findall(r"#(\d+)", plain(one))))


def test_a_notice_of_a_failed_ping_says_what_is_wrong_and_can_retry_it(bot: Rig) -> None:
    name = bot.webnet.row("devices", 1)["hostname"]
    bot.webnet.break_device(1)
    job = bot.webnet.start_job("check_reachability", [1])
    message = notice_with(bot, f"#{job}")
    assert "not reachable" in plain(message)
    assert name in plain(message)
    assert "*Asked by* @U0OSCAR" in plain(message)
    bot.webnet.mend_device(1)
    answered = bot.click("U0OSCAR", message, "Retry")
    assert f"#{job + 1}" in plain(answered)


def test_jobs_that_end_while_webnet_is_away_are_each_delivered_once(bot: Rig) -> None:
    bot.webnet.fault("away")
    with bot.webnet.lock:
        jobs = [bot.webnet.start_job("check_reachability", [number % 100 + 1]) for number in range(120)]
    bot.webnet.clear_faults()
    wait_until(lambda: set(numbers(bot)) >= set(jobs), "every job to be named", timeout=60)
    assert {number: count for number, count in numbers(bot).items() if number in jobs and count > 1} == {}


def test_a_config_that_changed_is_a_notice_to_its_customer_without_secrets(bot: Rig) -> None:
    text = [row["config_text"] for row in bot.webnet.rows("snapshots") if row["device"] == 1][-1].rstrip("\n")
    bot.webnet.set_config(1, f"{text}\nntp server 10.99.0.77\nenable secret 0 hunter2-Tr0ub4dor\n")
    bot.webnet.start_job("config_backup", [1])
    message = notice_with(bot, "ntp server 10.99.0.77")
    assert "hunter2" not in plain(message)
    bot.webnet.store_config(1, "hostname after-the-notice\n")
    bot.webnet.store_config(1, "hostname after-the-notice\n")
    shown = plain(bot.click("U0VERA", message, "Show diff"))
    assert "+ ntp server 10.99.0.77" in shown
    assert "after-the-notice" not in shown


def test_a_new_time_stamp_alone_is_no_notice_and_one_line_beside_five_of_them_is_one_of_one_line(bot: Rig) -> None:
    stamps = "! Last configuration change at {0}\n!Time: {0}\nCurrent configuration : {0} bytes\nntp clock-period {0}\n# Finished {0}\n"
    for at, more in ((1, ""), (2, ""), (3, "banner motd\n")):
        bot.webnet.store_config(60, f"hostname b\n{more}{stamps.format(at)}")  # the first config of this device
    said = plain(notice_with(bot, "changed"))
    assert "changed: +1 −0 lines (" in said
    assert "+ banner motd" in said
    assert "10 volatile lines left out" in said
    assert len(heard(bot)) == 1


def test_whatever_webnet_says_is_delivered_in_messages_that_slack_takes(bot: Rig) -> None:
    odd: list[dict[str, Any]] = [
        {"status": "failed", "type": None, "user": None, "requested_at": None, "started_at": None},
        {"status": "exploded", "type": "<!channel>" * 50, "result_summary_json": {"error": "x" * 1_000_000}},
        {"status": "failed", "result_summary_json": {"error": "*a* <@U0ALICE> `b` " * 1_000}, "user": 99_999},
        {"status": "partial", "result_summary_json": [None], "target_summary_json": 7, "payload_json": "x"},
        {"status": "success", "type": "config_backup", "target_summary_json": {"filters": {"device_ids": ["a", None]}}},
    ]
    now = bot.webnet.row("jobs", bot.webnet.start_job("check_reachability", [2]))["requested_at"]
    jobs = [int(bot.webnet.add("jobs", customer=1, finished_at=now, **row)["id"]) for row in odd]
    last = bot.webnet.start_job("check_reachability", [1])
    wait_until(lambda: set(numbers(bot)) >= {*jobs, last}, "all of them to be named")
    assert bot.slack.refused == []
    assert not [mark for message in heard(bot) for mark in live_markup(message) if "U0ALICE" in mark]


@pytest.mark.parametrize("visibility", ["in_channel", "ephemeral"])
def test_the_log_of_a_notice_is_answered_in_its_thread_where_it_can_be_seen(store_url: str, visibility: str) -> None:
    with rig(store_url, notifications=QUICK, visibility_of={"logs": visibility}) as bot:
        listen(bot)
        bot.webnet.break_device(1)
        notice = notice_with(bot, f"#{bot.webnet.start_job('check_reachability', [1])}")
        for person in ("U0OSCAR", "U0VERA"):
            answer = bot.click(person, notice, "Logs")
            assert "Log of job" in plain(answer)
            assert answer.thread_ts == (None if visibility == "ephemeral" else notice.ts)
            assert answer.ephemeral_to == (person if visibility == "ephemeral" else None)
        assert bot.click("U0MALLORY", notice, "Logs").ephemeral_to == "U0MALLORY"


def test_the_log_of_a_notice_comes_below_it_where_the_bot_may_not_post_any_more(bot: Rig) -> None:
    bot.webnet.break_device(1)
    notice = notice_with(bot, f"#{bot.webnet.start_job('check_reachability', [1])}")
    bot.slack.channel("C0ALERTS").bot_member = False
    bot.slack.world.grants["xoxb-lab-acme"].scopes = ("commands", "chat:write")
    answer = bot.click("U0OSCAR", notice, "Logs")
    assert "Log of job" in plain(answer)
    assert answer.thread_ts is None


def test_a_drift_alert_that_comes_late_is_a_reply_to_the_notice_of_its_change(bot: Rig) -> None:
    text = [row["config_text"] for row in bot.webnet.rows("snapshots") if row["device"] == 1][-1].rstrip("\n")
    bot.webnet.set_config(1, f"{text}\nntp server 10.99.0.77\n")
    bot.webnet.start_job("config_backup", [1])
    message = notice_with(bot, "ntp server 10.99.0.77")
    wait_until(lambda: bot.store.outbox.depth().waiting == 0, "the notice to be settled")
    older, newer = [row["id"] for row in bot.webnet.rows("snapshots") if row["device"] == 1][-2:]
    drift = bot.webnet.add("drifts", device=1, snapshot_from=older, snapshot_to=newer)
    hostname = bot.webnet.row("devices", 1)["hostname"]
    alert = bot.webnet.add(
        "alerts", drift=drift["id"], drift_device_hostname=hostname, status="open", severity="critical"
    )
    reply = notice_with(bot, f"Drift alert #{alert['id']}")
    assert (message.thread_ts, reply.thread_ts) == (None, message.ts)
    assert "ntp server" not in plain(reply)
