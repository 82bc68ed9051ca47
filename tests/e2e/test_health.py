"""`health` in the channel: is it the network or the tool? And what is said of whether anything was started."""

from __future__ import annotations

import re

from lab.slack import plain
from tests.e2e.rig import Rig, rig


def lines(said: str) -> dict[str, str]:
    """What each line says, by what it is about; with its sign."""
    found = re.findall(r"^(\S+) (\w+): (.*)$", said, re.MULTILINE)
    return {what: f"{sign} {words}" for sign, what, words in found}


def test_what_works_and_what_does_not(store_url: str) -> None:
    with rig(store_url) as bot:
        bot.copied()
        before = asked(bot)
        said = lines(plain(bot.ask("U0VERA", "health")))
        assert asked(bot) == before + 1  # for this answer, and for nothing else
        assert list(said) == ["WebNet", "Slack", "Store", "Reading", "Bot"]
        assert re.fullmatch(r"✅ answers within \d+\.\d\d s\.", said["WebNet"])
        assert (said["Slack"], said["Store"]) == ("✅ connected.", "✅ can be read and written.")
        assert re.search(r"were read \d+ s ago\.", said["Reading"])
        assert "Version " in said["Bot"]
        admin = plain(bot.ask("U0ALICE", "health"))
        assert "2 connections to Slack" in admin
        assert "2 connections" not in plain(bot.ask("U0VERA", "health"))
        without_webnet(bot)


def asked(bot: Rig) -> int:
    return sum(entry.path.endswith("/auth/me") for entry in bot.webnet.record)


def without_webnet(bot: Rig) -> None:
    bot.webnet.fault("error")
    said = plain(bot.ask("U0VERA", "health"))
    assert "WebNet does not answer; the bot itself works." in said
    assert lines(said)["WebNet"].startswith("❌ WebNet answered with a fault")
    assert lines(said)["Slack"] == "✅ connected."
    assert plain(bot.ask("U0OSCAR", "backup #1")).startswith("Nothing was done: WebNet answered with a fault")
    bot.webnet.clear_faults()
