"""Which rules a line needs: leaving out the others must never change what is hidden."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.configs import IN_CONFIGS
from bot.redaction.redactor import Redactor, redact
from bot.redaction.rules import ANYWHERE
from bot.redaction.table import LONG, Table, outline
from tests.redaction.test_configs import CORPUS, plain
from tests.redaction.test_grammar import TEXTS

CHANCE = random.Random(14)
LINES = sorted({line for text in (*CORPUS.values(), *(text for _, text in TEXTS)) for line in plain(text).split("\n")})
TABLES = [ANYWHERE, IN_CONFIGS]
hide = Redactor()


def needed(table: Table, line: str) -> set[int]:
    return {number for number, rule in enumerate(table.rules) if rule.pattern.search(line)}


@pytest.mark.parametrize("table", TABLES)
def test_no_rule_that_finds_something_is_left_out(table: Table) -> None:
    for line in CHANCE.sample(LINES, 500):
        for found in (table.by_outlines(line), table.by_hints(line)):
            assert needed(table, line) <= {number for number, _ in found}, line


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=2).map(" ".join),
    st.sampled_from(["é", "ſ", "K", "İ", "\x0b", "\x1c", "\xa0", "\u2003", '"', "\\", "\r", "=", "٣"]),
    st.integers(0, 200),
    st.booleans(),
)
def test_no_rule_is_left_out_where_a_character_is_another_one(
    table: Table, line: str, other: str, at: int, upper: bool
) -> None:
    at %= len(line) + 1
    line = f"{line[:at]}{other}{line[at + 1 :]}"
    line = line.upper() if upper else line
    assert needed(table, line) <= {number for number, _ in table.by_outlines(line)}


@pytest.mark.parametrize("platform", CORPUS)
def test_a_long_text_is_redacted_as_its_lines_are(platform: str) -> None:
    """But for a private key, which is more than its lines."""
    lines = [line for line in plain(CORPUS[platform]).split("\n") if "PRIVATE KEY" not in line and len(line) < LONG]
    assert redact("\n".join(lines)) == "\n".join(map(redact, lines))


@pytest.mark.parametrize(
    ("pattern", "outlined"),
    [
        (r"(?<![\w-])key[ \t]++(?!none)(?P<secret>\S++)(?=;)", r"key(?:[ \t]|\xff)+(?:\S+)(?:;)"),
        (r"a(?=b)c{2,5}+\bd{3}(?:e|f)?+[^\s]*?", r"ac{2,}(?:)d{3}(?:e|f)?[^\s]*"),
        (r"(?P<fence>%|@)\w{0,9}?(?P=fence)(?<=x)", r"(?:%|@)[\w\xff]*.*"),
        (r"[\w.-]++", r"(?:[\w.-]|\xff)+"),
        (r"[\s:]\s$", r"(?:[\s:]|[\x0b\x1c-\x1f\xff])[\s\x0b\x1c-\x1f\xff]$"),
    ],
)
def test_an_outline_leaves_out_what_re2_does_not_know(pattern: str, outlined: str) -> None:
    assert outline(pattern) == outlined


@pytest.mark.parametrize("line", CHANCE.sample(LINES, 25))
def test_a_long_line_takes_linear_time(line: str) -> None:
    started = time.thread_time()
    hide.config((line + " ") * (100_000 // (len(line) + 1)))
    assert time.thread_time() - started < 1.5  # 0.1 on an idle machine; what is quadratic takes more than 3
