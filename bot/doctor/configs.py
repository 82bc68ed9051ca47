"""Basics: the redacted copy of the configs, without which `search` finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core.text import ago
from bot.doctor.finding import BASICS, Finding, Surroundings

STALE = timedelta(minutes=10)  # far more than the longest sensible time between two polls


def copy(at: Surroundings) -> Finding:
    progress = at.store.configs.progress()
    words = f"Configs of {progress.have:,} of {progress.of:,} devices are in the copy that is searched"
    words += f", {progress.without:,} of them have none in WebNet." if progress.without else "."
    if progress.have < progress.of or not progress.of:
        remedy = "`run` goes on with it by itself; `webnet-bot configs sync` does it now."
        return Finding(BASICS, "configs", "warn", words, remedy)
    if progress.followed_at is None or at.now() - progress.followed_at > STALE:
        when = ago(at.now(), progress.followed_at) if progress.followed_at else "never"
        remedy = "`run` does that; if it is running, its log says why it cannot."
        return Finding(BASICS, "configs", "warn", f"{words} New ones were looked for {when}.", remedy)
    return Finding(
        BASICS, "configs", "pass", f"{words} New ones were looked for {ago(at.now(), progress.followed_at)}."
    )


def ignored(at: Surroundings) -> Iterator[Finding]:
    """Yields the patterns of the settings that make a changed line no drift; nothing where there are none."""
    if patterns := at.settings.drift.ignore:
        words = f"Beside the lines that the bot knows, these are no drift if they change: {', '.join(patterns)}."
        yield Finding(BASICS, "drift", "pass", words)
