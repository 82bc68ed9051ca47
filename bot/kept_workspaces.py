"""Keeps the workspaces of one chat at hand for its edge, and reads them again only when something changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping

from bot.core.commands import Workspace
from store.workspaces import Workspace as Row
from store.workspaces import Workspaces

LOOK_AGAIN_S = 1.0  # how often an unknown workspace may make the store be asked


class KeptWorkspaces:
    """Reads are answered from memory. `refresh` is called every few seconds, and by whoever changed a workspace."""

    chat: str

    def __init__(self, workspaces: Workspaces, learned: Callable[[frozenset[str]], object] = lambda _: None) -> None:
        """`learned` is called with all secrets whenever something changed, before any of them can be used."""
        self._workspaces = workspaces
        self._learned = learned
        self._lock = threading.Lock()
        self._version: object = None
        self._rows: Mapping[str, Row] = {}
        self._shown: Mapping[str, Workspace] = {}
        self._looked_at = float("-inf")

    def refresh(self) -> bool:
        """Reads the store if it changed. True if a workspace was added, changed, disabled or removed since the last call.

        Raises StoreError.
        """
        with self._lock:
            self._looked_at = time.monotonic()
            version = self._workspaces.version()
            if version == self._version:
                return False
            rows = {row.team_id: row for row in self._workspaces.list(chat=self.chat)}
            self._learned(frozenset[str]().union(*(row.secrets for row in rows.values())))
            self._shown = {chat_id: _workspace(row) for chat_id, row in rows.items()}
            self._rows, self._version = rows, version
            return True

    def workspace(self, chat_id: str) -> Workspace | None:
        """Returns the workspace with this id of the chat's, also a disabled one."""
        return self._shown.get(chat_id)

    def by_id(self, workspace: int) -> Workspace | None:
        """Returns the workspace with this id of the store."""
        return next((found for found in self._shown.values() if found.id == workspace), None)

    def row(self, chat_id: str) -> Row | None:
        return self._rows.get(chat_id)

    def rows(self) -> Collection[Row]:
        return self._rows.values()

    def enabled(self) -> list[Row]:
        return [row for row in self._rows.values() if row.enabled]

    def of(self, customer: int | None) -> list[Row]:
        """Returns the rows of a customer of WebNet, or with None of all."""
        return [row for row in self._rows.values() if customer in (None, row.customer)]

    def look_for(self, chat_id: str) -> Row | None:
        """Returns the row of a workspace that another replica may have added a moment ago: for one that is not known the store is asked
        again, at most once a second. Raises StoreError."""
        if chat_id not in self._rows and time.monotonic() - self._looked_at > LOOK_AGAIN_S:
            self.refresh()
        return self._rows.get(chat_id)


def _workspace(row: Row) -> Workspace:
    return Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled)
