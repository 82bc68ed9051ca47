"""kill -9 of the whole bot while reports are due, for `python -m tests.faults`."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.slack import SlackLab, plain
from lab.webnet import WebNetLab
from store.database import open_store
from store.models import SlackChannel
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import add_people, settings_for, wait_until


def killed(folder: Path, seed: int, kills: int = 6, channels: int = 24) -> Iterator[tuple[str, str, bool]]:
    """The bot as a process, on SQLite, killed at any moment while it makes and delivers one report for each channel."""
    chance, url = random.Random(seed), f"sqlite:///{folder}/killed.db"
    names = [f"C0REPORT{number:02}" for number in range(channels)]
    with WebNetLab(job_seconds=0.0) as webnet, SlackLab() as slack, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        now = datetime.now(UTC)
        for name in names:
            slack.add_channel(name, name.lower(), "T0ACME")
            store.channels.add(workspace=1, channel_id=name, report=f"daily {now:%H:%M} UTC")
        store.database.run(SlackChannel.update(report_since=now - timedelta(hours=1)))

        def delivered() -> list[int]:
            return [sum("Report for Acme" in plain(each) for each in slack.messages(name)) for name in names]

        settings = settings_for(slack, webnet, url)
        for last in (*[False] * kills, True):
            webnet.fault("delay", prefix="/api/v1/schedules/", delay_s=0.2)  # so that a report takes a moment
            with bot_process(settings, folder) as bot:
                bot.wait_said("running;")
                if last:
                    wait_until(lambda: all(delivered()), "every report", timeout=240)
                else:
                    time.sleep(chance.uniform(0.1, 2.5))
                bot.process.kill()
                bot.ended()
        found = delivered()
    lost, again = found.count(0), sum(found) - sum(map(bool, found))
    what = f"kill -9 of the whole bot at {kills} moments while {channels} reports are due"
    yield what, f"{lost} lost, {again} delivered again", not lost and again <= kills
