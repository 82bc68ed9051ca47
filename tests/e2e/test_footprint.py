"""What a running bot does not carry along: counted in libraries, which say it more reliably than sizes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.process import Surroundings


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_bot_on_sqlite_loads_neither_the_driver_of_postgresql_nor_the_parser_of_the_command_line(
    around: Surroundings,
) -> None:
    with around.bot() as bot:
        bot.wait_said("running; ")
        maps = Path(f"/proc/{bot.process.pid}/maps").read_text(encoding="utf-8")
    assert ("psycopg" in maps) is around.store.database.is_postgres
    assert "pydantic_core" not in maps
    assert "_re2" not in maps
    assert "rapidfuzz" not in maps
    assert "cryptography" in maps
