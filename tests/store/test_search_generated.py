"""Generated searches find what a plain scan of the texts finds: the same lines, as often, and nothing of another customer."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import re2

from bot.configs.query import Query
from bot.configs.search import Look
from bot.core.errors import UsageError
from store.configs import Config
from store.database import Store
from store.directory import Device
from tests.handlers.configs import every_one

QUERIES = int(os.environ.get("QUERIES", "150"))  # `make soak` asks 10,000 on each database
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SCRIPTS = [
    "abcdefghij ",
    "ABCXYZ-_./:",
    "äöüßẞÄÖÜﬁﬂ",
    "αβγςσΣµμΩΩ",
    "İIıi̇",
    "жЖщ",
    "漢字かな",
    "ՙև",
    "ǰẖ",
    "\u1fb3\u1fbcᾳ",
    "k\u212as\u017f",
    "😀%\\'\"",
]
PATTERNS = [
    "^{}",
    "{}$",
    "{}.*{}",
    "[a-z]+{}",
    "{}|{}",
    "(?:{})+",
    "\\b{}",
    "{}\\d*",
    "{}{{1,2}}",
    "\\A{}",
    "{}\\z",
    "x*{}",
    "(?s){}.?",
]


def some_lines(chance: random.Random) -> list[str]:
    shared = [f" {word} {number}" for word in ("ip address", "no shutdown", "vlan", "Straße") for number in range(9)]
    others = ["".join(chance.choices(chance.choice(SCRIPTS) + " 0123", k=chance.randrange(1, 30))) for _ in range(200)]
    return [*shared, *others]


def texts(chance: random.Random, customer: int) -> Iterator[tuple[int, str]]:
    lines = some_lines(chance)
    for number in range(30):
        own = [f"hostname c{customer}-{number}", f" description canary-of-{customer} Nr. {number}"]
        end = chance.choice(["\n", "\r\n"])
        yield customer * 5_000 + 50 * number, end.join([*chance.choices(lines, k=60), *own, ""])


def query(chance: random.Random, lines: list[str]) -> Query:
    """Pieces of lines, often in another case, as words or within a pattern."""

    line = chance.choice(lines)

    def piece(least: int = 1) -> str:
        start = chance.randrange(len(line) or 1)
        found = line[start : start + chance.randrange(least, 12)] or "ip"
        return chance.choice([str, str, str.upper, str.lower, str.swapcase])(found)

    if chance.random() < 0.6:
        words = [piece() for _ in range(chance.randrange(1, 4))]
        return Query(tuple(words)) if max(len(word.strip()) for word in words) > 1 else Query(("ip", *words))
    pieces = (re.sub(r"([^\w\s])", r"\\\1", piece(), flags=re.ASCII) for _ in range(2))
    return Query(pattern=chance.choice(PATTERNS).format(*pieces))


def plainly(asked: Query, text: str) -> list[tuple[int, str]]:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if asked.words:
        words = [word.casefold() for word in asked.words]
        fits = [all(word in line.casefold() for word in words) for line in lines]
    else:
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        pattern = re2.compile(asked.pattern, options)
        fits = [pattern.search(line) is not None for line in lines]
    return [(number, line) for number, (line, fit) in enumerate(zip(lines, fits, strict=True), 1) if fit]


@pytest.mark.parametrize("seed", [1])
def test_whatever_is_searched_is_what_a_plain_scan_finds(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    kept = {customer: dict(texts(chance, customer)) for customer in (1, 2)}
    for customer, configs in kept.items():
        store.directory.put(
            Device(id=number, customer=customer, hostname=f"sw-{number}", enabled=True) for number in configs
        )
        shared = {"customer": customer, "hash": "", "created_at": NOW, "read_at": NOW, "rules": 1}
        for snapshot in (1, 2):  # the first is history
            store.configs.put_each(
                [
                    [
                        Config(
                            device=number,
                            snapshot=snapshot,
                            text=text if snapshot > 1 else f"{text}of before {number}",
                            **shared,
                        )
                    ]
                    for number, text in configs.items()
                ]
            )
    lines = [line for configs in kept.values() for text in configs.values() for line in text.split("\n")]
    answered = hits = 0
    for _ in range(QUERIES):
        asked, customer = query(chance, lines), chance.choice([1, 2])
        try:
            look = Look(store.configs, customer, asked, store.directory, every_one, lambda: 0.0, 1.0).count()
        except UsageError:
            continue
        expected = {number: found for number, text in kept[customer].items() if (found := plainly(asked, text))}
        found = {on.target.id: [(hit.number, hit.line) for hit in on.hits] for on in look.everything()}
        result = look.result()
        assert found == expected, asked
        assert (result.lines, result.devices) == (sum(map(len, expected.values())), len(expected)), asked
        answered, hits = answered + 1, hits + bool(expected)
    assert hits > answered / 3 > QUERIES / 5
