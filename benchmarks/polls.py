"""A look at the feed of jobs, out of a thousand, 100,000 and a million jobs of which 200 have not ended: requests, time, and
the bot's own CPU, which WebNet's is no part of.

WebNet is simulated in a process of its own. What changes between two looks are new jobs that have ended already: each costs
a request for its log. Two minutes pass between two looks. The first after the newest end looks again at what ended in the
minute before that one, so the looks after many ends are shown, too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.table import Table

from benchmarks.kit import Effort, line, process, send_line, spread, table
from bot.callers import Callers
from bot.configs.follower import Follower
from bot.core.metrics import Metrics
from bot.core.notice_kinds import DEFAULT_FLAGS
from bot.devices.directory import Directory
from bot.feeds import all_feeds
from bot.feeds.jobs import NAME
from bot.feeds.poller import Poller
from bot.jobs.logs import JobLogs
from bot.jobs.outcome import Outcomes
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, ManualClock, WebNetLab
from store.database import Store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people

JOBS, QUICK_JOBS = (1_000, 100_000, 1_000_000), (1_000, 100_000)
UNFINISHED = 200
CHANGED = {"nothing": 0, "10": 10, "1,000": 1_000, "nothing, after 1,000 at once": 0}
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
        outcomes = Outcomes(JobLogs(client, redactor.config), directory.name_of)
        sources = Sources(client, directory, Callers(client, lambda *_: None), outcomes, clock)
        follower = Follower(client, store, "bench")
        yield all_feeds.poller(store, "bench", redactor, sources, Metrics(), follower, lambda: None)


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


def measured(effort: Effort) -> Iterable[Table]:
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
