"""Names WebNet's customers. WebNet lists them for an admin's key only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.core.errors import WebNetError
from bot.webnet.client import WebNet

NAMES_S = 600.0


class CustomerNames:
    """Keeps a copy of the names for ten minutes. Safe to share between threads."""

    def __init__(self, webnet: WebNet, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._webnet = webnet
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._names: dict[int, str] = {}
        self._read_at = float("-inf")

    def name(self, customer: int) -> str:
        """Returns the customer's name, or "the customer" if WebNet cannot say it now."""
        with self._lock:
            if self._monotonic() - self._read_at > NAMES_S:
                self._read_at = self._monotonic()
                self._read()
            return self._names.get(customer) or "the customer"

    def _read(self) -> None:
        try:
            self._names = {one.id: one.name for one in self._webnet.customers()}
        except WebNetError:
            return  # a name is an ornament
