"""Two replicas on one database, which live through generated histories under a clock that a test sets: all that a process does with
deliveries, step by step and without its threads. `Run` keeps what they post."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.channels import Channels
from bot.core.events import Event
from bot.core.holding import ByQuietHours, Holders
from bot.core.message import Message, text
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Notices, Words
from bot.core.quiet import dump
from bot.core.rule_text import dump as dump_rules
from bot.core.rule_text import parse
from bot.delivery import compose, post_result
from bot.delivery.release import Release
from bot.feeds.enqueue import Enqueuer
from bot.snoozes.holders import ByReachability, BySnooze
from bot.snoozes.keeper import SnoozeKeeper
from store.claims import Claim, Settled, Settlement
from store.database import Store, open_store
from store.directory import Device
from store.due_times import DueTimes
from store.snoozes import Snooze
from tests.conftest import STORE_KEY
from tests.delivery.histories import BEGINS, QUARTER, Asked, History, Snoozed, days_of, history_of
from tests.delivery.model import Model

TOGETHER = 5  # histories of one customer
WRONG_BY = timedelta(hours=7)  # beside the clock of PostgreSQL, which decides
FLAG = JOB_FAILURE.flag
KILLS = 20  # one of so many rounds ends with a kill
Posted = tuple[int, tuple[str, ...]]  # the channel, and the keys of the events that one message shows
Sent = tuple[int, int, tuple[str, ...]]  # the step before them
LEASE_S, PAUSE_S, DIGEST_OVER, ROUND = 30.0, 2.0, 5, timedelta(seconds=5)
WARNING = 2  # the rank of what the snoozes have seen before


@dataclass
class Clock:
    """The clock of the database, which the test sets. `elapsed` is what has really passed."""

    show: Callable[[datetime], object] = lambda _: None
    now: datetime = BEGINS[0]
    elapsed: timedelta = timedelta()

    def set(self, now: datetime) -> None:
        self.now = now
        self.show(now)

    def elapsed_s(self) -> float:
        return self.elapsed.total_seconds()

    def pass_(self, time: timedelta) -> None:
        self.elapsed += time
        self.set(self.now + time)


NOTICES = Notices(
    [
        Notice(
            kind="job",
            view=lambda event, _: Message(event.key, event.key, (text(event.key),)),
            line=lambda event: (event.key,),
            group=lambda _: "failed",
            sample=lambda now: Event("sample", "job", JOB_FAILURE.flag, 1, now, {}),
        )
    ]
)
WORDS = Words("/webnet", "https://webnet.test/jobs/{}/".format, lambda _, name: name)


class Replica:
    """All that one process does with deliveries, but for the threads."""

    def __init__(self, url: str, clock: Clock, off: timedelta) -> None:
        """`off`: by how much this machine's own clock is wrong."""
        self.store = open_store(url, keys=[STORE_KEY], clock=lambda: clock.now + off)
        store = self.store
        holders = Holders(ByQuietHours(), ByReachability(store.reachability), reading=[partial(BySnooze, store)])
        self.enqueuer = Enqueuer(store, holders)
        self.release = Release(store.held, Channels(store.channels), holders, lambda: None)
        self.keeper = SnoozeKeeper(store)
        self.times = DueTimes(store.database, clock.elapsed_s)
        self.times.check()
        self.posted: list[tuple[Settlement, Posted]] = []

    def claims(self) -> tuple[list[Posted], list[Claim]]:
        """Settles what was posted, and claims what is due. Returns what was settled too late, and the claims."""
        posted, self.posted = self.posted, []
        settlements = [settlement for settlement, _ in posted]
        settled, claims = self.store.lanes.settle_and_claim(settlements, 1000, LEASE_S, DIGEST_OVER)
        assert all(each in (Settled(), Settled(stale=True)) for each in settled)
        return [message for (_, message), each in zip(posted, settled, strict=True) if each.stale], claims

    def post(self, claim: Claim) -> Posted:
        composed = compose.compose(claim, NOTICES, WORDS, lambda _: True)
        assert composed.message is not None
        keys = tuple(sorted(each.key for each in claim.deliveries if each.id in composed.ids))
        message = claim.channel, keys
        self.posted.append((post_result.posted(claim, composed, f"ref {claim.fence}", 1.0, PAUSE_S), message))
        return message


@dataclass
class Place:
    """A channel with its history. `customer` has others with the same events; their devices have ids of their own."""

    customer: int
    workspace: int
    channel: int
    history: History
    asked: Asked
    snoozes: dict[Snoozed, Snooze] = field(default_factory=dict)

    def device(self, number: int) -> int:
        return self.customer * 10 + number

    def events(self, steps: range) -> list[Event]:
        return [self._own(event) for at, event in self.history.events if at in steps]

    def _own(self, event: Event) -> Event:
        (device,) = event.facts.devices
        facts = replace(event.facts, devices=(replace(device, id=self.device(device.id)),))
        return replace(event, key=f"{self.customer}:{event.key}", customer=self.customer, facts=facts)

    def asks(self, store: Store, step: int) -> None:
        asked = self.history.asked_at(step)
        if asked is not self.asked:
            store.channels.update(self.channel, **_stored(asked))
            self.asked = asked

    def snoozes_in(self, store: Store, step: int, now: datetime, snoozes: Iterable[Snoozed]) -> None:
        for each in snoozes:
            if each.ended == step and each in self.snoozes:
                store.snoozes.end(self.snoozes[each], "by alice")
            if each.since == step:
                self.snoozes[each] = self._snooze(store, each, now)

    def pings(self, store: Store, step: int) -> None:
        for device, steps in self.history.unreachable:
            if step in (steps.start, steps.stop):
                found = {self.device(device): step == steps.stop}
                store.reachability.put(self.customer, found, step, self.history.days.at(step))

    def _snooze(self, store: Store, asked: Snoozed, now: datetime) -> Snooze:
        return store.snoozes.start(
            workspace=self.workspace,
            channel=None if asked.everywhere else self.channel,
            kind="device",
            subject=self.device(asked.device),
            faults=[],
            user=1,
            events=[],
            device=self.device(asked.device),
            customer=self.customer,
            name="rtr",
            reason="work",
            by="alice",
            until=now + QUARTER * asked.quarters,
            until_resolved=False,
            rank=WARNING,
        )

    def expected(self) -> Counter[Sent]:
        """Returns what the model sends."""
        together: dict[tuple[int, str], list[str]] = defaultdict(list)
        for key, outcome in Model(self.history).outcomes().items():
            if outcome.at is not None:
                together[outcome.at, outcome.form].append(f"{self.customer}:{key}")
        sent = Counter[Sent]()
        for (step, form), keys in together.items():
            messages = [sorted(keys)] if form == "held" or len(keys) > DIGEST_OVER else [[key] for key in keys]
            sent.update((step, self.channel, tuple(message)) for message in messages)
        return sent


