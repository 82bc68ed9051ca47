"""The lines that match are those that Python's own `re` and the plainest loop find."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.configs.line_match import PIECE, Hit, matcher
from bot.configs.query import Query
from bot.core.errors import UsageError

TEXT = "hostname A\ninterface Gi0/1\n ip address 10.0.0.1 10.0.0.1\n\nZÜRICH İx\nlast ip"


def hits(query: Query, text: str = TEXT) -> list[Hit]:
    found = matcher(query)
    listed = list(found.hits(text))
    if text.isascii():  # folding moves or makes letters beyond
        assert found.count(text.casefold() if found.folded else text) == len(listed)
    return listed


def words(*texts: str) -> Query:
    return Query(words=texts)


def pattern(text: str) -> Query:
    return Query(pattern=text)


def test_every_word_must_be_in_the_line_in_any_case() -> None:
    assert hits(words("IP")) == [
        Hit(3, " ip address 10.0.0.1 10.0.0.1", ((1, 3),)),
        Hit(6, "last ip", ((5, 7),)),
    ]
    assert hits(words("ip", "0.0.1")) == [Hit(3, " ip address 10.0.0.1 10.0.0.1", ((1, 3), (15, 20), (24, 29)))]
    assert hits(words("ip", "hostname")) == []


def test_characters_beyond_ascii_fold_and_stay_in_their_places() -> None:
    assert hits(words("zürich")) == [Hit(5, "ZÜRICH İx", ((0, 6),))]
    assert hits(words("x")) == [Hit(5, "ZÜRICH İx", ((8, 9),))]
    assert hits(pattern("ü.*x")) == [Hit(5, "ZÜRICH İx", ((1, 9),))]


def test_marks_that_touch_are_one() -> None:
    assert hits(words("0.0", "0.0.1"))[0].spans == ((13, 20), (22, 29))


def test_no_match_goes_over_the_end_of_a_line() -> None:
    assert hits(pattern("a\\ni")) == []
    assert [hit.number for hit in hits(pattern("(?s)^h.*"))] == [1]
    assert [hit.line for hit in hits(pattern("[^x]+ip$"))] == ["last ip"]


@pytest.mark.parametrize("bad", ["(", "[", "*a", "(?=a)", "(a)\\1", "a{1001}", "\\p{Nope}", "\ud800"])
def test_a_pattern_that_cannot_be_read_is_said(bad: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: .+\. See `help search`"):
        matcher(pattern(bad))


@pytest.mark.parametrize("wide", ["a*", "^", "$", "(?:)", "a|"])
def test_a_pattern_that_fits_every_line_is_refused(wide: str) -> None:
    with pytest.raises(UsageError, match="fits every line"):
        matcher(pattern(wide))


@pytest.mark.parametrize(
    "bomb", ["(a+)+$", "(a|a)*b", "(.*a){20}x", "((((.*)*)*)*)*b", "(?:.?){500}x$", "(x+x+)+y", "(a|aa|aaa|.){900}Q"]
)
def test_what_would_never_end_elsewhere_ends(bomb: str) -> None:
    assert hits(pattern(bomb), "a" * 2_000 + "!\n" + "x" * 2_000) is not None


def test_a_long_text_is_looked_at_in_pieces_and_a_limit_is_heeded_between_them() -> None:
    heeded = []
    line = "0123456789 abcdef\n"
    text = line * (4 * PIECE // len(line)) + "needle\n" + "y" * (2 * PIECE) + "needle\nend"
    found = matcher(pattern("needle"), lambda: heeded.append(1))
    assert [hit.number for hit in found.hits(text)] == [
        text.count("\n", 0, at.start()) + 1 for at in re.finditer("needle", text)
    ]
    assert len(heeded) > 5


@given(
    st.text(alphabet="aAbBüÜßİK \n%_\\", max_size=60),
    st.lists(st.text(alphabet="aAbBüß %_\\", min_size=1, max_size=3).filter(str.strip), min_size=1, max_size=3),
)
def test_words_are_found_as_the_plainest_loop_finds_them(text: str, asked: list[str]) -> None:
    plain = [n for n, line in enumerate(text.split("\n"), 1) if all(w.lower() in line.lower() for w in asked)]
    found = hits(words(*asked), text)
    if len(text.lower()) == len(text):
        assert [hit.number for hit in found] == plain
    folded = text.casefold()
    for needle in matcher(words(*asked)).needles:
        assert not found or needle in folded


@settings(max_examples=200)
@given(
    st.text(alphabet="abAB1. \n", max_size=80),
    st.sampled_from(["a", "a+b", "^a", "b$", "a.b", "[ab]1", "(?:a|b)\\.", "\\bab", "a{2}", "1.*1", "\\d$", "^[^a]+$"]),
)
def test_patterns_find_what_pythons_own_find_in_each_line(text: str, asked: str) -> None:
    lines = [n for n, line in enumerate(text.split("\n"), 1) if re.search(asked, line, re.IGNORECASE)]
    assert [hit.number for hit in hits(pattern(asked), text)] == lines


def test_queries_of_any_kind_raise_nothing_but_usage_errors() -> None:
    chance = random.Random(7)
    pieces = [
        "a",
        "ip",
        "(",
        ")",
        "[",
        "]",
        "*",
        "+",
        "{9}",
        "?",
        "|",
        "^",
        "$",
        "\\",
        "\\d",
        ".",
        "İ",
        "\x00",
        "<",
        "(?i)",
        " ",
    ]
    for _ in range(3_000):
        text = "".join(chance.choices(pieces, k=chance.randrange(1, 12)))
        for query in (words(text), pattern(text)):
            try:
                for hit in hits(query):
                    assert all(0 <= start < end <= len(hit.line) for start, end in hit.spans)
            except UsageError:
                assert query.pattern
