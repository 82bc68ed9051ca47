"""Finds the caller behind a user of the chat: the mapping is the store's, the user is read from WebNet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.core.commands import Caller, Role, Workspace
from bot.core.errors import Refused, WebNetError, WebNetMissing
from bot.core.permissions import ASK
from bot.webnet.client import WebNet
from bot.webnet.models import User

COPY_S = 60.0  # a read may use a copy of the user this old
NAMES_S = 600.0  # names are only shown, never decided upon


@dataclass(frozen=True, slots=True)
class _Copy:
    user: User
    at: float


class Callers:
    """Reads callers from WebNet and keeps copies of them for a minute. Safe to share between threads."""

    def __init__(
        self,
        webnet: WebNet,
        mapped: Callable[[int, str], int | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`mapped(workspace id, chat user)` is the WebNet user's id from the store, or None."""
        self._webnet = webnet
        self._mapped = mapped
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._copies: dict[int, _Copy] = {}
        self._listed_at = float("-inf")

    def caller(self, workspace: Workspace, chat_user: str, fresh: bool) -> Caller:
        """Gives the caller behind `chat_user`; with `fresh` WebNet is asked even if a copy is at hand.

        Raises Refused if nobody is mapped, or if the WebNet user is gone or inactive; and what WebNet raises."""
        user_id = self._mapped(workspace.id, chat_user)
        if user_id is None:
            raise Refused(
                f"You ({chat_user}) are not mapped to a WebNet user yet. {ASK} to map you.", reason="unmapped"
            )
        try:
            user = self._user(user_id, fresh)
        except WebNetMissing:
            self._webnet.require_admin()  # to another key everybody is missing, which is not the caller's fault
            self._forget(user_id)
            raise Refused(
                f"The WebNet user you are mapped to no longer exists. {ASK} to map you again.", reason="unknown_user"
            ) from None
        if not user.is_active:
            raise Refused(f"Your WebNet account {user.username} is inactive. {ASK} to activate it.", reason="inactive")
        return Caller(chat_user, user.id, user.username, Role.of(user.role), user.customers)

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Gives user names by id, without those that WebNet does not know. The list is read again only for unknown ids."""
        wanted = set(ids)
        known = self._known_names(wanted)
        if wanted - known.keys() and self._monotonic() - self._listed_at > COPY_S:
            self._list()
            known = self._known_names(wanted)
        return known

    def _user(self, user_id: int, fresh: bool) -> User:
        copy = self._copies.get(user_id)
        if copy and not fresh and self._monotonic() - copy.at < COPY_S:
            return copy.user
        at = self._monotonic()
        user = self._webnet.user(user_id)
        self._keep(user, at)
        return user

    def _keep(self, user: User, at: float) -> None:
        with self._lock:
            self._copies[user.id] = _Copy(user, at)

    def _forget(self, user_id: int) -> None:
        with self._lock:
            self._copies.pop(user_id, None)

    def _known_names(self, wanted: set[int]) -> dict[int, str]:
        now = self._monotonic()
        copies = ((i, self._copies.get(i)) for i in wanted)
        return {i: copy.user.username for i, copy in copies if copy and now - copy.at < NAMES_S}

    def _list(self) -> None:
        at = self._listed_at = self._monotonic()
        try:
            for user in self._webnet.users():
                self._keep(user, at)
        except WebNetError:
            return  # a name is an ornament: without it the id is shown
