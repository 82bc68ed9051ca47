"""Live cards: the answer to `ping` and `backup` changes by itself, and its end reaches who asked."""

from __future__ import annotations

import re
from typing import Any

import pytest

import main
from bot.core.notice_kinds import FLAGS
from bot.redaction.redactor import Redactor
from lab.slack import Interaction, Message, plain
from tests.cards import open_cards
from tests.e2e.process import Surroundings
from tests.e2e.rig import Rig, answer, rig, wait_until
from tests.e2e.test_commands import buttons, number

QUICK: dict[str, Any] = {"card_interval_s": 0.1, "poll_interval_s": 0.3}


@pytest.fixture
def bot(store_url: str) -> Any:
    with rig(store_url, notifications=QUICK) as running:
        yield running


def now(bot: Rig, shown: Message) -> Message:
    """That message as it stands."""
    return next(message for message in bot.slack.messages(shown.channel, shown.ephemeral_to) if message.ts == shown.ts)


def becomes(bot: Rig, shown: Message, words: str) -> Message:
    return wait_until(lambda: found if words in plain(found := now(bot, shown)) else None, f"{words!r} on the card")


def replies_to(bot: Rig, shown: Message) -> list[Message]:
    return [message for message in bot.slack.messages(shown.channel) if message.thread_ts == shown.ts]


def end_of(bot: Rig, shown: Message) -> Message:
    (reply,) = wait_until(lambda: replies_to(bot, shown), "the reply in the thread")
    return reply


def mentions(message: Message) -> list[str]:
    return re.findall(r"'user_id': '(\w+)'", str(message.blocks))


def calls(bot: Rig, method: str) -> list[Any]:
    return [call for call in bot.slack.calls if call.method == method]


def answers_by_url(bot: Rig) -> list[Any]:
    """Without the word that it takes longer, which a busy machine brings about, and its end."""
    return [
        call
        for call in calls(bot, "response_url")
        if "Working" not in str(call.args) and not call.args.get("delete_original")
    ]


def hold(bot: Rig, where: Any) -> None:
    bot.webnet.hold = where


# -- where the bot may post


@pytest.mark.parametrize(("line", "words"), [("ping #1", "reachable"), ("backup #1", "success")])
def test_a_card_changes_by_itself_and_its_end_is_a_reply_in_its_thread(bot: Rig, line: str, words: str) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", line)
    job, what = number(card), line.split(maxsplit=1)[0].capitalize()
    assert card.ephemeral_to is None
    assert f"{what} of rtr-fra1-001 started: job #{job}" in plain(card)
    hold(bot, "running")
    becomes(bot, card, f"is running: job #{job}")
    assert replies_to(bot, card) == []
    bot.webnet.finish(job)
    ended = becomes(bot, card, f"✅ {what} of rtr-fra1-001: {words}.")
    assert buttons(ended) == [f"Open job #{job}"]
    reply = end_of(bot, card)
    assert mentions(reply) == ["U0OSCAR"]
    assert f"{what} of rtr-fra1-001: {words}." in plain(reply)
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    assert len(calls(bot, "chat.postMessage")) == 2
    assert len(calls(bot, "chat.update")) == 2
    assert answers_by_url(bot) == []


def test_a_ping_that_webnet_calls_a_success_says_not_reachable_and_what_to_do_next(bot: Rig) -> None:
    bot.webnet.break_device(1)
    card = bot.ask("U0OSCAR", "ping #1")
    ended = becomes(bot, card, "❌ Ping of rtr-fra1-001: not reachable: TCP connection to device failed.")
    assert buttons(ended) == ["Logs", "Retry", f"Open job #{number(card)}"]
    assert mentions(end_of(bot, card)) == ["U0OSCAR"]
    assert "TCP connection" in plain(bot.click("U0VERA", ended, "Logs"))
    again = bot.click("U0BOB", ended, "Retry")
    assert "Ping of rtr-fra1-001 started" in plain(again)
    assert mentions(end_of(bot, again)) == ["U0BOB"]


def test_who_asks_while_it_runs_has_a_card_too(bot: Rig) -> None:
    hold(bot, "running")
    first = bot.ask("U0OSCAR", "ping #1")
    second = bot.ask("U0BOB", "ping #1")
    assert "is already running" in plain(second)
    bot.webnet.finish(number(first))
    for user, card in (("U0OSCAR", first), ("U0BOB", second)):
        becomes(bot, card, "reachable.")
        assert mentions(end_of(bot, card)) == [user]


def test_working_gives_way_to_the_card(bot: Rig) -> None:
    bot.ask("U0VERA", "status #1")
    bot.webnet.fault("delay", prefix="/api/v1/devices/1/", delay_s=1.5, times=1)
    asked = bot.say("U0OSCAR", "ping #1")
    asked.wait_for("Working on `ping`")
    card = asked.wait_for("started: job")
    becomes(bot, card, "reachable.")
    end_of(bot, card)
    assert [plain(message) for message in asked.visible if "Working" in plain(message)] == []


