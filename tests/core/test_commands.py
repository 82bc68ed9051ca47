"""From a line to a name and its arguments, and what the registry holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import Command, Registry, Role, parse, words_of
from bot.core.message import sentence


def command(name: str) -> Command[object, object]:
    return Command(name, name, "", "", Role.viewer, lambda *_: None, lambda _: sentence("done"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ()),
        (" \t\n ", ()),
        ("status rtr1", ("status", "rtr1")),
        ("  status   rtr1  ", ("status", "rtr1")),
        ("status\u00a0rtr1\u3000x\u2003y", ("status", "rtr1", "x", "y")),
        ("status\nrtr1\r\nx", ("status", "rtr1", "x")),
        ('search "two words" x', ("search", "two words", "x")),
        ("search 'two words'", ("search", "two words")),
        ("search “two words”", ("search", "two words")),
        ("search „two words“", ("search", "two words")),
        ("search «two words»", ("search", "two words")),
        ("search ‘two words’", ("search", "two words")),
        ('search “two words"', ("search", "two words")),
        ('search "unpaired', ("search", '"unpaired')),
        ("search 5'11\"", ("search", "5'11\"")),
        ("search it's", ("search", "it's")),
        ("search it’s", ("search", "it's")),
        ("search 'it's mine'", ("search", "'it's", "mine'")),
        ('search "a"b', ("search", '"a"b')),
        ('search a"b c"', ("search", 'a"b', 'c"')),
        ('search "it\'s"', ("search", "it's")),
        ('search ""', ("search",)),
        ('search " "', ("search",)),
        ("search \\ | ; $(x) `y`", ("search", "\\", "|", ";", "$(x)", "`y`")),
        ("status #41", ("status", "#41")),
        ("status <@U1|name>", ("status", "<@U1|name>")),
    ],
)
def test_a_line_becomes_words(line: str, words: tuple[str, ...]) -> None:
    assert words_of(line) == words


def test_the_name_is_read_in_any_case_and_arguments_keep_theirs() -> None:
    assert parse("STATUS Rtr-FRA1") == ("status", ("Rtr-FRA1",))


@pytest.mark.parametrize("line", ["", "  ", "\u00a0", '""'])
def test_nothing_asks_for_help(line: str) -> None:
    assert parse(line) == ("help", ())


@given(st.text())
def test_any_line_has_a_name_and_words_that_can_be_seen(line: str) -> None:
    name, arguments = parse(line)
    assert name.strip()
    assert all(word.strip() for word in arguments)


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_plain_words_come_through_as_they_are(words: list[str]) -> None:
    assert words_of(" ".join(words)) == tuple(words)


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
