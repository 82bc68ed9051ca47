"""A diff shows what changed, and leads from each text to the other."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.configs.diff import Diff, Hunk, Line, diff
from bot.redaction.redactor import CHANGED

OLD = [*"abcdefghij", "interface x", " y", " z", *"klmnop"]


def test_a_change_has_three_lines_around_it_and_the_section_it_is_in() -> None:
    new = [*OLD[:11], " y2", *OLD[12:]]
    assert diff(OLD, new).hunks == (
        Hunk(
            9,
            9,
            "interface x",
            tuple(
                Line(sign, text)  # type: ignore[arg-type]
                for sign, text in zip("   -+   ", ["i", "j", "interface x", " y", " y2", " z", "k", "l"], strict=True)
            ),
        ),
    )


def test_changes_that_are_near_are_one_hunk_and_others_are_not() -> None:
    assert [(h.old, h.new) for h in diff(OLD, ["A", *OLD[1:7], "H", *OLD[8:]]).hunks] == [(1, 1)]
    assert [(h.old, h.new) for h in diff(OLD, ["A", "A", *OLD[1:15], "L", *OLD[16:]]).hunks] == [(1, 1), (13, 14)]


def test_a_secret_that_changed_is_a_change_though_both_read_the_same() -> None:
    lines = ["a", f"key {CHANGED}", "b"]
    found = diff(lines, lines)
    assert (found.added, found.removed) == (1, 1)
    assert [line for line in found.hunks[0].lines if line.sign != " "] == [
        Line("-", f"key {CHANGED}"),
        Line("+", f"key {CHANGED}"),
    ]


LINES = st.lists(st.sampled_from(["a", "b", " c", "", "!"]), max_size=40)


def patched(old: list[str], found: Diff) -> list[str]:
    """The new text, made of the old one and the hunks."""
    lines, at = list[str](), 0
    for hunk in found.hunks:
        lines += old[at : hunk.old - 1]
        assert len(lines) == hunk.new - 1
        before = [line.text for line in hunk.lines if line.sign != "+"]
        assert before == old[hunk.old - 1 : hunk.old - 1 + len(before)]
        lines += [line.text for line in hunk.lines if line.sign != "-"]
        at = hunk.old - 1 + len(before)
    return lines + old[at:]


@given(LINES, LINES)
def test_old_and_new_are_read_back_from_the_hunks(old: list[str], new: list[str]) -> None:
    found = diff(old, new)
    assert patched(old, found) == new
    signs = [line.sign for hunk in found.hunks for line in hunk.lines]
    assert (signs.count("+"), signs.count("-")) == (found.added, found.removed)
    assert bool(found.hunks) == (old != new)


LONG = st.lists(st.sampled_from(["a", "b", " c", "!", "x1", "x2", "x3", f"key {CHANGED}"]), min_size=8, max_size=30)


@settings(max_examples=30, deadline=None)
@given(LONG, st.lists(st.tuples(st.integers(0, 8_000), LONG), max_size=8), st.booleans())
def test_long_texts_are_read_back_from_the_hunks_too(
    block: list[str], edits: list[tuple[int, list[str]]], numbered: bool
) -> None:
    old = block * (5_000 // len(block))
    if numbered:
        old = [f"{line} {number}" for number, line in enumerate(old)]
    new = list(old)
    for at, lines in edits:
        new[at : at + len(lines) // 2] = lines
    assert patched(old, diff(old, new)) == new


@pytest.mark.parametrize(
    "block", [[f"key {CHANGED}"], ["!", f" key {CHANGED}"], ["/menu", f"add key={CHANGED}"], ["  a", f"  b {CHANGED}"]]
)
@pytest.mark.parametrize("numbered", [False, True])
def test_the_time_of_many_changed_secrets_is_linear(block: list[str], numbered: bool) -> None:
    old = [f"{line} {number}" if numbered else line for number, line in enumerate(block * (32_000 // len(block)))]
    started = time.thread_time()
    found = diff(old, old[1:])
    assert time.thread_time() - started < 3  # 0.4 on an idle machine, and 11 where it is quadratic
    assert patched(old, found) == old[1:]