def test_a_job_that_vanishes_ends_its_card(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    with bot.webnet.lock:
        bot.webnet.runner.plans.pop(number(card))
    bot.webnet.delete("jobs", number(card))
    becomes(bot, card, "WebNet does not know job")
    end_of(bot, card)


def test_a_cancelled_job_is_shown_as_such(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    bot.ask("U0OSCAR", f"cancel {number(card)}")
    becomes(bot, card, "🚫 Ping of rtr-fra1-001: cancelled.")
    end_of(bot, card)


def test_a_card_that_waits_can_be_cancelled_in_its_thread_and_by_whoever_may(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    assert buttons(card) == [f"Open job #{number(card)}", "Cancel"]
    refused = bot.click("U0VERA", card, "Cancel")
    assert refused.ephemeral_to == "U0VERA"
    assert bot.webnet.row("jobs", number(card))["status"] == "queued"
    said = bot.click("U0OSCAR", card, "Cancel")
    assert f"Cancelled check reachability, job #{number(card)}" in plain(said)
    assert said.thread_ts == card.ts
    assert "Cancel" not in buttons(becomes(bot, card, "cancelled"))


def test_once_a_job_runs_a_late_click_says_why_and_the_card_goes_on(store_url: str) -> None:
    with rig(store_url, notifications={**QUICK, "card_interval_s": 3.0}) as bot:
        hold(bot, "queued")
        card = bot.ask("U0OSCAR", "ping #1")
        bot.webnet.hold = "running"
        wait_until(lambda: bot.webnet.row("jobs", number(card))["status"] == "running", "the job to run")
        late = bot.click("U0OSCAR", card, "Cancel")
        assert "is running: only a queued or scheduled job" in plain(late)
        assert late.ephemeral_to == "U0OSCAR"
        assert buttons(becomes(bot, card, "is running: job")) == [f"Open job #{number(card)}"]
        bot.webnet.finish(number(card))
        becomes(bot, card, "reachable.")


def test_while_webnet_is_away_the_card_waits(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    away = bot.webnet.fault("away", prefix="/api/v1/jobs/", times=6)
    wait_until(lambda: not away.times, "six failed reads", timeout=30)
    bot.webnet.finish(number(card))
    becomes(bot, card, "reachable.")
    assert len(replies_to(bot, card)) <= 1
    end_of(bot, card)


def test_while_slack_asks_for_silence_no_card_of_the_workspace_is_touched(bot: Rig) -> None:
    hold(bot, "queued")
    cards = [bot.ask("U0OSCAR", f"ping #{device}") for device in (1, 2, 3)]
    bot.slack.rate_limit("chat.update", seconds=3, times=1)
    for card in cards:
        bot.webnet.finish(number(card))
    for card in cards:
        becomes(bot, card, "reachable.")
        end_of(bot, card)
    refused = next(call for call in calls(bot, "chat.update") if call.status == 429)
    assert [call for call in calls(bot, "chat.update") if 0 < call.at - refused.at < 3] == []


def test_the_end_of_a_card_that_was_deleted_reaches_its_requester(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    bot.api.call("chat.delete", "xoxb-lab-acme", channel="C0NOC", ts=card.ts)
    bot.webnet.finish(number(card))
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    (message,) = bot.slack.messages("D0OSCAR", "U0OSCAR")
    assert "Ping of rtr-fra1-001: reachable." in plain(message)


def test_the_notice_of_a_job_goes_to_the_other_channels_only(bot: Rig) -> None:
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace
    for channel in ("C0NOC", "C0ALERTS"):
        bot.store.channels.add(workspace=workspace.id, channel_id=channel, flags=FLAGS)
    hold(bot, "running")
    card = bot.ask("U0OSCAR", "ping #1")
    bot.webnet.finish(number(card))
    notice = bot.slack.wait_message("C0ALERTS", f"#{number(card)}", timeout=60)
    assert notice.thread_ts is None
    end_of(bot, card)
    wait_until(lambda: bot.store.outbox.depth().waiting == 0, "nothing more to be due")
    assert [message.ts for message in bot.slack.messages("C0NOC") if not message.thread_ts] == [card.ts]


# -- where it may not


def test_in_a_channel_without_the_bot_the_card_lives_on_its_response_url(bot: Rig) -> None:
    hold(bot, "queued")
    asked = bot.say("U0OSCAR", "ping #1", channel="C0PRIVATE")
    card = answer(asked)
    assert card.ephemeral_to is None
    quick = len(calls(bot, "response_url")) == 1  # no word that it takes longer, which costs two uses
    hold(bot, "running")
    if quick:
        becomes(bot, card, "is running")
    bot.webnet.finish(number(card))
    becomes(bot, card, "✅ Ping of rtr-fra1-001: reachable.")
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    (end,) = [message for message in asked.visible if message.ts != card.ts]
    assert mentions(end) == ["U0OSCAR"]
    assert len(calls(bot, "response_url")) == (4 if quick else 5)


def test_the_uses_of_a_response_url_are_enough_after_working(bot: Rig) -> None:
    bot.ask("U0OSCAR", "status #1")
    before = len(calls(bot, "response_url"))
    bot.webnet.fault("delay", prefix="/api/v1/devices/1/", delay_s=1.5, times=1)
    hold(bot, "queued")
    asked = bot.say("U0OSCAR", "ping #1", channel="C0PRIVATE")
    card = asked.wait_for("started: job", timeout=10)
    hold(bot, "running")
    wait_until(lambda: bot.webnet.row("jobs", number(card))["status"] == "running", "the job to run")
    bot.webnet.finish(number(card))
    becomes(bot, card, "reachable.")
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    (end,) = [message for message in asked.visible if message.ts != card.ts]
    assert mentions(end) == ["U0OSCAR"]
    urls = calls(bot, "response_url")[before:]
    assert len(urls) == 5
    assert {call.status for call in urls} == {200}


def test_an_ephemeral_card_stays_ephemeral_to_its_end(store_url: str) -> None:
    with rig(store_url, notifications=QUICK, visibility_of={"ping": "ephemeral"}) as bot:
        hold(bot, "queued")
        asked = bot.say("U0OSCAR", "ping #1")
        card = answer(asked)
        bot.webnet.finish(number(card))
        becomes(bot, card, "reachable.")
        wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
        assert {message.ephemeral_to for message in asked.replies} == {"U0OSCAR"}
        assert calls(bot, "chat.postMessage") == []
        assert bot.store.cards.channels_of(number(card)) == frozenset()


def test_a_click_where_the_bot_may_not_post_gets_its_end_once_more(store_url: str) -> None:
    with rig(store_url, notifications=QUICK, visibility_of={"ping": "ephemeral"}) as bot:
        status = bot.ask("U0OSCAR", "status #1")
        click: Interaction = bot.slack.click("U0OSCAR", status, "Ping")
        card = answer(click)
        end = click.wait_for("reachable.", timeout=10)
        assert end.ts != card.ts
        assert mentions(end) == ["U0OSCAR"]
        assert plain(now(bot, status)) == plain(status)


# -- restarts, replicas


def test_after_kill_9_the_next_process_goes_on_with_the_card(around: Surroundings) -> None:
    quick = {f"NOTIFICATIONS__{name.upper()}": str(value) for name, value in QUICK.items()}
    around.webnet.hold = "queued"
    with around.bot(**quick) as process:
        card = answer(around.say("U0OSCAR", "ping #1"))
        wait_until(lambda: around.rows("ping")[0].status == "success", "the end of the command")
        process.process.kill()
        process.ended()
    around.webnet.finish(number(card))
    around.store.cards.release_all()  # what a minute and a half does to the claim of a process that is gone
    with around.bot(**quick):
        wait_until(lambda: open_cards(around.store) == 0, "the end of the card", timeout=30)
    shown = around.slack.messages("C0NOC")
    assert "✅ Ping of rtr-fra1-001: reachable." in [plain(m).split("\n")[0] for m in shown if m.ts == card.ts]
    assert len([m for m in shown if m.thread_ts == card.ts]) == 1


def test_a_card_that_was_noted_and_not_shown_before_the_kill_is_shown(around: Surroundings) -> None:
    job = around.webnet.start_job("check_reachability", [1])
    workspace = around.store.workspaces.by_team("T0ACME")
    assert workspace
    around.store.cards.open(
        workspace=workspace.id, customer=1, job_id=job, what="ping", device_name="rtr-fra1-001", channel_id="C0NOC",
        chat_user="U0OSCAR", chat_user_name="oscar", ephemeral=False, ref="", holder="dead", ttl_s=0,
    )  # fmt: skip
    with around.bot():
        wait_until(lambda: open_cards(around.store) == 0, "the end of the card", timeout=30)
    (card,) = [m for m in around.slack.messages("C0NOC") if m.thread_ts is None]
    (end,) = [m for m in around.slack.messages("C0NOC") if m.thread_ts == card.ts]
    assert "Ping of rtr-fra1-001: reachable." in plain(card)
    assert mentions(end) == ["U0OSCAR"]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_two_replicas_share_the_cards_and_tell_each_end_once(store_url: str) -> None:
    with rig(store_url, notifications=QUICK) as bot:
        settings = bot.settings
        with main.opened(settings) as second:
            replica = main.build(settings, second, Redactor(settings.secrets()))
            replica.start()
            try:
                hold(bot, "queued")
                cards = [bot.ask("U0OSCAR", f"ping #{device}") for device in range(1, 9)]
                for card in cards:
                    bot.webnet.finish(number(card))
                for card in cards:
                    becomes(bot, card, "reachable.")
                wait_until(lambda: open_cards(bot.store) == 0, "the end of the cards")
            finally:
                replica.stop()
        assert [len(replies_to(bot, card)) for card in cards] == [1] * len(cards)


def test_a_workspace_that_went_to_another_customer_hears_nothing_more(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace
    bot.store.workspaces.update(workspace.id, customer=2)
    bot.workspaces.refresh()
    bot.webnet.finish(number(card))
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    assert "started: job" in plain(now(bot, card))
    assert replies_to(bot, card) == []
