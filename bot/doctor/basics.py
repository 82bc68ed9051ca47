"""Basics: settings, store, devices, WebNet."""

from __future__ import annotations

from collections.abc import Generator

from bot.core.commands import Role
from bot.core.errors import WebNetError
from bot.core.text import ago
from bot.doctor.finding import BASICS, Finding, Surroundings, clock
from bot.settings.table import NO_API_KEY


def store(at: Surroundings) -> Finding:
    at.store.check_secrets()  # a StoreError ends the examination; the command line says what it says
    return Finding(BASICS, "store", "pass", f"{at.store.shown_url}: migrated, and the key opens its secrets.")


def devices(at: Surroundings) -> Finding:
    swept = at.store.directory.swept_at()
    if swept is None:
        remedy = "`run` reads them when it starts, and every 15 minutes."
        return Finding(BASICS, "devices", "warn", "WebNet's devices were never read.", remedy)
    return Finding(BASICS, "devices", "pass", f"All of WebNet's devices were read {ago(at.now(), swept)}.")


def webnet(at: Surroundings) -> Generator[Finding, None, bool]:
    """Yields the findings about WebNet, and returns whether it can be asked further."""
    url = at.settings.webnet.url
    if not at.settings.webnet.api_key:
        yield Finding(BASICS, "WebNet", "fail", f"{url}: not asked.", NO_API_KEY)
        return False
    try:
        me, date = at.webnet.me_and_date()
    except WebNetError as error:
        yield Finding(BASICS, "WebNet", "fail", f"{url}: {error.words}", "Check `webnet.url` and `webnet.api_key`.")
        return False
    if Role.of(me.role) is Role.admin:
        yield Finding(BASICS, "WebNet", "pass", f"{url}: reachable; the key is {me.username}'s, an admin.")
    else:
        words = f"{url}: the key is {me.username}'s, whose role is {me.role}."
        yield Finding(BASICS, "WebNet", "fail", words, "The service account needs the role admin in WebNet.")
    if date is not None:  # WebNet's own server sends none, only a proxy before it does
        yield clock(BASICS, "WebNet", date, at.now())
    return True
