"""Logs what is wrong with a workspace of a running bot: a customer that WebNet does not have, or a token of another workspace."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from bot.core.errors import ChatError
from bot.slack.bot_tokens import owner
from bot.slack.web_api import WebApi
from bot.webnet.models import Customer
from store.workspaces import Workspace

log = logging.getLogger(__name__)

AGAIN_S = 3_600.0


class WorkspaceWatch:
    """Looks at each enabled workspace once, after each change of it, and then once an hour."""

    def __init__(
        self,
        workspaces: Callable[[], Iterable[Workspace]],
        api: WebApi,
        customers: Callable[[], Iterable[Customer]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspaces = workspaces
        self._api = api
        self._customers = customers
        self._monotonic = monotonic
        self._looked_at: dict[tuple[int, datetime], float] = {}  # by the id of a workspace and its last change

    def look(self) -> None:
        """Raises WebNetError; what could not be looked at is looked at the next time."""
        now = self._monotonic()
        self._looked_at = {one: at for one, at in self._looked_at.items() if now - at < AGAIN_S}
        enabled = [row for row in self._workspaces() if row.enabled]
        due = [row for row in enabled if (row.id, row.updated_at) not in self._looked_at]
        if not due:
            return
        known = {customer.id for customer in self._customers()}
        for row in due:
            if row.customer not in known:
                log.warning(
                    "workspace %s: WebNet has no customer %d: `webnet-bot workspace set %s --customer ID`",
                    *(row.team_id, row.customer, row.team_id),
                )
            if self._token_was_looked_at(row):
                self._looked_at[row.id, row.updated_at] = now

    def _token_was_looked_at(self, row: Workspace) -> bool:
        try:
            found = owner(self._api, row.bot_token, row.team_id, row.bot_user_id)
        except ChatError as error:
            if not error.may_pass:
                self._log(row, f"Slack does not accept its bot token ({error.reason})", "--bot-token-prompt")
            return not error.may_pass
        if found.wrong == "bot_token":
            self._log(row, f"its bot token is of the workspace {found.team_id}", "--bot-token-prompt")
        elif found.wrong:
            self._log(row, f"the bot is {found.user_id} there, not {row.bot_user_id}", f"--bot-user {found.user_id}")
        return True

    def _log(self, row: Workspace, words: str, remedy: str) -> None:
        log.warning("workspace %s: %s: `webnet-bot workspace set %s %s`", row.team_id, words, row.team_id, remedy)
