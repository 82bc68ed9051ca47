"""Basics: the redacted copy of the configs, without which `search` finds nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bot.configs.follower import LOOKS_EVERY
from bot.core.errors import WebNetError
from bot.core.text import ago, count
from bot.doctor.finding import BASICS, Finding, Surroundings
from bot.vitals import stale_after_s

LOOKED_AT = 20  # configs


def copy(at: Surroundings) -> Finding:
    progress = at.store.configs.progress()
    words = f"Configs of {progress.have:,} of {progress.of:,} devices are in the copy that is searched"
    words += f", {progress.without:,} of them have none in WebNet." if progress.without else "."
    if waiting := at.store.configs_of_before.waiting():
        words += f" {count(waiting, 'config')} of the copy of before {'is' if waiting == 1 else 'are'} not in it yet."
    if outdated := at.store.configs.outdated():
        words += f" {count(outdated, 'config')} {'is' if outdated == 1 else 'are'} read again, since the rules of redaction changed:"
        words += " until then nobody finds or sees them."
    if due := at.store.configs.without_history():
        words += f" What was before is not read yet for {count(due, 'device')}."
    if progress.have < progress.of or not progress.of:
        remedy = "`run` goes on with it by itself; `webnet-bot configs sync` does it now."
        return Finding(BASICS, "configs", "warn", words, remedy)
    when, most_s = progress.followed_at, stale_after_s(at.settings.notifications.poll_interval_s, LOOKS_EVERY)
    looked = f"New ones were looked for {ago(at.now(), when) if when else 'never'}."
    if when is None or (at.now() - when).total_seconds() > most_s:
        remedy = "`run` does that; if it is running, its log says why it cannot."
        return Finding(BASICS, "configs", "warn", f"{words} {looked}", remedy)
    return Finding(BASICS, "configs", "pass", f"{words} {looked}")


def ignored(at: Surroundings) -> Iterator[Finding]:
    """Yields the patterns of the settings that make a changed line no drift; nothing where there are none."""
    if patterns := at.settings.drift.ignore:
        words = f"Beside the lines that the bot knows, these are no drift if they change: {', '.join(patterns)}."
        yield Finding(BASICS, "drift", "pass", words)


def hidden(at: Surroundings) -> Iterator[Finding]:
    """Yields where the settings of redaction fit, in the configs of the copy that changed last; nothing where there are none.

    They are read from WebNet, since the copy shows no more what was hidden in it.
    """
    own = at.settings.redaction.own
    if not own.written:
        return
    found, looked_at = own.fitted(""), 0
    for device in at.store.configs.changed_last(LOOKED_AT):
        with contextlib.suppress(WebNetError):
            for newest in at.webnet.snapshots(device, 1):
                found.update(own.fitted(newest.text))
                looked_at += 1
    fits = "; ".join(f"{name}: {count(places, 'place')}" for name, places in found.items())
    words = f"What [redaction] hides in the {count(looked_at, 'config')} that changed last: {fits}."
    yield Finding(BASICS, "redaction", "pass", words)
