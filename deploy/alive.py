"""Whether a bot lives on the store that the settings name: each one renews a claim there every ten seconds.

For the image's HEALTHCHECK: asks neither Slack nor WebNet, and needs no key. With several replicas on one
PostgreSQL store it says that at least one of them lives.
"""  # noqa: INP001  # a script

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.settings.load import ConfigError, load
from store.engine import Database, parse_url
from store.errors import StoreError
from store.leases import INSTANCE, Leases


def alive(config: Path) -> bool:
    """Raises ConfigError or StoreError if it cannot be told."""
    database = Database(parse_url(load(config, os.environ).store.url), max_connections=1)
    try:
        return bool(Leases(database).all_live(INSTANCE))
    finally:
        database.close()


def main() -> str:
    """Empty if one lives."""
    try:
        lives = alive(Path(sys.argv[1] if len(sys.argv) > 1 else "config.toml"))
    except (ConfigError, StoreError) as error:
        return str(error)
    return "" if lives else "No bot has renewed its claim on the store for 30 s."


if __name__ == "__main__":
    sys.exit(main() or 0)
