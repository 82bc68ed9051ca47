"""Whatever happens, two replicas on one database send an event once, at its time and in its form, or drop it by a rule that can be
named: as the plain model of model.py says. The histories of many channels go on side by side, under one clock."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from store.database import migrate_store
from tests.conftest import DATABASES
from tests.delivery.two_replicas import Clock, Run
from tests.postgres import PostgresServer

HISTORIES = int(os.environ.get("STORED_HISTORIES", "40"))
SEED = int(os.environ.get("SEED", "18"))
AT_ONCE = 30  # histories
SHOWN_CLOCK = """
    CREATE SCHEMA set_clock;
    CREATE TABLE set_clock.shown (at timestamptz);
    INSERT INTO set_clock.shown VALUES (now());
    CREATE FUNCTION set_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT at FROM set_clock.shown'"""
NewStore = Callable[[], tuple[str, Clock]]


@pytest.fixture(scope="module", params=DATABASES)
def new_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStore]:
    """Makes an empty store whose clock is the returned one."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("migrated_file")
        folder = tmp_path_factory.mktemp("histories")
        numbers = itertools.count()
        yield lambda: (f"sqlite:///{shutil.copy(file, folder / f'{next(numbers)}.db')}", Clock())
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    template = server.create()
    migrate_store(server.url(template))
    server.execute(SHOWN_CLOCK, template)
    with contextlib.ExitStack() as opened:

        def made() -> tuple[str, Clock]:
            name = server.create(template)
            server.execute(f"ALTER DATABASE {name} SET search_path = public, set_clock, pg_catalog")
            shown = opened.enter_context(psycopg.connect(server.url(name), autocommit=True))
            return server.url(name), Clock(lambda now: shown.execute("UPDATE set_clock.shown SET at = %s", [now]))

        yield made


@pytest.mark.parametrize("first", range(0, HISTORIES, AT_ONCE))
def test_two_replicas_do_what_the_model_says(new_store: NewStore, first: int) -> None:
    run = Run(*new_store(), random.Random(SEED * 1_000_003 + first), min(AT_ONCE, HISTORIES - first))
    with contextlib.closing(run):
        run.live()
        wanted = sum((place.expected() for place in run.places), run.again)
        assert (run.sent - wanted, wanted - run.sent) == (Counter(), Counter()), run.days
