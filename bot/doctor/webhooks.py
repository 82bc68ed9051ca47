"""Webhook verification failures: clocks and signing secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import requests

from bot.core.errors import WebNetError
from bot.doctor.finding import NOTIFICATIONS, WEBHOOKS, Finding, Surroundings, clock
from store.workspaces import Workspace

NEEDED = ("fastapi", "uvicorn", "prometheus_client")  # what the extra installs, by the names that are imported


def signatures(at: Surroundings, workspaces: Sequence[Workspace]) -> Iterator[Finding]:
    if workspaces:
        yield from _of_slack(at, workspaces)
    if at.settings.http.enabled:
        yield from _adapter(at)
        yield _hints(at)


def _of_slack(at: Surroundings, workspaces: Sequence[Workspace]) -> Iterator[Finding]:
    date, read_at = at.slack_date or (None, at.now())
    yield clock(WEBHOOKS, "Slack", date, read_at)
    if not at.settings.http.enabled:
        words = "Slack is not received over HTTP, so no request is verified by signature."
        yield Finding(WEBHOOKS, "signing secrets", "skip", words)
        return
    empty = [workspace.team_id for workspace in workspaces if not workspace.signing_secret]
    if empty:
        fill = f"`webnet-bot workspace set {empty[0]} --signing-secret-prompt`"
        remedy = f"Copy the Signing Secret of the Slack app: {fill}."
        yield Finding(WEBHOOKS, "signing secrets", "fail", f"Missing for {', '.join(empty)}.", remedy)
    else:
        words = "Every workspace has one; compare it with the Slack app's if requests are refused."
        yield Finding(WEBHOOKS, "signing secrets", "pass", words)


def _adapter(at: Surroundings) -> Iterator[Finding]:
    """Asks the HTTP adapter as the proxy does, if a bot runs on this machine."""
    if not all(map(find_spec, NEEDED)):
        yield Finding(WEBHOOKS, "HTTP adapter", "fail", "An extra is not installed.", "pip install 'webnet-bot[http]'")
        return
    settings = at.settings.http
    anywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104  # compared, not listened on
    host = "127.0.0.1" if anywhere else settings.host
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    try:
        answer = requests.get(f"{address}/readyz", timeout=5, allow_redirects=False)
        state = answer.json()
    except requests.exceptions.RequestException:
        yield Finding(WEBHOOKS, "HTTP adapter", "skip", f"No bot answers at {address}: it does not run here.")
        return
    wrong = {**state.get("wrong", {}), **state.get("degraded", {})} if isinstance(state, dict) else {}
    if answer.status_code == 200 and not wrong:
        yield Finding(WEBHOOKS, "HTTP adapter", "pass", f"Ready at {address}.")
    else:
        words = f"At {address}: {' '.join(map(str, wrong.values())) or f'status {answer.status_code}'}"
        yield Finding(WEBHOOKS, "HTTP adapter", "warn", words, "See `/readyz`, and the log.")
    if anywhere and not settings.trusted_proxies:
        words = "Listens on every address, and no proxy is trusted: behind one all requests count as the proxy's."
        yield Finding(WEBHOOKS, "proxies", "warn", words, "Name the proxy's address in `http.trusted_proxies`.")


def _hints(at: Surroundings) -> Finding:
    if at.settings.webnet.webhook_secret:
        return Finding(WEBHOOKS, "WebNet's webhook", "pass", "A secret is set; WebNet's must be the same.")
    words = "No secret is set, so what WebNet's webhook sends is refused: news is found by polling alone."
    return Finding(WEBHOOKS, "WebNet's webhook", "warn", words, "Set `webnet.webhook_secret`, and the same in WebNet.")


def twice(at: Surroundings, workspaces: Sequence[Workspace]) -> Iterator[Finding]:
    """Warns if WebNet's own ChatOps sends notices to the same channels."""
    what, ours = "WebNet's own ChatOps", {workspace.team_id for workspace in workspaces}
    try:
        theirs = sorted(each.team_id for each in at.webnet.own_workspaces() if each.enabled and each.team_id in ours)
    except WebNetError as error:
        yield Finding(NOTIFICATIONS, what, "skip", error.words)
        return
    if theirs:
        words = f"WebNet serves {', '.join(theirs)}, too: every notice comes twice."
        yield Finding(NOTIFICATIONS, what, "warn", words, "Disable the Slack workspace in WebNet's own ChatOps.")
    else:
        yield Finding(NOTIFICATIONS, what, "pass", "It serves none of these workspaces.")
