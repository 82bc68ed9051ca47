"""Makes the views of search, diff and config for the goldens."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.configs import sections
from bot.configs.access import Change, Text
from bot.configs.changes import Changed, Listed
from bot.configs.diff import diff as compared
from bot.configs.line_match import Hit
from bot.configs.query import perhaps_query_of, query_of
from bot.configs.search import FoundOn, Freshness, Look, Result
from bot.configs.standing import Edge, Standing, Stay
from bot.core.detail_pages import page_of
from bot.core.message import Message
from bot.jobs import origins as jobs
from bot.slack.modal import Origin, view_of
from bot.webnet.target import Target
from handlers import changes, config, diff, search, when
from store.config_blocks import fold, packed_owners
from store.config_index import Scanned
from store.config_progress import Progress
from store.configs import Config
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
    """Holds a few configs in memory for one search, each in a block of its own, and the names of their devices."""

    def __init__(self, outlines: Sequence[Outline], texts: dict[int, str], progress: Progress) -> None:
        self._outlines = outlines
        self._texts = texts
        self._progress = progress

    def each(self, customer: int, devices: Iterable[int]) -> Iterator[Config]:
        shared = {"customer": customer, "hash": "", "created_at": NOW, "read_at": NOW, "rules": 1}
        return (Config(device=device, snapshot=device, text=self._texts[device], **shared) for device in devices)

    def scanned(self, customer: int, needles: Sequence[str], *, whole: bool) -> Iterator[Scanned]:
        for device, text in self._texts.items():
            lines = text.count("\n") + 1
            owners = packed_owners(array("q", [device] * lines), array("I", [1] * lines))
            yield Scanned(device, owners, fold(text), text)

    def places(self, lines: Iterable[int]) -> Iterator[tuple[int, array[int], array[int]]]:
        return iter(())

    def hidden(self, customer: int) -> frozenset[int]:
        return frozenset()

    def progress(self, customer: int) -> Progress:
        return self._progress

    def outlines(self, customer: int) -> list[Outline]:
        return list(self._outlines)

    def fitting(self, customer: int, name: str, value: str) -> set[int]:
        start = "hostname" if name == "device" else name
        return {each.id for each in self._outlines if fold(getattr(each, start) or "").startswith(fold(value))}

    def some(self, customer: int, devices: Collection[int], first: int, most: int) -> list[Outline]:
        by_name = sorted(self._outlines, key=lambda outline: (fold(outline.hostname), outline.id))
        return [outline for outline in by_name if outline.id in devices][first : first + most]


def every_one(targets: Sequence[Target]) -> list[int]:
    """Says of all devices that they are still the customer's."""
    return [target.id for target in targets]


def searched(line: str, have: int = 3, many: int = 0) -> Message:
    """Searches some configs; `many` more devices have a config like the first one."""
    devices = DEVICES | {100 + n: (f"sw-mun1-{n:03}", IOS) for n in range(many)}
    outlines = [
        Outline(device, name, f"10.10.0.{device}", "juniper" if name.startswith("jun") else "cisco", name[4:8])
        for device, (name, _) in devices.items()
    ]
    texts = {device: text for device, (_, text) in devices.items()}
    copy = Copy(outlines, texts, Progress(have + many, 3 + many, 0, NOW, NOW - timedelta(minutes=2)))
    query = query_of(search.COMMAND.parse(line))
    look = Look(copy, 1, query, copy, every_one, lambda: 0.0, 5.0).count()
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


def changed(old: str | None, new: str, *, newer: int | None = None, older: int | None = 2, configs: int = 4) -> Message:
    target = Target(41, "rtr-fra1-001", "10.10.0.1")
    after = Text(target, 59, NOW, new)
    if old is None:
        return diff.view(diff.Shown(Change(target, None, after, configs), None))
    before = Text(target, 57, NOW - timedelta(days=1), old)
    found = compared(sections.lines_of(old), sections.lines_of(new))
    return diff.view(diff.Shown(Change(target, before, after, configs, newer, older), found))


def changes_of(line: str, number: int, *diffs: tuple[str, str], late: bool = False) -> Message:
    """Lists changes of one device after the other; `number` are all that there are."""
    query = perhaps_query_of(changes.COMMAND.parse(line))
    found = tuple(
        Changed(
            Target(40 + n, f"rtr-fra1-{n:03}", f"10.10.0.{n}"),
            57 + n,
            NOW - timedelta(hours=24),
            58 + n,
            NOW - timedelta(hours=n),
            160 + n,
            compared(sections.lines_of(old), sections.lines_of(new)),
        )
        for n, (old, new) in enumerate(diffs, 1)
    )
    fresh = Freshness(3, 3, 1, NOW, NOW)
    searched = 2 if query.filters else None
    listed = Listed(query, NOW - timedelta(days=1), number, len(found), found, searched, late, fresh)
    origins = [jobs.Origin(161, "config_deploy_commit", "oscar-operator"), jobs.Origin(162, "", "unknown"), None][
        : len(found)
    ]
    pages = {origin.job: f"https://webnet.example.net/jobs/{origin.job}" for origin in origins if origin}
    return changes.view(
        changes.Shown(listed, "2026-11-22 13:00 Europe/Berlin", origins, pages, "https://webnet.example.net")
    )


