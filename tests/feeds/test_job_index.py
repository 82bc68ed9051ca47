"""`jobs` reads the index as far back as it goes, and WebNet's own list behind it."""

from __future__ import annotations

from contextlib import closing, suppress

import pytest

from bot.core.commands import Caller, Role
from bot.core.errors import BotError, OutcomeUnknown, WebNetInvalid
from bot.jobs.index import SIZE, JobIndex
from bot.jobs.paging import Position, Slice, look
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, ManualClock, WebNetLab
from store.database import Store
from store.jobs import Cancelled
from tests.feeds.conftest import feeding_for

OSCAR = Caller("U0OSCAR", 3, "oscar", Role.operator, frozenset({1}))


def walk(index: JobIndex) -> list[Slice]:
    """Lists all jobs of Acme, ten at a time."""
    listed = index.of(1)
    slices = [look(listed.page, lambda job: job.customer == 1, Position())]
    while slices[-1].older is not None:
        slices.append(look(index.of(1).page, lambda job: job.customer == 1, slices[-1].older))
    return slices


def ids(slices: list[Slice]) -> list[int]:
    return [job.id for found in slices for job in found.jobs]


@pytest.mark.parametrize("new", [0, 3, 2 * SIZE])
def test_every_job_is_listed_once_across_the_end_of_the_index(store: Store, clock: ManualClock, new: int) -> None:
    with WebNetLab(clock=clock, job_seconds=1.0) as lab:
        bot = feeding_for(lab, store, clock)
        bot.poll("jobs")
        for number in range(new):
            lab.start_job("check_reachability", [1], customer=1 + number % 2)
        bot.poll("jobs")
        lab.start_job("check_reachability", [1])  # not in the index yet
        index = JobIndex(bot.webnet, store.jobs)
        wanted = sorted((row["id"] for row in lab.rows("jobs") if row["customer"] == 1), reverse=True)
        assert ids(walk(index)) == wanted
        for vanished in wanted[3:60:7]:
            lab.delete("jobs", vanished)
        left = [number for number in wanted if number in lab.state.jobs]
        assert [number for number in ids(walk(index)) if number in left] == left
        bot.webnet.close()


@pytest.mark.parametrize(
    ("error", "by"), [(None, "oscar"), (WebNetInvalid("no"), None), (OutcomeUnknown("?"), "oscar")], ids=str
)
def test_who_cancels_a_job_is_kept_before_webnet_is_asked(store: Store, error: BotError | None, by: str | None) -> None:
    with WebNetLab() as lab, closing(WebNet(Transport(lab.url, BOT_KEY))) as webnet:
        index, number = JobIndex(webnet, store.jobs), lab.start_job("check_reachability", [1])
        with suppress(BotError), index.cancelling(webnet.job(number), OSCAR):
            assert store.jobs.cancelled(number, seen=True) == Cancelled("oscar", "U0OSCAR")
            if error:
                raise error
        found = store.jobs.cancelled(number, seen=True)
        assert (found.by if found else None) == by
        assert (store.jobs.cancelled(number, seen=False) is None) == (error is not None)


def test_before_the_first_look_webnets_own_list_is_read(store: Store, clock: ManualClock) -> None:
    with WebNetLab(clock=clock) as lab:
        bot = feeding_for(lab, store, clock)
        wanted = sorted((row["id"] for row in lab.rows("jobs") if row["customer"] == 1), reverse=True)
        assert ids(walk(JobIndex(bot.webnet, store.jobs))) == wanted
        bot.webnet.close()


def test_one_request_shows_the_newest_jobs_as_they_are_now(store: Store, clock: ManualClock) -> None:
    with WebNetLab(clock=clock, job_seconds=60.0) as lab:
        bot = feeding_for(lab, store, clock)
        bot.poll("jobs")
        running = lab.start_job("check_reachability", [1])
        for _ in range(120):
            lab.start_job("check_reachability", [131], customer=2)
        bot.poll("jobs")
        lab.finish(running)
        before = lab.request_count
        listed = JobIndex(bot.webnet, store.jobs).of(1)
        found = look(listed.page, lambda job: job.customer == 1, Position())
        assert lab.request_count == before + 1
        assert (found.jobs[0].id, found.jobs[0].status) == (running, "running")
        assert listed.live(found.jobs[0]).status == "success"
        assert lab.request_count == before + 2
        bot.webnet.close()


def test_the_index_forgets_old_jobs_and_webnets_list_goes_on_there(store: Store, clock: ManualClock) -> None:
    with WebNetLab(clock=clock, job_seconds=1.0) as lab:
        bot = feeding_for(lab, store, clock)
        bot.poll("jobs")
        for _ in range(30):
            lab.start_job("check_reachability", [1])
        bot.poll("jobs")
        clock.advance(3_600)
        lab.start_job("check_reachability", [1])
        bot.poll("jobs")
        assert store.jobs.sweep(clock()) > 30
        wanted = sorted((row["id"] for row in lab.rows("jobs") if row["customer"] == 1), reverse=True)
        assert ids(walk(JobIndex(bot.webnet, store.jobs))) == wanted
        bot.webnet.close()
