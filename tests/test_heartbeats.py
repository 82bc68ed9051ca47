"""A thread that has died and a loop that hangs are found by the monotonic clock, and a process that stood still is none."""

from __future__ import annotations

import threading

from bot.heartbeats import SILENT_S, STORE_SILENT_S, Heartbeats
from bot.vitals import SELDOM_S, WRITE_S, Load, Vitals


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def run(name: str, *calls: object) -> None:
    thread = threading.Thread(target=lambda: [call() for call in calls], name=name)  # type: ignore[operator]
    thread.start()
    thread.join()


def looks(heartbeats: Heartbeats, clock: Clock, seconds: float) -> list[str]:
    """What is said at each look, of which there is one a second."""
    found = []
    for _ in range(round(seconds)):
        clock.now_s += 1.0
        found.append(heartbeats.look())
    return found


def test_a_thread_that_must_live_and_ended_is_named_until_the_bot_stops() -> None:
    heartbeats = Heartbeats()
    run("delivery", heartbeats.must_live)
    run("sockets", heartbeats.beat)
    assert heartbeats.trouble() == {
        "delivery": "The thread delivery has died.",
        "sockets": "The thread sockets has died.",
    }
    heartbeats.release()
    assert heartbeats.trouble() == {}


def test_a_loop_that_does_not_come_round_is_named_and_one_that_does_is_not() -> None:
    clock = Clock()
    heartbeats, over = Heartbeats(clock), threading.Event()
    beaten = threading.Event()
    hangs = threading.Thread(target=lambda: [heartbeats.beat(), beaten.set(), over.wait()], name="sockets")
    hangs.start()
    assert beaten.wait(10)
    said = looks(heartbeats, clock, SILENT_S + 1)
    over.set()
    hangs.join()
    assert said[:-1] == [""] * int(SILENT_S)
    assert said[-1] == "The loop sockets has not come round for 1 min 1 s."


def test_a_loop_that_works_with_the_store_has_longer() -> None:
    clock = Clock()
    heartbeats = Heartbeats(clock)
    over, beaten = threading.Event(), threading.Event()
    waits = threading.Thread(
        target=lambda: [heartbeats.beat(STORE_SILENT_S), beaten.set(), over.wait()], name="delivery"
    )
    waits.start()
    assert beaten.wait(10)
    said = looks(heartbeats, clock, STORE_SILENT_S + 1)
    over.set()
    waits.join()
    assert said[:-1] == [""] * int(STORE_SILENT_S)
    assert said[-1] == "The loop delivery has not come round for 10 min 1 s."


def test_a_process_that_stood_still_as_a_whole_has_no_loop_that_hangs() -> None:
    clock = Clock()
    heartbeats, over = Heartbeats(clock), threading.Event()
    beaten = threading.Event()
    stood = threading.Thread(target=lambda: [heartbeats.beat(), beaten.set(), over.wait()], name="sockets")
    stood.start()
    assert beaten.wait(10)
    clock.now_s += 3600.0
    said = looks(heartbeats, clock, SILENT_S - 1)
    over.set()
    stood.join()
    assert said == [""] * int(SILENT_S - 1)


def test_the_last_write_and_why_there_is_none_are_said_without_a_host() -> None:
    clock = Clock()
    vitals = Vitals(monotonic=clock)
    assert vitals.store_trouble() == "The store does not answer: it took no write yet."
    vitals.written()
    clock.now_s += WRITE_S
    assert vitals.store_trouble() == ""
    clock.now_s += 1
    assert vitals.store_trouble() == "The store does not answer: its last write was 31 s ago."
    vitals.refused("has no room left on its disk")
    assert vitals.store_trouble() == "The store has no room left on its disk: its last write was 31 s ago."
    vitals.written()
    assert vitals.store_trouble() == ""


def test_a_feed_is_missed_after_three_intervals() -> None:
    clock = Clock()
    vitals = Vitals(monotonic=clock, poll_interval_s=60.0)
    vitals.tried("jobs")
    clock.now_s += 180.0
    vitals.tried("drift")
    assert vitals.untried() == {}
    clock.now_s += 1.0
    assert vitals.untried() == {"jobs": "The feed of jobs was not tried for 3 min 1 s."}
    vitals.poll_interval_s = 0.1
    assert vitals.untried() == {"jobs": "The feed of jobs was not tried for 3 min 1 s."}
    clock.now_s += SELDOM_S
    assert set(vitals.untried()) == {"jobs", "drift"}


def test_a_command_that_hangs_is_mended_by_a_new_start_alone() -> None:
    vitals = Vitals(load=lambda: Load(0, oldest_s=601.0, longest_s=600.0))
    assert vitals.wrong() == {"commands": "A command has been running for 10 min 1 s."}
