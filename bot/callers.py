"""Finds the caller behind a user of the chat: the mapping is the store's, the user is read from WebNet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.core.commands import Caller, Role, Workspace
from bot.core.errors import Refused, WebNetError, WebNetForbidden, WebNetMissing
from bot.core.permissions import ASK
from bot.webnet.client import WebNet
from bot.webnet.models import User
from bot.webnet.users import WebNetUsers

COPY_S = 60.0  # a read may use a copy of the user this old
AWAY_S = 3600.0  # what says whether WebNet answers may use one this old while it does not
NAMES_S = 600.0  # names are only shown, never decided upon
AT_HAND_S = 1.0  # how soon somebody who is at hand is looked up again, if asked for
MOST_AT_HAND = 10_000


@dataclass(frozen=True, slots=True)
class _Copy:
    user: User
    at: float


@dataclass(frozen=True, slots=True)
class _Mapping:
    """Says who a chat user was mapped to at `at`, and when the store was asked for that last; `user` None is nobody."""

    user: int | None
    at: float
    asked: float


_NOBODY = _Mapping(None, float("-inf"), float("-inf"))


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
        self._mappings: dict[tuple[int, str], _Mapping] = {}  # by workspace and chat user
        self._listed_at = float("-inf")
        self._users: tuple[WebNetUsers, float] | None = None

    def caller(self, workspace: Workspace, chat_user: str, fresh: bool, while_away: bool = False) -> Caller:
        """Gives the caller behind `chat_user`; with `fresh` WebNet is asked even if a copy is at hand, and with `while_away` an
        older copy counts where WebNet does not answer.

        Raises Refused if nobody is mapped, or if the WebNet user is gone or inactive; and what WebNet raises."""
        at = self._monotonic()
        user_id = self._mapped(workspace.id, chat_user)
        self._keep_mapping((workspace.id, chat_user), _Mapping(user_id, at, at))
        if user_id is None:
            raise Refused(
                f"You ({chat_user}) are not mapped to a WebNet user yet. {ASK} to map you.", reason="unmapped"
            )
        try:
            user = self._user(user_id, fresh, AWAY_S if while_away else 0.0)
        except WebNetMissing:
            self._webnet.require_admin()  # to another key everybody is missing, which is not the caller's fault
            self._forget(user_id)
            raise Refused(
                f"The WebNet user you are mapped to no longer exists. {ASK} to map you again.", reason="unknown_user"
            ) from None
        if not user.is_active:
            raise Refused(f"Your WebNet account {user.username} is inactive. {ASK} to activate it.", reason="inactive")
        return _caller(chat_user, user)

    def at_hand(
        self, workspace: Workspace, chat_user: str, later: Callable[[Callable[[], object]], object]
    ) -> Caller | None:
        """Gives the caller from memory, with rights as old as a read may use; None for one who may do nothing, or whom nobody has
        looked up for a minute. `later` does that in the background, once a second at most, for the next time. Never waits."""
        now, key = self._monotonic(), (workspace.id, chat_user)
        known = self._mappings.get(key, _NOBODY)
        copy = self._copies.get(known.user) if known.user is not None else None
        age_s = now - copy.at if copy else COPY_S
        if now - known.asked >= AT_HAND_S:
            self._keep_mapping(key, replace(known, asked=now))
            later(lambda: self.caller(workspace, chat_user, fresh=age_s > COPY_S / 2))
        if copy is None or max(age_s, now - known.at) >= COPY_S or not copy.user.is_active:
            return None
        return _caller(chat_user, copy.user)

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Gives user names by id, without those that WebNet does not know. The list is read again only for unknown ids."""
        wanted = set(ids)
        known = self.known_names(wanted)
        if wanted - known.keys() and self._monotonic() - self._listed_at > COPY_S:
            self._list()
            known = self.known_names(wanted)
        return known

    def known_names(self, wanted: Iterable[int]) -> dict[int, str]:
        """Gives the names of those users by id that are in memory."""
        now = self._monotonic()
        copies = ((i, self._copies.get(i)) for i in wanted)
        return {i: copy.user.username for i, copy in copies if copy and now - copy.at < NAMES_S}

    def users(self, most_s: float = COPY_S) -> WebNetUsers:
        """Gives all users, as WebNet listed them at most so many seconds ago. Raises WebNetError."""
        if self._users is None or self._monotonic() - self._users[1] > most_s:
            at = self._monotonic()
            self._users = WebNetUsers.of(self._webnet), at
        return self._users[0]

    def named(self, customer: int, word: str) -> list[User]:
        """Returns the user of that name among those who may see this customer, else those whose names begin with it."""
        if self._monotonic() - self._listed_at > COPY_S:
            self._list()
        with self._lock:
            users = [copy.user for copy in self._copies.values()]
        wanted = word.casefold()
        seeing = [user for user in users if customer in user.customers or Role.of(user.role) is Role.admin]
        exact = [user for user in seeing if user.username.casefold() == wanted]
        return exact or [user for user in seeing if user.username.casefold().startswith(wanted)]

    def _user(self, user_id: int, fresh: bool, else_s: float) -> User:
        copy = self._copies.get(user_id)
        if copy and not fresh and self._monotonic() - copy.at < COPY_S:
            return copy.user
        at = self._monotonic()
        try:
            user = self._webnet.user(user_id)
        except (WebNetMissing, WebNetForbidden):
            raise
        except WebNetError:
            if copy and at - copy.at < else_s:
                return copy.user
            raise
        self._keep(user, at)
        return user

    def _keep(self, user: User, at: float) -> None:
        with self._lock:
            self._copies[user.id] = _Copy(user, at)

    def _keep_mapping(self, key: tuple[int, str], mapping: _Mapping) -> None:
        with self._lock:
            self._mappings[key] = mapping
            if len(self._mappings) > MOST_AT_HAND:
                del self._mappings[next(iter(self._mappings))]

    def _forget(self, user_id: int) -> None:
        with self._lock:
            self._copies.pop(user_id, None)

    def _list(self) -> None:
        at = self._listed_at = self._monotonic()
        try:
            for user in self._webnet.users():
                self._keep(user, at)
        except WebNetError:
            return  # a name is an ornament: without it the id is shown


def _caller(chat_user: str, user: User) -> Caller:
    return Caller(chat_user, user.id, user.username, Role.of(user.role), user.customers)
