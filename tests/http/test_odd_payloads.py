"""Odd payloads under a right signature: each gets a response, and none leaves a traceback."""

from __future__ import annotations

import random
from pathlib import Path

from tests.http.conftest import web
from tests.http.odd_payloads import send_odd, tracebacks


def test_odd_signed_payloads_are_answered_without_a_traceback(tmp_path: Path) -> None:
    """A share of what `make faults` sends, which is 20,000 of a seed of its own."""
    with tracebacks() as found, web(f"sqlite:///{tmp_path}/store.db", strict=False) as bot:
        statuses = send_odd(bot, 300, random.Random(1))
    assert found == []
    assert sum(statuses.values()) == 300
    assert max(statuses) < 500
