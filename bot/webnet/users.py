"""WebNet's users as they were at one moment. WebNet looks nobody up by name, so all of them are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Self

from bot.core import permissions
from bot.core.commands import Role
from bot.core.text import nearest
from bot.webnet.models import User

if TYPE_CHECKING:
    from bot.webnet.client import WebNet


class WebNetUsers:
    """Holds users, and which of them the bot itself is: nobody may act as that one."""

    def __init__(self, users: Iterable[User], service_account: User) -> None:
        self._users = list(users)
        self._service_account = service_account

    @classmethod
    def of(cls, webnet: WebNet) -> Self:
        """Raises WebNetError."""
        return cls(webnet.users(), webnet.me())

    def __iter__(self) -> Iterator[User]:
        """Goes through those who could be mapped."""
        return (user for user in self._users if user.id != self._service_account.id)

    def of_customer(self, customer: int) -> Self:
        """Returns those who may act for this customer."""
        mine = (user for user in self._users if permissions.may_act_for(Role.of(user.role), user.customers, customer))
        return type(self)(mine, self._service_account)

    def find(self, who: str | int) -> User:
        """Finds a user by id, with or without `#`, or by username. Raises ValueError with a sentence if there is none who could be
        mapped."""
        found = self._by_id(str(who).removeprefix("#")) or self._by_name(str(who))
        if found is None:
            raise ValueError(f"WebNet has no user {who}{self._meant(str(who))}")
        if found.id == self._service_account.id:
            raise ValueError(f"{found.username} is the bot's own service account, which nobody may act as")
        return found

    def _by_id(self, who: str) -> User | None:
        if not (who.isascii() and who.isdecimal() and len(who) < 19):
            return None
        return next((user for user in self._users if user.id == int(who)), None)

    def _by_name(self, name: str) -> User | None:
        exact = [user for user in self._users if user.username == name]
        alike = [user for user in self._users if user.username.casefold() == name.casefold()]
        return next(iter(exact), alike[0] if len(alike) == 1 else None)

    def _meant(self, name: str) -> str:
        names = nearest(name, (user.username for user in self))
        return f"; did you mean {' or '.join(names)}?" if names else ""