def stood(*stays: Stay) -> Message:
    """Says when lines with `ntp` came and went, each by a snapshot whose number says when."""
    found = Standing(Target(41, "rtr-fra1-001", "10.10.0.1"), stays, 9, NOW - timedelta(days=9), NOW)
    edges = [edge for stay in stays for edge in (stay.came, stay.went) if edge]
    times = {edge.after: f"2026-11-{edge.after - 40} 13:00 Europe/Berlin" for edge in edges}
    origins = {edge.after: jobs.Origin(100 + edge.after, "config_backup", "oscar-operator") for edge in edges[:2]}
    pages = {origin.job: f"https://webnet.example.net/jobs/{origin.job}" for origin in origins.values()}
    return when.view(when.Shown(found, "ntp", "2026-11-14 13:00 Europe/Berlin", times, origins, pages))


def edge(after: int) -> Edge:
    return Edge(after - 1, NOW - timedelta(days=1), after, NOW, after + 100)


def compared_devices(other: str) -> Message:
    """Compares the config of rtr-fra1-001 with that of another device."""
    one, another = (Target(number, f"rtr-fra1-00{number - 40}", "10.10.0.1") for number in (41, 42))
    change = Change(another, Text(one, 57, NOW - timedelta(days=1), IOS), Text(another, 59, NOW, other), 2)
    return diff.view(diff.Shown(change, compared(sections.lines_of(IOS), sections.lines_of(other))))


def between(old: str, new: str) -> Message:
    target = Target(41, "rtr-fra1-001", "10.10.0.1")
    change = Change(target, Text(target, 57, NOW - timedelta(days=1), old), Text(target, 59, NOW, new), 2)
    found = compared(sections.lines_of(old), sections.lines_of(new))
    return diff.view(diff.Shown(change, found, asked="2026-11-22 00:00 Europe/Berlin and now"))


def past(line: str, found: FoundOn, since: str = "") -> Message:
    """Shows lines of one device that came or went."""
    query = replace(query_of(search.COMMAND.parse(line)), since=NOW - timedelta(days=3) if since else None)
    result = Result(query, found.lines, 1, (found,), None, late=False, fresh=Freshness(3, 3, 1, NOW, NOW))
    return search.view(search.Shown(result, None, "https://webnet.example.net", since))


LONG = "".join(f"interface Vlan{n}\n description {'x' * n}\n!\n" for n in range(200))
EDITED = IOS.replace("\n shutdown\n!", "\n no shutdown\n!").replace(
    "secret 9 <redacted>", "secret 9 <redacted: changed>"
)
FOUND = FoundOn(
    Target(41, "rtr-fra1-001", "10.10.0.1"),
    NOW,
    2,
    (Hit(6, " ip address 10.10.0.1 255.255.255.0", ((1, 3),)),),
    IOS,
    change=(57, 59),
)
VIEWS: dict[str, Message] = {
    "changes": changes_of("3d ip", 9, (IOS, EDITED), (IOS, LONG), (JUNOS, JUNOS.replace("/24", "/25"))),
    "changes-one": changes_of("site:fra1", 1, (IOS, EDITED)),
    "changes-none": changes_of("site:fra1 'no such thing'", 0, late=True),
    "changes-as-file": changes_of("as:csv", 2, (IOS, EDITED)),
    "diff-of-points": between(IOS, EDITED),
    "diff-of-equal-points": between(IOS, IOS),
    "diff-of-devices": compared_devices(
        IOS.replace("rtr-fra1-001", "rtr-fra1-002").replace("\n shutdown", "\n no shutdown")
    ),
    "diff-of-equal-devices": compared_devices(IOS),
    "search-since": past("ip", FOUND, "2026-11-20 13:00 Europe/Berlin"),
    "search-was": past("was:ip", replace(FOUND, gone_at=NOW)),
    "when": stood(
        Stay("ntp server 10.0.0.1", ("",), edge(58), None),
        Stay("ntp <!channel>", ("interface Vlan1 <!here>",), None, edge(57)),
        Stay("ntp", ("interface Vlan1", "interface Vlan2", "", "interface Vlan3"), edge(56), edge(57)),
        *[Stay("ntp", ("", "interface Vlan4"), edge(55), edge(56))] * 9,
    ),
    "when-never": stood(),
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
    "diff-of-nothing": changed(IOS, IOS, newer=1, older=3),
    "diff-of-one": changed(None, IOS, configs=1),
    "diff-never-changed": changed(None, IOS),
    "diff-oldest": changed(IOS, EDITED, newer=2, older=None),
    "diff-long": changed(LONG, LONG.replace("x\n", "y\n")),
}
MODALS = {
    f"{name}-page-{page}": view_of(page_of(VIEWS[name], page, f"{name} #41"), Origin("C0NOC", "noc"))
    for name, page in (("config", 1), ("config-long", 0), ("config-long", 2), ("diff-long", 3))
}
