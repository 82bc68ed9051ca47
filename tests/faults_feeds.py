"""The feeds when things break, for `python -m tests.faults`."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from bot.core.notice_kinds import FLAGS
from bot.settings.table import Notifications
from lab.slack import Message, SlackLab, plain
from lab.teams import TeamsLab
from lab.teams.activities import ACME, GLOBEX, NOC
from lab.webnet import WebNetLab
from store.database import open_store
from tests.conftest import STORE_KEY
from tests.delivery.two_chat_kills import FOREIGN, add_channels
from tests.e2e.process import BotProcess, bot_process, free_port
from tests.e2e.rig import Rig, add_people, rig, settings_for, wait_until
from tests.e2e.test_feeds import heard, listen, numbers

POLL_S = 2.0
PAUSE_S = Notifications().digest_pause_s
OFTEN = {"NOTIFICATIONS__POLL_INTERVAL_S": "1", "NOTIFICATIONS__DIGEST_PAUSE_S": "1"}
OWN = (("T0ACME", "C0ALERTS"), (ACME, NOC))
FOREIGNERS = (("T0GLOBEX", "C0GXNOC"), (GLOBEX, FOREIGN))


def first_delivered(bot: Rig, seen: dict[int, float]) -> None:
    """Notes when each job was first seen in the channel, where the message of a burst grows."""
    messages: list[Message] = list(heard(bot))
    now = time.monotonic()
    for message in messages:
        for word in plain(message).replace(":", " ").replace("(", " ").split():
            if word.startswith("#") and word[1:].isdecimal():
                seen.setdefault(int(word[1:]), now)


def from_end_to_message(url: str, per_minute: int, number: int) -> Iterator[tuple[str, str, bool]]:
    """At one message a second a channel gets no more than that by single messages; above, it gets digests, half a minute apart."""
    notifications = {"poll_interval_s": POLL_S, "digest_pause_s": PAUSE_S}
    with rig(url, webnet={"job_seconds": 0.0}, notifications=notifications) as bot:
        listen(bot)
        ended: dict[int, float] = {}
        seen: dict[int, float] = {}
        began = time.monotonic()
        while len(seen.keys() & ended.keys()) < number and time.monotonic() < began + 60 * number / per_minute + 60:
            if len(ended) < number and time.monotonic() >= began + len(ended) * 60 / per_minute:
                ended[bot.webnet.start_job("check_reachability", [len(ended) % 100 + 1])] = time.monotonic()
            first_delivered(bot, seen)
            time.sleep(0.01)
        took = sorted(seen[job] - at for job, at in ended.items() if job in seen)
        twice = sum(count > 1 for job, count in numbers(bot).items() if job in ended)
        posts = len(heard(bot))
    p95 = took[len(took) * 95 // 100] if took else float("inf")
    what = f"{number} jobs at {per_minute} a minute, polled every {POLL_S:g} s"
    measured = f"{len(took)} delivered, {twice} twice, in {posts} messages; p50 {statistics.median(took):.1f}, p95 {p95:.1f}, max {took[-1]:.1f} s"
    yield what, measured, len(took) == number and not twice


def webnet_away(url: str, number: int = 1_000) -> Iterator[tuple[str, str, bool]]:
    """Thirty minutes at the default interval of 10 s are 180 turns; so many fail here, too."""
    poll_s = 0.1
    notifications = {"poll_interval_s": poll_s, "digest_pause_s": PAUSE_S}
    with rig(url, webnet={"job_seconds": 1.0}, notifications=notifications) as bot:
        listen(bot)
        bot.webnet.fault("away")
        jobs = [bot.webnet.start_job("check_reachability", [place % 100 + 1]) for place in range(number)]
        time.sleep(180 * poll_s)
        bot.webnet.clear_faults()
        began = time.monotonic()
        wait_until(lambda: set(numbers(bot)) >= set(jobs), "every job to be delivered", timeout=300)
        took_s = time.monotonic() - began
        found = Counter({job: count for job, count in numbers(bot).items() if job in jobs})
        posts = len(heard(bot))
    twice = sum(count > 1 for count in found.values())
    what = f"{number:,} jobs that ended while WebNet was away for 180 polls"
    yield (
        what,
        f"{len(found):,} delivered, {twice} twice, in {posts} messages, {took_s:.0f} s after it was back",
        (len(found) == number and not twice),
    )


def killed(folder: Path, seed: int, kills: int = 6, number: int = 60) -> Iterator[tuple[str, str, bool]]:
    """The whole bot as a process, on SQLite, killed at any moment while jobs of one customer end, which has a channel in each chat; each
    message under way may come again, and the channels of another customer stay empty."""
    chance = random.Random(seed)
    url = f"sqlite:///{folder}/killed.db"
    with ExitStack() as stack:
        webnet, slack = stack.enter_context(WebNetLab(job_seconds=0.3)), stack.enter_context(SlackLab())
        teams, store = stack.enter_context(TeamsLab()), stack.enter_context(open_store(url, keys=[STORE_KEY]))
        add_channels(store, teams, dict.fromkeys((*OWN, *FOREIGNERS), FLAGS))
        settings, often = settings_for(slack, webnet, url), {**OFTEN, **_with_teams(teams)}
        jobs: list[int] = []

        def delivered() -> Counter[tuple[str, int]]:
            shown = {"C0ALERTS": _shown(slack), NOC: _shown_in_teams(teams, NOC)}
            return Counter({(place, job): found[job] for place, found in shown.items() for job in jobs if found[job]})

        for last in (*[False] * kills, True):
            with bot_process(settings, folder, **often) as bot:
                bot.wait_said("running;")
                if not jobs:  # what ended before the first look is history
                    wait_until(lambda: store.jobs.floor() is not None, "the first look at the jobs")
                devices = [chance.randrange(1, 100) for _ in range(number // kills)]
                jobs.extend(webnet.start_job("check_reachability", [device]) for device in devices)
                if last:
                    wait_until(
                        lambda: len(delivered()) >= len(OWN) * len(jobs), "every job to be delivered", timeout=120
                    )
                time.sleep(chance.uniform(0.5, 4.0))
                bot.process.kill()
                bot.ended()
        found, crossed = delivered(), len(slack.messages("C0GXNOC")) + len(teams.connector.messages(FOREIGN))
    lost, again = len(OWN) * len(jobs) - len(found), sum(count > 1 for count in found.values())
    what = f"kill -9 of the whole bot at {kills} moments while {len(jobs)} jobs end, for a channel of Slack and one of Teams"
    yield what, f"{lost} lost, {again} delivered again, {crossed} crossed", not lost and not crossed


def killed_threads(folder: Path, kinds: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Kills one kind of thread after the other, each in a process of its own, while jobs end. A process that says that it ends
    with an error is not waited for; where it does not, the thread was replaced, or there was none."""
    url = f"sqlite:///{folder}/threads.db"
    with WebNetLab(job_seconds=0.3) as webnet, SlackLab() as slack, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        store.channels.add(workspace=1, channel_id="C0ALERTS", channel_name="alerts", flags=FLAGS)
        settings, script = settings_for(slack, webnet, url), Path(__file__).parent / "e2e" / "killing.py"
        ended, jobs = list[str](), list[int]()
        for kind in (*kinds, ""):
            (folder / "kill").write_text("", encoding="utf-8")
            with bot_process(settings, folder, script=script, **OFTEN) as bot:
                bot.wait_said("running;")
                slack.wait_connected(2, timeout=60)
                wait_until(lambda: store.jobs.floor() is not None, "the first look at the jobs")
                jobs.extend(webnet.start_job("check_reachability", [device]) for device in range(1, 6))
                asked = slack.say("U0VERA", "/webnet help", "C0NOC")
                (folder / "kill").write_text(kind, encoding="utf-8")
                if not kind:
                    wait_until(lambda: set(_shown(slack)) >= set(jobs), "every job to be delivered", timeout=120)
                    asked.wait_for("What you can run")
                elif _says(bot, "The bot ends with an error"):
                    ended.append(kind)
        lost = set(jobs) - set(_shown(slack))
    what = f"threads of {len(kinds)} kinds killed in turn while {len(jobs)} jobs end"
    yield what, f"{', '.join(ended)} end the bot with an error; {len(lost)} notices lost", not lost and bool(ended)


def _shown(slack: SlackLab) -> Counter[int]:
    messages = slack.world.teams["T0ACME"].channels["C0ALERTS"].messages
    return Counter(int(number) for one in messages for number in set(re.findall(r"#(\d+)", plain(one))))


def _shown_in_teams(teams: TeamsLab, conversation: str) -> Counter[int]:
    messages = teams.connector.messages(conversation)
    return Counter(int(number) for one in messages for number in set(re.findall(r"#(\d+)", one.text)))


def _with_teams(teams: TeamsLab) -> dict[str, str]:
    """Returns the settings, as variables, of a bot that answers in this Teams, too."""
    return {
        "HTTP__ENABLED": "true",
        "HTTP__PORT": str(free_port()),
        "TEAMS__ENABLED": "true",
        "TEAMS__LOGIN_URL": teams.login_url,
        "TEAMS__OPENID_URL": teams.openid_url,
        "TEAMS__SERVICE_HOSTS": teams.url,
    }


def _says(bot: BotProcess, words: str) -> bool:
    with suppress(AssertionError):
        bot.wait_said(words, 10)
    return words in bot.said
