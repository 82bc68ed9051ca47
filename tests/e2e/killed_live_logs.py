"""Kills a bot with SIGKILL while it follows a log, again and again, and counts what became of the entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from lab.slack import plain
from tests.e2e.process import BotProcess, Surroundings
from tests.e2e.rig import answer, wait_until

QUICK = {"NOTIFICATIONS__CARD_INTERVAL_S": "0.1"}
METHODS = (
    "chat.postMessage",
    "chat.update",
)  # of Slack's: it does what is asked, and the process dies before it hears that
LINES = "\n".join(["x" * 280] * 6)  # of an entry, so that five fill a reply


@dataclass
class Counts:
    """`lost` entries were never shown, and `again` replies repeated one that was shown before."""

    kills: int
    lost: int
    again: int


class Followed:
    """A job whose log is followed."""

    def __init__(self, at: Surroundings) -> None:
        self._at = at
        self._written = 0
        at.webnet.hold = "running"
        self.job = at.webnet.start_job("run_commands", [1])

    @contextmanager
    def bot(self) -> Iterator[BotProcess]:
        with self._at.bot(**QUICK) as process:
            yield process

    def replies(self) -> list[list[int]]:
        """The numbers of the entries in each reply."""
        said = [plain(each) for each in self._at.slack.messages("C0NOC") if each.thread_ts]
        shown = [each for each in said if f"Log of job #{self.job}" in each]
        return [[int(number) for number in re.findall(r"entry (\d+)\.", each)] for each in shown]

    def write(self) -> None:
        self._written += 1
        with self._at.webnet.lock:
            state = self._at.webnet.state
            state.add_log(self.job, state.now(), "INFO", "sw-a", f"entry {self._written}.\n{LINES}")

    def shows_all(self) -> bool:
        return any(self._written in reply for reply in self.replies())

    def count(self, kills: int) -> Counts:
        self._at.webnet.finish(self.job)
        wait_until(lambda: self._at.store.live_logs.open_in(1) == 0, "the end of the live log")
        seen, again = set[int](), 0
        for reply in self.replies():
            again += bool(seen & {*reply})
            seen.update(reply)
        return Counts(kills, len({*range(1, self._written + 1)} - seen), again)


def kills(at: Surroundings, seed: int, number: int) -> Counts:
    """Kills the bot so many times, right after it has posted a reply or changed one, in an order that the seed gives."""
    random, followed = Random(seed), Followed(at)
    for turn in range(number):
        with followed.bot() as process:
            if not turn:
                answer(at.say("U0VERA", f"logs {followed.job} follow"))
            fault = at.slack.fault(METHODS[(turn + seed) % 2], text="Log of job", silent=True)
            while not fault.used:
                followed.write()
                wait_until(lambda fault=fault: fault.used or followed.shows_all(), "the entry")
                if random.random() < 0.3:
                    followed.write()
            process.process.kill()
            process.ended()
        at.store.live_logs.release_all()  # what a minute and a half does to the claim of a process that is gone
    with followed.bot():
        followed.write()
        wait_until(followed.shows_all, "the last entry")
        return followed.count(number)
