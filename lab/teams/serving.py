"""The emulated Teams as a program of its own: `main.py lab teams`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lab.life import until_stopped
from lab.teams.activities import ACME, ACME_APP
from lab.teams.server import BOT_URL, TeamsLab

SEED = os.path.relpath(Path(__file__).parents[1] / "seed_teams.toml")  # from where the command was typed


def serve(port: int = 8300, bot_url: str = BOT_URL, program: str = "webnet-bot") -> int:
    """Runs an emulated Teams until Ctrl-C or SIGTERM; returns the exit code. `program` is how the command line is called."""
    lab = TeamsLab(port, bot_url=bot_url)
    lab.connector.throttles = True
    try:
        lab.start()
    except OSError as error:
        print(f"The emulated Teams cannot listen on port {port}: {error.strerror}. Try --port.", file=sys.stderr)
        return 1
    until_stopped(lab, _greeting(lab, program))
    return 0


def _greeting(lab: TeamsLab, program: str) -> str:
    return f"""Emulated Teams at {lab.url} (open it in a browser). What is done there goes to {lab.bot_url}. Ctrl-C ends it.
The bot that answers needs in its .env:
  WEBNET_BOT_HTTP__ENABLED=true
  WEBNET_BOT_TEAMS__ENABLED=true
  WEBNET_BOT_TEAMS__LOGIN_URL={lab.login_url}
  WEBNET_BOT_TEAMS__OPENID_URL={lab.openid_url}
  WEBNET_BOT_TEAMS__SERVICE_HOSTS={lab.url}
and the tenant with its users and channel:
  {program} seed {SEED}
It is app {ACME_APP} of the tenant {ACME}, with the password {lab.login.apps[ACME, ACME_APP]}."""
