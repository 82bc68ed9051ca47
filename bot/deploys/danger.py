"""Knows which lines of a snippet can cut a device off, restart it or empty it: facts, by platform; one that is not
known counts as any.

A line counts with the words before it left out that only say how it is sent (`do`), and with words that are cut short as devices
take them. Sources: the command references of the vendors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.text import cut
from bot.show.platforms import READING, canonical

ANY = ""  # the platform of what holds for every device

RESTARTS, EMPTIES, ADDRESS, DOWN, LOGIN, AWAY = (
    "restarts the device",
    "empties the config or the storage",
    "changes an address or takes one away, maybe the one that the device is managed by",
    "switches an interface off, maybe the one that the device is managed by",
    "changes who may log in",
    "takes away a route or a protocol that the way to the device may need",
)
# Words of a command, each of which may be cut short to what stands before the `·`, and what the command does.
WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    ANY: (
        ("rel·oad", RESTARTS),
        ("reb·oot", RESTARTS),
        ("wr·ite er·ase", EMPTIES),
        ("er·ase", EMPTIES),
        ("format", EMPTIES),
        ("del·ete", EMPTIES),
        ("factory-reset", EMPTIES),
        ("conf·igure rep·lace", EMPTIES),
        ("no ip addr·ess", ADDRESS),
        ("no ipv6 addr·ess", ADDRESS),
        ("ip addr·ess", ADDRESS),
        ("sh·utdown", DOWN),
        ("no int·erface", DOWN),
        ("def·ault int·erface", DOWN),
        ("no ro·uter", AWAY),
        ("no ip route", AWAY),
        ("no ip default-g·ateway", AWAY),
        ("no vrf", AWAY),
        ("no vlan", AWAY),
        ("no user·name", LOGIN),
        ("aaa", LOGIN),
        ("no aaa", LOGIN),
        ("line vty", LOGIN),
        ("no ip ssh", LOGIN),
        ("crypto key zeroize", LOGIN),
        ("switchport trunk allowed vlan", AWAY),
    ),
    "asa": (("clear conf·igure", EMPTIES), ("no ssh", LOGIN), ("no nameif", DOWN)),
    "nxos": (("no feature", AWAY), ("write erase boot", EMPTIES)),
    "iosxr": (("commit replace", EMPTIES), ("no mpls", AWAY)),
    "junos": (
        ("delete", AWAY),
        ("deactivate", AWAY),
        ("set interfaces .* disable", DOWN),
        ("load override", EMPTIES),
        ("request system", RESTARTS),
        ("set system login", LOGIN),
        ("set system root-authentication", LOGIN),
    ),
    "vyos": (("delete", AWAY), ("set interfaces .* disable", DOWN)),
    "panos": (
        ("delete", AWAY),
        ("set deviceconfig system ip-address", ADDRESS),
        ("request restart", RESTARTS),
        ("load config", EMPTIES),
    ),
    "fortios": (
        ("unset ip", ADDRESS),
        ("set ip", ADDRESS),
        ("set status down", DOWN),
        ("set allowaccess", LOGIN),
        ("execute reboot", RESTARTS),
        ("execute factoryreset", EMPTIES),
        ("purge", EMPTIES),
    ),
    "vrp": (
        ("undo ip addr·ess", ADDRESS),
        ("undo int·erface", DOWN),
        ("undo ip route-static", AWAY),
        ("reset saved-configuration", EMPTIES),
        ("undo stelnet", LOGIN),
        ("undo local-user", LOGIN),
    ),
    "routeros": (
        ("/system reset-configuration", EMPTIES),
        ("/system reboot", RESTARTS),
        ("/ip address", ADDRESS),
        (".*remove", AWAY),
        (".*disable", DOWN),
    ),
    "nokia": (("delete", AWAY), ("admin reboot", RESTARTS), ("admin-state disable", DOWN)),
}
_BEFORE = re.compile(r"\A(?:(?:do|run|sudo)\s+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Danger:
    """Holds a line of a snippet, its number, counted from 1, and what it does. `line` is not redacted."""

    number: int
    line: str
    does: str

    @property
    def words(self) -> str:
        return f"Line {self.number} {self.does}"


def dangers(snippet: str, platforms: Iterable[str]) -> Iterator[Danger]:
    """Yields the lines that can cut off a device of one of these platforms; of a platform that is not known any may."""
    names = {canonical(platform) for platform in platforms}
    known = {ANY, *names} if names <= READING.keys() else WORDS.keys()
    rules = [rule for name in WORDS if name in known for rule in _RULES[name]]
    for number, line in enumerate(snippet.split("\n"), start=1):
        bare = _BEFORE.sub("", " ".join(line.split()), count=1)
        if does := next((does for pattern, does in rules if pattern.match(bare)), ""):
            yield Danger(number, cut(line.strip(), 60), does)


def _pattern(words: str) -> re.Pattern[str]:
    def piece(word: str) -> str:
        least, _, rest = word.partition("·")
        ending = "".join(f"(?:{re.escape(letter)}" for letter in rest) + ")?" * len(rest)
        return (least if "*" in least else re.escape(least)) + ending

    return re.compile(r"\s+".join(map(piece, words.split())) + r"(?![\w-])", re.IGNORECASE)


_RULES = {platform: [(_pattern(words), does) for words, does in rules] for platform, rules in WORDS.items()}
