"""Notifications not sending: what waits in the outbox, what is parked there, and which tokens Slack refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from bot.core.text import ago, count
from bot.doctor.finding import NOTIFICATIONS, Finding, Surroundings
from bot.doctor.remedies import remedy
from bot.ids.chats import CHATS, SLACK, TEAMS, chat_of, set_again
from bot.slack.errors import UNKNOWN_CHANNEL

LATE = timedelta(minutes=15)
LOOKED_AT = 1_000  # parked deliveries
NAMED = 3  # reasons, and channels
_AGAIN = {SLACK: "Copy the Bot User OAuth Token again", TEAMS: "Make a new client secret of the app"}


def outbox(at: Surroundings) -> Iterator[Finding]:
    for stop in at.store.outbox.stopped():
        chat = chat_of(stop.team_id)
        words = f"{CHATS[chat].name} refused the bot's token ({stop.error}), {ago(at.now(), stop.since)}: no notice is sent there."
        help_ = f"{_AGAIN[chat]}: `{set_again(stop.team_id)}`."
        yield Finding(NOTIFICATIONS, f"notices to {stop.team_id}", "fail", words, help_)
    depth = at.store.outbox.depth()
    yield from _parked(at, depth.parked)
    late = depth.oldest is not None and at.now() - depth.oldest > LATE
    words = f"{count(depth.waiting, 'notice')} to be sent" + (
        f", the oldest since {ago(at.now(), depth.oldest)}." if depth.oldest else "."
    )
    help_ = "Is `run` running? `webnet-bot notify list --status waiting` shows the last error of each."
    yield Finding(NOTIFICATIONS, "outbox", "warn" if late else "pass", words, help_ if late else "")
    if depth.next_release:
        reasons = ", ".join(f"{number:,} by {reason}" for reason, number in sorted(depth.held.items()))
        words = f"{count(sum(depth.held.values()), 'notice')} held ({reasons}), the first {ago(at.now(), depth.next_release)}."
        yield Finding(NOTIFICATIONS, "held notices", "pass", words)


def _parked(at: Surroundings, number: int) -> Iterator[Finding]:
    rows = at.store.outbox.list("parked", limit=LOOKED_AT) if number else []
    errors = Counter((row.error, row.channel_name or row.channel_id, row.channel_id) for row in rows).most_common(NAMED)
    if errors:
        reasons = ", ".join(f"{times} × {why} in {place}" for (why, place, _), times in errors)
        remedies = dict.fromkeys(remedy(channel, why) for (why, _, channel), _ in errors)
        words = f"{count(number, 'notice')} parked: {reasons}."
        help_ = f"{' '.join(remedies)} Then: `webnet-bot notify retry`."
        yield Finding(NOTIFICATIONS, "parked notices", "warn", words, help_)
    unknown = Counter((row.team_id, row.channel_id) for row in rows if row.error == UNKNOWN_CHANNEL)
    for (team, channel), times in unknown.most_common(NAMED):
        words = f"Slack does not know it, or does not show it to the bot; {count(times, 'notice')} parked for it."
        help_ = (
            f"If the channel has another id now: `webnet-bot channel set {team} {channel} --id` and the new id; what is "
            "parked goes along. If it is private, invite the bot."
        )
        yield Finding(NOTIFICATIONS, f"channel {channel} of {team}", "warn", words, help_)


def cards(at: Surroundings) -> Iterator[Finding]:
    """Yields the cards that could not be changed, and those that nobody changes."""
    if late := at.store.cards.overdue(at.now() - LATE):
        words = f"{count(late, 'card')} of running jobs should have been updated {LATE.seconds // 60} minutes ago."
        help_ = "Is `run` running? Its log says what each card waits for."
        yield Finding(NOTIFICATIONS, "cards", "warn", words, help_)
    ended = at.store.cards.endings(at.now() - timedelta(days=1))
    if number := ended.get("as_message"):
        words = f"{count(number, 'card')} could not be changed within the last day, so the end came as a new message: they were "
        words += "deleted, or the workspace lets nobody edit messages for so long."
        yield Finding(NOTIFICATIONS, "cards that stay", "pass", words)
    if number := ended.get("given_up"):
        words = f"The ends of {count(number, 'job')} reached no requester within the last day."
        help_ = (
            "The log says why: the workspace was disabled, or Slack takes no message there. `jobs` shows the outcomes."
        )
        yield Finding(NOTIFICATIONS, "ends of jobs", "warn", words, help_)
