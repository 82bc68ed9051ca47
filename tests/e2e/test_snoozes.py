"""Snoozes, from the button or the line to the notices that are held, and the failed backups of a device that does not answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.notice_kinds import FLAGS
from lab.slack import Message, plain
from store.outbox import Delivery
from store.snoozes import Snooze
from tests.e2e.rig import Rig, rig, wait_until
from tests.e2e.test_forms import opened, send

OTHERS = "gx-edge-fra1-021"  # Globex's


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, notifications={"poll_interval_s": 0.2}, time_zone="Europe/Berlin") as running:
        for team, channel in (("T0ACME", "C0ALERTS"), ("T0ACME", "C0NOC"), ("T0GLOBEX", "C0GXNOC")):
            workspace = running.store.workspaces.by_team(team)
            assert workspace is not None
            running.store.channels.add(workspace=workspace.id, channel_id=channel, flags=FLAGS)
        yield running


def name(bot: Rig, device: int) -> str:
    return str(bot.webnet.row("devices", device)["hostname"])


def snoozed(bot: Rig, subject: int, kind: str = "device") -> list[Snooze]:
    return [each for each in bot.store.snoozes.open(1) if (each.kind, each.subject) == (kind, subject)]


def held(bot: Rig, job: int) -> list[Delivery]:
    found = bot.store.outbox.list("held", limit=1_000)
    return [each for each in found if each.key == f"job:{job}:ended"]


def failed_backup(bot: Rig, device: int, channels: int = 1) -> int:
    """A backup that fails, once its notices stand in the store for so many channels."""
    bot.webnet.break_device(device)
    job: int = bot.webnet.start_job("config_backup", [device])
    wait_until(lambda: len(held(bot, job)) >= channels, f"the notice of job {job} to be held")
    return job


def heard(bot: Rig, channel: str, *words: str) -> Message:
    def found() -> Message | None:
        said = bot.slack.messages(channel)
        return next((one for one in reversed(said) if all(word in plain(one) for word in words)), None)

    return wait_until(found, f"{words} in {channel}")


def now(bot: Rig, notice: Message) -> list[Message]:
    """The notice as it is now."""
    return [each for each in bot.slack.messages(notice.channel) if each.ts == notice.ts]


def test_a_snooze_holds_what_is_about_a_device_in_this_channel_and_its_end_brings_it(bot: Rig) -> None:
    host = name(bot, 1)
    answer = plain(bot.ask("U0OSCAR", f"snooze {host} until 23:59 a new line card", "C0ALERTS"))
    assert f"Snoozed `{host}` in this channel until " in answer
    assert "23:59 Europe/Berlin, by " in answer
    assert "a new line card" in answer
    job = failed_backup(bot, 1)
    heard(bot, "C0NOC", f"#{job}")
    assert [each.channel_id for each in held(bot, job)] == ["C0ALERTS"]
    bot.webnet.mend_device(1)
    well = bot.webnet.start_job("config_backup", [1])
    wait_until(lambda: held(bot, well), "the end of the fault to be held")
    listed = bot.ask("U0OSCAR", "snoozes", "C0ALERTS")
    assert "2 notices held" in plain(listed)
    assert "Nothing is snoozed" in plain(bot.ask("U0VERA", "snoozes", "C0NOC"))
    ended = bot.click("U0OSCAR", listed, "Unsnooze")
    assert f"`{host}` is no longer snoozed in this channel. 2 notices that were held will come now." in plain(ended)
    digest = plain(heard(bot, "C0ALERTS", host, "well since"))
    assert "Config backup failed, " in digest


def test_a_reason_is_cut_and_stands_in_one_line(bot: Rig) -> None:
    bot.ask("U0OSCAR", f"snooze {name(bot, 11)} 1h first\nsecond {'long ' * 300}", "C0ALERTS")
    (found,) = snoozed(bot, 11)
    assert (len(found.reason), found.reason[:17]) == (300, "first second long")
    bot.ask("U0OSCAR", f"unsnooze {name(bot, 11)}", "C0ALERTS")


def test_a_button_of_a_fault_opens_the_form_of_a_snooze(bot: Rig) -> None:
    bot.webnet.break_device(3)
    notice = heard(bot, "C0NOC", f"#{bot.webnet.start_job('check_reachability', [3])}")
    form = opened(bot, bot.slack.click("U0OSCAR", notice, "Snooze"))
    assert form.blocks[1]["element"]["initial_value"] == "#3"
    send(bot, "U0OSCAR", form, how_long="1h", reason="it is known")
    assert wait_until(lambda: [one for one in now(bot, notice) if "Snoozed until " in plain(one)], "the mark")
    bot.ask("U0OSCAR", "unsnooze #3", "C0NOC")
    assert wait_until(lambda: [one for one in now(bot, notice) if "Snoozed until " not in plain(one)], "no mark")


def test_a_snooze_until_resolved_ends_with_the_fault_and_both_come_as_one_line(bot: Rig) -> None:
    host = name(bot, 5)
    bot.ask("U0OSCAR", f"snooze {host} until resolved it is being replaced", "C0ALERTS")
    failed_backup(bot, 5)
    bot.webnet.mend_device(5)
    bot.webnet.start_job("config_backup", [5])
    heard(bot, "C0ALERTS", host, "Config backup failed, ", "well since")
    assert snoozed(bot, 5) == []


def test_a_snooze_ends_once_the_device_belongs_to_another_customer(bot: Rig) -> None:
    host = name(bot, 7)
    bot.ask("U0OSCAR", f"snooze {host} 7d a canary of Acme", "C0ALERTS")
    job = failed_backup(bot, 7)
    bot.webnet.change("devices", 7, customer=2)
    bot.directory.sweep()
    heard(bot, "C0ALERTS", f"#{job}")
    assert snoozed(bot, 7) == []
    bot.webnet.change("devices", 7, customer=1)
    bot.directory.sweep()


def test_a_device_that_a_ping_found_unreachable_holds_its_failed_backups_until_it_answers(bot: Rig) -> None:
    host = name(bot, 9)
    bot.webnet.break_device(9)
    ping = bot.webnet.start_job("check_reachability", [9])
    heard(bot, "C0ALERTS", f"#{ping}")
    job = failed_backup(bot, 9, channels=2)
    assert {each.held_for for each in held(bot, job)} == {"inhibited:reach:9"}
    bot.webnet.mend_device(9)
    bot.webnet.start_job("check_reachability", [9])
    heard(bot, "C0ALERTS", host, f"#{job}")
    heard(bot, "C0NOC", host, f"#{job}")


@pytest.mark.parametrize(
    ("user", "line", "words"),
    [
        ("U0VERA", "snooze rtr-fra1-001 1h quiet", "`snooze` needs the role operator"),
        ("U0OSCAR", "snooze rtr-fra1-001 1h everywhere quiet", "Only an administrator snoozes everywhere."),
        (
            "U0OSCAR",
            f"snooze {OTHERS} 1h everywhere quiet",
            "Only an administrator snoozes everywhere.",
        ),  # not looked up
        ("U0OSCAR", "snooze rtr-fra1-001 8d quiet", "7 days at most"),
        ("U0OSCAR", f"snooze {OTHERS} 1h quiet", "There is no device"),
        ("U0OSCAR", "snooze alert:35 1h quiet", "There is no drift alert #35 here."),
        ("U0OSCAR", "snooze policy:nothing 1h quiet", "There is no policy nothing here."),
        ("U0OSCAR", "unsnooze rtr-fra1-001", "is not snoozed in this channel"),
    ],
)
def test_what_cannot_be_snoozed_says_why(bot: Rig, user: str, line: str, words: str) -> None:
    assert words in plain(bot.ask(user, line, "C0ALERTS"))
    assert not bot.store.snoozes.open(2)


def test_a_place_without_notices_has_nothing_to_snooze(bot: Rig) -> None:
    assert "No notices come here" in plain(bot.ask("U0OSCAR", "snooze rtr-fra1-001 1h quiet", "D0OSCAR"))


def test_an_administrator_snoozes_everywhere_for_one_customer_alone(bot: Rig) -> None:
    policies = {row["customer"]: row["id"] for row in bot.webnet.rows("policies") if row["name"] == "no-telnet"}
    shown = plain(bot.ask("U0ALICE", "snooze no-telnet 1h everywhere known to Acme", "C0ALERTS"))
    assert "everywhere until " in shown
    (snooze,) = snoozed(bot, policies[1], "policy")
    assert snooze.channel is None
    assert "known to Acme" in plain(bot.ask("U0VERA", "snoozes", "C0NOC"))
    assert "Nothing is snoozed" in plain(bot.ask("U0GINA", "snoozes", "C0GXNOC", team="T0GLOBEX"))
    refused = plain(bot.ask("U0OSCAR", "unsnooze policy:no-telnet everywhere", "C0ALERTS"))
    assert "Only an administrator" in refused
    bot.ask("U0ALICE", "unsnooze policy:no-telnet everywhere", "C0ALERTS")
    assert snoozed(bot, policies[1], "policy") == []
