"""One bot for 100 workspaces, each with a Slack app of its own and so two sockets: what it holds, and how soon it
acknowledges, beside the same apps on the SDK's own Socket Mode client in one process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from benchmarks.bare_apps import app_token
from benchmarks.kit import Effort, Watched, paced, percentile, process, spread, table
from lab.slack import Interaction, Member, SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process
from tests.e2e.rig import answer, settings_for, wait_until

WORKSPACES = 100
CONNECTIONS = 2
PER_S = 10
CONNECT_S = 60.0
SETTLED_S = 5.0  # what the bot does once, when it starts, is over


@dataclass
class Candidate:
    """`answered` waits for whatever else a command leads to. What was measured, round by round."""

    name: str
    slack: SlackLab
    watched: Watched
    answered: Callable[[Interaction], object]
    goals: tuple[str, str] = ("", "")
    rss_mib: list[float] = field(default_factory=list)
    ack_p50_ms: list[float] = field(default_factory=list)
    ack_p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        number, cpu_s = int(PER_S * seconds), self.watched.cpu_s()
        asked = [
            self.slack.say(
                "U0OSCAR", f"/webnet status #{1 + index}", f"C{index % WORKSPACES:03}", team=team(index % WORKSPACES)
            )
            for index in paced(number, PER_S)
        ]
        acks = [interaction.wait_ack() for interaction in asked]
        for interaction in asked:
            self.answered(interaction)
        self.cpu_ms.append((self.watched.cpu_s() - cpu_s) * 1000 / number)
        self.ack_p50_ms.append(percentile(acks, 50))
        self.ack_p99_ms.append(percentile(acks, 99))
        self.rss_mib.append(self.watched.rss_mib())
        self.slack.forget()


def team(number: int) -> str:
    return f"T{number:03}"


def slack_with_apps() -> SlackLab:
    """Adds, besides the lab's own, `WORKSPACES` teams with an app each, and Oscar in one channel."""
    slack = SlackLab()
    for number in range(WORKSPACES):
        app = slack.world.add_app(f"A{number:03}", app_token(number), f"signing-{number:03}")
        members = [Member("U0OSCAR", "oscar", "Oscar")]
        made = slack.world.add_team(team(number), f"Team {number}", f"xoxb-lab-{number:03}", app, members)
        slack.world.add_channel(made, f"C{number:03}", "noc")
    return slack


def measured(effort: Effort) -> Iterator[Table]:
    seconds = effort.scaled(6, 3)
    with ExitStack() as stack:
        candidates = (_bot(stack), _bare(stack))
        time.sleep(SETTLED_S)
        for index in range(effort.rounds + 1):
            for candidate in candidates:
                candidate.round(seconds if index else 1)
                if not index:  # to warm up
                    for values in (candidate.rss_mib, candidate.ack_p50_ms, candidate.ack_p99_ms, candidate.cpu_ms):
                        values.clear()
        rows = [
            (
                c.name,
                spread(c.rss_mib, ".1f"),
                c.goals[0],
                spread(c.ack_p50_ms),
                spread(c.ack_p99_ms),
                c.goals[1],
                spread(c.cpu_ms),
            )
            for c in candidates
        ]
    title = f"{WORKSPACES} workspaces with an app each, {CONNECTIONS} sockets an app, {PER_S} commands a second in all for {seconds} s"
    yield table(title, "", "RSS, MiB", "goal", "ack p50, ms", "ack p99, ms", "goal", "CPU a command, ms", rows=rows)


def _bot(stack: ExitStack) -> Candidate:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
    slack, webnet = stack.enter_context(slack_with_apps()), stack.enter_context(WebNetLab())
    url = f"sqlite:///{folder}/store.db"
    migrate_store(url)
    with open_store(url, keys=[STORE_KEY]) as store, store.transaction():
        for number in range(WORKSPACES):
            added = store.workspaces.add(
                customer=1,
                team_id=team(number),
                team_name=f"Team {number}",
                bot_user_id="U0BOT",
                bot_token=f"xoxb-lab-{number:03}",
                signing_secret=f"signing-{number:03}",
                app_token=app_token(number),
                enabled=True,
            )
            store.users.add(workspace=added.id, slack_user_id="U0OSCAR", user=3, username="oscar-operator")
    bot = stack.enter_context(bot_process(settings_for(slack, webnet, url), folder, SLACK__APP_TOKEN=""))
    _connected(slack)
    return Candidate("the bot", slack, Watched(bot.process.pid), answer, ("≤ 130", "≤ 50"))


def _bare(stack: ExitStack) -> Candidate:
    slack = stack.enter_context(slack_with_apps())
    started = stack.enter_context(process("benchmarks.bare_apps", slack.api_url, str(WORKSPACES), str(CONNECTIONS)))
    _connected(slack)
    return Candidate("bare fast apps", slack, Watched(started.pid), lambda _: None)


def _connected(slack: SlackLab) -> None:
    def all_of_them() -> bool:
        return all(len(slack.connections(f"A{number:03}")) == CONNECTIONS for number in range(WORKSPACES))

    wait_until(all_of_them, f"{WORKSPACES * CONNECTIONS} connections", CONNECT_S)
