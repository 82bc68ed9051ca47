"""Fixtures for the whole suite: no proxies, a throw-away PostgreSQL, and a fresh store on both databases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from store.database import Store, migrate_store, open_store
from tests.postgres import PostgresServer, postgres_server

DATABASES = ["sqlite", "postgresql"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
STORE_KEY = "q6ZbTzJ0mWv4o0e8m3n1r5yQv2fXk7uYh9sLpDc1aBE="  # a Fernet key, for tests alone


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    folder = Path(__file__).parent / "browser"
    asked = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    if CHROMIUM is None and any(path in (folder, *folder.parents) or folder in path.parents for path in asked):
        terminalreporter.write_line("tests/browser was left out: there is no chromium on this machine")


@pytest.fixture(scope="session", autouse=True)
def no_proxies() -> None:
    """Everything here talks to this machine."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    """The name of a migrated database that tests use one after the other."""
    name = postgres.create()
    migrate_store(postgres.url(name))
    return name


@pytest.fixture
def postgres_store_url(postgres: PostgresServer, migrated_database: str) -> Iterator[str]:
    """A migrated store without rows."""
    yield postgres.url(migrated_database)
    postgres.cut_connections(migrated_database)
    postgres.empty(migrated_database)


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database of one's own, not migrated."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated store's URL; every test that uses it runs on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    url: str = request.getfixturevalue("postgres_store_url")
    yield url


@pytest.fixture(scope="module", params=DATABASES)
def module_store_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated store's URL for what a whole module shares."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    migrate_store(server.url(name))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url, keys=[STORE_KEY]) as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_store_url: str) -> Iterator[Store]:
    """For what only PostgreSQL can show."""
    with open_store(postgres_store_url, keys=[STORE_KEY]) as opened:
        yield opened


@pytest.fixture
def second_store(store_url: str) -> Iterator[Store]:
    """A replica: another store object on the same database."""
    with open_store(store_url, keys=[STORE_KEY]) as opened:
        yield opened


@pytest.fixture
def lab() -> Iterator[WebNetLab]:
    with WebNetLab(devices=60, job_seconds=0.0) as running:
        yield running
        assert running.gate_violations() == []


@pytest.fixture
def webnet(lab: WebNetLab) -> Iterator[WebNet]:
    client = WebNet(Transport(lab.url, BOT_KEY, timeout_s=2.0))
    yield client
    client.close()
