"""A search over the copy in a real store: what is found, how it is counted, and when it ends."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest

from bot.configs.query import query_of
from bot.configs.search import Look, Result
from bot.core.errors import NotFound, UsageError
from bot.redaction.redactor import RULES_VERSION
from bot.slack.render import payload
from handlers import search
from lab.slack.limits import problems
from store.config_blocks import LINES
from store.config_progress import Progress
from store.configs import Config
from store.database import Store
from store.directory import Device, Outline
from tests.handlers.configs import Copy, every_one

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DEVICES = 12


def text_of(device: int) -> str:
    return (
        f"hostname sw-{device:02}\n"
        "interface Gi0/1\n"
        f" description 100%_sure of Äpfel {'odd' if device % 2 else 'even'} <!channel> `x` *y*\n"
        f" ip address 10.0.{device}.1\n"
        "end\n"
    )


def put(store: Store, device: int, customer: int, text: str) -> None:
    kind = {"vendor": "cisco" if device % 2 else "juniper", "site": "fra1" if device < 6 else None}
    # Names in another order than ids.
    name = f"sw-{DEVICES - device:02}.example"
    store.directory.put(
        [Device(id=device, customer=customer, hostname=name, mgmt_ip=f"10.9.0.{device}", enabled=True, **kind)]
    )
    store.configs.put(
        Config(
            device=device,
            customer=customer,
            snapshot=device,
            hash="",
            text=text,
            created_at=NOW,
            read_at=NOW,
            rules=RULES_VERSION,
        )
    )


@pytest.fixture
def filled(store: Store) -> Store:
    for device in range(1, DEVICES + 1):
        put(store, device, 1, text_of(device))
    put(store, 99, 2, "hostname of another customer\n ip address 10.0.1.1\n")
    return store


def look(store: Store, line: str, customer: int = 1, limit_s: float = 1e9) -> Look:
    ticks = count()
    return Look(
        store.configs,
        customer,
        query_of(search.COMMAND.parse(line)),
        store.directory,
        every_one,
        lambda: float(next(ticks)),
        limit_s,
    ).count()


def found(store: Store, line: str, customer: int = 1) -> Result:
    return look(store, line, customer).result()


@pytest.mark.parametrize(
    ("line", "lines", "devices"),
    [
        ("hostname", 12, 12),
        ("HOSTNAME sw-03", 1, 1),
        ("10.0.1.1", 1, 1),
        ("100%_sure", 12, 12),
        ("100%_sure even", 6, 6),
        ("0%-s", 0, 0),
        ("%%", 0, 0),
        ("__", 0, 0),
        ("äpfel", 12, 12),
        ("ÄPFEL", 12, 12),
        ("hostname odd", 0, 0),
        ("regex:^ip", 0, 0),
        ("regex:^ ip .*[12]\\.1$", 4, 4),
        ("regex:ÄPF", 12, 12),
        ("vendor:CISCO hostname", 6, 6),
        ("site:fra1 vendor:cisco hostname", 3, 3),
        ("device:sw-0 hostname", 10, 10),
        ("device:10.9.0.3 hostname", 1, 1),
        ("device:#3 hostname", 1, 1),
        ("another customer", 0, 0),
        ('"<redacted>"', 0, 0),
    ],
)
def test_what_is_found(filled: Store, line: str, lines: int, devices: int) -> None:
    result = found(filled, line)
    assert (result.lines, result.devices, result.late) == (lines, devices, False)


def test_devices_come_by_name_page_by_page_and_none_twice(filled: Store) -> None:
    pages = [found(filled, f"page:{page} hostname") for page in (1, 2, 3)]
    names = [on.target.hostname for page in pages for on in page.found]
    assert names == [f"sw-{number:02}.example" for number in range(DEVICES)]
    assert {result.page.count for result in pages} == {3}
    assert [on.target.hostname for on in found(filled, "page:99 hostname").found] == names[10:]


def test_everything_is_all_lines_of_all_devices(filled: Store) -> None:
    everything = look(filled, "as:csv example").everything()
    assert everything == []
    everything = look(filled, "as:csv regex:e").everything()
    assert sum(len(on.hits) for on in everything) == found(filled, "regex:e").lines == 60
    assert len(everything) == DEVICES


def test_a_filter_that_fits_nothing_says_what_may_have_been_meant(filled: Store) -> None:
    with pytest.raises(NotFound, match=r"`site:fra2`\. Did you mean `fra1`"):
        found(filled, "site:fra2 hostname")
    with pytest.raises(NotFound, match="`device:sw-99`"):
        found(filled, "device:sw-99 hostname")


def test_another_customer_has_its_own(filled: Store) -> None:
    assert found(filled, "10.0.1.1", customer=2).found[0].target.id == 99
    assert found(filled, "10.0.1.1").found[0].target.id == 1
    assert found(filled, "hostname", customer=3).devices == 0


def test_a_search_ends_when_its_time_is_over_and_says_so(filled: Store) -> None:
    """The clock goes on by one second each time it is read: for each block of lines, and before each config is shown."""
    for device in range(20, 30):
        put(filled, device, 1, "".join(f"hostname {device} {number}\n" for number in range(LINES)))
    result = look(filled, "hostname", limit_s=5.0).result()
    assert result.late
    assert 0 < result.devices < DEVICES + 10
    assert not result.found
    message = search.view(search.Shown(result, None, "http://webnet.example"))
    assert "Time ran out before everything was searched" in str(message)


def test_a_search_that_is_late_in_what_is_shown_ends_there(filled: Store) -> None:
    result = look(filled, "regex:hostname", limit_s=4.5).result()
    assert result.late
    assert 0 < len(result.found) < 5


def test_the_age_of_the_copy_is_shown(filled: Store) -> None:
    filled.directory.put([Device(id=50, customer=1, hostname="new", enabled=True)])
    fresh = found(filled, "nothing there").fresh
    assert (fresh.have, fresh.of, fresh.without) == (DEVICES, DEVICES + 1, 0)


# -- whatever is asked


PIECES = [
    *(
        "ip",
        "10.0.",
        "sw",
        "description",
        " ",
        " ",
        " ",
        '"',
        "'",
        "`",
        "%",
        "_",
        "\\",
        "*",
        "(",
        ")",
        "[",
        "]",
        "{3}",
        "+",
        "?",
    ),
    *(
        "|",
        "^",
        "$",
        ".",
        "\\d",
        "\\C",
        "regex:",
        "site:",
        "site:fra1",
        "vendor:cisco",
        "device:sw",
        "device:#1",
        "page:2",
    ),
    *(
        "as:csv",
        "<!channel>",
        "<@U0ALICE>",
        "&lt;",
        "http://evil.example",
        "<redacted>",
        "\x00",
        "\x1b",
        "\u202e",
        "\ud800",
        "İ",
    ),
    *(
        "Ä",
        "ß",
        "漢",
        "🙂",
        "\n",
        "\u2028",
        "\u3000",
        "x" * 80,
        "(a+)+$",
        "(.*a){9}",
        "(?i)",
        "(?s).",
        "%s{0}",
        "'; DROP TABLE x;--",
    ),
]


def hostile(asked: Callable[[str], Look], number: int, seed: int) -> None:
    chance, answered = random.Random(seed), 0
    for _ in range(number):
        line = "".join(chance.choices(PIECES, k=chance.randrange(1, 9)))
        try:
            one = asked(line)
            everything = one.everything() if one.query.as_file else None
            message = search.view(search.Shown(one.result(), everything, "https://webnet.example"))
            answered += 1
        except (UsageError, NotFound) as error:
            message = error.message
        shown = payload(message)
        assert problems(shown) == []
        assert not set("<>") & set(shown["text"])
    assert answered > number // 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_thousand_hostile_queries_a_time_are_answered_with_messages_that_slack_accepts(seed: int) -> None:
    devices = {device: (f"sw-{device:02}", text_of(device)) for device in range(1, 4)}
    outlines = [Outline(device, name, "10.9.0.1", "cisco", "fra1") for device, (name, _) in devices.items()]
    copy = Copy(outlines, {device: text for device, (_, text) in devices.items()}, Progress(3, 3, 0, NOW, NOW))
    hostile(
        lambda line: Look(copy, 1, query_of(search.COMMAND.parse(line)), copy, every_one, lambda: 0.0, 1.0).count(),
        3_000,
        seed,
    )


def test_a_thousand_hostile_queries_over_the_store(store: Store) -> None:
    """Asks five hundred of them on each database."""
    for device in range(1, 4):
        put(store, device, 1, text_of(device))
    hostile(lambda line: look(store, line), 500, seed=4)
