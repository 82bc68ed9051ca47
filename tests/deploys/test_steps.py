"""The steps of a deploy, with crashes at every boundary: no commit is sent twice, and every deploy comes to an end."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from bot.deploys import steps
from bot.deploys.steps import ENDS, STEPS, Compare, Course, Decide, Find, Follow, Host, Move, Send, State

COURSES = int(os.environ.get("DEPLOYS", "400"))


class Killed(Exception):
    """The process died here."""


@dataclass
class World:
    """WebNet, which loses what it likes, and the store, which keeps what was written. What a process knew dies with it."""

    random: Random
    kept: Course
    jobs: dict[State, int] = field(default_factory=dict)  # that were made
    posts: list[tuple[State, tuple[int, ...]]] = field(default_factory=list)

    def boundary(self) -> None:
        if self.random.random() < 0.15:
            raise Killed

    def write(self, course: Course) -> None:
        self.boundary()
        self.kept = course
        self.boundary()

    def act(self) -> None:
        course = self.kept
        match steps.next_action(course):
            case Send(state):
                self._send(course, state)
            case Find() if course.state in self.jobs:
                self.write(replace(course, jobs={**course.jobs, course.state: self.jobs[course.state]}))
            case Find():
                self.write(steps.lost(course, "not clear"))
            case Follow():
                lost = self.random.random() < 0.05
                self.write(steps.lost(course, "gone") if lost else replace(course, hosts=self._results(course)))
            case Decide():
                self.write(replace(course, state="checking" if self.random.random() < 0.9 else "void"))
            case Compare():
                self.write(replace(course, state=steps.end_of(course)))
            case Move(state):
                self.write(replace(course, state=state))

    def _send(self, course: Course, state: State) -> None:
        if self.random.random() < 0.1:  # the gate refuses
            self.write(steps.stopped(course, state, "it was renamed"))
            return
        self.write(replace(course, state=state))
        self.posts.append((state, course.scope(state)))
        if self.random.random() < 0.95:
            self.jobs[state] = len(self.posts)
        self.boundary()
        if state in self.jobs:
            self.write(replace(self.kept, jobs={**self.kept.jobs, state: self.jobs[state]}))

    def _results(self, course: Course) -> dict[int, Host]:
        said = {each: self.random.choice(["", "", "", "", "no answer"]) for each in course.scope(course.state)}
        return course.with_results(STEPS[course.state].kind, said)


def run(seed: int) -> World:
    random = Random(seed)
    devices = tuple(range(1, 1 + random.choice([1, 2, 3, 40])))
    world = World(random, Course("requested", devices, random.random() < 0.3))
    for _ in range(200):
        if world.kept.state in ENDS:
            return world
        try:
            world.act()
        except Killed:
            continue  # the next process goes on with what was kept
    raise AssertionError(f"no end with seed {seed}: {world.kept}")


@pytest.mark.parametrize("share", range(4))
def test_whatever_is_killed_nothing_is_sent_twice_and_the_end_says_what_is_known(share: int) -> None:
    ends: Counter[State] = Counter()
    for seed in range(share, COURSES, 4):
        world = run(seed)
        course, committed = world.kept, Counter[int]()
        for state, devices in world.posts:
            committed.update(devices if STEPS[state].kind == "commit" else ())
        assert max(committed.values(), default=0) <= 1, seed
        assert len({state for state, _ in world.posts}) == len(world.posts), seed
        assert course.state != "void" or not committed, seed
        if course.state == "done":
            assert {*committed} == {*course.devices}, seed
        if course.tries_first and (course.host(course.devices[0]).commit or course.host(course.devices[0]).backup):
            assert {*committed} <= {course.devices[0]}, seed
        ends[course.state] += 1
    assert {*ends} == ENDS


def test_one_device_goes_alone_and_the_others_wait_for_it() -> None:
    alone, many = Course("checking", (1,)), Course("checking", (1, 2, 3))
    assert steps.next_action(alone) == Send("committing")
    assert (alone.scope("committing"), many.scope("committing_first"), many.scope("committing")) == ((1,), (1,), (2, 3))
    assert steps.next_action(replace(many, all_at_once=True)) == Send("committing")
    assert replace(many, all_at_once=True).scope("committing") == (1, 2, 3)


def test_a_backup_follows_a_commit_that_failed_and_the_rest_is_left_alone() -> None:
    course = Course("committing_first", (1, 2), hosts={1: Host(commit="no answer")}, jobs={"committing_first": 7})
    assert steps.next_action(course) == Send("backing_up_first")
    course = replace(course, state="backing_up_first", hosts={1: Host(commit="no answer", backup="")})
    assert steps.next_action(course) == Move("comparing")
    assert steps.end_of(course) == "failed"


def test_a_preview_that_one_device_refuses_ends_the_deploy() -> None:
    course = Course("previewing", (1, 2), hosts={1: Host(preview=""), 2: Host(preview="Invalid input")})
    assert steps.next_action(course) == Move("void")


def test_what_is_written_of_the_hosts_comes_back() -> None:
    hosts = {1: Host(preview="", commit="no answer", before=5), 2: Host(after=0)}
    assert steps.read(steps.written(hosts)) == hosts
