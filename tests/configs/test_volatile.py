"""Lines that change by themselves are no change, and everything beside them is."""

from __future__ import annotations

import pytest

from bot.configs.diff import Diff, diff
from bot.configs.sections import lines_of
from bot.configs.volatile import Volatile
from bot.configs.volatile_lines import DOUBTFUL, PIECES, SALTED, WHOLE
from bot.core.line_patterns import LinePattern
from bot.redaction.redactor import CHANGED, Redactor

VOLATILE = [
    ("! Last configuration change at 09:12:33 UTC Tue Mar 3 2026 by noc", "! Last configuration change at 10:00:00"),
    ("! NVRAM config last updated at 09:12:33 UTC Tue Mar 3 2026", "! NVRAM config last updated at 09:12:34"),
    ("Current configuration : 10233 bytes", "Current configuration : 10234 bytes"),
    ("Using 1022 out of 524288 bytes", "Using 1023 out of 524288 bytes"),
    ("ntp clock-period 36028801", "ntp clock-period 36028811"),
    (
        " tunnel mpls traffic-eng bandwidth 500\n tunnel mpls traffic-eng auto-bw",
        " tunnel mpls traffic-eng bandwidth 9\n tunnel mpls traffic-eng auto-bw",
    ),
    ("Tue Mar  3 09:12:33.812 CET", "Wed Mar  4 09:12:33.001 CET"),
    ("!! Last configuration change at Tue Mar  3 by noc", "!! Last configuration change at Wed Mar  4 by noc"),
    ("!Time: Tue Mar  3 09:12:33 2026", "!Time: Wed Mar  4 09:12:33 2026"),
    ("!Running configuration last done at: Tue Mar  3", "!Running configuration last done at: Wed Mar  4"),
    (": Written by noc at 09:12:33.000 CET Tue Mar 3 2026", ": Written by ops at 09:12:34.000 CET Wed Mar 4 2026"),
    ("Cryptochecksum:0123456789abcdef", "Cryptochecksum:0123456789abcde0"),
    ("! Time: Tue Mar  3 09:12:33 2026", "! Time: Wed Mar  4 09:12:33 2026"),
    ("## Last commit: 2026-03-03 09:12:33 CET by noc", "## Last commit: 2026-03-04 09:12:33 CET by ops"),
    (
        '<configuration junos:commit-seconds="17" junos:commit-localtime="2026-03-03 09:12:33 CET" junos:commit-user="noc">',
        '<configuration junos:commit-seconds="18" junos:commit-localtime="2026-03-04 09:12:33 CET" junos:commit-user="ops">',
    ),
    ("#conf_file_ver=1001", "#conf_file_ver=1002"),
    (
        "#config-version=FGT40F-7.2.5-FW-build1517:opmode=0:vdom=0:user=noc",
        "#config-version=FGT40F-7.2.5-FW-build1517:opmode=0:vdom=0:user=ops",
    ),
    (
        '  <entry name="x" timestamp="17" Htimestamp="3-March-2026 09:12">',
        '  <entry name="x" timestamp="18" Htimestamp="4-March-2026 09:12">',
    ),
    ('<config version="11.0.0" detail-version="11.0.3">', '<config version="11.0.0" detail-version="11.0.4">'),
    (
        "!Last configuration was updated at 2026-03-03 09:12:33 by noc",
        "!Last configuration was updated at 2026-03-04 by noc",
    ),
    (
        "!Last configuration was saved at 2026-03-03 09:12:33 by noc",
        "!Last configuration was saved at 2026-03-04 by noc",
    ),
    ("# 2026-03-03 09:12:33 by RouterOS 7.14", "# 2026-03-04 09:12:33 by RouterOS 7.14"),
    ("# mar/03/2026 09:12:33 by RouterOS 6.49", "# mar/04/2026 09:12:33 by RouterOS 6.49"),
    ("# poe-out status: short_circuit\nset ether5 poe-out=auto", "set ether5 poe-out=auto"),
    ("# Generated TUE MAR 03 09:12:33 2026 CET", "# Generated WED MAR 04 09:12:33 2026 CET"),
    ("# Finished TUE MAR 03 09:12:33 2026 CET", "# Finished WED MAR 04 09:12:33 2026 CET"),
    ("<revision><time>1700000000</time></revision>", "<revision><time>1700000001</time></revision>"),
    ("# Exported by admin on Tue Mar  3 09:12:33 2026", "# Exported by admin on Wed Mar  4 09:12:33 2026"),
    (
        "Load for five secs: 2%/0%; one minute: 3%; five minutes: 3%",
        "Load for five secs: 5%/1%; one minute: 4%; five minutes: 3%",
    ),
    ("Time source is NTP, 09:12:33.812 CET Tue Mar 3 2026", "Time source is NTP, 09:12:34.001 CET Tue Mar 3 2026"),
    ("No time source, *09:12:33.812 CET Tue Mar 3 2026", "No time source, *09:12:34.001 CET Tue Mar 3 2026"),
    ("2026-03-03 09:12:33.120 +01:00", "2026-03-04 09:12:33.120 +01:00"),
    ("        set last-updated 1700000000", "        set last-updated 1700000001"),
    ("# ether2 not ready\nset ether2 mtu=1500", "set ether2 mtu=1500"),
    ("# received packet from 192.0.2.7 bad format\nadd vrid=1", "add vrid=1"),
    ("# Firmware upgraded successfully, please reboot for changes to take effect!\nset a=b", "set a=b"),
    ("# Last modified TUE MAR 03 09:12:33 2026 CET", "# Last modified WED MAR 04 09:12:33 2026 CET"),
    ("rogue client Unknown 00:11:22:33:44:55", "rogue client Unknown 00:11:22:33:44:66"),
    ("# Full Configuration generated Tue Mar  3", "# Full Configuration generated Wed Mar  4"),
    ("        state up", "        state down"),
    ('    value "1700000000"', '    value "1700000001"'),
    ('    "junos:commit-seconds" : "1700000000",', '    "junos:commit-seconds" : "1700000001",'),
    ("<last_rule_upd_time>1700000000</last_rule_upd_time>", "<last_rule_upd_time>1700000001</last_rule_upd_time>"),
    ("hostname a", "hostname a  "),
]
COUNTS = [
    ("# 2026-03-03 09:12:33 by RouterOS 7.14", "# 2026-03-04 09:12:33 by RouterOS 7.15"),
    ("#config-version=FGT40F-7.2.5-FW-build1517:user=noc", "#config-version=FGT40F-7.2.6-FW-build1600:user=noc"),
    (" tunnel mpls traffic-eng bandwidth 500\n no shutdown", " tunnel mpls traffic-eng bandwidth 9\n no shutdown"),
    ('  <entry name="x" timestamp="17">', '  <entry name="y" timestamp="18">'),
    (" description ! Last configuration change at 1", " description ! Last configuration change at 2"),
    ("clock timezone CET 1", "clock timezone CET 2"),
    ("        state user-up", "        state user-down"),
    ('    value "17"', '    value "18"'),
    ("# ether2 not for guests", "# ether3 not for guests"),
    (" rogue client friendly 00:11:22:33:44:55", " rogue client friendly 00:11:22:33:44:66"),
]


