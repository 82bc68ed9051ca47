"""Kills processes that deliver to Slack and to Teams while Teams is in trouble: one customer has channels in both, and so has another,
so that a notice would be seen where it does not belong."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.core.notice_kinds import BY_RANK
from lab.faults import Fault
from lab.slack import Message, SlackLab, plain
from lab.teams import TeamsLab
from lab.teams.activities import ACME, GLOBEX, NOC, ONCALL, TEAM
from lab.teams.connector import Posted
from lab.teams.login import LASTS_S
from store.database import Store
from store.teams_conversations import TeamsConversation
from tests.delivery.delivery_process import kinds
from tests.delivery.kill_rig import Arrived, KillRig, Shown
from tests.delivery.kills import POINT, POINTS
from tests.delivery.stored_deliveries import NUMBER
from tests.e2e.rig import add_people, wait_until

LOUD, QUIET = BY_RANK[:2]
GONE = "19:gone000000000000000000000000000@thread.tacv2"
FOREIGN = "19:foreign000000000000000000000000@thread.tacv2"
PLACES: dict[tuple[str, str], tuple[str, ...]] = {  # by workspace and channel, what the channel wants
    ("T0ACME", "C0ALERTS"): (LOUD,),
    (ACME, NOC): (LOUD,),
    (ACME, ONCALL): (QUIET,),
    (ACME, GONE): (LOUD,),
    ("T0GLOBEX", "C0GXNOC"): (LOUD,),
    (GLOBEX, FOREIGN): (LOUD, QUIET),
}
CUSTOMERS = {"T0ACME": 1, ACME: 1, "T0GLOBEX": 2, GLOBEX: 2}
BATCH = 8  # events that are new with each kill: more in one conversation than Teams takes in the time would only wait
LEASE_S = 9.0  # a post that waits while Teams throttles takes some 3 s, and a third of the lease is kept for it


@dataclass(frozen=True)
class Outcome:
    """Counts notices on their way to one channel each, of which `once` came in one message alone. `again` are the messages that repeated
    one, `at_most` so many of them in one channel, and `parked` the notices that waited until somebody asked for them to be sent once more."""

    kills: int
    expected: int
    once: int
    again: int
    at_most: int
    lost: int
    crossed: int
    disordered: int
    parked: int
    elsewhere: int
    stopped: int

    @property
    def right(self) -> bool:
        wrong = self.lost + self.crossed + self.disordered + self.elsewhere + self.stopped
        return not wrong and self.at_most <= self.kills

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.expected} to deliver: {self.once} once, {self.again} messages again (at most {self.at_most} in one channel), "
            f"{self.lost} lost, {self.crossed} crossed, {self.disordered} out of order; {self.parked} parked and sent later, "
            f"{self.elsewhere} of them elsewhere, {self.stopped} workspaces stopped"
        )


@dataclass(kw_only=True)
class TwoChatRig(KillRig):
    slack: SlackLab
    teams: TeamsLab
    chance: random.Random
    gone: Fault | None = field(default=None, repr=False)

    @property
    def addresses(self) -> list[str]:
        return [self.slack.api_url, self.teams.url]

    def fault(self, **what: Any) -> Fault:
        """Concerns Teams or Slack as chance has it; Slack while nothing gets through to Teams."""
        if self.teams.login.away or self.chance.random() < 0.3:
            return self.slack.fault(**what)
        return self.teams.connector.fault(**what)

    def posts(self) -> list[Shown]:
        return [
            *((each.conversation.partition(";")[0], _numbers(each.text)) for each in self._in_teams()),
            *((channel, _numbers(plain(each))) for channel, each in self._in_slack()),
        ]

    def posted(self) -> int:
        return self.teams.connector.changes + sum(1 + len(each.history) for _, each in self._in_slack())

    def expected(self) -> Counter[Arrived]:
        found = kinds(self.store)
        return Counter(
            (channel, number)
            for number in range(self.last)
            for (workspace, channel), flags in PLACES.items()
            if CUSTOMERS[workspace] == found[number % len(found)][0] and found[number % len(found)][1] in flags
        )

    def outcome(self, kills: int, parked: Sequence[Arrived]) -> Outcome:
        delivered, expected = self.delivered(), self.expected()
        again = self.repeated()
        tenants = self.teams.connector.conversations
        astray = sum(tenants.get(each.conversation.partition(";")[0]) != each.tenant for each in self._in_teams())
        return Outcome(
            kills=kills,
            expected=len(expected),
            once=sum(delivered[each] == 1 for each in expected),
            again=again.total(),
            at_most=max(again.values(), default=0),
            lost=self.lost(delivered),
            crossed=len(delivered.keys() - expected.keys()) + astray,
            disordered=self._disordered(),
            parked=len(parked),
            elsewhere=sum(channel != GONE for channel, _ in parked),
            stopped=len(self.store.outbox.stopped()),
        )

    def _disordered(self) -> int:
        """Counts what came first after something newer. What was parked comes late for a good reason."""
        newest, wrong, seen = defaultdict[str, int](lambda: -1), 0, set[Arrived]()
        for channel, numbers in self.posts():
            for number in sorted(numbers):
                if channel != GONE and (channel, number) not in seen:
                    wrong += number < newest[channel]
                    newest[channel] = max(newest[channel], number)
                    seen.add((channel, number))
        return wrong

    def _in_teams(self) -> list[Posted]:
        with self.teams.connector.changed:
            return list(self.teams.connector.posted.values())

    def _in_slack(self) -> Iterator[tuple[str, Message]]:
        for team in self.slack.world.teams.values():
            for channel in team.channels:
                yield from ((channel, each) for each in self.slack.messages(channel, team=team.id))


def _numbers(text: str) -> set[int]:
    return set(map(int, NUMBER.findall(text)))


@contextmanager
def two_chat_rig(store: Store, url: str, folder: Path, seed: int, digest_over: int) -> Iterator[TwoChatRig]:
    with ExitStack() as stack:
        slack, teams = stack.enter_context(SlackLab()), stack.enter_context(TeamsLab())
        teams.connector.throttles = True
        add_channels(store, teams, PLACES)
        chance = random.Random(seed)
        made = TwoChatRig(store, url, folder, 0, digest_over, LEASE_S, slack=slack, teams=teams, chance=chance)
        stack.callback(made.kill)
        yield made


def add_channels(store: Store, teams: TeamsLab, places: Mapping[tuple[str, str], Collection[str]]) -> None:
    """Adds both customers with these channels, by workspace, and what each wants; Teams has said where its conversations are."""
    add_people(store)
    for (tenant, app_id), password in teams.login.apps.items():
        customer = CUSTOMERS[tenant]
        store.workspaces.add(
            chat="teams", customer=customer, team_id=tenant, team_name="T", app_id=app_id, app_password=password
        )
    rows = {row.team_id: row.id for row in store.workspaces.list()}
    for (workspace, channel), flags in places.items():
        store.channels.add(workspace=rows[workspace], channel_id=channel, flags=flags)
        if workspace in (ACME, GLOBEX):
            teams.connector.conversations[channel] = workspace
            store.teams_conversations.note(workspace, TeamsConversation(channel, "", TEAM, teams.service_url))


# --- what Teams is troubled by, in one of its conversations or in all


def _answers(status: int, *, times: int, after_s: int = 0) -> Callable[[TwoChatRig], object]:
    def begin(at: TwoChatRig) -> None:
        place = at.chance.choice((NOC, ONCALL, FOREIGN, None))
        at.teams.connector.fault(None, place, status=status, after_s=after_s, times=times)

    return begin


def _tokens_withdrawn(at: TwoChatRig) -> None:
    at.teams.login.tokens.clear()


def _tokens_refused(at: TwoChatRig) -> None:
    """Refuses also the tokens that are got instead, for a moment."""
    at.teams.connector.fault(status=401, error="Unauthorized", times=4)


def _tokens_short(at: TwoChatRig) -> None:
    at.teams.login.lasts_s = 2


def _login_away(at: TwoChatRig) -> None:
    at.teams.login.away = 503


TROUBLES: dict[str, Callable[[TwoChatRig], object]] = {
    "429": _answers(429, times=6),
    "429 with Retry-After": _answers(429, times=3, after_s=1),
    "429 with a long Retry-After": _answers(429, times=1, after_s=4),
    "412": _answers(412, times=6),
    "502": _answers(502, times=2),
    "504": _answers(504, times=2),
    "tokens withdrawn": _tokens_withdrawn,
    "tokens refused": _tokens_refused,
    "tokens short": _tokens_short,
    "login away": _login_away,
}
REFUSALS = ((404, "ConversationNotFound"), (403, "BotNotInConversationRoster"))


def _end_troubles(at: TwoChatRig) -> None:
    """Ends all but the refusals of the conversation that is gone."""
    at.teams.login.away, at.teams.login.lasts_s = 0, LASTS_S
    with at.teams.connector.changed:
        for each in at.teams.connector.faults.ordered:
            if each is not at.gone:
                each.times = 0


def _refuse(at: TwoChatRig, way: int) -> None:
    """Refuses what is sent to the conversation that is gone, in one of the ways."""
    if at.gone:
        at.gone.times = 0
    status, error = REFUSALS[way % len(REFUSALS)]
    at.gone = at.teams.connector.fault(None, GONE, status=status, error=error, times=None)


def kills_in_trouble(
    at: TwoChatRig,
    kills: int,
    *,
    replicas: int = 1,
    points: Sequence[str] = POINTS,
    troubles: Sequence[str] = tuple(TROUBLES),
) -> Outcome:
    """Kills so many times, each time at another point and in another trouble. Then delivers the rest, and at last what was parked."""
    for number in range(kills):
        _end_troubles(at)
        if not number % 10:
            _refuse(at, number // 10)
        at.last += BATCH
        TROUBLES[troubles[number % len(troubles)]](at)
        _start(at, replicas)
        POINT[at.chance.choice(points)](at)
    _end_troubles(at)
    _start(at, replicas)
    return _ended(at, kills)


def storm(at: TwoChatRig, seconds: float) -> tuple[Outcome, int, float]:
    """Throttles one conversation for so long while another is gone. Returns what came of it, how many calls came too early to the one that is
    throttled, and after how many seconds the other channels had all."""
    at.last = 4 * BATCH
    _refuse(at, 0)
    trouble = at.teams.connector.fault(None, NOC, status=429, after_s=int(seconds), times=None)
    _start(at, 1)
    began = time.monotonic()
    others = {each for each in at.expected() if each[0] not in (NOC, GONE)}
    wait_until(lambda: others <= at.delivered().keys(), "what goes to other channels", 60 + seconds)
    others_s = time.monotonic() - began
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    early, trouble.times = trouble.used - 1, 0
    return _ended(at, 0), early, others_s


def _start(at: TwoChatRig, replicas: int) -> None:
    for _ in range(replicas):
        at.start_process()


def _ended(at: TwoChatRig, kills: int) -> Outcome:
    """Waits until all is delivered or parked, and has what was parked sent again once Teams takes it."""
    at.until_settled()
    parked = [
        (row.channel_id, int(row.key.removeprefix("number:"))) for row in at.store.outbox.list("parked", limit=100_000)
    ]
    assert at.gone
    at.gone.times = 0
    at.store.outbox.retry()
    at.until_settled()
    return at.outcome(kills, parked)
