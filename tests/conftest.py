"""Fixtures for the whole suite: no proxies, a throw-away PostgreSQL, and a fresh store on both databases."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from store.database import Store, migrate_store, open_store
from tests.postgres import PostgresServer, postgres_server

TESTS = Path(__file__).parent
DATABASES = ["sqlite", "postgresql"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
STORE_KEY = "q6ZbTzJ0mWv4o0e8m3n1r5yQv2fXk7uYh9sLpDc1aBE="  # a Fernet key, for tests alone


TWICE = ("configs", "e2e", "feeds", "http", "jobs")  # folders whose tests would take long on both databases
ON_POSTGRESQL = 32  # of these one test of so many runs on PostgreSQL, too; `make test-databases` runs them all there


def pytest_collection(session: pytest.Session) -> None:
    """Has each worker import its own share of the test modules before all of them are collected. Where they are new, pytest
    rewrites the assertions of what it imports, which takes longer than the rest of the collection, and keeps the result on
    disk: so each module is rewritten by one worker, and not by each of them at the same time."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or [Path(argument).resolve() for argument in session.config.args] != [TESTS]:
        return
    for path in sorted(TESTS.rglob("test_*.py"))[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        with suppress(Exception, pytest.skip.Exception):  # the collection will say so
            importlib.import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of its own
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps tests together that share what a module sets up, so that one worker alone sets it up.

    Leaves a part of the tests out where they would run a second time, on the other database: the tests of the store and
    of the deliveries run on both in any case. The choice is that of the names, so it is always the same. The longest test comes
    first, so that it is not the last one, with all workers but its own at rest."""
    items.sort(key=lambda item: item.path.name != "test_soak.py")
    for item in items:
        if (shared := _shared(item)) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(shared))
    if "EVERY_DATABASE" in os.environ:
        return
    names = {item.nodeid for item in items}
    left_out = {
        item
        for item in items
        if item.path.parent.name in TWICE
        and _runs_again(item, names)
        and zlib.crc32(item.nodeid.encode()) % ON_POSTGRESQL
    }
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Sees to it that tests are kept together, for which xdist has to change their names, and spares the collector of garbage the
    hundreds of thousands of objects that the tests themselves are."""
    grouped = (item for item in session.items if item.get_closest_marker("xdist_group"))
    if session.config.getoption("loadgroup", False) and any("@" not in item.nodeid for item in grouped):
        raise pytest.UsageError("pytest-xdist keeps no group of tests together with this version of pytest")
    gc.collect()
    gc.freeze()


def _shared(item: pytest.Item) -> str:
    """Returns what has a fixture once that a test uses: its folder or its module, empty for neither."""
    fixtures = item._fixtureinfo.name2fixturedefs.values() if isinstance(item, pytest.Function) else ()
    scopes = {each[-1].scope for each in fixtures}
    file = item.nodeid.partition("::")[0]
    return file.rpartition("/")[0] if "package" in scopes else file if "module" in scopes else ""


def _runs_again(item: pytest.Item, names: set[str]) -> bool:
    """Says whether a test has its store on PostgreSQL and is there on SQLite as well; WebNet's own database is another matter."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    first, last = item.nodeid.partition("postgresql"), item.nodeid.rpartition("postgresql")
    on_sqlite = {"sqlite".join((first[0], first[2])), "sqlite".join((last[0], last[2]))}
    return "postgresql" in (parameters.get("store_url"), parameters.get("module_store_url")) and not names.isdisjoint(
        on_sqlite
    )


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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite store without rows, to be copied: that is far quicker than to migrate again."""
    file = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate_store(f"sqlite:///{file}")
    return file


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated store's URL; every test that uses it runs on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path)}"
        return
    url: str = request.getfixturevalue("postgres_store_url")
    yield url


@pytest.fixture(scope="module", params=DATABASES)
def module_store_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated store's URL for what a whole module shares."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path_factory.mktemp('store'))}"
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
