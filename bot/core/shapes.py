"""The shapes of Slack's ids and tokens. Each function gives the text back, or raises ValueError with a sentence."""

from __future__ import annotations

import re


def team_id(text: str) -> str:
    return _shaped(text, r"T[A-Z0-9]+", "a team id such as T0123456789 (in the address of Slack in the browser)")


def channel_id(text: str) -> str:
    return _shaped(text, r"[CG][A-Z0-9]+", "a channel id such as C0123456789 (in the channel's link)")


def user_id(text: str) -> str:
    return _shaped(
        text, r"[UW][A-Z0-9]+", "a Slack user id such as U0123456789 (Copy member ID in the person's profile)"
    )


def bot_token(text: str) -> str:
    return _secret(text, r"xoxb-[!-~]+", "a bot token, which starts with xoxb-")


def app_token(text: str) -> str:
    return _secret(text, r"xapp-[!-~]+", "an app-level token, which starts with xapp-")


def signing_secret(text: str) -> str:
    return _secret(text, r"[!-~]+", "the signing secret of the Slack app (Basic Information)")


def _shaped(text: str, pattern: str, what: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} is not {what}")
    return text


def _secret(text: str, pattern: str, what: str) -> str:
    """The text itself is never shown."""
    if not re.fullmatch(pattern, text):
        raise ValueError(f"this is not {what}")
    return text
