"""The copy of the configs in a running bot: filled by itself, and a backup's config found in it soon after."""

from __future__ import annotations

from bot.redaction.redactor import RULES_VERSION
from lab.slack import plain
from store.configs import Config
from store.database import open_store
from store.directory import Device
from store.fields import EPOCH
from tests.configs.found import found
from tests.conftest import STORE_KEY
from tests.e2e.rig import rig, wait_until

TEXT = "hostname rtr-fra1-001\nsnmp-server community Copp3rKettle RO\ninterface Gi0/1\n description marker-of-the-day\n"


def test_a_running_bot_fills_its_copy_and_finds_what_a_backup_brought(store_url: str) -> None:
    with rig(store_url, notifications={"poll_interval_s": 0.5}) as bot:
        bot.copied()
        assert "No line" in plain(bot.ask("U0VERA", "search marker-of-the-day"))
        bot.webnet.set_config(1, TEXT)
        bot.ask("U0OSCAR", "backup rtr-fra1-001")
        wait_until(lambda: found(bot.store, 1, "marker-of-the-day"), "the new config in the copy")
        shown = plain(bot.ask("U0VERA", "search marker-of-the-day"))
        assert "rtr-fra1-001" in shown
        assert "marker-of-the-day" in shown
        config = plain(bot.ask("U0VERA", "config rtr-fra1-001"))
        assert "snmp-server community <redacted> RO" in config
        assert "Copp3rKettle" not in config
        assert ("snapshots",) in [series.labels for series in bot.bot.common.metrics.poll_age.family().series]


def test_a_bot_with_newer_rules_empties_its_copy_and_says_how_far_it_has_read_again(store_url: str) -> None:
    """The copy was made by an older bot, which hid less."""
    older = {"snapshot": 1, "hash": "", "created_at": EPOCH, "read_at": EPOCH, "rules": RULES_VERSION - 1}
    with open_store(store_url, keys=[STORE_KEY]) as store:
        store.directory.put([Device(id=1, customer=1, hostname="rtr-fra1-001", enabled=True)])
        store.configs.put(Config(device=1, customer=1, text="community Copp3rKettle", **older))
    with rig(store_url, notifications={"poll_interval_s": 0.5}) as bot:
        configs = bot.store.configs
        bot.copied()
        assert not found(bot.store, 1, "Copp3rKettle")
        assert configs.unread(RULES_VERSION) == []
        devices = sum(row["customer"] == 1 for row in bot.webnet.rows("devices"))
        bot.add_unreadable()
        said = plain(bot.ask("U0VERA", "search x42"))
        assert f"; {devices} of {devices + 1} were looked at so far, since " in said
