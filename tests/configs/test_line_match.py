"""The lines that match are those that Python's own `re` and the plainest loop find."""

from __future__ import annotations

import gc
import random
import re
import sys

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.configs.line_match import Hit, matcher
from bot.configs.line_match import hits as hits_of
from bot.configs.query import Query, query_of
from bot.core.errors import UsageError
from handlers import search
from store.config_blocks import fold

TEXT = "hostname A\ninterface Gi0/1\n ip address 10.0.0.1 10.0.0.1\n\nZÜRICH İx\nlast ip"


def hits(query: Query, text: str = TEXT) -> list[Hit]:
    """Each line is found alone, too, and holds every needle."""
    found = matcher(query)
    listed = list(hits_of(found, text))
    for number, line in enumerate(text.split("\n"), 1):
        assert bool(found.places(fold(line), line)) == (number in {hit.number for hit in listed})
    assert all(needle in fold(hit.line) for hit in listed for needle in found.needles)
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


def test_a_whole_word_is_no_part_of_another() -> None:
    query = query_of(search.COMMAND.parse("word:ip"))
    text = " description uplink\n IP address 10.0.0.1\nno ip\nzip ip6\n"
    assert hits(query, text) == [Hit(2, " IP address 10.0.0.1", ((1, 3),)), Hit(3, "no ip", ((3, 5),))]
    literal = query_of(search.COMMAND.parse("word:10.0.0.1"))
    assert [hit.number for hit in hits(literal, "10.0.0.1\n10.0.0.10\n10x0.0.1\n")] == [1]


def test_characters_beyond_ascii_fold_and_stay_in_their_places() -> None:
    assert hits(words("zürich")) == [Hit(5, "ZÜRICH İx", ((0, 6),))]
    assert hits(words("x")) == [Hit(5, "ZÜRICH İx", ((8, 9),))]
    assert hits(pattern("ü.*x")) == [Hit(5, "ZÜRICH İx", ((1, 9),))]


def test_every_character_is_found_in_each_of_its_cases_and_marked_whole() -> None:
    """All of Unicode: whatever folds alike is found by one another, with a mark of exactly that character."""
    alike: dict[str, list[str]] = {}
    for character in map(chr, range(sys.maxunicode + 1)):
        if character.isprintable() and (fold(character) != character or character.lower() != character):
            alike.setdefault(fold(character), []).append(character)
    assert len(alike) > 1_400
    for folded, characters in alike.items():
        text = "\n".join(f"1{character}2" for character in (folded, *characters))
        for character in (folded, *characters):
            found = hits(words(character), text) if len(character) < 3 else hits(words(folded), text)
            assert [hit.number for hit in found] == [*range(1, len(characters) + 2)]
            assert all(hit.line[start:end] == hit.line[1:-1] for hit in found for start, end in hit.spans)


def test_a_part_of_what_a_character_folds_to_marks_all_of_it() -> None:
    assert hits(words("gießen"), "GIESSEN Gießen")[0].spans == ((0, 7), (8, 14))
    assert hits(words("se"), "Gießen")[0].spans == ((3, 5),)
    assert hits(words("ς"), "ΟΔΟΣ οδος")[0].spans == ((3, 4), (8, 9))
    assert hits(words("μ"), "5 µs")[0].spans == ((2, 3),)


@pytest.mark.parametrize("asked", [r"\Aip", r"ip\z", r"(?-m)^ip", r"(?-m:^)ip", "^ip", "ip$"])
def test_the_ends_of_a_text_are_those_of_each_line(asked: str) -> None:
    assert [hit.number for hit in hits(pattern(asked), "zip x\nip\r\nip\nx ipv")] == [2, 3]


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


@given(
    st.text(alphabet="aAbBüÜßẞİKsſ \r\n%_\\", max_size=60),
    st.lists(st.text(alphabet="aAbBüßsi %_\\", min_size=1, max_size=3).filter(str.strip), min_size=1, max_size=3),
)
def test_words_are_found_as_the_plainest_loop_finds_them(text: str, asked: list[str]) -> None:
    plain = [n for n, line in enumerate(text.split("\n"), 1) if all(fold(w) in fold(line) for w in asked)]
    assert [hit.number for hit in hits(words(*asked), text)] == plain


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


def test_the_patterns_of_searches_that_are_over_are_not_kept() -> None:
    kind = type(re2.compile("a"))

    def kept() -> int:
        gc.collect()
        return sum(type(each) is kind for each in gc.get_objects())

    re2.purge()  # of what other tests left there
    before = kept()
    for number in range(20):
        assert matcher(Query(pattern=f"vlan {number}$")).places("vlan 7", "vlan 7") == ([0] if number == 7 else [])
    assert kept() <= before
