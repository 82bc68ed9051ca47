"""A connection to PostgreSQL whose every wait has an end. Imported only where psycopg, an optional extra, is there."""

from __future__ import annotations

from typing import Any

import psycopg

from store.postgres import READ_ONLY

# The server ends this session, or has become a standby: its connection is of no more use.
GONE = frozenset({READ_ONLY, "57P01", "57P02", "57P03"})


class Connection(psycopg.Connection[Any]):
    """Waits for a response for `longest_s` seconds at most: a server that was stopped answers nothing, and its own time-outs
    do not run. What has become useless is closed, so that the pool does not hand it out again."""

    longest_s: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.longest_s if timeout is None else timeout)
        except psycopg.Error as error:
            lost = error.sqlstate is None and isinstance(error, psycopg.OperationalError)
            if lost or error.sqlstate in GONE:
                self.close()
            raise
