"""A command in Microsoft Teams beside the same command in Slack over HTTP, of one bot, by turns; and what it costs to have Teams switched on."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests
from rich.table import Table

from benchmarks.commands import answered, copied
from benchmarks.kit import Effort, Watched, percentile, spread, table
from benchmarks.labs import webnet_process
from benchmarks.starting import SETTLED_S, Candidate, round_of, wait_listening
from lab.slack import SlackLab
from lab.teams import TeamsLab
from lab.teams.activities import ACME, ACME_APP, VERA
from lab.webnet import WebNetLab
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import bot_process, free_port
from tests.e2e.rig import add_people, settings_for, wait_until

CHANNELS = 60  # by turns, since a bot may post only so often in one channel of Teams
DEVICES = 130
ANSWERED_S = 30.0


@dataclass
class Both:
    slack: SlackLab
    teams: TeamsLab
    session: requests.Session
    url: str
    token: str

    def in_slack(self, number: int) -> float:
        """Returns how many milliseconds pass from the command until its answer stands there."""
        started = time.monotonic()
        asked = self.slack.say("U0VERA", f"/webnet status #{number % DEVICES + 1}", "C0NOC")
        with self.slack.world.changed:
            assert self.slack.world.changed.wait_for(lambda: answered(asked), ANSWERED_S)
        return (time.monotonic() - started) * 1000

    def in_teams(self, number: int) -> float:
        """Returns the same for a mention in a channel of Teams."""
        channel, teams = _channel(number % CHANNELS), self.teams.connector
        activity, before = self.teams.made.message(VERA, f"status #{number % DEVICES + 1}", channel), len(teams.posted)
        started = time.monotonic()
        self.session.post(
            self.url, json=activity, headers={"Authorization": f"Bearer {self.token}"}, timeout=ANSWERED_S
        )
        with teams.changed:
            assert teams.changed.wait_for(lambda: len(teams.posted) > before, ANSWERED_S)
        return (time.monotonic() - started) * 1000


def measured(effort: Effort) -> Iterator[Table]:
    number = effort.scaled(200, 40)
    found: dict[str, list[list[float]]] = {"Slack": [], "Teams": []}
    with _both() as at:
        for index in range(effort.rounds + 1):
            times: dict[str, list[float]] = {"Slack": [], "Teams": []}
            for each in range(number if index else CHANNELS):
                times["Slack"].append(at.in_slack(each))
                times["Teams"].append(at.in_teams(each))
            if index:  # after one to warm up
                for name, taken in times.items():
                    found[name].append(taken)
    medians = {name: [statistics.median(taken) for taken in rounds] for name, rounds in found.items()}
    shares = [of_teams / of_slack for of_slack, of_teams in zip(*medians.values(), strict=True)]
    rows = [
        (
            f"{name}, by HTTP",
            spread(medians[name]),
            spread([percentile(taken, 99) for taken in rounds], ".1f"),
            spread(shares) if name == "Teams" else "1.00",
            "≤ 1.5" if name == "Teams" else "",
        )
        for name, rounds in found.items()
    ]
    title = f"status answered, {number} in each chat by turns, one at a time"
    yield table(title, "", "p50, ms", "p99, ms", "times Slack", "goal", rows=rows)
    yield _cost(effort)


def _cost(effort: Effort) -> Table:
    candidates = (
        Candidate("HTTP on, Teams off", partial(_begin, teams=False)),
        Candidate("HTTP on, Teams on", partial(_begin, teams=True)),
    )
    with WebNetLab() as webnet:
        for index in range(effort.rounds + 1):
            round_of(candidates, webnet, settled_s=SETTLED_S if index else 0)
            if not index:  # all is compiled now, and has been read from the disk
                for candidate in candidates:
                    candidate.start_s.clear(), candidate.rss_mib.clear()
    off, on = candidates
    more_s = statistics.median(on.start_s) - statistics.median(off.start_s)
    more_mib = statistics.median(on.rss_mib) - statistics.median(off.rss_mib)
    rows = [(each.name, spread(each.start_s), "", spread(each.rss_mib, ".1f"), "") for each in candidates]
    rows.append(("more with Teams", f"{more_s:+.2f}", "≤ 0.2", f"{more_mib:+.1f}", "≤ 15"))
    title = f"From start to listening, and memory {SETTLED_S:g} s later"
    return table(title, "", "listens after, s", "goal", "RSS, MiB", "goal", rows=rows)


def _begin(stack: ExitStack, webnet: WebNetLab, *, teams: bool) -> tuple[Watched, float]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
    slack, lab = stack.enter_context(SlackLab()), stack.enter_context(TeamsLab())
    url, port = f"sqlite:///{folder}/store.db", free_port()
    _store(stack, url, lab)
    more = _teams(lab) if teams else {}
    started = time.monotonic()
    changes = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port), **more}
    bot = stack.enter_context(bot_process(settings_for(slack, webnet, url), folder, **changes))
    wait_listening(port)
    return Watched(bot.process.pid), time.monotonic() - started


def _teams(lab: TeamsLab) -> dict[str, str]:
    return {
        "TEAMS__ENABLED": "true",
        "TEAMS__LOGIN_URL": lab.login_url,
        "TEAMS__OPENID_URL": lab.openid_url,
        "TEAMS__SERVICE_HOSTS": lab.url,
    }


def _store(stack: ExitStack, url: str, lab: TeamsLab) -> Store:
    migrate_store(url)
    store = stack.enter_context(open_store(url, keys=[STORE_KEY]))
    add_people(store)
    password = lab.login.apps[ACME, ACME_APP]
    row = store.workspaces.add(
        chat="teams", customer=1, team_id=ACME, team_name="Acme", app_id=ACME_APP, app_password=password
    )
    store.users.add(workspace=row.id, slack_user_id=VERA.id, user=4, username="vera-viewer")
    return store


@contextmanager
def _both() -> Iterator[Both]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        webnet = stack.enter_context(webnet_process())
        slack, lab = stack.enter_context(SlackLab()), stack.enter_context(TeamsLab())
        url, port = f"sqlite:///{folder}/store.db", free_port()
        store = _store(stack, url, lab)
        lab.connector.conversations |= {_channel(number): ACME for number in range(CHANNELS)}
        base = f"http://127.0.0.1:{port}"
        changes = {"HTTP__ENABLED": "true", "HTTP__PORT": str(port), "SLACK__SOCKET_MODE": "false", **_teams(lab)}
        bot = stack.enter_context(bot_process(settings_for(slack, webnet, url), folder, **changes))
        bot.wait_said("running;")
        slack.http_mode("T0ACME", base)
        wait_until(partial(copied, store), "the first copy of the configs", 60)
        token = lab.login.token(ACME_APP, lab.service_url)
        yield Both(slack, lab, stack.enter_context(requests.Session()), f"{base}/api/messages", token)


def _channel(number: int) -> str:
    return f"19:bench{number:027}@thread.tacv2"
