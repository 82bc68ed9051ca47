"""The shapes of Slack's ids and tokens, each written once: for the command line, a seed file, the management API, and mentions.

Each function returns the text, or raises ValueError with a sentence that never repeats a secret.
"""

from __future__ import annotations

import re

TEAM = r"T[A-Z0-9]+"
CHANNEL = r"[CG][A-Z0-9]+"
USER = r"[UW][A-Z0-9]+"
USER_GROUP = r"S[A-Z0-9]+"
HERE = "here"  # mentions whoever is active in the channel
BOT_TOKEN = r"xoxb-[!-~]+"  # noqa: S105  # it is no token, but what one looks like
APP_TOKEN = r"xapp-[!-~]+"  # noqa: S105
SIGNING_SECRET = r"[!-~]+"  # noqa: S105


def team_id(text: str) -> str:
    return _id(text, TEAM, "a team id such as T0123456789 (in the address of Slack in the browser)")


def channel_id(text: str) -> str:
    return _id(text, CHANNEL, "a channel id such as C0123456789 (in the channel's link)")


def user_id(text: str) -> str:
    return _id(text, USER, "a Slack user id such as U0123456789 (Copy member ID in the person's profile)")


def mentioned(text: str) -> str:
    """Returns the id of a user or a user group, which may be written as Slack does, such as `<@U0123456789|ada>`; `here` stands for itself.
    Raises ValueError with what is to be said of the text."""
    if text == HERE:
        return HERE
    found = re.fullmatch(r"<?@?([USW][A-Z0-9]{2,49})(?:\|[^>]*)?>?", text)
    if found is None:
        raise ValueError("cannot be mentioned in Slack: write `here`, or the id of a user or a user group.")
    return found[1]


def bot_token(text: str) -> str:
    return _secret(text, BOT_TOKEN, "a bot token, which starts with xoxb-")


def app_token(text: str) -> str:
    return _secret(text, APP_TOKEN, "an app-level token, which starts with xapp-")


def signing_secret(text: str) -> str:
    return _secret(text, SIGNING_SECRET, "the signing secret of the Slack app (Basic Information)")


def is_direct(channel: str) -> bool:
    """Says whether this is a conversation with one other user, such as the bot; its id says so, and so does that of a user."""
    return channel.startswith(("D", "U", "W"))


def _id(text: str, pattern: str, what: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} is not {what}")
    return text


def _secret(text: str, pattern: str, what: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"this is not {what}")
    return text
