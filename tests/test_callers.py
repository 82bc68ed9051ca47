"""Who is behind a Slack user: how old the copy may be from which that is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot.callers import AWAY_S, Callers
from bot.core.commands import Role, Workspace
from bot.core.errors import Refused, WebNetBroken, WebNetForbidden
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import WebNetLab

ACME = Workspace(1, "T0ACME", "Acme", 1, enabled=True)
MAPPED = {"U0OSCAR": 3, "U0IVAN": 6, "U0GHOST": 999}


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def callers(webnet: WebNet, clock: Clock) -> Callers:
    return Callers(webnet, lambda _, chat_user: MAPPED.get(chat_user), clock)


def reads(lab: WebNetLab) -> list[str]:
    return [entry.path for entry in lab.record]


def test_a_read_uses_a_copy_of_up_to_sixty_seconds(lab: WebNetLab, callers: Callers, clock: Clock) -> None:
    assert callers.caller(ACME, "U0OSCAR", fresh=False).role is Role.operator
    lab.change("users", 3, role="viewer")
    clock.now += 59
    assert callers.caller(ACME, "U0OSCAR", fresh=False).role is Role.operator
    assert len(lab.record) == 1
    clock.now += 2
    assert callers.caller(ACME, "U0OSCAR", fresh=False).role is Role.viewer
    assert len(lab.record) == 2


def test_a_change_asks_anew_and_its_answer_serves_the_next_read(lab: WebNetLab, callers: Callers) -> None:
    callers.caller(ACME, "U0OSCAR", fresh=False)
    lab.change("users", 3, role="viewer", customers=[])
    assert callers.caller(ACME, "U0OSCAR", fresh=True).role is Role.viewer
    assert callers.caller(ACME, "U0OSCAR", fresh=False).customers == frozenset()
    assert len(lab.record) == 2


@pytest.mark.parametrize(("user", "reason"), [("U0IVAN", "inactive"), ("U0GHOST", "unknown_user"), ("U0X", "unmapped")])
def test_who_may_nothing_is_told_why(callers: Callers, user: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        callers.caller(ACME, user, fresh=False)
    assert caught.value.reason == reason


def test_a_deleted_user_is_forgotten_at_once(lab: WebNetLab, callers: Callers) -> None:
    callers.caller(ACME, "U0OSCAR", fresh=False)
    lab.delete("users", 3)
    for fresh in (True, False):
        with pytest.raises(Refused):
            callers.caller(ACME, "U0OSCAR", fresh=fresh)


def test_a_key_that_is_not_an_admins_is_not_taken_for_a_missing_user(lab: WebNetLab, clock: Clock) -> None:
    client = WebNet(Transport(lab.url, lab.api_key(3)))
    try:
        with pytest.raises(WebNetForbidden):
            Callers(client, lambda *_: 2, clock).caller(ACME, "U0ALICE", fresh=False)
    finally:
        client.close()


def test_names_are_read_as_one_list_and_only_for_unknown_ones(lab: WebNetLab, callers: Callers, clock: Clock) -> None:
    assert callers.names([3, 5, 999]) == {3: "oscar-operator", 5: "gina-globex"}
    assert reads(lab) == ["/api/v1/users/"]
    callers.names([3, 5, 999])
    assert len(lab.record) == 1  # the unknown one is not looked for again at once
    clock.now += 61
    callers.names([3, 5])
    assert len(lab.record) == 1
    callers.names([3, 999])
    assert len(lab.record) == 2


def test_names_are_an_ornament(lab: WebNetLab, callers: Callers) -> None:
    lab.fault("error")
    assert callers.names([3]) == {}


@pytest.fixture(autouse=True)
def nothing_else_was_asked(lab: WebNetLab) -> Iterator[None]:
    yield
    assert {path.split("/")[3] for path in reads(lab)} <= {"users", "auth"}


def test_an_older_copy_counts_only_where_webnet_does_not_answer_and_only_for_what_asks_for_it(
    lab: WebNetLab, callers: Callers, clock: Clock
) -> None:
    callers.caller(ACME, "U0OSCAR", fresh=False)
    clock.now += AWAY_S - 1
    lab.fault("error")
    with pytest.raises(WebNetBroken):
        callers.caller(ACME, "U0OSCAR", fresh=False)
    assert callers.caller(ACME, "U0OSCAR", fresh=False, while_away=True).role is Role.operator
    clock.now += 1
    with pytest.raises(WebNetBroken):
        callers.caller(ACME, "U0OSCAR", fresh=False, while_away=True)
    lab.clear_faults()
    lab.change("users", 3, is_active=False)
    with pytest.raises(Refused):
        callers.caller(ACME, "U0OSCAR", fresh=False, while_away=True)


@dataclass
class Later:
    """Does what is to be done later when the test says so."""

    waiting: list[Callable[[], object]] = field(default_factory=list)

    def __call__(self, work: Callable[[], object]) -> None:
        self.waiting.append(work)

    def go(self) -> int:
        number = len(self.waiting)
        while self.waiting:
            with suppress(Refused):
                self.waiting.pop()()
        return number


def test_who_was_looked_up_lately_is_at_hand_and_is_looked_up_again_meanwhile(
    lab: WebNetLab, callers: Callers, clock: Clock
) -> None:
    later = Later()
    callers.caller(ACME, "U0OSCAR", fresh=False)
    found = callers.at_hand(ACME, "U0OSCAR", later)
    assert found is not None
    assert (found.username, found.role, later.go()) == ("oscar-operator", Role.operator, 0)
    for _ in range(40):  # somebody who types on and on never gets nothing
        clock.now += 3
        assert callers.at_hand(ACME, "U0OSCAR", later) is not None
        assert later.go() == 1
    assert len(lab.record) == 4
    clock.now += 60
    assert callers.at_hand(ACME, "U0OSCAR", later) is None
    assert later.go() == 1
    assert callers.at_hand(ACME, "U0OSCAR", later) is not None


def test_who_is_not_known_yet_is_at_hand_the_next_time(callers: Callers, clock: Clock) -> None:
    later = Later()
    assert [callers.at_hand(ACME, "U0OSCAR", later) for _ in range(20)] == [None] * 20
    assert later.go() == 1  # and not twenty
    assert callers.at_hand(ACME, "U0OSCAR", later) is not None
    clock.now += 1
    callers.at_hand(ACME, "U0OSCAR", later)
    assert later.go() == 1


@pytest.mark.parametrize("user", ["U0IVAN", "U0GHOST", "U0X"])
def test_who_may_nothing_is_never_at_hand(callers: Callers, clock: Clock, user: str) -> None:
    later = Later()
    for _ in range(3):
        assert callers.at_hand(ACME, user, later) is None
        later.go()
        clock.now += 2


def test_who_is_no_longer_mapped_is_not_at_hand_once_that_was_read(webnet: WebNet, clock: Clock) -> None:
    later, mapped = Later(), dict(MAPPED)
    callers = Callers(webnet, lambda _, chat_user: mapped.get(chat_user), clock)
    callers.caller(ACME, "U0OSCAR", fresh=False)
    del mapped["U0OSCAR"]
    clock.now += 2
    callers.at_hand(ACME, "U0OSCAR", later)
    later.go()
    assert callers.at_hand(ACME, "U0OSCAR", later) is None


def test_the_list_of_users_is_read_again_only_after_that_time(lab: WebNetLab, callers: Callers, clock: Clock) -> None:
    assert {3, 4} <= {user.id for user in callers.users(30.0)}
    lab.delete("users", 4)
    clock.now += 30
    assert 4 in {user.id for user in callers.users(30.0)}
    clock.now += 1
    assert 4 not in {user.id for user in callers.users(30.0)}
