"""What `health` shows: whether WebNet, the chats, the store, the feeds and the queue do what they should, as seen right now."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import WebNetError
from bot.core.notice_kinds import FEEDS
from bot.version import version
from bot.vitals import POLLED, ChatHealth, Load, Vitals, stale_after_s
from bot.webnet.client import WebNet
from store.configs import Configs
from store.cursors import Cursors


@dataclass(frozen=True, slots=True)
class Health:
    """`answered_s` is how long WebNet took for a request now, and `webnet_trouble` says why there was no answer. `chats` are those in which the
    customer has workspaces. `read` says when each feed was last read to its end, by whichever process,
    `late` which feeds were not read for long or not tried. `copied` of the `devices` of the customer were read for the copy of
    the configs, and `without` of these have none. `loops_s` says for each loop since when it has not come round."""

    answered_s: float
    webnet_trouble: str
    chats: tuple[ChatHealth, ...]
    store_trouble: str
    written_s: float
    read: Mapping[str, datetime | None]
    late: tuple[str, ...]
    copied: int
    without: int
    devices: int
    load: Load
    wrong: Mapping[str, str]
    loops_s: Mapping[str, float]
    version: str
    now: datetime


class HealthSources:
    """WebNet is asked once for each report and never beside; all else is known or read from the store."""

    def __init__(
        self, webnet: WebNet, cursors: Cursors, configs: Configs, vitals: Vitals, now: Callable[[], datetime]
    ) -> None:
        self._webnet = webnet
        self._cursors = cursors
        self._configs = configs
        self._vitals = vitals
        self._now = now

    def report(self, customer: int) -> Health:
        """Raises StoreError alone."""
        began = time.monotonic()
        trouble = self._webnet_trouble()
        took_s, now, vitals = time.monotonic() - began, self._now(), self._vitals
        read, late = self.feeds()
        progress = self._configs.progress(customer)
        return Health(
            answered_s=took_s,
            webnet_trouble=trouble,
            chats=vitals.of_chats(customer),
            store_trouble=vitals.store_trouble(),
            written_s=vitals.written_s(),
            read=read,
            late=late,
            copied=progress.have,
            without=progress.without,
            devices=progress.of,
            load=vitals.load(),
            wrong=vitals.wrong(),
            loops_s=vitals.heartbeats.ages_s(),
            version=version(),
            now=now,
        )

    def feeds(self) -> tuple[Mapping[str, datetime | None], tuple[str, ...]]:
        """Returns when each feed was last read to its end, and which feeds are late."""
        cursors, now = {name: self._cursors.get(POLLED + name) for name in FEEDS}, self._now()
        read = {name: cursor.updated_at if cursor else None for name, cursor in cursors.items()}
        return read, tuple(name for name, at in read.items() if self._late(name, at, now))

    def _webnet_trouble(self) -> str:
        try:
            self._webnet.me()
        except WebNetError as error:
            return error.words
        return ""

    def _late(self, name: str, read_at: datetime | None, now: datetime) -> bool:
        most_s = stale_after_s(self._vitals.poll_interval_s)
        return name in self._vitals.untried() or read_at is None or (now - read_at).total_seconds() > most_s
