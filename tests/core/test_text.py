from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import ago, and_more, as_sentence, clean, count, cut, duration, ended, nearest, phrase, phrases

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("core-rtr-01", "core-rtr-01"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("dos\r\nand mac\rand unicode\u2028lines", "dos\nand mac\nand unicode\nlines"),
        ("nul\x00 escape\x1b[31m c1\x9b", "nul\ufffd escape\ufffd[31m c1\ufffd"),
        ("half \ud83d a pair", "half \ufffd a pair"),
        ("\u202eright\u200b to\u2066 left\ufeff", "right to left"),
        ("Zürich 東京 🚀️", "Zürich 東京 🚀️"),
        ("", ""),
    ],
)
def test_only_what_can_be_seen_stays(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_can_be_encoded_and_is_clean(raw: str) -> None:
    cleaned = clean(raw)
    cleaned.encode()
    assert clean(cleaned) == cleaned


def test_cut_says_that_something_is_missing() -> None:
    assert [cut("abcdef", limit) for limit in (6, 5, 1, 0)] == ["abcdef", "abcd…", "…", ""]


@pytest.mark.parametrize(
    ("words", "inside", "sentence"),
    [
        ("failed: Authentication failed.", "failed: Authentication failed", "failed: Authentication failed."),
        ("no route to 10.0.0.1", "no route to 10.0.0.1", "no route to 10.0.0.1."),
        ("it broke!", "it broke", "it broke."),
        ("what now?", "what now?", "what now?"),
        ("cut short…", "cut short…", "cut short…"),
    ],
)
def test_text_from_outside_goes_on_or_ends_with_one_sign(words: str, inside: str, sentence: str) -> None:
    assert (phrase(words), ended(words)) == (inside, sentence)
    assert as_sentence(words) == sentence[0].upper() + sentence[1:]
    assert phrases([words, words]) == f"{inside}; {inside}"


def test_counts_have_their_plural() -> None:
    assert [count(1, "line"), count(0, "line"), count(12_000, "line")] == ["1 line", "0 lines", "12,000 lines"]
    assert [and_more(3), and_more(1, "line"), and_more(2, "line")] == [
        "… and 3 more",
        "… and 1 more line",
        "… and 2 more lines",
    ]


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=61), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=5), "5 days ago"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=-3), "in 3 min"),
    ],
)
def test_ages_are_given_in_one_unit(back: timedelta, words: str) -> None:
    assert ago(NOON, NOON - back) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (3, "3 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3_780, "1 h 3 min"),
        (7_201, "2 h"),
        (187_200, "2 days 4 h"),
    ],
)
def test_durations_are_given_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_nearest_words_come_first() -> None:
    commands = ["status", "ping", "backup", "jobs", "search", "help"]
    assert nearest("STATSU", commands) == ["status"]
    assert nearest("pign", commands) == ["ping"]
    assert nearest("xyzzy", commands) == []
    assert nearest("", commands) == []


def test_equally_near_words_come_in_alphabetical_order_whatever_their_order() -> None:
    names = ["edge-03", "Edge-02", "edge-01", "edge-04"]
    assert nearest("edge-0x", names) == nearest("edge-0x", names[::-1]) == ["edge-01", "Edge-02", "edge-03"]


def test_ten_thousand_names_and_a_word_of_40000_characters_are_no_trouble() -> None:
    names = [f"site{n // 100}-sw-{n % 100:02}" for n in range(10_000)]
    assert nearest("site7-sw-42x", names)[0] == "site7-sw-42"
    assert nearest("site7-sw-42" * 4_000, names) == []
