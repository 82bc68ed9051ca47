"""Who is behind a Slack user: how old the copy may be from which that is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.callers import Callers
from bot.core.commands import Role, Workspace
from bot.core.errors import Refused, WebNetForbidden
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
