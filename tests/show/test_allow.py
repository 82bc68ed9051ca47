"""What may be sent to a device only reads from it; everything else is refused, with the rule in a sentence."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import UsageError
from bot.redaction.platforms import PLATFORMS
from bot.show.allow import LONGEST, Allow
from bot.show.commands import ShowCommands
from bot.show.platforms import CALLED, READING
from bot.show.saved import DEFAULT, Saved
from tests.show.show_lines import show_line

ALLOW = Allow()
# Commands that read, by the platform that has them.
READS = {
    "ios": ["show version", "show ip route 10.0.0.0 255.255.255.0 | include via", "show run | section ^router bgp"],
    "iosxr": ["show bgp ipv4 unicast summary | begin Neighbor", "show controllers HundredGigE0/0/0/1"],
    "nxos": ["show interface Ethernet1/1 | include rate | last 5", "show logging last 100 | no-more"],
    "asa": ["show conn | exclude idle", "show running-config object"],
    "eos": ["show interfaces status | include connected", "show ip bgp summary vrf all | no-more"],
    "junos": [
        "show configuration | display set | match bgp",
        'show interfaces descriptions | match "to core" | count',
        "show route 2001:db8::/32 exact | no-more",
        "show ipv6 neighbors fe80::1%ge-0/0/0.0",
    ],
    "fortios": ["get system status", "show system interface port1", "get router info bgp summary"],
    "panos": ["show session info", "show routing route | match 10.0.0.0", "show jobs all | except OK"],
    "vrp": ["display version", "display current-configuration | include bgp", "display interface brief | count"],
    "routeros": [
        "/ip route print",
        "/ip/route/print",
        "/interface print detail where name=ether1",
        '/ip firewall filter print stats where comment~"drop all"',
        "/system resource print",
    ],
    "nokia": ["show router bgp summary | match Established", "info", "info from state interface ethernet-1/1"],
    "vyos": ["show ip bgp summary | match 65000", "show interfaces | no-more"],
    "aoscx": ["show interface brief | include up"],
    "procurve": ["show interfaces brief | begin Port"],
    "exos": ["show ports information | include A"],
    **{platform: ["show version"] for platform in ("f5", "netscaler", "pfsense", "sonic", "aireos", "gaia")},
}
# What writes, changes, leaves the CLI, never ends, or reaches elsewhere, by the vendors' own references.
WRITES = {
    "ios": [
        "reload",
        "configure terminal",
        "write memory",
        "copy running-config flash:x",
        "clear counters",
        "debug ip packet",
        "no ip routing",
        "show run | redirect flash:x",
        "show run | tee tftp://10.0.0.1/x",
        "show run | append flash:x",
        "show run | r flash:x",
        "show version\nreload",
        "show version\r\nreload",
        "show ?",
        "do show version",
        "tclsh",
        "show run | include a|redirect flash:x",
        "show platform hardware qfp active statistics drop clear",
        "show platform hardware qfp active statistics drop c",
        "show platform hardware pp active feature qos policer cpu all 1",
        "show tech-support",
        "show tec",
        "show version ; reload",
        "!",
        "show version ! x",
        "show $x",
        "show run | s bgp",
        "guestshell run bash",
        "more flash:x",
        "ping 10.0.0.1",
    ],
    "iosxr": [
        "show run | file disk0:x",
        "show run | utility script x",
        "show tech-support bgp",
        "commit",
        "run bash",
        "show run | utility xargs rm",
        "admin reload",
        "process restart bgp",
    ],
    "nxos": [
        "show run > bootflash:x",
        "show run >> bootflash:x",
        "show clock ; reload",
        "show run | vsh",
        "show run | email",
        "run bash",
        "show run | sed -n w",
        "show run | source x.py",
        "show run | tr a b",
        "show run | cut -f 1",
        "show run | diff",
        "show run | sort -o x",
        "show tech-support all binary bootflash:",
        "python bootflash:x.py",
        "show $(X)",
        "checkpoint x",
        "show run | awk x",
    ],
    "asa": [
        "show tech-support file disk0:/x",
        "show run | redirect disk0:/x",
        "show run | grep x",
        "clear conn",
        "capture x interface y",
    ],
    "eos": [
        "bash",
        "show version | bash",
        "show run | tee flash:x",
        "show run | redirect flash:x",
        "show run | append flash:x",
        "show run > flash:x",
        "show version | sed -e x",
        "show version | awk x",
        "show version && bash",
        "show version | xargs reboot",
        "watch show version",
        "show version | python",
        "show version | json",
        "show run | grep x",
        "show version `reboot`",
    ],
    "junos": [
        "request system reboot",
        "set system host-name x",
        "commit",
        "start shell",
        "show configuration | save x",
        "show version | tee x",
        "show version | append x",
        "show version | refresh 5",
        "show version | request message all",
        "show version | hold",
        "edit",
        "show configuration | display xml | save x",
        "file delete x",
        "clear bgp neighbor",
        "rollback 1",
        "show version | display",
        'show version | match "a|b"',
        "op script",
        "monitor traffic",
        "show log messages | resolve",
    ],
    "fortios": [
        "execute reboot",
        "config system global",
        "diagnose test application ipsmonitor 99",
        "get test ipsmonitor 99",
        "get tes urlfilter 99",
        "get system performance top",
        "get sys perf top",
        "fnsysctl ls",
        "get system status | grep x",
        "execute backup config ftp x",
    ],
    "panos": [
        "request restart system",
        "set cli pager off",
        "configure",
        "debug dataplane packet-diag",
        "delete x",
        "less mp-log x",
        "show x | save",
    ],
    "vrp": [
        "display diagnostic-information",
        "display diag x.txt",
        "display current-configuration > x.txt",
        "display current-configuration >> x.txt",
        "reset counters interface",
        "save",
        "reboot",
        "system-view",
        "undo x",
        "display version | refuse-alarm",
        "display ?",
    ],
    "routeros": [
        "/system reboot",
        "/system reboot print",
        "/ip address print file=x",
        "/ip address print follow",
        "/ip address print interval=1",
        "/ip address remove 0 print",
        "/export file=x",
        "/ip address print where [/system reboot]",
        "/ip address print where name=$x",
        ":put x",
        "/system script run x print",
        "/import x print",
        "/tool fetch url=x",
        "/ip address print; /system reboot",
        "/file remove x",
        "/ip address print where a=b file=x",
        "/ip address print append",
        "/execute print",
        "/system sup-output print",
        "/disk format print",
        "/system/reset-configuration/print",
        "ip address print",
        "/user add name=x print",
        "/ip address print where name=x{y}",
        "/system backup save print",
        "/ip address print where file=x",
    ],
    "nokia": [
        "admin reboot",
        "configure",
        "info > cf3:x",
        "show version > cf3:/x",
        "info | tee x",
        "tools perform x",
        "bash",
        "show x | reverse-dns",
        "commit",
        "enter candidate",
        "info | as json",
    ],
    "vyos": [
        "show version; reboot",
        "show version && reboot",
        "show version | tee x",
        "show $(reboot)",
        "show `reboot`",
        "show version > x",
        "show 'a",
        'show "a',
        "sudo reboot",
        "show version | sh",
        "show version\\",
        "set x",
        "delete x",
        "show {a,b}",
        "show version & reboot",
        "show !x",
    ],
    "aoscx": ["show running-config | redirect x", "show tech", "start-shell", "write memory", "show core-dump | tee x"],
    "procurve": ["write memory", "show tech all", "boot system", "show run | redirect x"],
    "f5": [
        "list",
        "create ltm pool x",
        "bash",
        "run util bash -c x",
        "show sys version | grep x",
        "save sys config",
        "delete x",
    ],
    "netscaler": ["show techsupport", "save ns config", "shell", "show x | grep y", "rm x", "reboot"],
    "pfsense": ["show a; reboot", "pfctl -d", "rm x", "show a | sh"],
    "sonic": ["show techsupport", "sudo config reload", "show version | tee x", "show version > x", "reboot"],
    "exos": [
        "save configuration",
        "reboot",
        "show version | grep x",
        "run script x",
        "unconfigure switch",
        "show tech",
    ],
    "aireos": ["reset system", "save config", "config x", "show run-config | x"],
    "gaia": ["set x", "save config", "expert", "show version > x", "reboot", "show version; reboot"],
    "": [
        "display version",
        "get system status",
        "info",
        "/ip route print",
        "show version | include x",
        "reload",
        "show tech-support",
    ],
}


def test_the_tables_name_the_platforms_that_the_rules_for_secrets_know() -> None:
    assert READING.keys() == PLATFORMS.keys()
    assert set(CALLED.values()) <= READING.keys()
    assert READS.keys() == READING.keys() and WRITES.keys() == {*READING, ""}


@pytest.mark.parametrize("platform", READS)
def test_what_reads_is_sent(platform: str) -> None:
    assert {command: ALLOW.refusal(command, platform) for command in READS[platform]} == dict.fromkeys(
        READS[platform], ""
    )
    assert [ALLOW.refusal(command) for command in READS[platform]] == [""] * len(READS[platform])


@pytest.mark.parametrize("platform", WRITES)
def test_what_writes_is_refused_with_a_rule(platform: str) -> None:
    sent = [command for command in WRITES[platform] if not ALLOW.refusal(command, platform)]
    assert sent == []
    assert all(
        re.fullmatch(r"(?s)(`.+`|That) is not sent.*: .+\.", ALLOW.refusal(command, platform))
        for command in WRITES[platform]
    )


@pytest.mark.parametrize("platform", READING)
def test_what_writes_is_refused_before_a_device_is_known(platform: str) -> None:
    assert [command for command in WRITES[platform] if not ALLOW.refusal(command)] == []


@pytest.mark.parametrize(
    ("command", "platform", "said"),
    [
        (
            "reload",
            None,
            "`reload` is not sent: only what begins with `show`, `display`, `get`, `/… print` or `info` may be.",
        ),
        (
            "get system status",
            "ios",
            "to a device with the platform ios: only what begins with `show` or `display` may be.",
        ),
        ("display version", "", "to a device without a platform: only what begins with `show` may be."),
        ("show run | redirect flash:x", "ios", "only begin, exclude, include, section or count may follow a pipe."),
        ("show run |", "ios", "only begin, exclude, include, section or count may follow a pipe."),
        ("get system status | grep x", "fortios", "nothing may follow a pipe."),
        ("show version; reload", None, "`;` may not stand in a command, because more than reading may begin with it."),
        ("show `reload`", None, "That is not sent: a backtick may not stand in a command"),
        ("show version\nreload", None, "That is not sent: a new line may not stand in a command"),
        ("show version\u00a0x", None, "the character U+00A0 may not stand in a command"),
        (
            "show tec",
            None,
            "`show tec` is not sent: `show tech-support` runs for minutes, and writes a file on some platforms.",
        ),
        ("show x y cle", None, "`cle` may stand for `clear`, which changes the device."),
        ('show x "y', None, "a quotation mark has no partner."),
        ("show snmp <redacted>", None, "a part of it looks like a secret, which does not go through the chat."),
        ("show " + "x" * 300, None, f"it has 305 characters, where {LONGEST} are allowed."),
    ],
)
def test_the_sentence_names_the_rule(command: str, platform: str | None, said: str) -> None:
    assert said in ALLOW.refusal(command, platform)


def test_the_patterns_of_the_settings_replace_a_platforms_own() -> None:
    allow = Allow({"ios": ["^show ip .+"], "comware": ["^display .+"], "asa": []})
    assert not allow.refusal("show ip route", "ios") and not allow.refusal("show ip route", "IOSXE ")
    assert "only what begins with `^show ip .+` may be" in allow.refusal("show version", "ios")
    assert not allow.refusal("display version", "comware") and allow.refusal("show version", "comware")
    assert allow.refusal("show version", "asa")
    assert not allow.refusal("show version", "nxos")


def test_a_pattern_must_fit_the_whole_command_and_lifts_no_other_rule() -> None:
    allow = Allow({"ios": ["show version|ping .+", "^.*reload.*"], "xe": ["^show clock"]})
    assert not allow.refusal("ping 10.0.0.1", "ios")
    assert allow.refusal("reload show version", "nxos") and allow.refusal("show version x", "ios")
    for command in ("ping 10.0.0.1 ; reload", "reload | redirect flash:x", "show version\nreload"):
        assert allow.refusal(command, "ios")
    assert not allow.refusal("show clock", "xe") and allow.refusal("show version", "xe")


@settings(max_examples=300, deadline=None)
@given(st.text(), st.sampled_from([*READING, *CALLED, "", "other"]))
def test_any_text_is_judged_and_only_plain_ones_pass(text: str, platform: str) -> None:
    for command in (text, f"show {text}"):
        if not ALLOW.refusal(command, platform):
            assert re.fullmatch(r'[A-Za-z0-9 .:/_,*+^=@%~"|-]+', command)
            assert not ALLOW.refusal(command), "what a device may be sent is never refused before it is looked up"


def test_of_10_000_generated_commands_none_that_is_sent_does_more_than_read() -> None:
    chance = random.Random(15)
    sent = 0
    for _ in range(10_000):
        platform = chance.choice([*READING, *CALLED, "", "other"])
        command = show_line(chance)
        if ALLOW.refusal(command, platform):
            continue
        sent += 1
        assert re.fullmatch(r"[ -~]+", command)
        assert not re.search(r"[;&`$(){}<>\[\]!#?\\']", command)
        head, *filters = (piece.strip() for piece in command.split("|"))
        assert head.split()[0] in {"show", "display", "get", "info"} or re.fullmatch(r"/[a-z0-9/ -]+print( .*)?", head)
        words = READING.get(CALLED.get(platform, platform))
        assert all(words and any(f"{one} ".startswith(f"{word} ") for word in words.filters) for one in filters)
        assert not re.search(r"file=|^show tech|^display diag", command)
    assert sent > 500, "nothing was tried if nothing passes"


# --- saved commands


def test_every_saved_command_may_be_sent_where_it_is_for() -> None:
    for name, words in DEFAULT.items():
        assert {platform: ALLOW.refusal(command, platform) for platform, command in words.items()} == dict.fromkeys(
            words, ""
        ), name
        assert re.fullmatch("[a-z]+", name)
    for platform in ("ios", "iosxr", "nxos", "eos", "junos", "routeros", "fortios", "vrp"):
        assert {"version", "interfaces", "bgp", "ospf", "arp", "inventory", "cpu"} <= {
            name for name, words in DEFAULT.items() if platform in words
        }


def test_a_saved_command_is_each_platforms_own() -> None:
    commands = ShowCommands(
        ALLOW, Saved({"bgp": {"ios": "show bgp all summary"}, "uplink": {"ios": "show interfaces Te1/1/1"}})
    )
    commands.check("BGP")
    assert commands.words("BGP", "ios") == commands.words("bgp", "iosxe") == "show bgp all summary"
    assert commands.words("bgp", "Junos") == "show bgp summary"
    assert commands.words("uplink", "ios") == "show interfaces Te1/1/1"
    for platform, said in (("sonic", "the platform sonic"), ("", "of this device, which is not known")):
        with pytest.raises(UsageError, match=said):
            commands.words("bgp", platform)


def test_a_saved_command_passes_the_same_rules() -> None:
    commands = ShowCommands(Allow({"ios": ["^show ip .+"]}), Saved({"bad": {"ios": "reload", "eos": "bash"}}))
    with pytest.raises(UsageError, match="`reload` is not sent"):
        commands.check("bad")
    commands.check("version")  # the other platforms take it
    with pytest.raises(UsageError, match="`show version` is not sent"):
        commands.words("version", "ios")


def test_a_word_that_is_no_saved_command_is_answered_with_those_that_are() -> None:
    commands = ShowCommands(ALLOW, Saved())
    with pytest.raises(UsageError, match="Did you mean `version`"):
        commands.check("verison")
    with pytest.raises(UsageError, match="Saved commands are version, inventory, interfaces"):
        commands.check("xyzzy")
