"""Says whether requests should come to this replica, for probes and the HTTP adapter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.errors import WebNetError
from bot.webnet.client import WebNet
from store.database import Store
from store.errors import StoreError

COPY_S = 2.0  # how long a look at the store counts: it is asked by every probe of every replica


@dataclass
class Readiness:
    """Looks at store and connections. While WebNet is away the bot is only degraded: it can still say so to callers."""

    store: Store
    webnet: WebNet
    connections: Callable[[], int]
    wanted: Callable[[], bool]  # whether there should be Socket Mode connections
    stopping: threading.Event = field(default_factory=threading.Event)
    _webnet_words: str = ""
    _looked: tuple[float, Mapping[str, str]] = (float("-inf"), {})

    def trouble(self) -> Mapping[str, str]:
        """Returns a sentence for each thing that is wrong, by its name; may ask the store."""
        at, found = self._looked
        if time.monotonic() - at > COPY_S:
            found = self._of_store()
            self._looked = time.monotonic(), found
        now = dict(found)
        if self.wanted() and not self.connections():
            now["way_in"] = "No Socket Mode connection to Slack is open."
        if self.stopping.is_set():
            now["way_in"] = "The bot is stopping."
        return now

    def degraded(self) -> Mapping[str, str]:
        return {"webnet": self._webnet_words} if self._webnet_words else {}

    def look_at_webnet(self) -> None:
        try:
            self.webnet.me()
        except WebNetError as error:
            self._webnet_words = error.words
        else:
            self._webnet_words = ""

    def _of_store(self) -> Mapping[str, str]:
        try:
            pending = self.store.pending_migrations()
        except StoreError:  # its words name the host
            return {"store": "The store does not answer, or was migrated by a newer version; the log says more."}
        return {"migrations": f"Pending: {', '.join(pending)}. Run `db migrate`."} if pending else {}
