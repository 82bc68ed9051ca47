"""Says whether requests should come to this replica, for probes and the HTTP adapter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.vitals import Vitals
from store.database import Store
from store.errors import StoreError

COPY_S = 2.0  # how long a look at the store counts: it is asked by every probe of every replica


@dataclass
class Readiness:
    """Looks at store and chats. While WebNet is away, or a feed is not read, the bot is only degraded: it still answers."""

    store: Store
    vitals: Vitals
    webnet_trouble: Callable[[], str]
    stopping: threading.Event = field(default_factory=threading.Event)
    _looked: tuple[float, Mapping[str, str]] = (float("-inf"), {})

    def trouble(self) -> Mapping[str, str]:
        """Returns a sentence for each thing that is wrong, by its name; may ask the store."""
        at, found = self._looked
        if time.monotonic() - at > COPY_S:
            found = self._of_store()
            self._looked = time.monotonic(), found
        now = dict(found)
        if shut := self._shut():
            now["way_in"] = shut
        if self.stopping.is_set():
            now["way_in"] = "The bot is stopping."
        return now

    def degraded(self) -> Mapping[str, str]:
        """Returns a sentence for each thing that limits the bot, by its name, such as one of several chats."""
        webnet = self.webnet_trouble()
        chats = () if self._shut() else self.vitals.of_chats()
        poor = {each.name.lower(): f"{each.name}: {each.words}" for each in chats if each.state != "well"}
        return {**({"webnet": webnet} if webnet else {}), **poor, **self.vitals.untried()}

    def _shut(self) -> str:
        """Says why nothing arrives here; empty if it does from one chat at least."""
        chats = self.vitals.of_chats()
        return (
            " ".join(f"{each.name}: {each.words}" for each in chats)
            if all(each.state == "shut" for each in chats)
            else ""
        )

    def _of_store(self) -> Mapping[str, str]:
        """Reads now, and knows from the last renewal of this process's claim whether the store also takes writes."""
        try:
            pending = self.store.pending_migrations()
        except StoreError as error:  # its words name the host
            return {"store": f"The store {error.state}, or was migrated by a newer version; the log says more."}
        if pending:
            return {"migrations": f"Pending: {', '.join(pending)}. Run `db migrate`."}
        trouble = self.vitals.store_trouble()
        return {"store": trouble} if trouble else {}
