"""What changed since a moment, which lines came or went, and since when a line stands there: by the history in a real store."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.configs.changes import PAGE, ChangesLook, Listed
from bot.configs.kept import KeptTexts
from bot.configs.line_match import matcher
from bot.configs.past_search import PastLook
from bot.configs.query import Query, perhaps_query_of, query_of
from bot.configs.sections import lines_of
from bot.configs.standing import Standing, standing
from bot.configs.volatile import Volatile
from bot.core.errors import NotFound
from bot.redaction.redactor import CHANGED, MARK, Redactor
from bot.webnet.target import Target
from handlers import changes, search
from store.configs import Config
from store.database import Store
from store.directory import Device
from tests.handlers.configs import every_one

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=1)
IOS = """! Last configuration change at {at} by oscar
hostname {name}
enable secret 9 <redacted>
interface Gi0/1
 description {port}
 shutdown
ntp server {ntp}
end
"""


def ios(name: str = "sw-1", port: str = "uplink", ntp: str = "10.0.0.1", at: str = "10:00") -> str:
    return IOS.format(name=name, port=port, ntp=ntp, at=at)


def put(store: Store, device: int, *texts: str | tuple[str, str], customer: int = 1, first: int = 0) -> None:
    """One snapshot a minute; beside a text may stand the fingerprint of its secret."""
    store.directory.put(
        [
            Device(
                id=device,
                customer=customer,
                hostname=f"sw-{device}",
                site=f"s{device % 2}",
                platform="ios",
                enabled=True,
            )
        ]
    )
    for number, given in enumerate(texts, first):
        text, secret = given if isinstance(given, tuple) else (given, "0" * 32)
        row = {
            "snapshot": device * 1_000 + number,
            "job": device * 100 + number,
            "created_at": NOW + timedelta(minutes=number),
        }
        shared = {"hash": "", "read_at": NOW, "rules": 1, "fingerprints": secret if MARK in text else ""}
        store.configs.put(Config(device=device, customer=customer, text=text, **row, **shared))


def look(
    store: Store, query: Query, since: datetime = BEFORE, customer: int = 1, gone: frozenset[int] = frozenset()
) -> Listed:
    def here(targets: list[Target]) -> list[int]:
        return [target.id for target in targets if target.id not in gone]

    texts = KeptTexts(store.configs, Redactor())
    shared = store.configs, customer, query, since, store.directory
    return ChangesLook(*shared, here, texts, lambda platform: Volatile((), platform), lambda: True).result()  # type: ignore[arg-type]


def asked(store: Store, line: str = "", **options: object) -> Listed:
    return look(store, perhaps_query_of(changes.COMMAND.parse(line)), **options)  # type: ignore[arg-type]


def shown(listed: Listed) -> list[tuple[str, int, int, int]]:
    return [(each.target.hostname, each.after, each.diff.added, each.diff.removed) for each in listed.changes]


def test_changes_come_newest_first_with_their_lines_their_job_and_their_sections(store: Store) -> None:
    put(store, 1, ios(), ios(port="to core", ntp="10.0.0.2"), ios(port="to core", ntp="10.0.0.2"))
    put(store, 2, ios("sw-2"), ios("sw-2"), ios("sw-2").replace(" shutdown\n", ""))
    put(store, 3, ios("other"), ios("of another customer"), customer=2)
    found = asked(store)
    assert shown(found) == [("sw-2", 2002, 0, 1), ("sw-1", 1001, 2, 2)]
    assert (found.number, found.devices, found.late) == (2, 2, False)
    newest, older = found.changes
    assert (newest.before, newest.job, newest.at, older.job) == (2001, 202, NOW + timedelta(minutes=2), 101)
    assert (newest.diff.sections, older.diff.sections) == (("interface Gi0/1",), ("interface Gi0/1", ""))
    assert shown(asked(store, since=NOW + timedelta(minutes=2))) == [("sw-2", 2002, 0, 1)]
    assert shown(asked(store, since=NOW + timedelta(minutes=3))) == []
    assert shown(asked(store, customer=2)) == [("sw-3", 3001, 1, 1)]


def test_what_changes_by_itself_is_no_change_and_a_secret_is_one(store: Store) -> None:
    put(store, 1, ios(), ios(at="11:00"), ios(at="12:00", port="x"))
    put(store, 2, (ios("sw-2"), "a" * 32), (ios("sw-2", at="11:00"), "a" * 32), (ios("sw-2", at="11:00"), "b" * 32))
    assert shown(asked(store)) == [("sw-2", 2002, 1, 1), ("sw-1", 1002, 1, 1)]
    secret = next(hunk for hunk in asked(store, "device:sw-2").changes[0].diff.hunks)
    assert [line.text for line in secret.lines if line.sign != " "] == [f"enable secret 9 {CHANGED}"] * 2


def test_with_a_text_only_changes_whose_lines_hold_it_are_listed(store: Store) -> None:
    put(store, 1, ios(port="Gießen"), ios(port="Köln"))
    put(store, 2, ios("sw-2", at="10:00 gießen"), ios("sw-2", at="11:00 gießen", ntp="10.0.0.2"))
    put(store, 3, (ios("gießen"), "a" * 32), (ios("gießen"), "b" * 32))
    for line, devices in (
        ("GIESSEN", ["sw-1"]),
        ("description köln", ["sw-1"]),
        ("ntp", ["sw-2"]),
        ('"enable secret"', ["sw-3"]),
        ("hostname", []),
        ("ntp server 10.0.0.1", ["sw-2"]),
        ("site:s1 ntp", []),
    ):
        assert [name for name, *_ in shown(asked(store, line))] == devices, line
    with pytest.raises(NotFound):
        asked(store, "site:nowhere ntp")
    assert asked(store, "password <redacted>").number == 0


def test_a_device_that_left_is_left_out_and_pages_go_on(store: Store) -> None:
    for device in range(1, 12):
        put(store, device, ios(), ios(port="x"))
    first = asked(store, "page:1", gone=frozenset({10, 11}))
    assert [change.target.id for change in first.changes] == [9, 8, 7, 6, 5, 4, 3, 2][:PAGE]
    assert (first.number, first.page.count) == (9, 2)
    assert [change.target.id for change in asked(store, "page:9").changes] == [3, 2, 1]
    assert len(asked(store, "as:csv").changes) == 11
    store.directory.put([Device(id=5, customer=2, hostname="sw-5", enabled=True)])
    store.directory.remove(6)
    assert asked(store).number == 9
    assert asked(store, customer=2).number == 0


# -- lines that came or went


def searched(store: Store, line: str, since: datetime | None = None) -> PastLook:
    query = replace(query_of(search.COMMAND.parse(line)), since=since)
    texts = KeptTexts(store.configs, Redactor())
    asked = store.configs, 1, query, store.directory, every_one, lambda: 0.0, 1.0
    found = PastLook(*asked, texts)
    found.count()
    return found


def lines(found: PastLook) -> dict[int, list[str]]:
    every: dict[int, list[str]] = {}
    for on in found.everything():
        every.setdefault(on.target.id, []).extend(hit.line for hit in on.hits)
    return {device: sorted(held) for device, held in every.items()}


def test_lines_that_came_since_then_and_lines_that_stand_no_more(store: Store) -> None:
    put(store, 1, ios(port="old"), ios(port="new"), ios(port="newer"))
    put(store, 2, ios(port="new"))
    put(store, 3, (ios(), "a" * 32), (ios(), "b" * 32))
    put(store, 4, ios(port="new"), ios(port="old"), customer=2)
    assert lines(searched(store, "description", since=NOW)) == {1: [" description newer"]}
    assert lines(searched(store, "description", since=NOW + timedelta(minutes=3))) == {}
    assert lines(searched(store, '"enable secret"', since=NOW)) == {3: ["enable secret 9 <redacted>"]}
    gone = searched(store, "was:description")
    assert lines(gone) == {1: [" description new", " description old"]}
    (on,) = gone.result().found
    assert ([hit.line for hit in on.hits], on.lines) == ([" description new"], 2)
    assert (on.change, on.gone_at) == ((1001, 1002), NOW + timedelta(minutes=2))
    assert lines(searched(store, "was:description", since=NOW + timedelta(minutes=2))) == {1: [" description new"]}
    assert lines(searched(store, "was:shutdown")) == {}


def texts_of(chance: random.Random) -> Iterator[str]:
    every = [f"{word} {number}" for word in ("ip", "vlan", "Straße") for number in range(6)]
    text = chance.choices(every, k=12)
    for _ in range(chance.randrange(1, 6)):
        for _ in range(chance.randrange(0, 4)):
            text[chance.randrange(len(text))] = chance.choice(every)
        yield "\n".join(text) + "\n"


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happened_is_what_a_plain_look_at_all_snapshots_finds(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    kept = {device: list(texts_of(chance)) for device in range(1, 15)}
    for device, texts in kept.items():
        put(store, device, *texts)
    for word in ("ip", "VLAN 3", "STRASSE", "e 2"):
        for minute in (-1, 1, 3):
            moment = NOW + timedelta(minutes=minute)
            folded = word.casefold()
            came, changed, gone = {}, [], {}
            for device, texts in kept.items():
                then = texts[max(0, min(minute - 1, len(texts) - 1))]
                more = Counter(lines_of(texts[-1])) - Counter(lines_of(then))
                came[device] = sorted(
                    line for line in lines_of(texts[-1]) if line in more and folded in line.casefold()
                )
                every = {line for text in texts for line in lines_of(text)} - {*lines_of(texts[-1])}
                gone[device] = sorted(line for line in every if folded in line.casefold())
                for number, (old, new) in enumerate(pairwise(texts), 1):
                    if old != new and number >= minute:
                        changed.append((number, device))
            assert lines(searched(store, f'"{word}"', since=moment)) == {
                one: held for one, held in came.items() if held
            }
            assert lines(searched(store, f'was:"{word}"')) == {one: held for one, held in gone.items() if held}
            found = asked(store, "as:csv", since=moment).changes
            assert [(each.after % 1_000, each.target.id) for each in found] == sorted(changed, reverse=True)


# -- since when


def when(store: Store, *words: str, device: int = 1) -> Standing:
    texts, target = KeptTexts(store.configs, Redactor()), Target(device, f"sw-{device}", "")
    return standing(target, store.configs.history(1, device), texts, matcher(Query(words)))


def times(found: Standing) -> list[tuple[str, int | None, int | None]]:
    return [(stay.line, stay.came and stay.came.after, stay.went and stay.went.after) for stay in found.stays]


def test_a_line_stands_since_the_snapshot_that_brought_it_until_the_one_that_removed_it(store: Store) -> None:
    put(store, 1, ios(port="a"), ios(port="b"), ios(port="b"), ios(port="a"), ios(port="a", ntp="10.0.0.9"))
    assert times(when(store, "description")) == [
        ("description a", 1003, None),
        ("description b", 1001, 1003),
        ("description a", None, 1001),
    ]
    assert times(when(store, "NTP", "10.0.0.9")) == [("ntp server 10.0.0.9", 1004, None)]
    assert times(when(store, "hostname")) == [("hostname sw-1", None, None)]
    assert times(when(store, "nowhere")) == []
    (edge,) = {stay.came for stay in when(store, "ntp", "10.0.0.9").stays}
    assert edge is not None
    assert (edge.before, edge.job, edge.at) == (1003, 104, NOW + timedelta(minutes=4))


def test_equal_lines_of_several_sections_are_several(store: Store) -> None:
    port = "interface Gi0/{}\n no shutdown\n"
    ports = "".join(map(port.format, (1, 2, 3)))
    put(store, 1, ports, ports.replace(port.format(2), ""), ports.replace(port.format(3), port.format(4)))
    found = when(store, "no shutdown").stays
    assert [(stay.sections, stay.came and stay.came.after, stay.went and stay.went.after) for stay in found] == [
        (("interface Gi0/2", "interface Gi0/4"), 1002, None),
        (("interface Gi0/1",), None, None),
        (("interface Gi0/3",), None, 1002),
        (("interface Gi0/2",), None, 1001),
    ]
    assert {stay.line for stay in found} == {"no shutdown"}


def test_a_section_is_named_from_the_top_down_to_the_line(store: Store) -> None:
    unit = "    ge-0/0/{} {{\n        unit 0 {{\n            family inet {{\n                filter input MGMT;\n"
    both = "interfaces {\n" + unit.format(0) + unit.format(1)
    put(store, 1, both, "interfaces {\n" + unit.format(1))
    assert [(stay.sections, stay.went and stay.went.after) for stay in when(store, "filter").stays] == [
        (("interfaces › ge-0/0/1 › unit 0 › family inet",), None),
        (("interfaces › ge-0/0/0 › unit 0 › family inet",), 1001),
    ]


def test_a_line_with_another_secret_is_another_line(store: Store) -> None:
    put(store, 1, (ios(), "a" * 32), (ios(port="b"), "a" * 32), (ios(port="b"), "b" * 32))
    assert times(when(store, "secret")) == [
        ("enable secret 9 <redacted>", 1002, None),
        ("enable secret 9 <redacted>", None, 1002),
    ]
