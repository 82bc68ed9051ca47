"""Two chats of one customer when things break, for `python -m tests.faults`: kill -9 while Teams throttles, refuses and withdraws tokens."""

from __future__ import annotations

from collections.abc import Iterator

from tests.delivery.scenarios import Finding, a_store
from tests.delivery.two_chat_kills import kills_in_trouble, storm, two_chat_rig
from tests.postgres import postgres_server

KILLS = 60  # on each database
SINGLY, TOGETHER = 1_000, 5  # so many waiting notices for one channel become one message
STORM_S = 20.0


def killed(seed: int, kills: int = KILLS) -> Iterator[Finding]:
    """Kills at one of six points each time, and each time in another trouble of Teams'."""
    with postgres_server() as server:
        for name, where, replicas, over in (
            ("SQLite", None, 1, SINGLY),
            ("SQLite, digests", None, 1, TOGETHER),
            ("PostgreSQL", server, 1, SINGLY),
            ("PostgreSQL, two replicas", server, 2, SINGLY),
        ):
            with a_store(where) as (store, url, folder), two_chat_rig(store, url, folder, seed, over) as at:
                outcome = kills_in_trouble(at, kills, replicas=replicas)
            yield Finding(f"kill -9 with Slack and Teams, {name}", str(outcome), outcome.right)


def storms(seed: int) -> Iterator[Finding]:
    """Throttles one conversation of Teams for long, while another is gone."""
    with a_store(None) as (store, url, folder), two_chat_rig(store, url, folder, seed, SINGLY) as at:
        outcome, early, others_s = storm(at, STORM_S)
    measured = f"{early} early calls; the other channels had all within {others_s:.1f} s; {outcome}"
    right = outcome.right and not early and others_s < STORM_S
    yield Finding(f"429 in one conversation of Teams for {STORM_S:g} s, and 404 in another", measured, right)
