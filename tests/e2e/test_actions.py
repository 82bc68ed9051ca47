"""`retry`, `cancel` and `ack`, typed and pressed: what they do, and what they refuse."""

from __future__ import annotations

import pytest

from bot.core.message import Button, Buttons, sentence
from bot.slack.render import payload
from lab.slack import Message, plain
from tests.e2e.rig import Rig, wait_until
from tests.e2e.test_commands import buttons, number

GLOBEX_ALERT = 35  # as recorded: to others than its customer it is not there


def show(bot: Rig, *lines: str) -> Message:
    """A message of the bot's with a button for each line, labelled by its first word."""
    parts = Buttons(tuple(Button(line.split()[0].title(), command=line) for line in lines))
    bot.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", **payload(sentence("What next?", parts)))
    return bot.slack.wait_message("C0NOC", "What next?")


def left(bot: Rig, shown: Message) -> list[str]:
    """The buttons of that message now."""
    return next(buttons(message) for message in bot.slack.messages("C0NOC") if message.ts == shown.ts)


def posts(bot: Rig) -> list[str]:
    return [entry.path for entry in bot.webnet.record if entry.method == "POST"]


def ended(bot: Rig, *devices: int, kind: str = "check_reachability") -> int:
    job = bot.webnet.start_job(kind, list(devices))
    bot.webnet.finish(job)
    return job


@pytest.mark.parametrize("kind", ["check_reachability", "config_backup"])
def test_retry_starts_the_same_again_on_the_same_devices_through_the_gate(bot: Rig, kind: str) -> None:
    job = ended(bot, 1, 3, kind=kind)
    message = bot.ask("U0OSCAR", f"retry #{job}")
    new = bot.webnet.row("jobs", number(message))
    assert "of 2 devices started" in plain(message)
    assert (new["type"], new["customer"]) == (kind, 1)
    assert new["target_summary_json"] == {"filters": {"device_ids": [1, 3]}}
    assert not [path for path in posts(bot) if "retry" in path]
    assert bot.audit(command="retry").job_id == new["id"]


def test_a_second_retry_is_given_the_number_of_the_first(bot: Rig) -> None:
    job = ended(bot, 1, 3)
    bot.webnet.hold = "running"
    first, second = bot.ask("U0OSCAR", f"retry {job}"), bot.ask("U0ALICE", f"retry {job}")
    assert "is already " in plain(second)
    assert number(first) == number(second)
    assert len(posts(bot)) == 1


def test_what_cannot_be_retried_says_why_and_sends_nothing(bot: Rig) -> None:
    bot.webnet.hold = "running"
    running = bot.webnet.start_job("config_backup", [1])
    everywhere = ended(bot, 1)
    bot.webnet.change("jobs", everywhere, target_summary_json={"filters": {}})
    narrowed = ended(bot, 1)
    bot.webnet.change("jobs", narrowed, target_summary_json={"filters": {"device_ids": [1], "site": "fra1"}})
    disabled = ended(bot, 3)
    bot.webnet.change("devices", 3, enabled=False)
    foreign = bot.webnet.start_job("config_backup", [140], customer=2)
    for job, words in (
        (running, "only one that has ended"),
        (everywhere, "it may mean every device"),
        (narrowed, "it may mean every device"),
        (152, "only pings and backups can be"),
        (disabled, "is disabled in WebNet"),
        (foreign, f"There is no job #{foreign} here."),
        (999_999, "There is no job #999999 here."),
        ("router1", "Name one job by its number"),
    ):
        message = bot.ask("U0OSCAR", f"retry {job}")
        assert words in plain(message)
        assert message.ephemeral_to == "U0OSCAR"
    assert posts(bot) == []


def test_cancel_takes_a_waiting_job_and_its_button_goes(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [1])
    shown = show(bot, f"cancel {job}", "jobs")
    bot.slack.click("U0OSCAR", shown, "Cancel").wait_for("may still run it")
    assert bot.webnet.row("jobs", job)["status"] == "cancelled"
    wait_until(lambda: left(bot, shown) == ["Jobs"], "the button to go")


def test_a_job_that_runs_is_not_cancelled_and_the_button_goes(bot: Rig) -> None:
    bot.webnet.hold = "running"
    job = bot.webnet.start_job("config_backup", [1])
    wait_until(lambda: bot.webnet.row("jobs", job)["status"] == "running", "the job to run")
    shown = show(bot, f"cancel {job}")
    bot.slack.click("U0OSCAR", shown, "Cancel").wait_for(f"Job #{job} is running")
    wait_until(lambda: left(bot, shown) == [], "the button to go")
    assert posts(bot) == []


def test_a_job_that_begins_in_the_last_moment_is_not_cancelled(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [1])
    bot.webnet.before("POST", f"/api/v1/jobs/{job}/cancel", lambda: bot.webnet.change("jobs", job, status="running"))
    assert "no longer waiting" in plain(bot.ask("U0OSCAR", f"cancel {job}"))
    assert bot.audit(command="cancel").code == "passed"


def test_a_cancel_whose_response_is_lost_is_reported_as_unclear(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [1])
    bot.webnet.fault("lose_answer", method="POST", times=1)
    assert f"unclear whether job #{job} was cancelled" in plain(bot.ask("U0OSCAR", f"cancel {job}"))
    assert bot.audit(command="cancel").status == "unclear"


def test_ack_acknowledges_an_open_alert_once(bot: Rig) -> None:
    bot.webnet.change("alerts", 3, status="open")
    shown = show(bot, "ack 3", "jobs")
    bot.slack.click("U0ALICE", shown, "Ack").wait_for("Acknowledged drift alert #3 on sw-fra1-005")
    assert bot.webnet.row("alerts", 3)["status"] == "acknowledged"
    row = bot.audit(command="ack")
    assert (row.device_name, row.username) == ("sw-fra1-005", "alice-admin")
    wait_until(lambda: left(bot, shown) == ["Jobs"], "the button to go")
    assert "is already acknowledged by alice-admin" in plain(bot.ask("U0ALICE", "ack #3"))
    assert len(posts(bot)) == 1


def test_an_alert_of_another_customer_is_not_there_even_if_the_names_are_the_same(bot: Rig) -> None:
    hostname = bot.webnet.row("alerts", GLOBEX_ALERT)["drift_device_hostname"]
    bot.webnet.change("devices", 1, hostname=hostname)
    bot.directory.refresh()
    said = [plain(bot.ask("U0ALICE", f"ack {alert}")) for alert in (GLOBEX_ALERT, 999_999)]
    assert said == ["There is no drift alert #35 here.", "There is no drift alert #999999 here."]
    assert posts(bot) == []
