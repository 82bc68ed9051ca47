"""Makes a key of WebNet's for one POST in the name of a caller, and deletes it afterwards.

The row of a key is older than the key and goes after it, so that `sweep` finds the key wherever a process died: by its id, or
by its name where WebNet's answer was never read. The token stays in this process.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from bot.core import errors
from bot.core.commands import Caller
from bot.core.permissions import ASK
from bot.webnet.models import ApiKey
from bot.webnet.responses import ForeignCustomer, UserInactive, broken, read_all
from bot.webnet.transport import Post, Transport
from store.caller_keys import CallerKey
from store.caller_keys import CallerKeys as Rows
from store.errors import StoreError

log = logging.getLogger(__name__)

PREFIX = "webnet-bot:"  # of a key's name; then who asked in the chat, a colon and the instance
LIFETIME = timedelta(minutes=10)
LATE = timedelta(minutes=1)  # a key that lives longer or shorter by so much is made again, by WebNet's clock
NO_KEY = "No key in your name could be had."
TOKEN = re.compile("[!-~]{16,512}", re.ASCII)
NOT_MADE = (  # errors after which there is no key
    errors.WebNetUnreachable,
    errors.WebNetForbidden,
    errors.WebNetKeyRejected,
    errors.WebNetInvalid,
    errors.WebNetThrottled,
)


class Redacts(Protocol):
    """Hides a secret from `add` until `forget`."""

    def add(self, secrets: Iterable[str]) -> None: ...

    def forget(self, secret: str) -> None: ...


class CallerKeys:
    """Safe to share between threads. `instance` names this process in the names of its keys; `living()` gives the names of the
    processes whose lease has not ended."""

    def __init__(
        self,
        http: Transport,
        rows: Rows,
        redactor: Redacts,
        instance: str,
        living: Callable[[], Collection[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._rows = rows
        self._redactor = redactor
        self._instance = instance
        self._living = living
        self._now = now
        self._ahead = timedelta()  # of WebNet's clock, as its last key showed
        self._lock = threading.Lock()
        self._tokens: dict[int, str] = {}  # of the keys that may be there, by row
        self._left: set[int] = set()  # rows of keys that were used and are still there

    @contextmanager
    def acting_for(self, caller: Caller) -> Iterator[Post]:
        """Gives what sends one POST in the name of this caller. Raises Refused, WebNetError or StoreError where no key can be
        had."""
        row, key = self._make(caller)
        if key.created_at and key.expires_at and abs(key.expires_at - key.created_at - LIFETIME) > LATE:
            self._let_go(row, caller.user, key.id)
            row, key = self._make(caller)
        try:
            yield partial(self._post, caller.username, key.token)
        finally:
            self._let_go(row, caller.user, key.id)

    def _post(self, username: str, token: str, path: str, body: Mapping[str, object], unclear: str) -> Any:
        try:
            return self._http.post(path, body, unclear, f"ApiKey {token}")
        except errors.WebNetForbidden:
            reason, why = "role", f"WebNet does not allow this to {username}, whose role there does not suffice"
        except UserInactive:
            reason, why = "inactive", f"WebNet does not allow this to {username}, whose account there is inactive now"
        except ForeignCustomer:
            reason, why = "foreign", f"WebNet does not allow this to {username} for this customer any more"
        except errors.WebNetKeyRejected as error:
            raise errors.WebNetKeyRejected(
                f"WebNet did not take the key in the name of {username}. Try again."
            ) from error
        raise errors.Refused(f"{why}, so it was not done. {ASK} if you need it.", reason=reason)

    # -- making

    def _make(self, caller: Caller) -> tuple[int, ApiKey]:
        """Returns a new key and its row."""
        name = f"{PREFIX}{caller.chat_user}:{self._instance}"
        row = self._rows.add(caller.user, name)
        asked_at = self._now()
        try:
            key = self._ask_for(caller.user, name, asked_at + self._ahead + LIFETIME)
        except (errors.Refused, *NOT_MADE):
            self._rows.remove(row)
            raise
        with self._lock:
            self._tokens[row] = key.token
        self._redactor.add([key.token])
        try:
            self._rows.made(row, key.id)
        except BaseException:
            self._let_go(row, caller.user, key.id)
            raise
        if key.created_at:
            self._ahead = key.created_at - asked_at
        return row, key

    def _ask_for(self, user: int, name: str, until: datetime) -> ApiKey:
        body = {"name": name, "expires_at": until.isoformat()}
        try:
            answer = self._http.post(_path(user), body, "WebNet's answer was lost or broken. Try again in a minute.")
        except errors.WebNetMissing:
            raise errors.Refused(
                f"The WebNet user you are mapped to no longer exists, so it was not done. {ASK} to map you again.",
                reason="unknown_user",
            ) from None
        except errors.OutcomeUnknown as error:
            raise errors.WebNetBroken(f"{NO_KEY} {error.words}") from error
        except errors.WebNetError as error:
            raise type(error)(f"{NO_KEY} {error.words}") from error
        for key in read_all(ApiKey.of, [answer]):
            if TOKEN.fullmatch(key.token):
                return key
        raise broken("a key that cannot be read")

    # -- deleting

    def _let_go(self, row: int, user: int, key: int) -> None:
        """Deletes a key that was used. Nothing that follows a POST may fail, so what cannot be deleted is left to the sweep."""
        try:
            self._delete(user, key)
            self._forget(row)
        except (errors.WebNetError, StoreError) as error:
            with self._lock:
                self._left.add(row)
            log.warning("key %d of WebNet's user %d is deleted later: %s", key, user, error.words)

    def _delete(self, user: int, key: int) -> None:
        with suppress(errors.WebNetMissing):
            self._http.delete(f"{_path(user)}{key}/")

    def _forget(self, row: int) -> None:
        self._rows.remove(row)
        with self._lock:
            self._left.discard(row)
            token = self._tokens.pop(row, "")
        self._redactor.forget(token)

    def of(self, user: int) -> list[ApiKey]:
        """Returns the keys that a bot has made for this user, also those that have expired. Raises WebNetError."""
        try:
            found = self._http.rows(_path(user), "keys")
        except errors.WebNetMissing:
            return []
        return [key for key in read_all(ApiKey.of, found) if key.name.startswith(PREFIX)]

    def sweep(self) -> None:
        """Deletes the keys of processes that are gone, and those of this one that could not be deleted when they had been used.
        Raises WebNetError, when the others are done, and StoreError."""
        living, failed = self._all_living(), None
        for row in self._rows.list():
            gone, late = instance_of(row.name) not in living, row.age > LIFETIME + LATE
            if gone or row.id in self._left or (late and row.key is None):
                try:
                    self._sweep(row, gone=gone, late=late)
                except errors.WebNetError as error:
                    failed = error
        if failed is not None:
            raise failed

    def _sweep(self, row: CallerKey, *, gone: bool, late: bool) -> None:
        """Deletes the key of this row, which has its name whatever has its number after a restore of WebNet.

        Where the number is not known all keys of a process that is gone are meant, and of one that lives those that have
        expired; WebNet may still be making it, so the row stays as long as the key would live.
        """
        for key in self.of(row.user):
            meant = key.id == row.key if row.key is not None else gone or self._has_expired(key)
            if key.name == row.name and meant:
                self._delete(row.user, key.id)
        if row.key is not None or late:
            self._forget(row.id)

    def sweep_users(self, users: Iterable[int]) -> None:
        """Deletes the expired keys of these users that have no row, such as after a restore of the store. Those that have not
        expired may be in use by a bot with another store."""
        living = self._all_living()
        for user in users:
            for key in self.of(user):
                if instance_of(key.name) not in living and self._has_expired(key):
                    self._delete(user, key.id)

    def _all_living(self) -> set[str]:
        return {*self._living(), self._instance}

    def _has_expired(self, key: ApiKey) -> bool:
        return key.expires_at is not None and key.expires_at < self._now() + self._ahead


def _path(user: int) -> str:
    return f"users/{user}/api-keys/"


def instance_of(name: str) -> str:
    """Returns the name of the process that made the key of this name."""
    return name.rpartition(":")[2]
