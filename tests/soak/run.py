"""Runs one soak, from the labs' start until all is counted."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.vitals import POLLED
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.config_progress import FOLLOWED
from store.database import Store, migrate_store, open_store
from tests.cards import open_cards
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people, settings_for, wait_until
from tests.postgres import PostgresServer, postgres_server
from tests.soak.asked import PATIENCE_S, Desk
from tests.soak.delivered import COMPLIANCE_FLAG, DONE, DRIFT_FLAG, FAILED, Delivered, Place
from tests.soak.growth import Stored, stored
from tests.soak.replicas import Replica
from tests.soak.trouble import Troubles
from tests.soak.users import Users
from tests.soak.webnet_events import ACME, GLOBEX, Rates, WebNetEvents

EVERYTHING = frozenset({DONE, FAILED, COMPLIANCE_FLAG, DRIFT_FLAG})
PLACES = [
    Place("T0ACME", "C0ALERTS", ACME, EVERYTHING),
    Place("T0ACME", "C0FAILED", ACME, frozenset({FAILED})),
    Place("T0ACME", "C0CONFIGS", ACME, frozenset({COMPLIANCE_FLAG, DRIFT_FLAG})),
    Place("T0GLOBEX", "C0GXALERTS", GLOBEX, EVERYTHING),
]
KEEP = 2_000  # messages of a channel, calls and acks that the emulated Slack keeps
TICK_S = 0.02
SAMPLE_S = 2.0
STORED_S = 10.0
SETTLED_WITHIN_S = 300.0


@dataclass(frozen=True)
class Plan:
    """Everything in seconds but `rates`; `commands_per_s` are typed, and a quarter as many clicked."""

    seconds: float
    seed: int
    warm_up_s: float
    trouble_every_s: float
    kill_every_s: float
    longest_outage_s: float
    poll_interval_s: float = 3.0
    commands_per_s: float = 3.0
    patience_s: float = PATIENCE_S
    rates: Rates = field(default_factory=Rates)

    @classmethod
    def of(cls, minutes: float, seed: int) -> Plan:
        seconds = minutes * 60
        return cls(
            seconds,
            seed,
            warm_up_s=min(300.0, seconds / 3),
            trouble_every_s=5.0,
            kill_every_s=min(90.0, max(20.0, seconds / 8)),
            longest_outage_s=min(60.0, seconds / 6),
        )


@dataclass
class Soak:
    """Holds the parts of a running soak, and what there is to count when it is over."""

    plan: Plan
    slack: SlackLab
    webnet: WebNetLab
    store: Store
    server: PostgresServer
    database: str
    replicas: list[Replica]
    delivered: Delivered
    desk: Desk
    events: WebNetEvents
    users: Users
    troubles: Troubles
    violations: list[str] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)

    def go_on(self) -> None:
        """Until the time is over."""
        end = time.monotonic() + self.plan.seconds
        while time.monotonic() < end:
            for part in (self.events, self.users, self.troubles):
                part.tick()
            self._look()
            time.sleep(TICK_S)

    def settle(self) -> None:
        """Nothing new happens and everything works: what waits must be delivered, and what was asked answered."""
        self.troubles.end()
        self.events.raise_alerts(all_of_them=True)
        self._until(lambda: self.desk.open == 0, self.plan.patience_s + 30)
        self._until(self.events.all_ended, 60)
        self.events.count_jobs()
        self._until(self._settled, SETTLED_WITHIN_S)

    def _settled(self) -> bool:
        waiting = self.store.outbox.depth().waiting or open_cards(self.store)
        return not (waiting or self.delivered.missing() or self.running_rows())

    def running_rows(self) -> int:
        return sum(row.status == "running" for row in self.store.audit.list(limit=1_000))

    def _until(self, met: Callable[[], bool], timeout_s: float) -> None:
        """Waits; what is not met in time shows in the findings."""
        deadline = time.monotonic() + timeout_s
        while not met() and time.monotonic() < deadline:
            self._look()
            time.sleep(0.2)

    def _look(self) -> None:
        self.desk.settle(patience_s=self.plan.patience_s)
        if self._sampling.due():
            for replica in self.replicas:
                replica.check()
                replica.life.sample(self.server)
            self._judge_requests()
        if self._storing.due():
            self.stored.append(stored(self.server, self.database))

    def _judge_requests(self) -> None:
        upto = self.webnet.request_count
        self.violations += self.webnet.gate_violations(after=self._judged)
        self._judged = max(self._judged, upto)

    def __post_init__(self) -> None:
        self._sampling, self._storing = Every(SAMPLE_S), Every(STORED_S)
        self._judged = 0


class Every:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


@contextmanager
def soaked(plan: Plan) -> Iterator[Soak]:
    """A soak that is over, its labs and its store still there."""
    chance = random.Random(plan.seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webnet-bot-")))
        server = stack.enter_context(postgres_server())
        database = server.create()
        url = server.url(database)
        migrate_store(url)
        store = stack.enter_context(open_store(url, keys=[STORE_KEY]))
        webnet = stack.enter_context(
            WebNetLab(job_seconds=2.0, recent=True, cancelled_jobs_run=False, seed=plan.seed, database="postgresql")
        )
        slack = stack.enter_context(SlackLab(seed=plan.seed, keep=KEEP))
        furnish(slack, store)
        delivered = Delivered(slack, webnet, PLACES, foreign_names(webnet))
        delivered.listen()
        events = WebNetEvents(webnet, delivered, chance, plan.rates)
        events.furnish()
        settings = settings_for(slack, webnet, url)
        often = str(plan.poll_interval_s)
        poll = {"NOTIFICATIONS__POLL_INTERVAL_S": often, "NOTIFICATIONS__DIGEST_PAUSE_S": often}
        replicas = [Replica(name, settings, folder / name, slack, poll) for name in ("steady", "killed")]
        for replica in replicas:
            stack.callback(replica.close)
            server.execute(f"CREATE ROLE {replica.name} SUPERUSER LOGIN")
            replica.start()
        wait_until(lambda: first_looks(store), "the first look at everything", 120)
        events.begin()
        victim = replicas[-1]
        desk = Desk(store, victim.kills)
        users = Users(slack, desk, events, chance, plan.commands_per_s)
        notices = [place.channel for place in PLACES]
        troubles = Troubles(
            slack, webnet, desk, victim, chance, notices,
            every_s=plan.trouble_every_s, kill_every_s=plan.kill_every_s, longest_s=plan.longest_outage_s,
        )  # fmt: skip
        made = Soak(plan, slack, webnet, store, server, database, replicas, delivered, desk, events, users, troubles)
        made.go_on()
        made.settle()
        yield made


def furnish(slack: SlackLab, store: Store) -> None:
    add_people(store)
    for place in PLACES:
        if place.channel not in slack.world.teams[place.team].channels:
            slack.add_channel(place.channel, place.channel[2:].lower(), place.team)
        workspace = store.workspaces.by_team(place.team)
        assert workspace is not None
        store.channels.add(workspace=workspace.id, channel_id=place.channel, flags=place.flags)


def foreign_names(webnet: WebNetLab) -> dict[str, frozenset[str]]:
    """By team. The first device's name stands in everybody's help, as an example."""
    names: dict[int, set[str]] = {ACME: set(), GLOBEX: set()}
    for row in webnet.rows("devices")[1:]:
        names[row["customer"]].add(row["hostname"])
    return {"T0ACME": frozenset(names[GLOBEX] - names[ACME]), "T0GLOBEX": frozenset(names[ACME] - names[GLOBEX])}


def first_looks(store: Store) -> bool:
    cursors = [*(POLLED + name for name in ("jobs", "compliance", "drift")), FOLLOWED]
    return store.directory.swept_at() is not None and all(store.cursors.get(name) for name in cursors)