def _stored(asked: Asked) -> dict[str, str]:
    return {"rules": dump_rules(map(parse, asked.lines)), "quiet": dump(asked.quiet)}


class Run:
    """Two replicas live through a day and a half, with the histories of many channels."""

    def __init__(self, url: str, clock: Clock, chance: random.Random, histories: int) -> None:
        self.url, self.clock, self.chance = url, clock, chance
        self.days = days_of(chance, chance.choice(BEGINS))
        self.sent: Counter[Sent] = Counter()
        self.again: Counter[Sent] = Counter()  # what a replica posted that did not live to settle it
        self.look(0, self.days.begins)
        self.replicas = [self._replica() for _ in range(2)]
        with (store := self.store).transaction():
            customers = range(1, histories // TOGETHER + 1)
            self.customers = [self._customer(store, number) for number in customers]
        self.places = [place for places in self.customers for place in places]

    @property
    def store(self) -> Store:
        return self.chance.choice(self.replicas).store

    def _customer(self, store: Store, number: int) -> list[Place]:
        """Adds a customer with its channels, which get the same events."""
        workspace = store.workspaces.add(
            customer=number,
            team_id=f"T{number}",
            team_name="Acme",
            bot_user_id="U0BOT",
            bot_token="xoxb-lab-acme",  # the lab's
            signing_secret="lab-signing-secret",
        ).id
        first, *others = (history_of(self.chance, self.days) for _ in range(TOGETHER))
        histories = [first, *(first.beside(other) for other in others)]
        places = []
        for at, each in enumerate(histories):
            asked = each.asked[0]
            row = store.channels.add(workspace=workspace, channel_id=f"C{at}", flags=[FLAG], **_stored(asked))
            places.append(Place(number, workspace, row.id, each, asked))
        devices = (places[0].device(each) for each in range(1, 4))
        store.directory.put(Device(id=each, customer=number, hostname="rtr", enabled=True) for each in devices)
        return places

    def look(self, step: int, now: datetime) -> None:
        self.clock.elapsed = QUARTER * step
        self.clock.set(now)

    def live(self) -> None:
        last = -1
        for step, now in self.days.looks():
            self.look(step, now)
            self.chance.shuffle(self.replicas)
            for replica in self.replicas:
                replica.times.check()
            self.replicas[0].keeper.tick()
            for place in self.places:
                place.asks(self.store, step)
                place.snoozes_in(self.store, step, now, (each for each in place.history.snoozes if not each.everywhere))
            for first, *_ in self.customers:
                first.snoozes_in(self.store, step, now, (each for each in first.history.snoozes if each.everywhere))
                first.pings(self.store, step)
            self.enqueue([event for first, *_ in self.customers for event in first.events(range(last + 1, step + 1))])
            for replica in self.replicas:
                replica.release.tick()
            self.deliver(step)
            last = step

    def enqueue(self, events: list[Event]) -> None:
        """Each replica reads a part of the events, and some are read by both."""
        half = self.chance.randrange(len(events) + 1)
        for replica, mine in zip(self.replicas, (events[:half], events[max(0, half - 1) :]), strict=True):
            if mine:
                with replica.store.transaction():
                    replica.enqueuer.enqueue(mine)

    def deliver(self, step: int) -> None:
        while any(replica.posted for replica in self.replicas) or self.store.lanes.next_due_s() is not None:
            at = self.chance.randrange(len(self.replicas))
            (late, claims), is_killed = self.replicas[at].claims(), self.chance.randrange(KILLS) == 0
            self.again.update((step, *message) for message in late)
            for claim in claims[: self.chance.randrange(len(claims) + 1) if is_killed else None]:
                self.sent[step, *self.replicas[at].post(claim)] += 1
            if is_killed:
                self.restart(step, at)
            self.clock.pass_(ROUND)

    def restart(self, step: int, at: int) -> None:
        """Kills a replica and starts it again. On SQLite there is but one process, so whoever had a claim is gone."""
        is_postgres = self.store.database.is_postgres
        for killed in [at] if is_postgres else range(len(self.replicas)):
            self.again.update((step, *message) for _, message in self.replicas[killed].posted)
            self.replicas[killed].store.close()
            self.replicas[killed] = self._replica()
        if not is_postgres:
            self.store.lanes.release_all()

    def _replica(self) -> Replica:
        off = self.chance.choice([-WRONG_BY, timedelta(), WRONG_BY])
        return Replica(self.url, self.clock, off if self.url.startswith("postgresql") else timedelta())

    def close(self) -> None:
        for replica in self.replicas:
            replica.store.close()
