"""The connections to Slack come and go; no command is lost by it, and what changes in the store is followed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.slack import Interaction, Member, plain
from tests.e2e.rig import Rig, answer, rig, wait_until

HAND_OVERS, PER_HAND_OVER = 20, 25


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Rig]:
    """These tests are about the sockets; the store matters nowhere, so SQLite is enough."""
    with rig(f"sqlite:///{tmp_path}/store.db") as running:
        yield running


def hand_over(bot: Rig, times: int, commands: int) -> list[Interaction]:
    """Asks the bot `times` to move both connections, with `commands` on their way before, during and after each move."""
    asked: list[Interaction] = []
    for _ in range(times):
        old = [connection for connection in bot.slack.connections() if not connection.draining]
        batch = [bot.say("U0VERA", "help") for _ in range(commands // 5)]
        bot.slack.disconnect(old)
        batch += [bot.say("U0VERA", "help") for _ in range(commands - len(batch))]
        for interaction in batch:
            acked(interaction)
        bot.slack.wait_connected(2)
        bot.slack.kill(old)  # what is under way was acknowledged, so this loses nothing: Slack allows ten connections
        asked += batch
    return asked


def acked(interaction: Interaction) -> None:
    interaction.until(lambda: interaction.acked_ms is not None or interaction.error, 10, "an ack, or Slack's giving up")


def test_no_command_is_lost_while_slack_moves_the_connections(bot: Rig) -> None:
    asked = hand_over(bot, HAND_OVERS, PER_HAND_OVER)
    for interaction in asked:
        answer(interaction)
    assert len(asked) == 500
    assert Counter(interaction.error for interaction in asked) == {None: 500}
    assert Counter(len(interaction.visible) for interaction in asked) == {1: 500}
    acks = Counter(ack.envelope_id for ack in bot.slack.acks)
    assert set(acks.values()) == {1}
    wait_until(lambda: len(bot.store.audit.list(limit=1000)) == 500, "an audit row of each")


def kill_both(bot: Rig) -> None:
    old = bot.slack.connections()
    bot.slack.kill(old)
    wait_until(lambda: not set(old) & set(bot.slack.connections()), "both connections to be gone")


def test_killed_connections_come_back_with_a_fresh_ticket(bot: Rig) -> None:
    opened = len([call for call in bot.slack.calls if call.method == "apps.connections.open"])
    kill_both(bot)
    bot.slack.wait_connected(2)
    calls = [call for call in bot.slack.calls if call.method == "apps.connections.open"]
    assert len(calls) == opened + 2
    assert "What you can run" in plain(bot.ask("U0VERA", "help"))


def test_refused_tickets_and_upgrades_are_tried_again(bot: Rig, caplog: pytest.LogCaptureFixture) -> None:
    bot.slack.refuse_open(2)
    bot.slack.refuse_upgrade(2)
    with caplog.at_level(logging.INFO):
        kill_both(bot)
        bot.slack.wait_connected(2)
    assert "What you can run" in plain(bot.ask("U0VERA", "help"))
    assert not [record for record in caplog.records if record.exc_info]


def test_a_large_envelope_is_answered(bot: Rig) -> None:
    message = bot.ask("U0VERA", "status " + "x" * 1_000_000)
    assert "That is too long: 1000007 characters" in plain(message)
    assert len(bot.audit(slack_user_id="U0VERA").text) == 1_000_007


def test_a_burst_of_envelopes_is_acknowledged_to_the_last(bot: Rig) -> None:
    asked = [bot.say("U0VERA", "help") for _ in range(2_000)]
    for interaction in asked:
        interaction.wait_ack(60)
    assert len({ack.envelope_id for ack in bot.slack.acks}) == 2_000
    assert not [ack for ack in bot.slack.acks if ack.late or ack.again]
    wait_until(lambda: len(bot.store.audit.list(limit=3_000)) == 2_000, "an audit row of each")


def test_a_workspace_with_an_app_of_its_own_is_followed_while_the_bot_runs(bot: Rig) -> None:
    bot.slack.add_app("A0OTHER", "xapp-other")
    bot.slack.add_team("T0OTHER", "Other", "xoxb-other", "A0OTHER", [Member("U0OTTO", "otto", "Otto")])
    bot.slack.add_channel("C0OTHER", "other", "T0OTHER")
    other = bot.store.workspaces.add(
        customer=1,
        team_id="T0OTHER",
        team_name="Other",
        bot_user_id="U0BOT",
        bot_token="xoxb-other",
        signing_secret="other-signing-secret",
        app_token="xapp-other",
    )
    bot.store.users.add(workspace=other.id, slack_user_id="U0OTTO", user=4, username="vera-viewer")
    bot.slack.wait_connected(2, timeout=10, app="A0OTHER")
    assert "What you can run" in plain(bot.ask("U0OTTO", "help", channel="C0OTHER", team="T0OTHER"))

    bot.store.workspaces.update(other.id, enabled=False)
    wait_until(lambda: not bot.slack.connections("A0OTHER"), "the app's connections to be closed")
    assert len(bot.slack.connections("A0WEBNET")) == 2


def test_a_revoked_app_token_is_said_once_and_the_others_go_on(bot: Rig, caplog: pytest.LogCaptureFixture) -> None:
    bot.slack.add_app("A0OTHER", "xapp-other")
    globex = bot.store.workspaces.by_team("T0GLOBEX")
    assert globex
    bot.slack.revoke("xapp-other")
    with caplog.at_level(logging.INFO):
        bot.store.workspaces.update(globex.id, app_token="xapp-other")
        wait_until(lambda: refused_opens(bot) >= 4, "two more tries of each connection")
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "token_revoked" in errors[0]
    assert "xapp-other" not in caplog.text
    assert "What you can run" in plain(bot.ask("U0VERA", "help"))
    bot.slack.revoke("xapp-other", None)
    bot.slack.wait_connected(2, timeout=15, app="A0OTHER")


def refused_opens(bot: Rig) -> int:
    return sum(
        call.method == "apps.connections.open" and isinstance(call.answer, dict) and call.answer.get("ok") is False
        for call in bot.slack.calls
    )
