"""A line falls into words, and a value in quotes is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.line import Reader, quoted, split


def words_of(line: str) -> tuple[str, ...]:
    reader, words = Reader(line), []
    while not reader.at_end:
        words.append(reader.value())
    return tuple(word for word in words if word.strip())


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
        ("search it’s", ("search", "it’s")),
        ("search 'it's mine'", ("search", "'it's", "mine'")),
        ('search "a"b', ("search", '"a"b')),
        ('search a"b c"', ("search", 'a"b', 'c"')),
        ('search "it\'s"', ("search", "it's")),
        ('search ""', ("search",)),
        ('search " "', ("search",)),
        ('search "a ""b"" c"', ("search", 'a "b" c')),
        ("search 'it''s mine'", ("search", "it's mine")),
        ('search """"', ("search", '"')),
        ('search "C:\\"', ("search", "C:\\")),
        ("search \\ | ; $(x) `y`", ("search", "\\", "|", ";", "$(x)", "`y`")),
        ("status #41", ("status", "#41")),
        ("status <@U1|name>", ("status", "<@U1|name>")),
    ],
)
def test_a_line_becomes_words(line: str, words: tuple[str, ...]) -> None:
    assert words_of(line) == words


def test_the_name_is_read_in_any_case_and_arguments_keep_theirs() -> None:
    assert split("STATUS  Rtr-FRA1 x") == ("status", "Rtr-FRA1 x")


@pytest.mark.parametrize("line", ["", "  ", "\u00a0", '""'])
def test_nothing_asks_for_help(line: str) -> None:
    assert split(line) == ("help", "")


@given(st.text())
def test_any_line_has_a_name_and_words_that_can_be_seen(line: str) -> None:
    name, rest = split(line)
    assert name.strip()
    assert all(word.strip() for word in words_of(rest))


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_plain_words_come_through_as_they_are(words: list[str]) -> None:
    assert words_of(" ".join(words)) == tuple(words)


@given(st.text(st.sampled_from("\"'“’\\ \n\u00a0ab:"), min_size=1) | st.text(min_size=1))
def test_any_value_in_quotes_comes_back_as_it_was(value: str) -> None:
    reader = Reader(f"  {quoted(value)} next")
    assert (reader.value(), reader.rest()) == (value, "next")
