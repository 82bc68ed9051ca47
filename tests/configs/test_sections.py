"""A config is cut into sections, lines around hits, and pages."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.configs import sections
from bot.configs.line_match import Hit

IOS = [
    "hostname a",
    "!",
    "interface Gi0/1",
    " ip address 1",
    " !",
    " shutdown",
    "!",
    "router bgp 1",
    " af ipv4",
    "  nb 2",
    "end",
]
JUNOS = ["interfaces {", "    ge-0 {", "        unit 0;", "    }", "}", "system {", "    host-name a;", "}"]
MIKROTIK = ["# by RouterOS", "/interface bridge", "add name=b", "/ip address", "add address=1", "add address=2"]
FORTI = ["config system interface", '    edit "p1"', "        set ip 1", "    next", "end"]


@pytest.mark.parametrize(
    ("lines", "index", "section"),
    [
        (IOS, 0, ""),
        (IOS, 5, "interface Gi0/1"),
        (IOS, 9, "router bgp 1 › af ipv4"),
        (JUNOS, 2, "interfaces › ge-0"),
        (JUNOS, 6, "system"),
        (MIKROTIK, 2, "/interface bridge"),
        (MIKROTIK, 5, "/ip address"),
        (MIKROTIK, 3, ""),
        (FORTI, 2, 'config system interface › edit "p1"'),
        (["a", " b", "  c", "   d", "    e"], 4, "b › c › d"),
    ],
)
def test_a_line_belongs_to_what_stands_above_it(lines: list[str], index: int, section: str) -> None:
    assert sections.Nesting(lines).section_of(index) == section


PORTS = ["port1", " a", "port1.5", " b", "port10", " c"]


@pytest.mark.parametrize(
    ("lines", "words", "found"),
    [
        (IOS, "INTERFACE", [range(2, 6)]),
        (IOS, "af ipv4", [range(8, 10)]),
        (IOS, "shutdown", []),
        (JUNOS, "ge-0", [range(1, 4)]),
        (JUNOS, "s", [range(5), range(5, 8)]),
        (MIKROTIK, "/ip", [range(3, 6)]),
        (FORTI, "p1", [range(1, 3)]),
        ([], "x", []),
        (PORTS, "port1", [range(2), range(2, 4)]),
        (PORTS, "Port", [range(2), range(2, 4), range(4, 6)]),
        (PORTS, "port1.", [range(2, 4)]),
        (PORTS[4:], "port1", [range(2)]),
    ],
)
def test_a_section_is_a_line_with_what_belongs_to_it(lines: list[str], words: str, found: list[range]) -> None:
    assert sections.sections(lines, words) == found


def test_sections_have_names() -> None:
    assert list(sections.names(IOS)) == ["interface Gi0/1", "router bgp 1"]
    assert list(sections.names(JUNOS)) == ["interfaces", "system"]
    assert list(sections.names(MIKROTIK)) == ["/interface bridge", "/ip address"]


def shown(lines: list[str], *hits: Hit) -> str:
    return sections.code(sections.around(lines, hits)).text


def test_a_hit_is_shown_with_its_section_and_the_lines_beside_it() -> None:
    assert shown(IOS, Hit(6, " shutdown", ())) == " 3  interface Gi0/1\n  …\n 5   !\n▸6   shutdown\n 7  !\n"
    assert shown(IOS, Hit(1, "hostname a", ()), Hit(3, "interface Gi0/1", ())) == (
        "▸1  hostname a\n 2  !\n▸3  interface Gi0/1\n 4   ip address 1\n"
    )
    assert shown(IOS, Hit(11, "end", ())) == " 10    nb 2\n▸11  end\n"


def marked(line: str, *spans: tuple[int, int]) -> tuple[str, list[str]]:
    code = sections.code([[sections.Row(1, line, spans, found=True)]])
    return code.text, [code.text[start:end] for start, end in code.marks]


def test_marks_stay_where_they_belong() -> None:
    assert marked("a\tb\x00c", (2, 3), (4, 5)) == ("▸1  a b\ufffdc\n", ["b", "c"])
    text, marks = marked("x" * 500 + "needle" + "y" * 500, (500, 506))
    assert (len(text), marks) == (sections.WIDTH + len("▸1  \n"), ["needle"])
    assert (text.count("…"), marked("needle" + "y" * 500, (0, 6))[1]) == (2, ["needle"])
    assert marked("y" * 500 + "needle", (500, 506))[1] == ["needle"]
    assert marked("y" * 500, (0, 500))[1][0].startswith("yyy")


ROWS = st.lists(st.lists(st.text(max_size=300), min_size=1, max_size=80), max_size=5)


@given(ROWS)
def test_pages_hold_every_line_once_and_in_order(texts: list[list[str]]) -> None:
    numbers = count(1)
    groups = [[sections.Row(next(numbers), text) for text in group] for group in texts]
    pages = sections.pages(groups)
    assert [row for page in pages for rows in page for row in rows] == [row for rows in groups for row in rows]
    for page in pages:
        assert sum(map(len, page)) <= sections.PAGE_LINES
        assert len(sections.code(page).text) <= 2 * sections.PAGE_CHARACTERS
        assert all(page)


def test_lines_end_at_newlines_alone() -> None:
    assert sections.lines_of("a\r\nb\x0bc\u2028d\n\n") == ["a", "b\x0bc\u2028d", ""]
    assert sections.lines_of("") == [""]
