"""The ended jobs are found in a list that may begin or end with the jobs that have no end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import WebNetMissing
from bot.feeds.ended_jobs import Ends
from bot.webnet.models import Job

PAGE = 50
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
orders = st.sampled_from(["first", "last"])


def job(number: int, *, ended: bool) -> Job:
    at = NOON + timedelta(seconds=number) if ended else None
    return Job(number, 1, "x", "success" if ended else "running", None, None, None, at, frozenset())


class JobTable:
    """A list whose jobs are made as they are read, since there may be a million."""

    def __init__(self, ended: int, unfinished: int, nulls: str) -> None:
        self.ended, self.rows = ended, ended + unfinished
        newest_first = (range(ended, 0, -1), range(self.rows, ended, -1))
        self.parts = newest_first if nulls == "last" else newest_first[::-1]
        self.read: list[int] = []

    def fetch(self, number: int) -> tuple[int, tuple[Job, ...]]:
        pages = max(1, -(-self.rows // PAGE))
        self.read.append(number)
        if number > pages:
            raise WebNetMissing("Invalid page.")
        first, second = self.parts
        begin, end = (number - 1) * PAGE, number * PAGE
        shown = [*first[begin:end], *second[max(0, begin - len(first)) : max(0, end - len(first))]]
        return pages, tuple(job(each, ended=each <= self.ended) for each in shown)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 700), st.integers(0, 700), orders, st.integers(1, 40), st.integers(0, 700))
def test_all_that_ended_since_then_are_found_from_any_page(
    ended: int, unfinished: int, nulls: str, hint: int, since: int
) -> None:
    table = JobTable(ended, unfinished, nulls)
    pages = list(Ends(table.fetch, hint).newest_first(NOON + timedelta(seconds=since)))
    shown = [job.id for page in pages for job in page]
    assert shown == sorted(shown, reverse=True)
    assert set(range(max(1, since), ended + 1)) <= set(shown)
    assert len(pages) <= (max(0, ended - since) + 2 * PAGE) // PAGE + 1


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), orders)
def test_all_without_an_end_are_found(ended: int, unfinished: int, nulls: str) -> None:
    table = JobTable(ended, unfinished, nulls)
    shown = [job.id for page in Ends(table.fetch, 1).without_end() for job in page]
    assert sorted(shown) == list(range(ended + 1, ended + unfinished + 1))


@pytest.mark.parametrize("nulls", ["first", "last"])
@pytest.mark.parametrize("unfinished", [0, 1, 49, 50, 51, 200])
def test_an_idle_look_costs_one_request_and_two_where_a_page_begins_there(nulls: str, unfinished: int) -> None:
    table = JobTable(1_000_000, unfinished, nulls)
    first = Ends(table.fetch, 1)
    assert next(len(page) for page in first.newest_first(NOON + timedelta(days=100))) > 0
    assert len(table.read) <= 8
    table.read.clear()
    again = Ends(table.fetch, first.page)
    next(again.newest_first(NOON + timedelta(days=100)))
    assert again.page == first.page
    assert len(table.read) == (2 if nulls == "first" and unfinished in (50, 200) else 1)
