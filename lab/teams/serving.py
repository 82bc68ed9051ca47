"""The emulated Teams as a program of its own: `main.py lab teams`."""

from __future__ import annotations

import sys

from lab.life import until_stopped
from lab.teams.activities import ACME, ACME_APP, NOC, VERA
from lab.teams.server import BOT_URL, TeamsLab


def serve(port: int = 8300, bot_url: str = BOT_URL) -> int:
    """Runs an emulated Teams until Ctrl-C or SIGTERM; returns the exit code."""
    lab = TeamsLab(port, bot_url=bot_url)
    lab.connector.throttles = True
    try:
        lab.start()
    except OSError as error:
        print(f"The emulated Teams cannot listen on port {port}: {error.strerror}. Try --port.", file=sys.stderr)
        return 1
    until_stopped(lab, _greeting(lab))
    return 0


def _greeting(lab: TeamsLab) -> str:
    password = lab.login.apps[ACME, ACME_APP]
    return f"""Emulated Teams at {lab.url} (open it in a browser). What is done there goes to {lab.bot_url}. Ctrl-C ends it.
The bot that answers needs:
  WEBNET_BOT_HTTP__ENABLED=true
  WEBNET_BOT_TEAMS__ENABLED=true
  WEBNET_BOT_TEAMS__LOGIN_URL={lab.login_url}
  WEBNET_BOT_TEAMS__OPENID_URL={lab.openid_url}
  WEBNET_BOT_TEAMS__SERVICE_HOSTS={lab.url}
and a tenant with its users:
  echo "{password}" | webnet-bot workspace add {ACME} --name Acme --customer 1 --app-id {ACME_APP}
  webnet-bot user map {ACME} {VERA.id} vera-viewer
  webnet-bot channel add {ACME} {NOC} --name noc"""
