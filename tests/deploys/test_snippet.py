"""A snippet keeps every character but its kind of line break, and what could cut a device off is found however it is written."""

from __future__ import annotations

import pytest

from bot.core.errors import UsageError
from bot.deploys.danger import dangers
from bot.deploys.roll_back import roll_back
from bot.deploys.snippet import LONGEST, hides, read_snippet, typed_lines
from bot.redaction.redactor import Redactor


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ('  banner "x"  \n\n!', '  banner "x"  \n\n!'),
        ("description Zürich – Süd", "description Zürich – Süd"),
    ],
)
def test_only_line_breaks_change(text: str, snippet: str) -> None:
    assert read_snippet(text) == snippet


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n ", "no line"),
        ("! added: ntp server 10.0.0.9\n\n # and a word", "Every line is a comment"),
        ("x" * (LONGEST + 1), "too long: 3,001 characters"),
        ("a\n\tb", "Line 2 holds a tab"),
        ("a\x07", "Line 1 holds a control character"),
        ("a\u202eb", "invisible"),
        ("a\u2028b", "control character or an invisible one"),
        ("snmp-server community <redacted>", "hidden place"),
    ],
)
def test_what_no_device_should_get_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_snippet(text)


def test_lines_that_are_typed_are_divided_by_semicolons() -> None:
    assert typed_lines("interface Gi0/1; mtu 9000 ;") == "interface Gi0/1\nmtu 9000\n"


@pytest.mark.parametrize(
    "typed", ["line vty 0 4; password Unlikely7", 'deploy #1 reason:x "line vty 0 4; password Unlikely7"']
)
def test_a_secret_is_found_that_only_a_line_of_its_own_shows(typed: str) -> None:
    assert Redactor()(typed) == typed
    assert hides(typed, Redactor().config)
    assert not hides(typed.replace("password Unlikely7", "exec-timeout 5 0"), Redactor().config)


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("ios", "reload"),
        ("ios", "do rel in 5"),
        ("ios", " shut"),
        ("ios", "no   ip  address"),
        ("ios", "wr er"),
        ("nxos", "write erase"),
        ("ios", "no ip addr"),
        ("junos", "delete interfaces ge-0/0/0"),
        ("junos", "set interfaces ge-0/0/0 disable"),
        ("vrp", "undo interface Vlanif1"),
        ("routeros", "/interface disable ether1"),
        ("fortios", "    set ip 10.0.0.1 255.255.255.0"),
        ("panos", "set deviceconfig system ip-address 10.0.0.1"),
        ("routeros", "/ip address set 0 address=10.0.0.1/24"),
        ("", "undo ip address"),
        ("what is it", "set allowaccess ping"),
    ],
)
def test_what_can_cut_a_device_off_is_found(platform: str, line: str) -> None:
    (found,) = dangers(f"!\n{line}", {platform})
    assert found.number == 2


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("ios", "no shutdown"),
        ("ios", "description reload"),
        ("ios", "ntp server 10.0.0.1"),
        ("ios", "undo something"),
        ("junos", "set system ntp server 10.0.0.1"),
        ("ios", "shutdown-something"),
    ],
)
def test_what_cannot_is_not_in_the_way(platform: str, line: str) -> None:
    assert list(dangers(line, {platform})) == []


OLD = [
    "hostname rtr",
    "interface Gi0/1",
    " mtu 1500",
    " ip address 10.0.0.1 255.255.255.0",
    "ntp server 10.0.0.1",
    "snmp-server community <redacted> RO",
    "end",
]
NEW = [
    "hostname rtr",
    "interface Gi0/1",
    " mtu 9000",
    " ip address 10.0.0.1 255.255.255.0",
    "ntp server 10.0.0.9",
    "end",
]


def test_a_roll_back_puts_back_what_was_taken_away_and_names_what_was_added() -> None:
    assert roll_back(OLD, NEW, "ios").split("\n") == [
        "interface Gi0/1",
        " mtu 1500",
        "! added (below interface Gi0/1): mtu 9000",
        "ntp server 10.0.0.1",
        "snmp-server community <redacted> RO",
        "! added: ntp server 10.0.0.9",
    ]


def test_a_section_that_is_put_back_is_written_once() -> None:
    assert roll_back(["a", "router bgp 1", " x", " y", "z"], ["a", "z"], "nxos") == "router bgp 1\n x\n y"


def test_a_roll_back_that_holds_a_hidden_place_is_no_snippet_yet() -> None:
    with pytest.raises(UsageError, match="hidden place"):
        read_snippet(roll_back(OLD, NEW, "junos"))
