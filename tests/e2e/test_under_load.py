"""More is asked than can be done: acknowledgements still come, and who is turned away reads so at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.slack import Interaction, plain
from tests.e2e.rig import Rig, answer, rig, wait_until

WEBNET_TIMEOUT_S = 90.0  # longer than the lab holds a request
FULL = "The bot is busy right now: its queue is full. Nothing was done; try again in a minute."
SHARE = "This workspace has too many commands waiting. Nothing was done; try again in a minute."


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


def occupy(bot: Rig, commands: int, user: str = "U0VERA") -> list[Interaction]:
    """That many acknowledged commands, each of which waits for WebNet until `bot.webnet.clear_faults()`."""
    bot.ask(user, "status #1")
    bot.webnet.fault("hold", prefix="/api/v1/devices/")
    asked = [bot.say(user, f"status #{number + 1}") for number in range(commands)]
    for interaction in asked:
        interaction.wait_ack()
    return asked


def ack_text(interaction: Interaction) -> str:
    """What the ack itself says."""
    interaction.wait_ack()
    payload = interaction.ack_payload or {}
    assert payload.get("response_type", "ephemeral") == "ephemeral"
    return str(payload.get("text", ""))


def acks_while_webnet_holds(bot: Rig, commands: int) -> list[float]:
    """Milliseconds until the acks of commands that arrive while 16 calls to WebNet are under way."""
    held = occupy(bot, 16)
    asked = [bot.say("U0OSCAR", "help") for _ in range(commands)]
    found = [interaction.wait_ack() for interaction in asked]
    bot.webnet.clear_faults()
    for interaction in held + asked:
        answer(interaction, 60)
    assert not [ack for ack in bot.slack.acks if ack.late or ack.again or ack.payload]
    return found


def test_sixteen_slow_calls_to_webnet_keep_no_ack_waiting(url: str) -> None:
    with rig(url, timeout_s=WEBNET_TIMEOUT_S, workers=32) as bot:  # of which one workspace may hold 16
        assert len(acks_while_webnet_holds(bot, 100)) == 100
        wait_until(lambda: len(bot.store.audit.list(limit=500)) == 117, "an audit row of each")


@pytest.fixture
def full(url: str) -> Iterator[Rig]:
    """Two workers and room for eight: four for each workspace."""
    with rig(url, timeout_s=WEBNET_TIMEOUT_S, workers=2, queue=8) as bot:
        bot.ask("U0VERA", "help")
        bot.ask("U0BOB", "help", channel="C0GXNOC", team="T0GLOBEX")
        yield bot


def globex(bot: Rig, words: str) -> Interaction:
    return bot.say("U0BOB", words, channel="C0GXNOC", team="T0GLOBEX")


def fill(bot: Rig) -> list[Interaction]:
    """Both workers, one for each workspace, until WebNet's faults are cleared, and the half of the queue that is Acme's."""
    working = [*occupy(bot, 1), globex(bot, "status #131")]
    for interaction in working:
        interaction.wait_for("Working on")
    waiting = [bot.say("U0VERA", "help") for _ in range(4)]
    assert [ack_text(interaction) for interaction in waiting] == [""] * 4
    return working + waiting


def test_one_workspace_fills_half_of_the_queue_and_the_other_is_still_served(full: Rig) -> None:
    taken = fill(full)
    turned_away = [full.say("U0VERA", "help") for _ in range(5)]
    assert [ack_text(interaction) for interaction in turned_away] == [SHARE] * 5
    others = [globex(full, "help") for _ in range(4)]
    assert [ack_text(interaction) for interaction in others] == [""] * 4
    assert ack_text(globex(full, "help")) == FULL
    assert ack_text(full.say("U0VERA", "help")) == FULL
    full.webnet.clear_faults()
    for interaction in taken + others:
        answer(interaction)
    rows = wait_until(
        lambda: len(found := [row for row in full.store.audit.list(limit=99) if row.status == "busy"]) == 7 and found,
        "an audit row of each that was turned away",
    )
    assert Counter((row.team_id, row.response) for row in rows) == {
        ("T0ACME", SHARE): 5,
        ("T0ACME", FULL): 1,
        ("T0GLOBEX", FULL): 1,
    }
    assert {(row.text, row.code, row.delivered) for row in rows} == {("help", "busy", True)}
    assert "What you can run" in plain(full.ask("U0VERA", "help"))


def test_one_workspace_for_which_all_hangs_leaves_workers_for_the_other(url: str) -> None:
    with rig(url, timeout_s=WEBNET_TIMEOUT_S, workers=4) as bot:
        bot.ask("U0BOB", "help", channel="C0GXNOC", team="T0GLOBEX")
        held = occupy(bot, 8)
        assert "What you can run" in plain(answer(globex(bot, "help")))
        bot.webnet.clear_faults()
        for interaction in held:
            answer(interaction)


def test_a_click_that_is_not_taken_is_answered_for_the_eyes_of_who_clicked(full: Rig) -> None:
    status = full.ask("U0OSCAR", "status #1")
    fill(full)
    click = full.slack.click("U0OSCAR", status, "Ping")
    click.wait_ack()
    message = answer(click)
    assert plain(message) == SHARE
    assert message.ephemeral_to == "U0OSCAR"
    assert full.audit(way="button").status == "busy"
    assert status.ts in {shown.ts for shown in full.slack.messages("C0NOC")}
    full.webnet.clear_faults()


def test_thousands_that_are_turned_away_keep_no_note_back_that_it_takes_longer(url: str) -> None:
    with rig(url, timeout_s=WEBNET_TIMEOUT_S, workers=1, queue=8) as bot:
        (held,) = occupy(bot, 1)
        turned_away = [bot.say("U0VERA", "help") for _ in range(1_500)]
        held.wait_for("Working on")
        assert Counter(map(ack_text, turned_away)) == {SHARE: 1_496, "": 4}
        bot.webnet.clear_faults()
        wait_until(lambda: len(bot.store.audit.list(limit=2_000)) == 1_502, "an audit row of each")
