"""A look at the feed of jobs, out of a thousand, 100,000 and a million jobs of which 200 have not ended: requests, time, and
the bot's own CPU, which WebNet's is no part of.

WebNet is simulated in a process of its own. What changes between two looks are new jobs that have ended already: each costs
a request for its log. Two minutes pass between two looks. The first after the newest end looks again at what ended in the
minute before that one, so the looks after many ends are shown, too.

What an idle bot costs WebNet is measured with the whole bot at the default interval, 170 devices and no open job: once where
no channel asks for anything, once where one asks for everything. Reading the whole list of devices is counted apart.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.table import Table

from benchmarks.kit import Effort, line, process, send_line, spread, table
from bot.callers import Callers
from bot.configs.follower import Follower
from bot.core.holding import NOBODY
from bot.core.metrics import Metrics
from bot.core.notice_kinds import DEFAULT_FLAGS, FLAGS
from bot.devices.directory import Directory
from bot.feeds import all_feeds
from bot.feeds.jobs import NAME
from bot.feeds.poller import Poller
from bot.jobs.backup_changes import BackupChanges
from bot.jobs.customer_names import CustomerNames
from bot.jobs.logs import JobLogs
from bot.jobs.outcomes import Names, Outcomes
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, ManualClock, WebNetLab
from lab.webnet.record import Entry
from store.database import Store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people, rig, wait_until

JOBS, QUICK_JOBS = (1_000, 100_000, 1_000_000), (1_000, 100_000)
UNFINISHED = 200
CHANGED = {"nothing": 0, "10": 10, "1,000": 1_000, "nothing, after 1,000 at once": 0}
SWEEP = "all devices"
BETWEEN_S = 120.0
WARM = 3  # looks: the first one reads what there is


def webnet(jobs: str) -> None:
    """Runs as a process: prints its address, ends as many new jobs as each line says, and prints how many requests it had."""
    clock = ManualClock(datetime.now(UTC))
    with WebNetLab(jobs=int(jobs), unfinished=UNFINISHED, job_seconds=36_000.0, clock=clock) as lab:
        sys.stdout.write(f"{lab.url}\n")
        sys.stdout.flush()
        for words in sys.stdin:
            clock.advance(BETWEEN_S)
            for _ in range(int(words)):
                lab.finish(lab.start_job("check_reachability", [1]))
            sys.stdout.write(f"{lab.request_count}\n")
            sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Sources:
    webnet: WebNet
    directory: Directory
    callers: Callers
    outcomes: Outcomes
    now: ManualClock


@contextmanager
def poller(url: str, store: Store, clock: ManualClock) -> Iterator[Poller]:
    with closing(WebNet(Transport(url, BOT_KEY))) as client:
        directory = Directory(client, store.directory, store.cursors)
        directory.sweep()
        redactor = Redactor()
        names = Names(directory.name_of, CustomerNames(client).name)
        outcomes = Outcomes(client, JobLogs(client, redactor.config), store.outcomes, names, BackupChanges(store))
        sources = Sources(client, directory, Callers(client, lambda *_: None), outcomes, clock)
        follower = Follower(client, store, "bench")
        yield all_feeds.poller(store, "bench", redactor, sources, Metrics(), follower, NOBODY, lambda: None)


@dataclass(frozen=True, slots=True)
class Looked:
    requests: list[int] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def looks(jobs: int, rounds: int) -> dict[str, Looked]:
    """Returns the looks by what changed before each."""
    with ExitStack() as stack:
        lab = stack.enter_context(process("benchmarks.polls", "webnet", str(jobs)))
        url = line(lab)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-"))
        store = stack.enter_context(open_store(f"sqlite:///{folder}/store.db", keys=[STORE_KEY]))
        add_people(store)
        store.channels.add(workspace=store.workspaces.list()[0].id, channel_id="C0ALERTS", flags=DEFAULT_FLAGS)
        clock = ManualClock(datetime.now(UTC))
        at = stack.enter_context(poller(url, store, clock))

        def requests(changed: int) -> int:
            """Returns how many requests there were, after so many jobs have changed."""
            clock.advance(BETWEEN_S)
            send_line(lab, str(changed))
            return int(line(lab))

        for _ in range(WARM):
            at.poll(NAME)
        found = {what: Looked() for what in CHANGED}
        for what, looked in found.items():
            for _ in range(rounds):
                before, waiting = requests(CHANGED[what]), store.outbox.depth().waiting
                began, cpu = time.perf_counter(), time.process_time()
                at.poll(NAME)
                looked.cpu_ms.append((time.process_time() - cpu) * 1000)
                looked.ms.append((time.perf_counter() - began) * 1000)
                looked.requests.append(requests(0) - before)
                assert store.outbox.depth().waiting == waiting + CHANGED[what]
        return found


def idle(minutes: float, flags: frozenset[str]) -> Counter[str]:
    """Returns how many requests an idle bot made, by what they were for, after its first looks."""
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        interval_s = Settings().notifications.poll_interval_s
        with rig(f"sqlite:///{folder}/store.db", notifications={"poll_interval_s": interval_s}) as bot:
            workspace = bot.store.workspaces.list()[0].id
            bot.store.channels.add(workspace=workspace, channel_id="C0ALERTS", flags=flags)
            for row in bot.webnet.rows("jobs"):
                if row["finished_at"] is None:
                    bot.webnet.delete("jobs", row["id"])
                    bot.store.jobs.drop(row["id"])
            wait_until(lambda: not bot.store.configs.unread(0), "the first fill of the copy", timeout=300)
            bot.webnet.clear_record()
            time.sleep(minutes * 60)
            return Counter(_what(entry) for entry in bot.webnet.record)


def _what(entry: Entry) -> str:
    if entry.path == "/api/v1/devices/" and "updated_at" not in entry.query:
        return SWEEP
    return f"{entry.path.removeprefix('/api/v1/').rstrip('0123456789')} ({entry.status})"


def idle_costs(effort: Effort) -> Table:
    minutes = 1.0 if effort.quick else 5.0
    rows = []
    for asked, flags in (("nothing", frozenset[str]()), ("everything", frozenset(FLAGS))):
        found = idle(minutes, flags)
        whole, missing = sum(found.values()) - found[SWEEP], sum(n for what, n in found.items() if "(404)" in what)
        detail = ", ".join(f"{what} {number / minutes:.1f}" for what, number in sorted(found.items()))
        rows.append((asked, f"{whole / minutes:.1f}", f"{missing / minutes:.1f}", detail))
    return table(
        "An idle bot: requests a minute to WebNet (goal: 20 in all, 6 that answer 404)",
        "asked for",
        "in all",
        "404",
        "of them",
        rows=rows,
    )


def measured(effort: Effort) -> Iterable[Table]:
    yield idle_costs(effort)
    sizes = QUICK_JOBS if effort.quick else JOBS
    found = {size: looks(size, effort.rounds) for size in sizes}
    yield table(
        f"A look at the feed of jobs, {UNFINISHED} of them not ended; SQLite",
        "changed",
        "out of",
        "requests",
        "ms",
        "CPU of the bot, ms",
        rows=[
            (
                what,
                f"{size:,}",
                spread(found[size][what].requests, ",.0f"),
                spread(found[size][what].ms, ",.0f"),
                spread(found[size][what].cpu_ms, ",.0f"),
            )
            for what in CHANGED
            for size in sizes
        ],
    )


if __name__ == "__main__":
    {"webnet": webnet}[sys.argv[1]](*sys.argv[2:])
