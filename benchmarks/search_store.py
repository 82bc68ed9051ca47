"""The store that `search` measures: configs of 300 lines, of which 24 stand on one device alone, and what changes in them."""

from __future__ import annotations

from datetime import UTC, datetime

from peewee import chunked

from bot.redaction.redactor import RULES_VERSION
from store.configs import Config
from store.database import Store
from store.directory import Device

LINES = 300


def text_of(number: int) -> str:
    lines = [f"hostname rtr-{number:05}", "!", "enable secret 9 <redacted>"]
    for port in range((LINES - 10) // 7):
        lines += [
            f"interface GigabitEthernet0/{port}",
            f" description {'uplink to core' if port == 0 else 'access port of room'}-{number:05}",
            f" switchport access vlan {100 + port}"
            if port % 2
            else f" ip address 10.{number % 250}.{number // 250}.{port + 1} 255.255.255.0",
            " no ip directed-broadcast",
            " shutdown" if port % 3 else " no shutdown",
            f" service-policy input POLICY-{(number * 7 + port) % 90}",
            "!",
        ]
    lines += [f"ntp server 10.0.0.{n}" for n in range(LINES - len(lines) - 1)]
    return "\n".join([*lines, "end", ""])


def config_of(device: int, text: str, at: datetime, snapshot: int) -> Config:
    shared = {"customer": 1, "hash": "", "created_at": at, "read_at": at, "rules": RULES_VERSION}
    return Config(device=device, snapshot=snapshot, text=text, **shared)


def fill(store: Store, size: int, at_once: int) -> None:
    """Fills a store through the index, so many devices in a transaction."""
    now = datetime.now(UTC)
    store.directory.put(
        Device(
            id=n,
            customer=1,
            hostname=f"rtr-{n:05}",
            mgmt_ip=f"10.9.{n // 250}.{n % 250}",
            vendor="cisco",
            site=f"fra{n % 4}",
            enabled=True,
        )
        for n in range(1, size + 1)
    )
    for some in chunked(range(1, size + 1), at_once):
        store.configs.put_each([[config_of(n, text_of(n), now, n)] for n in some])
    if store.database.is_postgres:  # which does so by itself soon; SQLite never does
        with store.connection():
            store.database.peewee.execute_sql("ANALYZE")


def changed(device: int, what: str) -> str:
    lines = text_of(device).split("\n")
    for place in range(20, 270, 50):
        lines[place] = f" description changed {what} at {place}"
    return "\n".join(lines)


def size_kb(store: Store) -> float:
    """Returns what the store holds, without what is free in its files."""
    with store.connection():
        run = store.database.peewee.execute_sql
        if store.database.is_postgres:
            run("VACUUM FULL")
            return float(run("SELECT pg_database_size(current_database())").fetchone()[0]) / 1024
        pages, free, page = (
            run(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return float((pages - free) * page) / 1024
