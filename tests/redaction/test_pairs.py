"""Which secrets differ between two configs: by what stands around them and by what they say, not by their order alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.configs.diff import diff
from bot.configs.sections import lines_of
from bot.redaction.redactor import CHANGED, MARK, Redactor
from bot.redaction.reversible import meaning


def compared(old: str, new: str) -> list[str]:
    """The lines that differ."""
    found = diff(*map(lines_of, Redactor().pair(old, new)))
    return [f"{line.sign}{line.text}" for hunk in found.hunks for line in hunk.lines if line.sign != " "]


def communities(*names: str) -> str:
    return "".join(f"snmp-server community {name} RO\n" for name in names)


def in_braces(*names: str) -> str:
    inner = "".join(f"    community {name} {{\n        authorization read-only;\n    }}\n" for name in names)
    return f"snmp {{\n{inner}}}\n"


LINE = "snmp-server community {} RO".format


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("ab", "zab", [f"+{LINE(MARK)}"]),
        ("ab", "azb", [f"+{LINE(MARK)}"]),
        ("abc", "ac", [f"-{LINE(MARK)}"]),
        ("ab", "ba", []),
        ("ab", "az", [f"-{LINE(CHANGED)}", f"+{LINE(CHANGED)}"]),
        ("abc", "zbc", [f"-{LINE(CHANGED)}", f"+{LINE(CHANGED)}"]),
    ],
)
def test_a_line_that_is_put_before_others_or_moved_changes_none_of_them(old: str, new: str, lines: list[str]) -> None:
    old, new = (communities(*(f"{letter}{letter}word1" for letter in names)) for names in (old, new))
    assert compared(old, new) == lines


def test_the_lines_of_a_new_block_are_all_that_is_new() -> None:
    added = [f"+    community {MARK} {{", "+        authorization read-only;", "+    }"]
    assert compared(in_braces("aaword1", "bbword1"), in_braces("zzword1", "aaword1", "bbword1")) == added


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("line vty 0 4\n password 7 094F471A1A0A\n", "line vty 0 4\n password 7 045802150C2E\n"),
        ("snmp-server community aaword1\nsnmp-server community bbword1\n",) * 2,
    ],
)
def test_a_value_that_was_only_written_in_another_way_is_no_change(old: str, new: str) -> None:
    assert compared(old, new) == []


def test_what_can_be_read_back_differs_where_it_says_something_else() -> None:
    assert meaning("094F471A1A0A", "password 7 ") == "cisco"
    assert meaning("094F471A1A0A", "key ") == "094F471A1A0A"
    assert meaning("$9$LbHX-wg4Z", "secret ") == "lc"
    assert meaning("$9$", "") == "$9$"
    assert meaning("$9$ü?", "") == "$9$ü?"
    assert len(compared(" password 7 094F471A1A0A\n", " password 7 094F471A1A0B\n")) == 2


NAMES = st.lists(st.sampled_from(["aaword1", "bbword1", "ccword1", "ddword1"]), max_size=6)


@settings(max_examples=150, deadline=None)
@given(NAMES, NAMES)
def test_a_change_is_never_missed_and_nothing_else_is_one(old: list[str], new: list[str]) -> None:
    lines = compared(f"hostname a\n{communities(*old)}", f"hostname a\n{communities(*new)}")
    assert bool(lines) == (sorted(old) != sorted(new))
    assert len(lines) <= len(old) + len(new)
    marks = [sum(line.startswith(sign) and CHANGED in line for line in lines) for sign in "+-"]
    assert marks[0] == marks[1]
