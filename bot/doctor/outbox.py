"""Notifications not sending: what waits in the outbox, what is parked there, and which tokens Slack refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from bot.core.text import ago, count
from bot.delivery.post_result import remedy
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from bot.slack.errors import remedy as of_slack

LATE = timedelta(minutes=15)
LOOKED_AT = 1_000  # parked deliveries


def outbox(at: Surroundings) -> Iterator[Finding]:
    for stop in at.store.outbox.stopped():
        words = f"Slack refused the bot's token ({stop.error}), {ago(at.now(), stop.since)}: no notice is sent there."
        help_ = f"Copy the Bot User OAuth Token again: `webnet-bot workspace set {stop.team_id}`."
        yield Finding(NOTIFICATIONS, f"notices to {stop.team_id}", "fail", words, help_)
    depth = at.store.outbox.depth()
    if depth.parked:
        yield _parked(at, depth.parked)
    late = depth.oldest is not None and at.now() - depth.oldest > LATE
    words = f"{count(depth.waiting, 'notice')} to be sent" + (
        f", the oldest since {ago(at.now(), depth.oldest)}." if depth.oldest else "."
    )
    help_ = "Is `run` running? `webnet-bot notify list --status waiting` shows the last error of each."
    yield Finding(NOTIFICATIONS, "outbox", "warn" if late else "pass", words, help_ if late else "")


def _parked(at: Surroundings, number: int) -> Finding:
    rows = at.store.outbox.list("parked", limit=LOOKED_AT)
    errors = Counter((row.error, row.channel_name or row.channel_id) for row in rows)
    (error, _), _ = errors.most_common(1)[0]
    reasons = ", ".join(f"{times} × {why} in {place}" for (why, place), times in errors.most_common(3))
    words = f"{count(number, 'notice')} parked: {reasons}."
    return Finding(
        NOTIFICATIONS, "parked notices", "warn", words, f"{remedy(error, of_slack)} Then: `webnet-bot notify retry`."
    )
