"""The copy of the configs in a running bot: filled by itself, and a backup's config found in it soon after."""

from __future__ import annotations

from lab.slack import plain
from tests.e2e.rig import rig, wait_until

TEXT = "hostname rtr-fra1-001\nsnmp-server community Copp3rKettle RO\ninterface Gi0/1\n description marker-of-the-day\n"


def test_a_running_bot_fills_its_copy_and_finds_what_a_backup_brought(store_url: str) -> None:
    with rig(store_url, notifications={"poll_interval_s": 0.5}) as bot:
        configs = bot.store.configs
        wait_until(lambda: (now := configs.progress()).of and now.have == now.of, "the first fill")
        assert "No line" in plain(bot.ask("U0VERA", "search marker-of-the-day"))
        bot.webnet.set_config(1, TEXT)
        bot.ask("U0OSCAR", "backup rtr-fra1-001")
        wait_until(lambda: list(configs.texts(1, ["marker-of-the-day"])), "the new config in the copy")
        shown = plain(bot.ask("U0VERA", "search marker-of-the-day"))
        assert "rtr-fra1-001" in shown
        assert "marker-of-the-day" in shown
        config = plain(bot.ask("U0VERA", "config rtr-fra1-001"))
        assert "snmp-server community <redacted> RO" in config
        assert "Copp3rKettle" not in config
        assert ("snapshots",) in [series.labels for series in bot.bot.common.metrics.poll_age.family().series]
