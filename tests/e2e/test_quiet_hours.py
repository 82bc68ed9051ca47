"""A quiet night of the whole bot: what is held, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.quiet import QuietHours, dump
from lab.slack import plain
from tests.e2e.rig import rig, wait_until
from tests.e2e.test_cards import replies_to
from tests.e2e.test_feeds import QUICK, heard, listen


def test_at_night_only_the_requester_of_a_job_reads_of_its_end_and_the_rest_comes_as_one(store_url: str) -> None:
    with rig(store_url, notifications=QUICK | {"card_interval_s": 0.2}) as bot:
        listen(bot)
        (channel,) = bot.store.channels.list()
        begin = datetime.now(UTC) - timedelta(hours=2)
        night = dump(QuietHours.parse(f"{begin:%H:%M}-{begin + timedelta(hours=8):%H:%M} UTC"))
        bot.store.channels.update(channel.id, quiet=night)
        name = bot.webnet.row("devices", 1)["hostname"]
        bot.webnet.break_device(1)
        jobs = [bot.webnet.start_job("check_reachability", [1]) for _ in range(2)]
        wait_until(lambda: len(bot.store.outbox.list("held")) == len(jobs), "both to be held")
        assert heard(bot) == []
        card = bot.ask("U0OSCAR", f"ping {name}", "C0ALERTS")
        (end,) = wait_until(lambda: replies_to(bot, card), "the end of one's own job")
        assert "not reachable" in plain(end)
        bot.store.channels.update(channel.id, quiet="{}")
        wait_until(lambda: len(bot.store.outbox.list("sent")) == len(jobs), "the digest")
        digest = plain(heard(bot)[-1])
        assert "2 notices held until now" in digest
        assert f"{name}\n• Check reachability failed 2 times, last " in digest
