"""Whether a bot lives on the store that the settings name: each one renews a claim there every ten seconds, and one that has
lost a thread, or in which a loop hangs, ends by itself.

For the image's HEALTHCHECK: asks neither Slack nor WebNet, and needs no key. With several replicas on one
PostgreSQL store it says that at least one of them lives.
"""  # noqa: INP001  # a script

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.settings.files import load_env
from bot.settings.load import ConfigError, load
from store.engine import Database, parse_url
from store.errors import StoreError
from store.leases import INSTANCE, Leases


def alive(config: Path) -> bool:
    """Raises ConfigError, ValueError or StoreError if it cannot be told."""
    environ = dict(os.environ)
    load_env(config.with_name(".env"), environ)
    database = Database(parse_url(load(config, environ).store.url), max_connections=1)
    try:
        return bool(Leases(database).all_live(INSTANCE))
    finally:
        database.close()


def main() -> str:
    """Empty if one lives."""
    try:
        lives = alive(Path(sys.argv[1] if len(sys.argv) > 1 else "config.toml"))
    except (ConfigError, ValueError, StoreError) as error:
        return str(error)
    return "" if lives else "No bot has renewed its claim on the store for 30 s."


if __name__ == "__main__":
    sys.exit(main() or 0)
