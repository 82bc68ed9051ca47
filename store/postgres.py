"""PostgreSQL as it is run: behind a pooler, failing over to another server, stopped, in another encoding."""

from __future__ import annotations

import importlib.util
import select
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from peewee import Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase

from store.errors import (
    DriverMissing,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnusable,
    StoreUrlError,
)

DEFAULTS = {  # of libpq's parameters, where the URL does not say otherwise
    "application_name": "webnet-bot",
    "connect_timeout": 5,  # s
    "keepalives_idle": 30,  # s
    "target_session_attrs": "read-write",
    "tcp_user_timeout": 10_000,  # ms
}
READ_ONLY = "25006"  # the SQLSTATE of a write that a standby refuses
TROUBLE: dict[str, type[StoreUnusable]] = {  # by SQLSTATE
    READ_ONLY: StoreReadOnly,
    "40001": StoreBusy,
    "40P01": StoreBusy,  # two transactions waited for each other, and this one was ended
    "55P03": StoreBusy,  # a lock that was waited for too long
    "53100": StoreFull,
    "XX001": StoreDamaged,
    "XX002": StoreDamaged,
}
SLOW_S = 1.0  # a connection that fails after so long was waited for, and not refused
AWAY_S = 1.0  # for which none is tried then
PREPARE_AFTER = 5  # runs of a statement; it halves what the server spends on a command
ENCODINGS = frozenset({"UTF8", "SQL_ASCII"})  # the second stores what it is given, which is UTF-8
_CANNOT_READ = "store.url cannot be read: write postgresql://user:password@host/database."
_ESCAPED = (
    "store.url cannot be read: in its user and password write %40 for @, %2F for /, %3F for ? and %23 for #, "
    "such as postgresql://bot:p%40ss@host/database."
)


def read_url(url: str) -> tuple[str, str]:
    """Returns how the URL may be shown, and its password, which is left out of that. Raises StoreUrlError also where libpq
    and Python would cut it at different places: a part of the password would then be taken for the host."""
    rest = url.partition("://")[2]
    authority = rest.partition("/")[0]
    try:
        parts = urlsplit(url)
        ports = [where.rpartition(":")[2] for where in parts.netloc.rpartition("@")[2].split(",") if ":" in where]
        password = unquote(parts.password or "")
    except ValueError:
        raise StoreUrlError(_CANNOT_READ) from None
    split_elsewhere = "#" in url or authority.count("@") > 1 or "?" in authority or "@" in parts.path
    no_port = not all(port.isdecimal() or port.endswith("]") or not port for port in ports)
    if split_elsewhere or no_port:
        raise StoreUrlError(_ESCAPED)
    user = f"{parts.username}@" if parts.username else ""
    return f"postgresql://{user}{parts.netloc.rpartition('@')[2]}{parts.path}", password


def require_driver(conninfo: str) -> None:
    """Raises DriverMissing, or StoreUrlError for what libpq does not understand."""
    if importlib.util.find_spec("psycopg") is None:
        raise DriverMissing("A PostgreSQL store needs psycopg: pip install 'webnet-bot[postgres]'.")
    import psycopg  # noqa: PLC0415  # an optional extra

    try:
        psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.Error:  # its text quotes the whole URL
        raise StoreUrlError(_CANNOT_READ) from None


class Postgres(PooledPostgresqlDatabase):
    """Connections that behind a pooler keep nothing in the server's session, since each transaction may go to another one: no
    prepared statements, and time-outs that are given when connecting or kept by the client."""

    def __init__(self, conninfo: str, *, query_s: float, **pool: Any) -> None:
        """`query_s` ends a query that takes longer, and a wait for a lock after half of it; 0 for never."""
        self._query_s = query_s
        self._away_until_s = 0.0  # by the monotonic clock; until then no connection is tried
        self._options = f"-c statement_timeout={query_s:.3f}s -c lock_timeout={query_s / 2:.3f}s"
        super().__init__(conninfo, prefer_psycopg3=True, **pool)  # type: ignore[no-untyped-call]

    def psycopg3_adapter(self) -> Any:
        return _Adapter(self)

    def open(self) -> Any:
        """Connects to the first of the URL's servers that takes writes. Peewee calls this under a lock of its pool, so after an
        attempt that ran into its time-out those who wait for the lock are refused at once, and not one after the other."""
        import psycopg  # noqa: PLC0415  # an optional extra

        from store.postgres_connection import Connection  # noqa: PLC0415

        given = psycopg.conninfo.conninfo_to_dict(self.database)
        wanted: dict[str, Any] = {name: value for name, value in DEFAULTS.items() if name not in given}
        began_s = time.monotonic()
        if began_s < self._away_until_s:
            raise psycopg.OperationalError("a connection timed out a moment ago")
        if self._options:
            wanted["options"] = f"{self._options} {given.get('options', '')}".strip()
        try:
            made = Connection.connect(
                self.database, autocommit=True, prepare_threshold=None, client_encoding="utf8", **wanted
            )
        except psycopg.OperationalError as error:
            if not self._options or "unsupported startup parameter" not in str(error):
                if time.monotonic() - began_s > SLOW_S:
                    self._away_until_s = time.monotonic() + AWAY_S
                raise
            self._options = ""  # a pooler's refusal; the time-outs are then this side's
            return self.open()
        if made.execute("SELECT pg_backend_pid()").fetchone() == (made.info.backend_pid,):
            made.prepare_threshold = PREPARE_AFTER  # a pooler names itself, and not the server behind it
        made.longest_s = self._query_s + 1.0 if self._query_s else None
        encoding = made.info.parameter_status("server_encoding") or "UTF8"
        if encoding not in ENCODINGS:
            made.close()
            raise StoreError(
                f"The store's database is encoded in {encoding}, which cannot keep every text: make one with ENCODING 'UTF8', "
                "and name it in store.url."
            )
        return made

    def _is_closed(self, connection: Any) -> bool:
        """A server that ended a connection has said so, and its words wait to be read. Only then it is asked: Peewee asks
        each time, a round trip for every query of ours, and meanwhile nobody else gets a connection."""
        if connection.closed:
            return True
        unread = select.poll()
        unread.register(connection.fileno(), select.POLLIN)
        return bool(unread.poll(0)) and bool(super()._is_closed(connection))  # type: ignore[no-untyped-call]


class _Adapter(Psycopg3Adapter):
    def __init__(self, owner: Postgres) -> None:
        super().__init__()
        self._owner = owner

    def connect(self, *_: object, **__: object) -> Any:
        return self._owner.open()
