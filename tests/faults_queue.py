"""WebNet's queue as it is: it loses jobs, runs those that were cancelled, and workers die. For `python -m tests.faults`."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

from bot.delivery.updates import UPDATES_A_MINUTE
from lab.slack import Message, plain
from tests.cards import open_cards
from tests.e2e.rig import Rig, rig, wait_until
from tests.e2e.test_cards import age, mentions, replies_to
from tests.e2e.test_commands import number as job_of
from tests.e2e.test_feeds import heard, listen, numbers
from tests.faults_network import Row

WHO = ("U0ALICE", "U0OSCAR", "U0BOB")
KILLED = 2
LATER = 5  # jobs that end later, after which a queued one counts as lost
CHANGES = 3  # of a card at the most: it runs, somebody cancels it, it ended
LONG_AGO = timedelta(minutes=65)  # more than a job of one device is given, be it queued or running


@dataclass
class Asked:
    """A job, by its card. `words` are what its requester is to be notified of, one message after the other."""

    user: str
    card: Message
    words: tuple[str, ...]

    @property
    def job(self) -> int:
        return job_of(self.card)

    def said(self, bot: Rig) -> list[str]:
        return [plain(reply) for reply in replies_to(bot, self.card) if mentions(reply) == [self.user]]

    def heard(self, bot: Rig) -> bool:
        said = self.said(bot)
        return len(said) == len(self.words) and all(each in got for each, got in zip(self.words, said, strict=True))


def queue_trouble(
    url: str, number: int, seed: int, *, lost: float = 0.07, cancelled: float = 0.05, pause_s: float = 30.0
) -> Iterator[Row]:
    """Starts `number` jobs by commands of three users, on as many devices as that takes; every seventh device does not answer."""
    quick = {"poll_interval_s": 0.5, "card_interval_s": 0.5, "digest_pause_s": pause_s}
    with rig(url, webnet={"job_seconds": 1.0, "seed": seed}, notifications=quick) as bot:
        listen(bot)
        commands = _commands(bot, number)
        killed = [_killed(bot, *commands.pop()) for _ in range(KILLED)]
        bot.webnet.hold, bot.webnet.runner.lost_share = "queued", lost
        waiting = list(_asked(bot, commands))
        gone = [each for each in waiting if each.job not in bot.webnet.runner.plans]
        for each in gone:
            each.words = ("seems to have lost it",)
        ran = [each for each in waiting if each not in gone]
        withdrawn = random.Random(seed).sample(ran, round(number * cancelled))
        for each in withdrawn:  # by somebody else, since nobody is notified of their own cancel
            bot.click(next(user for user in WHO if user != each.user), each.card, "Cancel")
            each.words = ("a worker may still run it", *each.words)
        within_s = 60 + 60 * CHANGES * number / UPDATES_A_MINUTE  # the bot keeps to the pace that Slack allows
        wait_until(lambda: all(each.said(bot) for each in withdrawn), "whose jobs were cancelled", within_s)
        _go_on(bot, killed, gone)
        everyone = [*killed, *waiting]
        wait_until(lambda: all(each.said(bot)[len(each.words) - 1 :] for each in everyone), "everybody", within_s)
        wait_until(lambda: open_cards(bot.store) == len(killed) + len(gone), "the end of the other cards", within_s)
        _look_again(bot, [*killed, *gone])
        wrong = [f"{each.words} but {each.said(bot)}" for each in everyone if not each.heard(bot)]
        once = [each.job for each in ran if each not in withdrawn]
        wait_until(lambda: {*numbers(bot), *_held(bot)} >= set(once), "a notice of each end", 120)
        noticed, posts = numbers(bot) + Counter(_held(bot)), len(heard(bot))
    kinds = f"{len(gone)} lost, {len(withdrawn)} cancelled that ran, {len(killed)} of killed workers"
    several = sum(noticed[job] != 1 for job in once)
    measured = (
        f"{kinds}; {len(wrong)} requesters not notified once and truly; notices in {posts} messages, {several} not once"
    )
    right = not wrong and not several and bool(gone) and bool(withdrawn)
    yield f"{number} jobs in WebNet's queue (seed {seed})", "; ".join([measured, *wrong[:3]]), right


def _held(bot: Rig) -> set[int]:
    """The backups that failed on a device that a ping had found unreachable: their notices are held until it answers."""
    return {int(each.key.split(":")[1]) for each in bot.store.outbox.list("held")}


def _commands(bot: Rig, number: int) -> list[tuple[str, int]]:
    """Returns kinds and devices, each pair once, since a second such job is not started while the first one is open."""
    devices = [row["id"] for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
    for device in devices[::7]:
        bot.webnet.break_device(device)
    return [(kind, device) for device in devices for kind in ("ping", "backup")][:number]


def _asked(bot: Rig, commands: list[tuple[str, int]]) -> Iterator[Asked]:
    """Asks one after the other, since a card in a channel does not say which command it answers."""
    for (kind, device), user in zip(commands, cycle(WHO), strict=False):
        sign = "❌" if device in bot.webnet.runner.broken else "✅"
        yield Asked(user, bot.ask(user, f"{kind} #{device}", timeout=60), (sign,))


def _killed(bot: Rig, kind: str, device: int) -> Asked:
    """Has a worker begin a job and kills it."""
    bot.webnet.hold = "running"
    (asked,) = _asked(bot, [(kind, device)])
    wait_until(lambda: bot.webnet.row("jobs", asked.job)["status"] == "running", "the job to run")
    assert bot.webnet.kill_workers() == [asked.job]
    asked.words = ("running for 1 h",)
    return asked


def _go_on(bot: Rig, killed: list[Asked], gone: list[Asked]) -> None:
    """Lets the queue go on, and time pass for what will never end."""
    bot.webnet.hold, bot.webnet.runner.lost_share = None, 0.0
    later = [bot.webnet.start_job("check_reachability", [device]) for device in range(1, 1 + LATER)]
    wait_until(lambda: all(bot.webnet.row("jobs", job)["finished_at"] for job in later), "the later jobs to end")
    for asked, moment in [*((each, "started_at") for each in killed), *((each, "requested_at") for each in gone)]:
        age(bot, asked.job, moment, LONG_AGO)


def _look_again(bot: Rig, followed: list[Asked]) -> None:
    """Waits until each of these cards was looked at twice more, which must bring no further message."""
    bot.webnet.clear_record()

    def looked() -> bool:
        reads = Counter(entry.path.strip("/") for entry in bot.webnet.record)
        return all(reads[f"api/v1/jobs/{each.job}"] >= 2 for each in followed)

    wait_until(looked, "two more looks")
