"""The simulated WebNet as a program of its own: `main.py lab webnet`."""

import sys

from lab.life import until_stopped
from lab.webnet.credentials import BOT_KEY
from lab.webnet.lab import WebNetLab


def serve(port: int = 8100) -> int:
    """Runs a simulated WebNet, whose seeded times end two hours ago, until Ctrl-C or SIGTERM; returns the exit code."""
    lab = WebNetLab(port, recent=True)
    try:
        lab.start()
    except OSError as error:
        print(f"The simulated WebNet cannot listen on port {port}: {error.strerror}. Try --port.", file=sys.stderr)
        return 1
    until_stopped(lab, _greeting(lab))
    return 0


def _greeting(lab: WebNetLab) -> str:
    return f"""Simulated WebNet at {lab.url}. Ctrl-C ends it.
The bot needs in its .env:
  WEBNET_BOT_WEBNET__URL={lab.url}
  WEBNET_BOT_WEBNET__API_KEY={BOT_KEY}"""
