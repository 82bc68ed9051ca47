"""The registry refuses two commands of one name, and a word that is no role allows nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import permissions
from bot.core.commands import Caller, Command, Registry, Role
from bot.core.message import sentence


def command(name: str) -> Command[object, object]:
    return Command(name, "", "", Role.viewer, lambda *_: None, lambda _: sentence("done"))


def test_two_commands_of_one_name_stop_the_start() -> None:
    with pytest.raises(ValueError, match="two commands are named 'twice'"):
        Registry([command("twice"), command("once"), command("twice")])


def test_a_registry_keeps_its_order_and_knows_no_others() -> None:
    registry = Registry([command("b"), command("a")])
    assert list(registry) == ["b", "a"]
    assert registry.get("c") is None


@pytest.mark.parametrize(
    ("word", "role"),
    [("viewer", Role.viewer), ("admin", Role.admin), ("", Role.none), ("root", Role.none), ("ADMIN", Role.none)],
)
def test_an_unknown_role_is_none(word: str, role: Role) -> None:
    assert Role.of(word) is role


def test_a_hidden_command_is_not_among_those_that_somebody_may_type() -> None:
    shown, hidden = command("shown"), replace(command("hidden"), hidden=True)
    caller = Caller("U0VERA", 4, "vera", Role.viewer, frozenset())
    assert permissions.allowed(caller, [shown, hidden], {}) == (shown,)
    permissions.may_run(caller, hidden, {})
