"""Which drivers a process loads. Peewee takes in every one that is installed, and psycopg alone holds 8 MiB."""

from __future__ import annotations

import sys


def load_only_for(url: str) -> None:
    """Before anything imports Peewee, in a process that will open no other store than this one."""
    if not url.startswith("postgres"):
        sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]  # Python's own way to say "is not there"
