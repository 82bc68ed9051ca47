"""Keeps the workspaces of Teams at hand, which are tenants, with their apps."""

from __future__ import annotations

import logging
from collections.abc import Collection

from bot.ids.chats import TEAMS
from bot.kept_workspaces import KeptWorkspaces
from bot.teams.app_tokens import App
from store.errors import StoreError

log = logging.getLogger(__name__)


class Tenants(KeptWorkspaces):
    chat = TEAMS

    def app(self, tenant: str) -> App | None:
        """Returns None for a tenant that is unknown or not enabled: nothing is sent there."""
        row = self.row(tenant)
        return App(tenant, row.app_id, row.app_password or "") if row and row.enabled else None

    def app_id(self, tenant: str) -> str:
        """Returns the app of a tenant, also of a disabled one; empty for one that is unknown, or cannot be looked up now."""
        try:
            row = self.look_for(tenant)
        except StoreError as error:
            log.warning("a tenant that is not known yet cannot be looked up: %s", error.words)
            return ""
        return row.app_id if row else ""

    def app_ids(self) -> Collection[str]:
        return {row.app_id for row in self.rows()}
