"""What to do about a message that a chat refused, by that chat."""

from __future__ import annotations

from bot.delivery import post_result
from bot.ids.chats import CHATS, TEAMS, of_channel


def remedy(channel_id: str, reason: str) -> str:
    """Returns what to do about the reason that parked a delivery to this channel; `notify retry` then sends it."""
    if of_channel(channel_id) is CHATS[TEAMS]:
        from bot.teams.errors import remedy as of_chat  # noqa: PLC0415  # is of no use where there is no Teams
    else:
        from bot.slack.errors import remedy as of_chat  # noqa: PLC0415  # nor this
    return post_result.remedy(reason, of_chat)
