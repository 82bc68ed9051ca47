"""Decides which database drivers a process loads. Peewee imports each one that is installed, and psycopg holds 8 MiB."""

from __future__ import annotations

import sys


def load_only_for(url: str) -> None:
    """Keeps psycopg out of a process that opens only an SQLite store. To be called before anything imports Peewee."""
    if not url.startswith("postgres"):
        sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]  # Python's own way to say "is not there"
