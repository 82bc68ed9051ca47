"""Who gets which options while somebody types, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.core.arguments import Argument, Kind
from bot.core.commands import Caller, Command, Role, Workspace
from bot.core.message import sentence
from bot.core.suggestions import (
    MOST,
    PER_SECOND,
    Choices,
    Option,
    Rank,
    Ranked,
    RecentOptions,
    Source,
    Suggestions,
    begins_but_for_a_slip,
    merged,
)
from bot.redaction.redactor import redact

ACME = Workspace(1, "T0ACME", "Acme", 1, enabled=True)
CLOSED = Workspace(2, "T0CLOSED", "Closed", 1, enabled=False)
GROUPS = tuple(
    Option(f"@{name}", f"@#{number}", also=(name,)) for number, name in enumerate(("core-routers", "edge", "edge core"))
)


def command(name: str, kind: Kind, role: Role) -> Command[Any, Any]:
    return Command(name, "", "", role, lambda *_: None, lambda _: sentence(""), (Argument("one", kind),))


@dataclass
class Users:
    """Those who are at hand, and what answers them."""

    options: Iterable[Option] = GROUPS
    roles: Mapping[str, str] = field(default_factory=dict)
    now: float = 0.0
    searched: list[str] = field(default_factory=list)
    callers: dict[str, Caller] = field(
        default_factory=lambda: {
            "U0VERA": Caller("U0VERA", 4, "vera", Role.viewer, frozenset({1})),
            "U0ALICE": Caller("U0ALICE", 2, "alice", Role.admin, frozenset()),
            "U0BOB": Caller("U0BOB", 7, "bob", Role.operator, frozenset({2})),
            "U0NICK": Caller("U0NICK", 8, "nick", Role.none, frozenset({1})),
        }
    )

    def __post_init__(self) -> None:
        choices = Choices(self.options)

        def search(_: Workspace, typed: str) -> Ranked:
            self.searched.append(typed)
            return choices.search(typed)

        self.suggestions = Suggestions(
            {Kind.group: Source(search), Kind.user: Source(lambda *_: (), Role.admin)},
            [command("ping", Kind.group, Role.operator), command("status", Kind.group, Role.viewer)],
            self.roles,
            {workspace.chat_id: workspace for workspace in (ACME, CLOSED)}.get,
            lambda _, chat_user: self.callers.get(chat_user),
            lambda: self.now,
        )

    def see(
        self, user: str, typed: str = "", *, team: str = "T0ACME", kind: Kind | None = Kind.group, guest: bool = False
    ) -> list[str]:
        return [option.label for option in self.suggestions.options(kind, team, user, typed, guest=guest)]


def test_who_may_read_sees_the_options_of_the_workspace() -> None:
    users = Users()
    assert users.see("U0VERA") == users.see("U0ALICE") == [option.label for option in GROUPS]


@pytest.mark.parametrize(
    ("user", "others"),
    [
        ("U0MALLORY", {}),
        ("U0BOB", {}),
        ("U0NICK", {}),
        ("U0VERA", {"guest": True}),
        ("U0VERA", {"team": "T0CLOSED"}),
        ("U0VERA", {"team": "T0NOWHERE"}),
        ("U0VERA", {"kind": None}),
        ("U0VERA", {"kind": Kind.text}),
        ("U0VERA", {"kind": Kind.user}),
    ],
    ids=str,
)
def test_everybody_else_sees_nothing(user: str, others: dict[str, Any]) -> None:
    assert Users().see(user, **others) == []


def test_the_options_are_looked_for_whoever_types_so_that_the_time_says_nothing() -> None:
    users = Users()
    for user in ("U0VERA", "U0MALLORY", "U0BOB", "U0NICK"):
        users.see(user, "edge")
    users.see("U0VERA", "edge", guest=True)
    assert users.searched == ["edge"] * 5


def test_the_settings_raise_the_role_that_sees_options() -> None:
    assert Users(roles={"status": "operator"}).see("U0VERA") == []
    assert Users(roles={"status": "operator", "ping": "viewer"}).see("U0VERA") != []


def test_nobody_gets_more_than_ten_a_second() -> None:
    users = Users()
    answered = [bool(users.see("U0VERA")) for _ in range(PER_SECOND + 5)]
    assert answered == [True] * PER_SECOND + [False] * 5
    assert users.see("U0ALICE")
    users.now += 1.01
    assert users.see("U0VERA")


def test_no_more_options_come_than_a_chat_shows_and_each_value_once() -> None:
    options = [Option(f"name {number}", str(number // 2)) for number in range(400)]
    found = Users(options).suggestions.options(Kind.group, "T0ACME", "U0VERA", "name", guest=False)
    assert len({option.value for option in found}) == len(found) == MOST / 2


def test_a_secret_in_a_name_is_hidden_and_one_in_a_value_is_not_offered() -> None:
    options = [
        Option("sw1 password=hunter2", "#1", "password hunter2"),
        Option("sw2", "password=hunter2"),
        Option("sw3", "#3"),
    ]
    recent = RecentOptions(lambda _: options, redact=redact, later=lambda work: work(), monotonic=lambda: 0.0)
    found = [option for _, option in recent.search(ACME, "sw")]
    assert [option.value for option in found] == ["#1", "#3"]
    assert "hunter2" not in str(found)
    assert list(recent.search(ACME, "hunter2")) == []


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("edge", ["@edge", "@edge core"]),
        ("@edge", ["@edge", "@edge core"]),
        ("EDGE  core", ["@edge core"]),
        ("core", ["@core-routers", "@edge core"]),
        ("@#1", ["@edge"]),
        ("corerouters", ["@core-routers"]),
        ("core-ruoters", ["@core-routers"]),
        ("core-rotuers", ["@core-routers"]),
        ("croe", ["@core-routers"]),
        ("zzz", []),
        ("zz", []),
    ],
)
def test_exact_ones_come_first_then_beginnings_then_parts_then_near_ones(typed: str, labels: list[str]) -> None:
    assert Users().see("U0VERA", typed) == labels


@pytest.mark.parametrize("typed", ["fra1x", "fr1", "fa1", "rfa1", "fra11", "fxa1", "fra1"])
def test_one_slip_is_forgiven(typed: str) -> None:
    assert begins_but_for_a_slip("fra1", typed)


@pytest.mark.parametrize("typed", ["lon1", "far11x", "1arf", "fxx1"])
def test_two_slips_are_not(typed: str) -> None:
    assert not begins_but_for_a_slip("fra1", typed)


def test_sources_are_joined_by_how_well_their_options_fit() -> None:
    first, second = (
        Choices([Option("b core", "1"), Option("core b", "2")]),
        Choices([Option("core", "3"), Option("core a", "4")]),
    )
    found = list(merged(first.search("core"), second.search("core")))
    assert [option.value for _, option in found] == ["3", "2", "4", "1"]
    assert [rank for rank, _ in found] == [Rank.exact, Rank.prefix, Rank.prefix, Rank.inside]


@dataclass
class Reading:
    """A list that somebody reads in the background, when the test lets it."""

    now: float = 0.0
    reads: int = 0
    waiting: list[Callable[[], object]] = field(default_factory=list)

    def read(self, workspace: Workspace) -> list[Option]:
        self.reads += 1
        return [Option(f"job {workspace.name} {self.reads}", "1")]

    def go(self) -> None:
        while self.waiting:
            self.waiting.pop()()


def test_nobody_waits_for_a_list_that_has_to_be_read() -> None:
    reading = Reading()
    recent = RecentOptions(
        reading.read, redact=redact, later=reading.waiting.append, monotonic=lambda: reading.now, fresh_s=5, kept_s=60
    )

    def labels() -> list[str]:
        return [option.label for _, option in recent.search(ACME, "job")]

    assert (labels(), labels(), len(reading.waiting)) == ([], [], 1)
    reading.go()
    assert (labels(), len(reading.waiting)) == (["job Acme 1"], 0)
    reading.now += 6
    assert labels() == ["job Acme 1"]
    reading.go()
    assert labels() == ["job Acme 2"]
    reading.now += 61
    assert labels() == []  # nobody could read it again for too long
