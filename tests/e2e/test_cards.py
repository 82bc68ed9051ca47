"""Live cards: the answer to `ping` and `backup` changes by itself, and its end reaches who asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import main
from bot.core.cards import FOUND
from bot.core.notice_kinds import FLAGS
from bot.delivery.updates import UPDATES_A_MINUTE
from bot.redaction.redactor import Redactor
from lab.slack import Interaction, Message, plain
from lab.webnet.clock import stamp
from store.config_progress import FOLLOWED
from store.leases import INSTANCE
from store.models import CardRow, ChatOpsCommand
from tests.cards import open_cards
from tests.e2e.process import Surroundings
from tests.e2e.rig import Rig, answer, rig, wait_until
from tests.e2e.test_commands import buttons, number
from tests.store import trouble

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
    """Returns the reply that mentions somebody."""
    (reply,) = wait_until(lambda: [one for one in replies_to(bot, shown) if mentions(one)], "the reply in the thread")
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


# -- a start of which nobody knew whether it was one


def test_an_unclear_start_that_is_found_is_given_back_to_its_requester_once(bot: Rig) -> None:
    hold(bot, "queued")
    bot.webnet.fault("lose_answer", method="POST", times=1)
    bot.slack.rate_limit("chat.postMessage")
    assert "unclear whether the ping was started" in plain(bot.ask("U0OSCAR", "ping #1"))
    found = bot.slack.wait_message("D0OSCAR", "Your ping of rtr-fra1-001 did start", "U0OSCAR")
    row = bot.audit(command="ping")
    assert (row.status, row.job_id) == ("unclear", number(found))
    bot.webnet.finish(number(found))
    ended = bot.slack.wait_message("D0OSCAR", "Ping of rtr-fra1-001: reachable.", "U0OSCAR")
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    assert [message.ts for message in bot.slack.messages("D0OSCAR", "U0OSCAR")] == [found.ts, ended.ts]
    assert mentions(found) == mentions(ended) == ["U0OSCAR"]
    assert "reachable · oscar-operator ·" in plain(bot.ask("U0VERA", "jobs"))


@pytest.mark.parametrize("shown", ["queued", FOUND])
def test_a_kill_while_a_requester_is_notified_of_a_found_start_costs_that_message_at_most(bot: Rig, shown: str) -> None:
    """`shown` is what the store says when the next process goes on: before the message it is marked as sent."""
    job = bot.webnet.start_job("check_reachability", [1])
    (acme, _) = bot.store.workspaces.list()
    card = bot.store.cards.open(
        workspace=acme.id,
        customer=1,
        job_id=job,
        what="ping",
        device_name="rtr-fra1-001",
        channel_id="C0NOC",
        chat_user="U0OSCAR",
        chat_user_name="oscar",
        ephemeral=True,
        ref="",
        holder="killed",
        ttl_s=60.0,
    )
    bot.store.cards.let_go(card, 0.0, shown=shown)
    bot.slack.wait_message("D0OSCAR", "Ping of rtr-fra1-001: reachable.", "U0OSCAR")
    starts = [message for message in bot.slack.messages("D0OSCAR", "U0OSCAR") if "did start" in plain(message)]
    assert len(starts) == (shown == FOUND)


# -- where the bot may post


@pytest.mark.parametrize(
    ("line", "words"), [("ping #1", "reachable"), ("backup #1", "success; the config did not change")]
)
def test_a_card_changes_by_itself_and_its_end_is_a_reply_in_its_thread(bot: Rig, line: str, words: str) -> None:
    wait_until(lambda: bot.store.cursors.get(FOLLOWED), "the follower of configs")
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


def test_jobs_status_and_logs_say_what_the_card_says_and_the_log_is_read_once(bot: Rig) -> None:
    bot.webnet.break_device(1, "Authentication to device failed.\n\nCommon causes")
    card = bot.ask("U0OSCAR", "ping #1")
    becomes(bot, card, "❌ Ping of rtr-fra1-001: reached, but the log-in was refused: Authentication to device failed.")
    end_of(bot, card)
    wait_until(lambda: bot.store.jobs.known([number(card)])[number(card)].state == "ended", "the event of its end")
    words = "reached, but the log-in was refused: Authentication to device failed"
    assert f"❌ #{number(card)}" in plain(bot.ask("U0VERA", "jobs"))
    assert f"rtr-fra1-001 · {words}" in plain(bot.ask("U0VERA", "jobs failed ping"))
    assert f"#{number(card)}" not in plain(bot.ask("U0VERA", "jobs success"))
    job_reads = reads(bot, f"/api/v1/jobs/{number(card)}/")
    said = plain(bot.ask("U0VERA", "status #1"))
    assert f"*Last ping* ❌ {words}, just now, job #{number(card)}" in said
    assert reads(bot, f"/api/v1/jobs/{number(card)}/") == job_reads  # a job that has ended stays as it is
    assert "*Stored in WebNet* 🟢 reachable" in said
    assert reads(bot, f"/api/v1/jobs/{number(card)}/logs") == 1
    assert f"❌ check reachability: {words}. 1 error in 1 entry." in plain(bot.ask("U0VERA", f"logs {number(card)}"))


def reads(bot: Rig, path: str) -> int:
    return sum(entry.path == path for entry in bot.webnet.record)


def test_who_asks_while_it_runs_has_a_card_too(bot: Rig) -> None:
    hold(bot, "running")
    first = bot.ask("U0OSCAR", "ping #1")
    second = bot.ask("U0BOB", "ping #1")
    assert f": job #{number(first)}, started by oscar-operator." in plain(second)
    assert "Since " in plain(second)
    bot.webnet.finish(number(first))
    for user, card in (("U0OSCAR", first), ("U0BOB", second)):
        becomes(bot, card, "reachable.")
        assert mentions(end_of(bot, card)) == [user]


def test_who_asks_twice_has_two_cards_and_is_notified_once(bot: Rig) -> None:
    hold(bot, "running")
    cards = [bot.ask("U0OSCAR", "ping #1") for _ in range(3)]
    bot.webnet.finish(number(cards[0]))
    for card in cards:
        becomes(bot, card, "reachable.")
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the cards")
    assert [mentions(reply) for card in cards for reply in replies_to(bot, card)] == [["U0OSCAR"]]


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
    card = bot.ask("U0BOB", "ping #1")
    bot.ask("U0OSCAR", f"cancel {number(card)}")
    shown = becomes(bot, card, "🚫 Ping of rtr-fra1-001: cancelled in WebNet; a worker may still run it.")
    assert "Cancelled by oscar-operator." in plain(shown)
    assert "a worker may still run it. Cancelled by oscar-operator." in plain(end_of(bot, card))
    assert open_cards(bot.store) == 1


def test_of_a_cancelled_job_each_requester_hears_once_and_who_cancelled_it_not_at_all(bot: Rig) -> None:
    hold(bot, "queued")
    cards = [bot.ask(user, "ping #1") for user in ("U0BOB", "U0BOB", "U0OSCAR", "U0OSCAR")]
    bot.ask("U0OSCAR", f"cancel {number(cards[0])}")
    states = CardRow.select(CardRow.shown).order_by(CardRow.id)
    wait_until(lambda: bot.store.database.tuples(states) == [("cancelled",)] * 4, "four cards to show it")
    assert [mentions(reply) for card in cards for reply in replies_to(bot, card)] == [["U0BOB"]]
    hold(bot, "running")
    bot.webnet.finish(number(cards[0]))
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the cards")
    heard = [user for card in cards for reply in replies_to(bot, card) for user in mentions(reply)]
    assert sorted(heard) == ["U0BOB", "U0BOB", "U0OSCAR"]


def test_a_cancelled_job_that_runs_all_the_same_is_followed_to_its_end(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0BOB", "backup #7")
    job, name = number(card), bot.webnet.row("devices", 7)["hostname"]
    bot.click("U0OSCAR", card, "Cancel")
    becomes(bot, card, "cancelled in WebNet")
    end_of(bot, card)
    hold(bot, "running")
    why = "It was cancelled by oscar-operator before it ran, but a worker of WebNet ran it all the same."
    assert why in plain(becomes(bot, card, f"is running: job #{job}"))
    bot.webnet.finish(job)
    assert why in plain(becomes(bot, card, f"✅ Backup of {name}: success"))
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    cancelled, end = (reply for reply in replies_to(bot, card) if mentions(reply))  # beside the answer of `cancel`
    assert why in plain(end)
    assert mentions(cancelled) == mentions(end) == ["U0BOB"]


def test_a_card_of_a_cancelled_job_that_never_runs_ends_after_a_day_without_another_word(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0BOB", "ping #1")
    bot.ask("U0OSCAR", f"cancel {number(card)}")
    end_of(bot, card)
    bot.store.database.run(CardRow.update(created_at=datetime.now(UTC) - timedelta(days=1, minutes=1)))
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    assert len(replies_to(bot, card)) == 1


def test_a_card_that_waits_can_be_cancelled_in_its_thread_and_by_whoever_may(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    assert buttons(card) == [f"Open job #{number(card)}", "Cancel"]
    refused = bot.click("U0VERA", card, "Cancel")
    assert refused.ephemeral_to == "U0VERA"
    assert bot.webnet.row("jobs", number(card))["status"] == "queued"
    said = bot.slack.click("U0OSCAR", card, "Cancel").wait_for(f"Cancelled check reachability, job #{number(card)}", 60)
    assert said.thread_ts == card.ts
    assert "Cancel" not in buttons(becomes(bot, card, "cancelled"))


def later_ends(bot: Rig, number: int) -> None:
    for device in range(20, 20 + number):
        bot.webnet.finish(bot.webnet.start_job("check_reachability", [device]))


def age(bot: Rig, job: int, stamped: str, by: timedelta) -> None:
    """Makes a job older, once it was seen, since the newest job also tells the bot WebNet's time: in WebNet, in the audit log
    and on its card."""
    wait_until(lambda: bot.store.jobs.known([job]), "the job in the index")
    at = datetime.now(UTC) - by
    bot.webnet.change("jobs", job, **{stamped: stamp(at)})
    bot.store.database.run(ChatOpsCommand.update(created_at=at).where(ChatOpsCommand.job_id == job))
    bot.store.database.run(CardRow.update(created_at=at).where(CardRow.job_id == job))


def lost_ping(bot: Rig) -> tuple[Message, int]:
    """The card and the number of a ping that waits for nine minutes in a queue that has lost it."""
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    job = number(card)
    with bot.webnet.lock:
        bot.webnet.runner.plans.pop(job)
    age(bot, job, "requested_at", timedelta(minutes=9))
    return card, job


def test_a_job_that_webnet_lost_is_said_to_be_lost_and_is_started_again_in_one_click(bot: Rig) -> None:
    card, job = lost_ping(bot)
    later_ends(bot, 4)
    wait_until(lambda: bot.store.jobs.ended_after(job, 9) == 4, "the ends of four jobs")
    assert "seems to have lost" not in plain(now(bot, card))
    later_ends(bot, 1)
    shown = becomes(bot, card, "queued for 9 min")
    assert "while 5 later jobs ended: WebNet seems to have lost it." in plain(shown)
    assert mentions(end_of(bot, card)) == ["U0OSCAR"]
    joined = bot.ask("U0BOB", "ping #1", channel="C0ALERTS")
    assert "is already queued" in plain(joined)
    assert "Cancel and start again" in buttons(joined)
    bot.webnet.hold = None
    again = bot.slack.click("U0OSCAR", shown, "Cancel and start again").wait_for("started: job", timeout=60)
    assert bot.webnet.row("jobs", job)["status"] == "cancelled"
    assert number(again) != job
    assert "reachable." in plain(end_of(bot, again))


def test_a_lost_job_that_was_cancelled_is_named_where_no_new_one_could_be_started(bot: Rig) -> None:
    card, job = lost_ping(bot)
    later_ends(bot, 5)
    shown = becomes(bot, card, "queued for 9 min")
    bot.webnet.change("devices", 1, enabled=False)
    clicked = bot.slack.click("U0OSCAR", shown, "Cancel and start again")
    clicked.wait_for(f"Job #{job} was cancelled. Nothing more was done: ", timeout=60)
    assert bot.webnet.row("jobs", job)["status"] == "cancelled"
    bot.webnet.change("devices", 1, enabled=True)


def test_a_store_that_fails_behind_a_cancelled_job_does_not_say_that_nothing_was_done(bot: Rig) -> None:
    card, job = lost_ping(bot)
    later_ends(bot, 5)
    shown = becomes(bot, card, "queued for 9 min")
    trouble.run(bot.store, "ALTER TABLE lease RENAME TO gone")
    clicked = bot.slack.click("U0OSCAR", shown, "Cancel and start again")
    words = f"Job #{job} was cancelled. Nothing more was done: The bot's own store cannot be used right now."
    clicked.wait_for(words, timeout=60)
    trouble.run(bot.store, "ALTER TABLE gone RENAME TO lease")
    assert bot.webnet.row("jobs", job)["status"] == "cancelled"


def test_a_job_that_runs_for_too_long_is_started_anyway_by_an_operator(bot: Rig) -> None:
    hold(bot, "running")
    card = bot.ask("U0OSCAR", "ping #1")
    job = number(card)
    becomes(bot, card, "is running: job")
    assert "only one that has ended" in plain(bot.ask("U0OSCAR", f"retry {job}"))
    assert job in bot.webnet.kill_workers()
    age(bot, job, "started_at", timedelta(minutes=65))
    shown = becomes(bot, card, "running for 1 h 5 min; a ping writes its log only at its end.")
    assert mentions(end_of(bot, card)) == ["U0OSCAR"]
    listed = plain(bot.ask("U0VERA", "jobs running"))
    assert f"⚠️ #{job} " in listed
    assert "running, may never end" in listed
    assert "⚠️ running, may never end" in plain(bot.ask("U0VERA", "status #1"))
    assert "needs the role operator" in plain(bot.click("U0VERA", shown, "Start anyway"))
    bot.webnet.hold = None
    again = bot.slack.click("U0OSCAR", shown, "Start anyway").wait_for("started: job", timeout=60)
    assert number(again) != job
    assert "reachable." in plain(end_of(bot, again))
    assert bot.webnet.row("jobs", job)["status"] == "running"


def test_once_a_job_runs_a_late_click_says_why_and_the_card_goes_on(store_url: str) -> None:
    with rig(store_url, notifications={**QUICK, "card_interval_s": 3.0}) as bot:
        hold(bot, "queued")
        card = bot.ask("U0OSCAR", "ping #1")
        bot.webnet.hold = "running"
        wait_until(lambda: bot.webnet.row("jobs", number(card))["status"] == "running", "the job to run")
        late = bot.click("U0OSCAR", card, "Cancel")
        assert "is running: only one that is queued or scheduled" in plain(late)
        assert late.ephemeral_to == "U0OSCAR"
        assert buttons(becomes(bot, card, "is running: job")) == ["Follow log", f"Open job #{number(card)}"]
        bot.webnet.finish(number(card))
        becomes(bot, card, "reachable.")


def test_while_webnet_is_away_the_card_waits(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    away = bot.webnet.fault("away", prefix="/api/v1/jobs/", times=6)
    wait_until(lambda: not away.times, "six failed reads")
    bot.webnet.finish(number(card))
    becomes(bot, card, "reachable.")
    assert len(replies_to(bot, card)) <= 1
    end_of(bot, card)


def due_in(bot: Rig, job: int) -> float:
    """Returns in how many seconds the card of a job was said to be due when it was last put off, at least."""
    row = bot.store.database.row(CardRow.select(CardRow.due_at, CardRow.expires_at).where(CardRow.job_id == job))
    assert row is not None
    return (row["due_at"] - row["expires_at"]).total_seconds()


@pytest.mark.parametrize("kind", ["error", "away", "delay"])
def test_a_job_that_cannot_be_read_is_asked_for_more_and_more_seldom_and_keeps_no_card_back(
    store_url: str, kind: Any
) -> None:
    with rig(store_url, notifications=QUICK, timeout_s=0.5) as bot:
        hold(bot, "queued")
        bad, good = bot.ask("U0OSCAR", "ping #1"), bot.ask("U0OSCAR", "ping #2")
        fault = bot.webnet.fault(kind, prefix=f"/api/v1/jobs/{number(bad)}/", delay_s=1.0)
        bot.webnet.finish(number(good))
        end_of(bot, good)
        wait_until(lambda: due_in(bot, number(bad)) > 1, "a long wait")
        fault.times = 0
        bot.webnet.finish(number(bad))
        end_of(bot, bad)


def test_a_card_is_given_up_in_the_end_unless_all_of_webnet_is_away(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    bot.webnet.fault("error")
    long_ago = CardRow.update(created_at=datetime.now(UTC) - timedelta(days=3))
    bot.store.database.run(long_ago)
    bot.webnet.clear_record()
    wait_until(lambda: sum("/auth/me" in each.path for each in bot.webnet.record) > 2, "some looks")
    assert open_cards(bot.store) == 1
    bot.webnet.clear_faults()
    bot.webnet.fault("error", prefix=f"/api/v1/jobs/{number(card)}/")
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")


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


def test_the_end_of_a_card_that_is_too_old_to_be_changed_is_a_message_once(bot: Rig) -> None:
    hold(bot, "queued")
    bot.webnet.break_device(1)
    card = bot.ask("U0OSCAR", "ping #1")
    bot.slack.world.edit_window_s = 0.0
    bot.webnet.finish(number(card))
    wait_until(lambda: open_cards(bot.store) == 0, "the end of the card")
    assert "started: job" in plain(now(bot, card))
    end = end_of(bot, card)
    assert mentions(end) == ["U0OSCAR"]
    assert "not reachable" in plain(end)
    assert buttons(end) == ["Logs", "Retry", f"Open job #{number(card)}"]
    assert bot.store.cards.endings(datetime.now(UTC) - timedelta(minutes=5)) == {"as_message": 1}


def test_a_card_whose_blocks_are_refused_shows_its_summary(bot: Rig) -> None:
    hold(bot, "queued")
    card = bot.ask("U0OSCAR", "ping #1")
    bot.slack.fault("chat.update", error="msg_blocks_too_long", text="actions", times=None)
    bot.webnet.finish(number(card))
    assert becomes(bot, card, "Ping of rtr-fra1-001: reachable.").blocks == []
    end_of(bot, card)


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
    card = asked.wait_for("started: job")
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
        end = click.wait_for("reachable.")
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
        wait_until(lambda: open_cards(around.store) == 0, "the end of the card")
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
        wait_until(lambda: open_cards(around.store) == 0, "the end of the card")
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


@pytest.mark.parametrize("replicas", [1, 2])
def test_the_cards_of_a_workspace_are_changed_fifty_times_a_minute_at_most(bot: Rig, replicas: int) -> None:
    for other in range(1, replicas):
        bot.store.leases.acquire(f"{INSTANCE}{other}", "another", 600)
    hold(bot, "running")
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace
    for device in range(1, 56):
        card = bot.store.cards.open(
            workspace=workspace.id, customer=1, job_id=bot.webnet.start_job("check_reachability", [device]), what="ping",
            device_name="rtr", channel_id="C0NOC", chat_user="U0OSCAR", chat_user_name="oscar", ephemeral=False, ref="",
            holder="test", ttl_s=60,
        )  # fmt: skip
        bot.store.cards.let_go(card, 0.0, shown="queued")
    soon = datetime.now(UTC) + timedelta(seconds=20)
    put_off = CardRow.select().where(CardRow.due_at > soon)
    most = UPDATES_A_MINUTE // replicas
    wait_until(lambda: len(bot.store.database.rows(put_off)) >= 55 - most, "the cards that wait")
    assert len(calls(bot, "chat.postMessage")) == most


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
