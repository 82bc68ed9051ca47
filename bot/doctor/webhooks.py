"""Webhook verification failures: clocks and signing secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.doctor.finding import WEBHOOKS, Finding, Surroundings, clock
from store.workspaces import Workspace


def signatures(at: Surroundings, workspaces: Sequence[Workspace]) -> Iterator[Finding]:
    date, read_at = at.slack_date or (None, at.now())
    yield clock(WEBHOOKS, "Slack", date, read_at)
    if not at.settings.http.enabled:
        words = "Slack is not received over HTTP, so no request is verified by signature."
        yield Finding(WEBHOOKS, "signing secrets", "skip", words)
        return
    empty = [workspace.team_id for workspace in workspaces if not workspace.signing_secret]
    if empty:
        remedy = "Copy the Signing Secret of the Slack app: `webnet-bot workspace set`."
        yield Finding(WEBHOOKS, "signing secrets", "fail", f"Missing for {', '.join(empty)}.", remedy)
    else:
        words = "Every workspace has one; compare it with the Slack app's if requests are refused."
        yield Finding(WEBHOOKS, "signing secrets", "pass", words)
