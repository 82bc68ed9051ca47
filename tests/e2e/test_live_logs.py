"""`logs <job> follow`: a reply that shows what a job reports while it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.jobs.live_log import PAGE
from lab.slack import Message, plain
from store.models import LiveLogRow
from tests.e2e.killed_live_logs import kills
from tests.e2e.process import Surroundings
from tests.e2e.rig import Rig, rig, wait_until
from tests.e2e.test_cards import now, replies_to
from tests.e2e.test_commands import buttons, number
from tests.e2e.test_logs import log

QUICK: dict[str, Any] = {"card_interval_s": 0.1, "poll_interval_s": 0.3, "live_logs": 3}


@pytest.fixture(scope="module")
def running(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, notifications=QUICK) as bot:
        yield bot


@pytest.fixture
def bot(running: Rig) -> Iterator[Rig]:
    """The jobs of each test run until it ends them, and none is followed after it."""
    running.webnet.hold = "running"
    yield running
    running.webnet.hold = None
    wait_until(lambda: endings(running)[-1:] != [""], "the end of what is followed")


def endings(bot: Rig) -> list[str]:
    return [
        ending for (ending,) in bot.store.database.tuples(LiveLogRow.select(LiveLogRow.ending).order_by(LiveLogRow.id))
    ]


def job(bot: Rig, kind: str = "run_commands", **changes: Any) -> int:
    return bot.webnet.start_job(kind, [1], **changes)


def followed(bot: Rig, job: int, user: str = "U0VERA", **options: Any) -> Message:
    """The message below which the log is followed."""
    answer = bot.ask(user, f"logs {job} follow", **options)
    assert f"The log of job #{job} is followed in this thread" in plain(answer)
    return answer


def reply(bot: Rig, above: Message, words: str, *, there: bool = True) -> Message:
    """The newest reply below a message, once the words are `there`, or are not."""

    def found() -> Message | None:
        replies = [each for each in replies_to(bot, above) if "Log of job" in plain(each)]
        return replies[-1] if replies and (words in plain(replies[-1])) is there else None

    return wait_until(found, f"{words!r} below the message")


def answered(bot: Rig, above: Message, words: str) -> Message:
    return wait_until(
        lambda: next((each for each in replies_to(bot, above) if words in plain(each)), None), f"{words!r}"
    )


def said(bot: Rig) -> str:
    """All that was ever sent to Slack."""
    return str([call.args for call in bot.slack.calls])


def test_entries_come_while_the_job_runs_and_its_end_says_what_happened(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number)
    begun = reply(bot, answer, f"Log of job #{number}, run commands, running for")
    assert "Nothing has been reported yet." in plain(begun)
    assert buttons(begun) == ["Stop", f"Open job #{number}"]
    log(bot, number, ("INFO", "sw-a", "first"), ("ERROR", "sw-b", "TCP connection\nto device failed"))
    shown = plain(reply(bot, answer, "failed"))
    assert re.search(r"sw-a\n  [\d:]{8} first\nsw-b\n  [\d:]{8} ERROR TCP connection\n    to device failed\n", shown)
    log(bot, number, ("INFO", "sw-a", "second"))
    reply(bot, answer, "second")
    bot.webnet.finish(number)
    ended = reply(
        bot, answer, f"✅ Log of job #{number}, run commands: success, but 1 of 1 device reported errors", there=False
    )
    wait_until(lambda: endings(bot)[-1] == "job", "the end")
    ended = now(bot, ended)
    assert "Log of job" in plain(ended)
    assert ended.ts == begun.ts
    assert buttons(ended) == ["Whole log", f"Open job #{number}"]
    assert len(replies_to(bot, answer)) == 1


def test_a_full_reply_goes_on_in_another_one_and_nothing_is_lost_or_shown_twice(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number)
    for part in range(4):
        log(bot, number, *[("INFO", "sw-a", f"{'x' * 60} entry {part * 60 + each}.") for each in range(60)])
        reply(bot, answer, f"entry {part * 60 + 59}.")
    bot.webnet.finish(number)
    wait_until(lambda: endings(bot)[-1] == "job", "the end")
    replies = [plain(each) for each in replies_to(bot, answer)]
    assert re.findall(r"entry (\d+)\.", "".join(replies)) == [str(each) for each in range(240)]
    assert len(replies) == 3
    assert all("It goes on below." in each for each in replies[:-1])
    assert all(len(each) < PAGE + 1_000 for each in replies)


def test_a_card_that_runs_has_a_button_and_says_that_a_ping_logs_at_its_end(bot: Rig) -> None:
    card = bot.ask("U0OSCAR", "ping #1")
    ping = number(card)
    wait_until(lambda: "Follow log" in buttons(now(bot, card)), "the button")
    bot.slack.click("U0VERA", now(bot, card), "Follow log")
    answered(bot, card, f"The log of job #{ping} is followed in the thread of its card")
    shown = plain(reply(bot, card, "writes its log only when it ends"))
    assert "running for" in shown
    assert "followed here already" in plain(bot.ask("U0BOB", f"logs {ping} follow"))
    bot.webnet.finish(ping)
    assert "rtr-fra1-001" in plain(reply(bot, card, "check reachability: reachable."))
    assert "followed" not in plain(bot.ask("U0VERA", f"logs {ping} follow"))  # it has ended, so this is all


def test_no_secret_that_spans_entries_is_ever_sent(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number)
    reply(bot, answer, "Nothing has been reported yet.")
    log(
        bot,
        number,
        ("INFO", "sw-a", "crypto key"),
        ("INFO", "sw-a", " key-string"),
        ("INFO", "sw-a", "  30820122 c0a5canary"),
    )
    log(bot, number, ("INFO", "sw-b", "-----BEGIN RSA PRIVATE KEY-----\nMIIEcanary"))
    log(bot, number, ("INFO", "sw-a", "  quit"))
    reply(bot, answer, "quit")
    log(bot, number, ("INFO", "sw-b", "canaryOfTheKey\n-----END RSA PRIVATE KEY-----"), ("INFO", "sw-c", "well"))
    assert "<redacted>" in plain(reply(bot, answer, "well"))
    bot.webnet.finish(number)
    wait_until(lambda: endings(bot)[-1] == "job", "the end")
    assert "canary" not in said(bot)


def test_stop_ends_it_and_it_can_be_followed_again(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number)
    bot.slack.click("U0OSCAR", reply(bot, answer, "running"), "Stop")
    shown = reply(
        bot, answer, "run commands, is not followed any longer: oscar-operator stopped it. The job is running."
    )
    assert buttons(shown) == [f"Open job #{number}"]
    assert answered(bot, answer, f"The log of job #{number} is not followed any longer.").thread_ts == answer.ts
    wait_until(lambda: endings(bot)[-1] == "stopped", "the end")
    assert f"No log of job #{number} is followed here." in plain(bot.ask("U0OSCAR", f"logs {number} stop"))
    again = followed(bot, number)
    bot.webnet.finish(number)
    reply(bot, again, "success")


def due_in(bot: Rig, job: int) -> float:
    """Returns in how many seconds the live log of a job was said to be due when it was last put off."""
    query = LiveLogRow.select(LiveLogRow.due_at, LiveLogRow.expires_at).where(LiveLogRow.job_id == job)
    ((due_at, expires_at),) = bot.store.database.tuples(query)
    return float((due_at - expires_at).total_seconds())


def test_a_log_that_cannot_be_read_keeps_no_other_back_and_is_asked_for_more_and_more_seldom(bot: Rig) -> None:
    bad, good = job(bot), job(bot)
    above, other = followed(bot, bad), followed(bot, good)
    fault = bot.webnet.fault("error", prefix=f"/api/v1/jobs/{bad}/")
    log(bot, good, ("INFO", "sw-a", "first"))
    reply(bot, other, "first")
    wait_until(lambda: due_in(bot, bad) > 2, "a long wait")
    fault.times = 0
    log(bot, bad, ("INFO", "sw-a", "second"))
    reply(bot, above, "second")
    bot.webnet.finish(bad)
    bot.webnet.finish(good)
    wait_until(lambda: "" not in endings(bot), "the end of both")


def test_only_so_many_are_followed_at_a_time(bot: Rig) -> None:
    jobs = [job(bot) for _ in range(4)]
    for each in jobs[:3]:
        followed(bot, each)
    refused = bot.ask("U0VERA", f"logs {jobs[3]} follow")
    assert "3 logs of jobs are followed in this workspace already, which is the most." in plain(refused)
    assert bot.audit(command="logs", status="failed").code == "conflict"
    for each in jobs:
        bot.webnet.finish(each)


def test_where_the_bot_may_not_write_the_log_comes_in_person(bot: Rig) -> None:
    number = job(bot)
    followed(bot, number, "U0OSCAR", channel="C0PRIVATE")
    log(bot, number, ("INFO", "sw-a", "for Oscar alone"))
    bot.slack.wait_message("D0OSCAR", "for Oscar alone", "U0OSCAR", timeout=60)
    bot.webnet.finish(number)


def test_who_may_not_read_it_any_more_gets_no_further_entry(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number, "U0BOB")
    log(bot, number, ("INFO", "sw-a", "before"))
    reply(bot, answer, "before")
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace
    mapping = bot.store.users.find(workspace.id, "U0BOB")
    assert mapping
    bot.store.users.remove(mapping.id)
    log(bot, number, ("INFO", "sw-a", "after"))
    shown = plain(reply(bot, answer, "who asked for it may not read it any more"))
    assert "before" in shown
    bot.store.users.add(workspace=workspace.id, slack_user_id="U0BOB", user=mapping.user, username="")
    bot.webnet.finish(number)
    wait_until(lambda: endings(bot)[-1] == "refused", "the end")
    assert "after" not in said(bot)


def test_a_workspace_that_went_to_another_customer_sees_nothing_more(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number)
    shown = reply(bot, answer, "running")
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace
    try:
        bot.store.workspaces.update(workspace.id, customer=2)
        bot.workspaces.refresh()
        log(bot, number, ("INFO", "sw-a", "of another customer"))
        wait_until(lambda: endings(bot)[-1] == "given_up", "the end")
    finally:
        bot.store.workspaces.update(workspace.id, customer=1)
        bot.workspaces.refresh()
    bot.webnet.finish(number)
    assert "of another customer" not in said(bot)
    assert "running for" in plain(now(bot, shown))


def test_a_log_of_20000_entries_costs_few_messages(bot: Rig) -> None:
    number = job(bot)
    answer = followed(bot, number)
    reply(bot, answer, "Nothing has been reported yet.")
    log(bot, number, *[("INFO", f"sw-{each % 50}", f"interface {each} is up") for each in range(20_000)])
    shown = reply(bot, answer, "interface 19999 is up")
    assert "There was more than is shown here; the whole log has it." in plain(shown)
    assert "Whole log" in buttons(shown)
    bot.webnet.finish(number)
    wait_until(lambda: endings(bot)[-1] == "job", "the end")
    assert len(replies_to(bot, answer)) <= 3


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_kill_loses_no_entry_and_repeats_one_reply_at_most(around: Surroundings) -> None:
    counts = kills(around, seed=0, number=1)
    assert counts.lost == 0
    assert counts.again <= counts.kills
