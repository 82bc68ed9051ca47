"""The clock of the bot's machine is set back by an hour while it runs: what waits does not wait for an hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.notice_kinds import FLAGS
from bot.vitals import POLLED
from tests.e2e.process import Surroundings, bot_process
from tests.e2e.rig import wait_until

INTERVAL_S = 3.0
SHIM = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)  # of Debian's package libfaketime


@pytest.mark.skipif(SHIM is None, reason="there is no libfaketime on this machine")
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_notice_does_not_wait_for_an_hour_when_the_clock_went_back_by_one(
    around: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0", encoding="utf-8")
    shim = {"LD_PRELOAD": str(SHIM), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_CACHE_DURATION": "1"}
    mended = {"FAKETIME_FORCE_MONOTONIC_FIX": "0"}  # else a wait for the interpreter's lock ends at once, and spins
    for name, value in {**shim, **mended, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}.items():
        monkeypatch.setenv(name, value)
    around.store.channels.add(workspace=1, channel_id="C0ALERTS", channel_name="alerts", flags=FLAGS)
    script = Path(__file__).with_name("shimmed.py")
    interval = {"NOTIFICATIONS__POLL_INTERVAL_S": str(INTERVAL_S)}
    with bot_process(around.settings, around.folder, script=script, **interval) as bot:
        bot.wait_said("running;")
        wait_until(lambda: around.store.cursors.get(POLLED + "jobs"), "the first look at the jobs")
        offset.write_text("-3600", encoding="utf-8")
        bot.wait_said("the clock was set by -3600 s", timeout=20)
        job = around.webnet.start_job("check_reachability", [1])
        around.webnet.finish(job)
        around.slack.wait_message("C0ALERTS", f"#{job}", timeout=60)  # twenty polls, and a sixtieth of the hour
