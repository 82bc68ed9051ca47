"""Who is on a fault stands in its notices in every channel, in `jobs`, `status` and `mine`; of two who take it one has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app.delivery_part import DeliveryPart
from bot.core.notice_kinds import JOB_FAILURE
from bot.settings.table import Reminders, Settings
from lab.slack import Message, plain
from store.models import Delivery
from tests.e2e.rig import Rig, rig, wait_until

DEVICE = 1


def reminding(settings: Settings) -> Settings:
    return replace(settings, reminders=Reminders(after_min=30))


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, notifications={"poll_interval_s": 0.5}, change=reminding) as running:
        workspace = running.store.workspaces.list()[0].id
        for name in ("C0ALERTS", "C0NOC"):
            running.store.channels.add(workspace=workspace, channel_id=name, flags={JOB_FAILURE.flag})
        yield running


def failed(bot: Rig, kind: str = "config_backup") -> int:
    bot.webnet.fail_next(kind)
    job = bot.webnet.start_job(kind, [DEVICE])
    bot.webnet.finish(job)
    return job


def notice(bot: Rig, job: int, words: str, channel: str = "C0ALERTS") -> Message:
    def found() -> Message | None:
        shown = (each for each in bot.slack.messages(channel) if f"#{job}" in plain(each) and words in plain(each))
        return next(shown, None)

    return wait_until(found, f"{words!r} on the notice of job #{job} in {channel}")


def test_take_give_back_and_done_show_in_every_channel(bot: Rig) -> None:
    job = failed(bot)
    first = notice(bot, job, "failed")
    notice(bot, job, "failed", "C0NOC")
    assert "You are on it" in plain(bot.click("U0OSCAR", first, "Take"))
    for channel in ("C0ALERTS", "C0NOC"):
        notice(bot, job, "On it: @U0OSCAR since", channel)
    assert f"job:{job}:ended" in plain(bot.ask("U0OSCAR", "mine"))
    assert "on it: user-3" in plain(bot.ask("U0VERA", "jobs"))
    assert "on it: user-3" in plain(bot.ask("U0VERA", f"status #{DEVICE}"))
    refused = plain(bot.ask("U0BOB", f"take {job}"))
    assert "User-3 has been on that since" in refused
    assert "There is no notice of a fault" in plain(bot.ask("U0BOB", f"take {job}", channel="C0GXNOC", team="T0GLOBEX"))
    assert "Nobody is on it any more" in plain(bot.ask("U0OSCAR", f"giveback {job}"))
    wait_until(lambda: "On it" not in plain(notice(bot, job, "failed")), "the notice without it")
    assert "It is done" in plain(bot.ask("U0OSCAR", f"done {job} power supply replaced"))
    assert "power supply replaced" in plain(notice(bot, job, "Done by @U0OSCAR"))
    rows = {row.command: row for row in bot.store.audit.list(limit=50)}
    assert rows["mine"].device is None
    assert {rows[name].device for name in ("take", "giveback", "done")} == {DEVICE}


def test_what_is_well_again_says_so_on_the_first_notice_and_in_its_thread(bot: Rig) -> None:
    job = failed(bot, "check_reachability")
    first = notice(bot, job, "failed")
    assert "Take" in str(first.blocks)
    well = bot.webnet.start_job("check_reachability", [DEVICE])
    bot.webnet.finish(well)
    for channel in ("C0ALERTS", "C0NOC"):
        marked = notice(bot, job, "Well again since", channel)
        assert "Take" not in str(marked.blocks)
        assert notice(bot, well, "success", channel).thread_ts == marked.ts
    assert "That has been well again since" in plain(bot.ask("U0OSCAR", f"take {job}"))
    assert "It answers an earlier notice" in plain(bot.ask("U0OSCAR", f"why {well}"))


def test_of_what_nobody_takes_the_thread_of_its_notice_is_reminded_once(bot: Rig) -> None:
    job = failed(bot, "run_commands")
    first = notice(bot, job, "failed")
    notice(bot, job, "failed", "C0NOC")
    wait_until(lambda: bot.store.outbox.depth().waiting == 0, "both notices, settled")
    past = bot.store.database.now() - timedelta(minutes=31)
    bot.store.database.run(Delivery.update(settled_at=past, remind_at=past).where(Delivery.remind_at.is_null(False)))
    bot.bot.part(DeliveryPart).reminders.tick()
    reminder = notice(bot, job, "Nobody is on this yet")
    assert reminder.thread_ts == first.ts
    assert "You are on it" in plain(bot.click("U0OSCAR", reminder, "Take"))
    notice(bot, job, "On it: @U0OSCAR since")
