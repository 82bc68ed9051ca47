"""The arguments of `search` become a query, or a sentence that says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.configs.query import MAX_QUERY, Query, query_of
from bot.core.errors import UsageError
from handlers import search


def read_query(line: str) -> Query:
    return query_of(search.COMMAND.parse(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip route", {"words": ("ip", "route")}),
        ('"ip route" 10.0', {"words": ("ip route", "10.0")}),
        ("“ip route”", {"words": ("ip route",)}),
        ("it's 10\xa0%", {"words": ("it's", "10", "%")}),
        ('a "b c', {"words": ("a", '"b', "c")}),
        ("\"\" x '  ' yy", {"words": ("x", "yy")}),
        ("2001:db8::1 12:30", {"words": ("2001:db8::1", "12:30")}),
        (
            "site:fra1 VENDOR:'cisco systems' ntp",
            {"words": ("ntp",), "filters": {"site": "fra1", "vendor": "cisco systems"}},
        ),
        ('"site:fra1"', {"words": ("site:fra1",)}),
        ("site: fra1", {"words": ("site:", "fra1")}),
        ("word:ip", {"whole": "ip", "pattern": r"\b\Qip\E\b"}),
        ("site:x word:'ip route'", {"whole": "ip route", "pattern": r"\b\Qip route\E\b", "filters": {"site": "x"}}),
        ("regex:^ip address 10\\.", {"pattern": "^ip address 10\\."}),
        ("regex: ^a  b ", {"pattern": "^a  b"}),
        ('regex:"a b" site:x', {"pattern": "a b", "filters": {"site": "x"}}),
        ('site:x REGEX:a" b"', {"pattern": 'a" b"', "filters": {"site": "x"}}),
        ("page:3 as:csv xy", {"words": ("xy",), "page": 3, "as_file": True}),
        ("page:0 page:٣ page:12345 as:pdf", {"words": ("page:0", "page:٣", "page:12345", "as:pdf")}),
    ],
)
def test_a_line_is_read(line: str, expected: dict[str, Any]) -> None:
    query = read_query(line)
    shown = {name: getattr(query, name) for name in ("words", "pattern", "whole", "filters", "page", "as_file")}
    assert shown == {"words": (), "pattern": "", "whole": "", "filters": {}, "page": 1, "as_file": False} | expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "Say what to search for"),
        (" \xa0 ", "Say what to search for"),
        ("a", "at least two characters"),
        ('"" a b', "at least two characters"),
        ("site:fra1", "Say what to search for"),
        ("word:ip route", "nothing else stands beside"),
        ("word:-", "begins and ends with a letter from a to z or a digit"),
        ("regex:", "no pattern behind"),
        ('regex:"a" b', "`b` stands beside `regex:`"),
        ("b regex:a", "`b` stands beside `regex:`"),
        ("site:a site:b ntp", "two of `site:`"),
        ("x" * (MAX_QUERY + 1), "501 characters, where 500 are allowed"),
    ],
)
def test_what_cannot_be_searched_for_is_said(line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_query(line)


def again(query: Query, **how: Any) -> Query:
    """Reads a query as a button's line gives it."""
    return read_query(search._line(query, **how).removeprefix("search "))


LINES = st.lists(
    st.sampled_from(
        [
            "ip",
            '"a b"',
            "'c \"d'",
            "it's",
            '"e',
            "site:x",
            "vendor:'y z'",
            "page:2",
            "as:csv",
            "regex:^a b",
            ":",
            "word:ip",
        ]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@given(LINES, st.integers(1, 9_999))
def test_a_button_asks_the_same_again(line: str, page: int) -> None:
    try:
        query = read_query(line)
    except UsageError:
        return
    assert again(query, page=page) == replace(query, page=page, as_file=False)
    assert again(query, as_file=True).as_file


def test_a_query_knows_that_something_in_it_was_hidden() -> None:
    assert read_query('"enable secret <redacted>"').secret
    assert read_query("regex:community <redacted: changed>").secret
    assert not read_query("enable secret").secret
