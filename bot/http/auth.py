"""Credentials of a request are WebNet's own, and WebNet says whose they are, with which role and customers."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.core import permissions
from bot.core.commands import Role
from bot.webnet.models import User

COPY_S = 30.0  # how long a response of WebNet's counts
REFUSED_COPY_S = 5.0  # how long a refusal counts
MOST_COPIES = 10_000
_CREDENTIALS = re.compile(r"(?i:(Bearer|ApiKey)) +([!-~]{1,4096})")

Customers = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Caller:
    """The WebNet user whose credentials a request carries. `key` names these without giving them away."""

    id: int
    username: str
    role: Role
    customers: Customers  # None means all of them, which an admin has
    key: str

    def may_see(self, customer: int | None) -> bool:
        return self.customers is None or customer in self.customers


class Unknown(Exception):
    """The request has no credentials, or none that WebNet accepts; `words` say which."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Credentials:
    """Knows callers by their credentials. It is safe to share between threads."""

    def __init__(self, whose: Callable[[str], User | None], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`whose(authorization header)` asks WebNet and raises WebNetError."""
        self._whose = whose
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._copies: OrderedDict[str, tuple[User | None, float]] = OrderedDict()

    @staticmethod
    def key(authorization: str | None) -> str:
        """Names the credentials. Raises Unknown if there are none."""
        if not authorization:
            raise Unknown("Authentication credentials were not provided.")
        if not _CREDENTIALS.fullmatch(authorization):
            raise Unknown(
                "Send `Authorization: Bearer TOKEN` or `Authorization: ApiKey KEY`, with WebNet's token or key."
            )
        return hashlib.sha256(authorization.encode()).hexdigest()

    def who(self, authorization: str) -> Caller:
        """Returns whose credentials these are, from a copy or from WebNet. Raises Unknown or WebNetError."""
        key = self.key(authorization)
        user = self._user(key, authorization)
        if user is None:
            raise Unknown(
                "WebNet does not accept these credentials: they are wrong, have expired, or belong to nobody."
            )
        role = Role.of(user.role)
        return Caller(user.id, user.username, role, permissions.customers_of(role, user.customers), key)

    def _user(self, key: str, authorization: str) -> User | None:
        now = self._monotonic()
        with self._lock:
            copy = self._copies.get(key)
        if copy is not None and now - copy[1] < (COPY_S if copy[0] else REFUSED_COPY_S):
            return copy[0]
        scheme, _, secret = authorization.partition(" ")
        user = self._whose(f"{scheme} {secret.strip()}")
        with self._lock:
            self._copies[key] = user, now
            self._copies.move_to_end(key)
            while len(self._copies) > MOST_COPIES:
                self._copies.popitem(last=False)
        return user
