"""The registry refuses two commands of one name, and a word that is no role allows nothing."""

from __future__ import annotations

import pytest

from bot.core.commands import Command, Registry, Role
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
