"""The jobs of one customer are found in a list that holds the jobs of all customers and grows meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.paging import MOST_PAGES, WANTED, Position, Slice, look
from bot.webnet.models import Job

PAGE = 50


def job(number: int) -> Job:
    return Job(
        id=number,
        customer=1,
        type="x",
        status="success",
        user=None,
        requested_at=None,
        started_at=None,
        finished_at=None,
        device_ids=frozenset(),
    )


class JobTable:
    """Stands for WebNet's job list by falling id; `grow` says how many new jobs come in before each page is read."""

    def __init__(self, numbers: Sequence[int], grow: Callable[[], int] = lambda: 0) -> None:
        self.numbers = sorted(numbers, reverse=True)
        self.grow = grow
        self.fetched: list[int] = []
        self._new = count(max(numbers, default=0) + 1)

    def fetch(self, number: int) -> tuple[int, tuple[Job, ...]]:
        for _ in range(self.grow()):
            self.numbers.insert(0, next(self._new))
        self.fetched.append(number)
        pages = max(1, -(-len(self.numbers) // PAGE))
        assert 1 <= number <= pages, f"page {number} of {pages}: WebNet answers 404"
        return pages, tuple(map(job, self.numbers[(number - 1) * PAGE : number * PAGE]))


def ids(found: Slice) -> list[int]:
    return [shown.id for shown in found.jobs]


def walk_older(table: JobTable, match: Callable[[Job], bool]) -> list[Slice]:
    slices = [look(table.fetch, match, Position())]
    while slices[-1].older is not None:
        assert len(slices) < 500, "it goes on for ever"
        table.fetched.clear()
        slices.append(look(table.fetch, match, slices[-1].older))
        assert len(table.fetched) <= MOST_PAGES
        assert len(table.fetched) == len(set(table.fetched))
    return slices


lists = st.tuples(st.integers(0, 900), st.integers(0, 99)).map(
    lambda drawn: set(random.Random(drawn[1]).sample(range(1, 3_000), drawn[0]))
)
shares = st.sampled_from([1, 2, 3, 7, 40, 1_000])


@settings(max_examples=150, deadline=None)
@given(lists, shares)
def test_going_to_older_ones_shows_every_match_once_newest_first(numbers: set[int], share: int) -> None:
    slices = walk_older(JobTable(sorted(numbers)), lambda shown: shown.id % share == 0)
    shown = [number for found in slices for number in ids(found)]
    assert shown == sorted((number for number in numbers if number % share == 0), reverse=True)
    assert all(len(found.jobs) <= WANTED for found in slices)
    assert all(len(found.jobs) == WANTED for found in slices[:-1] if found.complete)


@settings(max_examples=150, deadline=None)
@given(lists, shares, st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_new_jobs_meanwhile_neither_hide_nor_repeat_an_older_one(
    numbers: set[int], share: int, growth: list[int]
) -> None:
    turns = count()
    table = JobTable(sorted(numbers), lambda: growth[next(turns) % len(growth)] if next(turns) < 80 else 0)
    slices = walk_older(table, lambda shown: shown.id % share == 0)
    shown = [number for found in slices for number in ids(found)]
    assert len(shown) == len(set(shown))
    assert shown == sorted(shown, reverse=True)
    assert {number for number in numbers if number % share == 0} <= set(shown)


@settings(max_examples=150, deadline=None)
@given(lists, shares, st.integers(0, 30))
def test_going_back_to_newer_ones_ends_at_the_newest(numbers: set[int], share: int, steps: int) -> None:
    table = JobTable(sorted(numbers))

    def match(shown: Job) -> bool:
        return shown.id % share == 0

    newest = look(table.fetch, match, Position())
    found = newest
    for _ in range(steps):
        if found.older is None:
            break
        found = look(table.fetch, match, found.older)
    seen: list[int] = []
    for _ in range(200):
        if found.newer is None:
            break
        found = look(table.fetch, match, found.newer)
        seen += ids(found)
    assert found.newer is None
    assert ids(found) == ids(newest)


@settings(max_examples=100, deadline=None)
@given(lists, st.integers(1, 30))
def test_newer_undoes_older_where_every_job_fits(numbers: set[int], steps: int) -> None:
    table = JobTable(sorted(numbers))
    way = [look(table.fetch, lambda _: True, Position())]
    for _ in range(steps):
        if way[-1].older is None:
            break
        way.append(look(table.fetch, lambda _: True, way[-1].older))
    for before, after in zip(reversed(way[:-1]), reversed(way[1:]), strict=True):
        assert after.newer is not None
        assert ids(look(table.fetch, lambda _: True, after.newer)) == ids(before)


def test_an_empty_list_is_read_once() -> None:
    table = JobTable([])
    found = look(table.fetch, lambda _: True, Position())
    assert (found.jobs, found.older, found.newer, found.complete) == ((), None, None, True)
    assert table.fetched == [1]


def test_five_pages_without_a_match_offer_to_look_further() -> None:
    table = JobTable(range(1, 1_001))
    found = look(table.fetch, lambda shown: shown.id == 1, Position())
    assert (found.looked, found.complete, found.jobs) == (5 * PAGE, False, ())
    assert found.older == Position(before=751, page=5)


def test_a_page_that_is_full_of_matches_is_the_only_one_that_is_read() -> None:
    table = JobTable(range(1, 1_001))
    assert ids(look(table.fetch, lambda _: True, Position())) == list(range(1_000, 990, -1))
    assert table.fetched == [1]
