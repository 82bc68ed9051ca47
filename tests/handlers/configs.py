"""Makes the views of search, diff and config for the goldens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bot.configs import sections
from bot.configs.access import Change, Text
from bot.configs.diff import diff as compared
from bot.configs.query import query_of
from bot.configs.search import Look
from bot.core.message import Message, page_of
from bot.slack.modal import Origin, view_of
from bot.webnet.client import Target
from handlers import config, diff, search
from store.configs import Config, Progress
from store.directory import Outline

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IOS = """hostname rtr-fra1-001
!
enable secret 9 <redacted>
interface GigabitEthernet0/0
 description uplink <!channel> to core
 ip address 10.10.0.1 255.255.255.0
 no shutdown
!
interface GigabitEthernet0/1
 ip address 10.10.1.1 255.255.255.0
 shutdown
!
router bgp 65001
 address-family ipv4
  neighbor 10.10.0.2 activate
 exit-address-family
!
ip route 0.0.0.0 0.0.0.0 10.10.0.254
end
"""
JUNOS = """interfaces {
    ge-0/0/0 {
        unit 0 {
            family inet {
                address 10.10.9.1/24;
            }
        }
    }
}
"""
DEVICES = {41: ("rtr-fra1-001", IOS), 42: ("rtr-fra1-002", IOS), 7: ("jun-ber1-007", JUNOS)}


class Copy:
    """Holds a few configs in memory for one search."""

    def __init__(self, devices: dict[int, tuple[str, str]], progress: Progress) -> None:
        self._devices = devices
        self._progress = progress

    def get(self, customer: int, device: int) -> Config:
        text = self._devices[device][1]
        return Config(
            device=device, customer=customer, snapshot=device, hash="", text=text, created_at=NOW, read_at=NOW, rules=1
        )

    def texts(
        self, customer: int, needles: Sequence[str], *, devices: Sequence[int] | None = None, folded: bool = False
    ) -> Iterator[tuple[int, str]]:
        for device in self._devices if devices is None else devices:
            text = self.get(customer, device).text
            if all(needle in text.casefold() for needle in needles):
                yield device, text.casefold() if folded else text

    def progress(self, customer: int) -> Progress:
        return self._progress


def searched(line: str, have: int = 3, many: int = 0) -> Message:
    """Searches some configs; `many` more devices have a config like the first one."""
    devices = DEVICES | {100 + n: (f"sw-mun1-{n:03}", IOS) for n in range(many)}
    outlines = [
        Outline(device, name, f"10.10.0.{device}", "juniper" if name.startswith("jun") else "cisco", name[4:8])
        for device, (name, _) in devices.items()
    ]
    copy = Copy(devices, Progress(have + many, 3 + many, 0, NOW, NOW - timedelta(minutes=2)))
    query = query_of(search.COMMAND.parse(line))
    look = Look(copy, 1, query, outlines, lambda: 0.0, 5.0).count()
    everything = look.everything() if query.as_file else None
    return search.view(search.Shown(look.result(), everything, "https://webnet.example.net"))


def config_of(*words: str, text: str = IOS) -> Message:
    values = config.COMMAND.parse(" ".join(("#41", *words)))
    section, at = values.get("section", ()), values.get("line", 0)
    lines = sections.lines_of(text)
    ranges = sections.sections(lines, " ".join(section)) if section else [range(len(lines))]
    groups = [config._rows(lines, numbers, at) for numbers in ranges]
    whole = Text(Target(41, "rtr-fra1-001", "10.10.0.1"), 59, NOW, text)
    return config.view(config.Shown(whole, " ".join(section), len(lines), groups, at))


def changed(old: str | None, new: str, n: int = 1) -> Message:
    target = Target(41, "rtr-fra1-001", "10.10.0.1")
    after = Text(target, 59, NOW, new)
    if old is None:
        return diff.view(diff.Shown(Change(target, None, after), n, None))
    before = Text(target, 57, NOW - timedelta(days=1), old)
    found = compared(sections.lines_of(old), sections.lines_of(new))
    return diff.view(diff.Shown(Change(target, before, after), n, found))


LONG = "".join(f"interface Vlan{n}\n description {'x' * n}\n!\n" for n in range(200))
EDITED = IOS.replace("\n shutdown\n!", "\n no shutdown\n!").replace(
    "secret 9 <redacted>", "secret 9 <redacted: changed>"
)
VIEWS: dict[str, Message] = {
    "search": searched("10.10.1.1"),
    "search-nested": searched('vendor:juniper "address 10"'),
    "search-many-devices": searched("page:2 IP address", many=14),
    "search-pattern": searched("regex:^ ip .*\\.1 "),
    "search-none-so-far": searched("no such thing", have=1),
    "search-for-a-secret": searched('"enable secret <redacted>"'),
    "search-as-file": searched("as:csv address"),
    "config": config_of(),
    "config-section": config_of("interface", "GigabitEthernet0/1"),
    "config-long": config_of("line:310", text=LONG),
    "diff": changed(IOS.replace("9 <redacted>", "9 <redacted: changed>"), EDITED),
    "diff-of-nothing": changed(IOS, IOS, n=2),
    "diff-of-one": changed(None, IOS),
    "diff-long": changed(LONG, LONG.replace("x\n", "y\n")),
}
MODALS = {
    f"{name}-page-{page}": view_of(page_of(VIEWS[name], page, f"{name} #41"), Origin("C0NOC", "noc"))
    for name, page in (("config", 1), ("config-long", 0), ("config-long", 2), ("diff-long", 3))
}
