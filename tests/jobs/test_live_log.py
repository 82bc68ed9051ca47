"""Which entries stand in which reply of a live log, and how often it changes."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from bot.delivery.updates import UPDATES_A_MINUTE
from bot.jobs.live_log import (
    LONGEST_ENTRY,
    MOST_REPLIES,
    PAGE,
    SETTLED_AFTER,
    TIME_AFTER,
    Position,
    Step,
    is_news,
    pace_s,
    settled,
    step,
)
from bot.jobs.logs import JobLog, JobLogs
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.models import LogLine
from lab.webnet import WebNetLab

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def line(number: int, text: str = "", host: str = "sw-a", level: str = "INFO") -> LogLine:
    return LogLine(number, NOW, level, host, text or f"entry {number} ends")


def log(*lines: LogLine, full: bool = False) -> JobLog:
    return JobLog(lines, full)


def followed(lines: list[LogLine], random: Random) -> list[Step]:
    """What was shown, one step after the other, of a log that grows by some entries at a time."""
    steps, position, read = list[Step](), Position(), 0
    while read < len(lines) or (steps and steps[-1].more):
        read = min(len(lines), read + random.choice([0, 1, 5, 40]))
        found = step(Position.of(position.text), log(*lines[:read]))  # as from the store
        if not steps or is_news(position, found, "running"):
            steps.append(found)
        position = found.position
    return steps


@pytest.mark.parametrize("seed", range(3))
def test_every_entry_of_a_log_that_grows_slowly_is_shown_once_in_its_order(seed: int) -> None:
    random = Random(seed)
    lines = [line(number, host=random.choice(["sw-a", "sw-b", ""])) for number in range(1, 1_500)]
    replies = list[str]()
    for each in followed(lines, random):
        replies = [*replies, each.text] if each.begins else [*replies[:-1], each.text]
    words = [word for text in replies for word in text.split("entry ")[1:]]
    assert [int(word.split()[0]) for word in words] == [*range(1, 1_500)]
    assert max(map(len, replies)) <= PAGE
    assert len(replies) > 3


def test_hosts_are_named_where_they_change_and_the_newest_entry_is_last() -> None:
    lines = line(1, "up\n  two\n"), line(2, "down", level="ERROR"), line(3, host="sw-b"), line(4, "done", host="")
    assert step(Position(), log(*lines)).text.split("\n") == [
        *("sw-a", "  12:00:00 up", "      two", "  12:00:00 ERROR down"),
        *("sw-b", "  12:00:00 entry 3 ends", "the job itself", "  12:00:00 done"),
    ]


def test_an_entry_that_is_very_long_leaves_room_for_others() -> None:
    found = step(Position(), log(line(1, "x" * 99_999), line(2, "y\n" * 9_999), line(3)))
    assert "… and 9,9" in found.text
    assert "entry 3 ends" in found.text
    assert len(found.text) < 3 * LONGEST_ENTRY


def test_what_came_too_fast_is_left_out_and_that_is_said() -> None:
    lines = [line(number) for number in range(1, 2_001)]
    begun = step(Position(), log(*lines[:10]))
    closed = step(begun.position, log(*lines))
    assert closed.more
    assert "entry 1 ends" in closed.text
    after = step(closed.position, log(*lines))
    assert after.begins
    assert after.position.gap
    assert after.text.endswith("entry 2000 ends")
    assert len(after.text) <= PAGE // 2
    goes_on = step(after.position, log(*lines, line(2_001)))
    assert (goes_on.begins, goes_on.more, goes_on.position.gap) == (False, False, True)
    assert goes_on.text == f"{after.text}\n  12:00:00 entry 2001 ends"


def test_a_log_whose_older_part_is_not_read_says_that_there_was_more() -> None:
    assert step(Position(), log(line(500), full=True)).position.gap
    assert not step(Position(), log(line(500))).position.gap
    assert step(Position(after=400, shown=450, replies=1), log(line(500), full=True)).position.gap


def test_after_many_replies_the_last_one_drops_its_oldest_entries() -> None:
    position, last = Position(), 0
    for _ in range(3 * MOST_REPLIES):
        lines = [line(number) for number in range(last + 1, last + 500)]
        found = step(position, log(line(max(1, last)), *lines))
        position, last = found.position, lines[-1].id
    assert position.replies == MOST_REPLIES
    assert not found.begins
    assert f"entry {last} ends" in found.text


def test_the_newest_entries_wait_until_what_follows_them_can_hide_a_secret_in_them() -> None:
    late, old = line(2), LogLine(1, NOW - SETTLED_AFTER, "INFO", "sw-a", "x")
    assert settled(log(old, late), Position(), NOW).lines == (old,)
    assert settled(log(old, late), Position(read=2), NOW).lines == (old, late)
    assert settled(log(late, old), Position(), NOW).lines == ()


def test_only_news_and_now_and_then_the_time_change_a_reply() -> None:
    begun = step(Position(), log(line(1)))
    shown = replace(begun.position, status="running")
    assert is_news(Position(), begun, "running")
    assert is_news(shown, step(shown, log(line(1), line(2))), "running")
    assert not is_news(shown, step(shown, log(line(1))), "running")
    assert is_news(shown, step(shown, log(line(1))), "success")
    late = replace(shown, looks=TIME_AFTER)
    assert is_news(late, step(late, log(line(1))), "running")


@pytest.mark.parametrize("number", range(1, 30))
def test_the_live_logs_of_a_workspace_leave_updates_for_its_cards(number: int) -> None:
    every_s = pace_s(3.2, number)
    assert every_s >= 3.0
    assert number * 60 / every_s < UPDATES_A_MINUTE - 10


def test_a_log_of_20000_entries_takes_little_memory(lab: WebNetLab, webnet: WebNet) -> None:
    for number in range(20_000):
        lab.state.add_log(
            1, lab.state.now(), "INFO", f"sw-{number % 50}", f"interface {number} is up, line protocol is up"
        )
    logs = JobLogs(webnet, Redactor().config)
    tracemalloc.start()
    try:
        begun = step(Position(), logs.after(1, 0))
        goes_on = step(begun.position, logs.after(1, begun.position.after))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "interface 19999 is up" in goes_on.text
    assert peak < 5 * 1024 * 1024  # with what the simulated WebNet needs to answer
