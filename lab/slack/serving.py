"""The emulated Slack as a program of its own: `main.py lab slack`."""

from __future__ import annotations

import sys

from lab.life import until_stopped
from lab.slack.server import SlackLab


def serve(port: int = 8200, host: str = "127.0.0.1") -> int:
    """Runs an emulated Slack until Ctrl-C or SIGTERM; returns the exit code."""
    lab = SlackLab(port, rate_limits=True, host=host)
    try:
        lab.start()
        lab.feed.listen()
    except OSError as error:
        print(f"The emulated Slack cannot listen on port {port}: {error.strerror}. Try --port.", file=sys.stderr)
        return 1
    until_stopped(lab, f"Emulated Slack at {lab.url} (open it in a browser; Web API at {lab.api_url}). Ctrl-C ends it.")
    return 0