def compared(old: str, new: str, volatile: Volatile | None) -> Diff:
    return diff(*(lines_of(text) for text in Redactor().pair(old, new)), volatile)


@pytest.mark.parametrize(("old", "new"), VOLATILE)
def test_what_changes_by_itself_is_left_out_and_counted(old: str, new: str) -> None:
    every = compared(old, new, None)
    assert every.hunks
    found = compared(old, new, Volatile())
    assert found == Diff(0, 0, (), left_out=every.added + every.removed)


@pytest.mark.parametrize(("old", "new"), COUNTS)
def test_what_stands_beside_it_counts(old: str, new: str) -> None:
    assert compared(old, new, Volatile()).hunks == compared(old, new, None).hunks != ()


def test_a_real_line_beside_volatile_ones_is_shown_alone_where_it_stands() -> None:
    old = "! Last configuration change at 1\n!Time: 1\nhostname a\nntp clock-period 17\nend\n"
    new = "! Last configuration change at 2\n!Time: 2\nhostname a\nbanner x\nntp clock-period 18\nend\n"
    found = compared(old, new, Volatile())
    assert (found.added, found.removed, found.left_out) == (1, 0, 6)
    (hunk,) = found.hunks
    assert (hunk.old, hunk.new) == (3, 3)
    assert [f"{line.sign}{line.text}" for line in hunk.lines] == [" hostname a", "+banner x", " end"]


def test_a_secret_that_changed_is_never_volatile_but_where_it_is_salted_at_each_export() -> None:
    ignored = Volatile([LinePattern("any: username"), LinePattern("any: set password")])
    old, new = (f"username a password 7 {word}\n" for word in ("0822455D0A16", "094F471A1A0B"))
    assert compared(old, new, ignored).added == 1
    old, new = (f"config user\n    set password ENC {word}\nend\n" for word in ("QUJDREVG", "WFlaWFla"))
    assert compared(old, new, Volatile()) == Diff(0, 0, (), left_out=2, salted=1)
    old, new = (f" local-user a password cipher %^%#{word}%^%#\n" for word in ("aaaaaaaaaa", "bbbbbbbbbb"))
    assert (compared(old, new, Volatile()).added, compared(old, new, Volatile()).salted) == (1, 1)
    assert CHANGED in compared(old, new, Volatile()).hunks[0].lines[0].text


def test_patterns_of_the_settings_hold_for_their_platform() -> None:
    ignored = [LinePattern("ios: ^counter "), LinePattern("any: stamp$")]
    for platform, left in (("IOS", 4), ("junos", 2), ("", 2)):
        assert compared("counter 1\n1 stamp", "counter 2\n2 stamp", Volatile(ignored, platform)).left_out == left


@pytest.mark.parametrize(
    "written",
    ["", "ios", "ios:", ": abc", "ios: .*", "ios: (abc)?", "ios: a.b", "ios: [abcd]+", "ios: (abc", r"ios: \d\w\d"],
)
def test_a_pattern_that_cannot_be_read_or_fits_too_much_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        LinePattern(written).check()


def test_every_entry_names_its_platform_and_its_source() -> None:
    for platform, pattern, source in (*WHOLE, *PIECES, *SALTED, *DOUBTFUL):
        assert platform
        assert pattern
        assert source
