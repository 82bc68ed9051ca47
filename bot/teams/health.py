"""How Teams is reached, for `health` and for probes. It names no tenant."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import count, duration
from bot.teams.app_tokens import App, AppTokens
from bot.teams.calls import Calls
from bot.teams.keys import SigningKeys
from bot.vitals import ChatHealth

NAME = "Teams"  # what its users call it


def health(keys: SigningKeys, tokens: AppTokens, calls: Calls, apps: Sequence[App]) -> ChatHealth:
    """Says how Teams is reached for the workspaces of these apps. Asks nobody."""
    read_s, last = keys.read_s, calls.last
    refused = [words for app in apps if (words := tokens.refused(app))]
    more = " ".join(
        (
            f"Keys of Teams: {f'read {_ago(read_s)}' if read_s is not None else 'none'};",
            f"{sum(map(tokens.has, apps))} of {count(len(apps), 'app')} with a token;",
            f"last call: {_ago(last[0]) if last else 'none yet'}.",
        )
    )
    if read_s is None:
        words = "the keys that it signs with could not be read, so new commands do not arrive here."
        return ChatHealth(NAME, words, "shut", more)
    if apps and len(refused) == len(apps):
        return ChatHealth(NAME, f"no token is to be had, so nothing is answered there: {refused[0]}", "failing", more)
    if last and last[1]:
        return ChatHealth(NAME, f"the last call failed {_ago(last[0])}: {last[1]}", "failing", more)
    if calls.throttled:
        return ChatHealth(NAME, "slows the bot down, so answers and notices may come late.", "late", more)
    return ChatHealth(NAME, f"answered the last call {_ago(last[0])}." if last else "nothing was sent yet.", more=more)


def _ago(seconds: float) -> str:
    return f"{duration(seconds)} ago"
