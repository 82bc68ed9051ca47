"""Where Slack is, which follows from `slack.api_url`: nothing of a workspace is ever sent anywhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.http_client import origin

SLACKS = ("slack.com", "slack-gov.com")


def origins(api_url: str) -> frozenset[str]:
    """Returns the origins that may be called: the API's own, and for Slack itself those of response_urls (hooks) and of
    files."""
    host = urlsplit(api_url).hostname
    others = {f"https://{name}.{host}:443" for name in ("hooks", "files")} if host in SLACKS else set()
    return frozenset({origin(api_url), *others})
