"""The keys that the Bot Framework signs with, from where its OpenID document says that they are.

Whoever sends a request names the key, so that a stranger must not be able to have them read again and again, nor to keep the bot from
reading them when it has to. They are read

* every six hours, by a task;
* for a key that is not known, at most once a minute. That brings every key published until then, whoever asked for which.

A key that was asked for in vain is remembered for a while, and is no reason to ask again. Keys that could not be read again for
a day are no longer believed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWTError
from jwt.algorithms import RSAAlgorithm

from bot.http_client import ExchangeError, Session

log = logging.getLogger(__name__)

REFRESH_S = 6 * 3600.0
ASK_EVERY_S = 60.0  # at the most, for keys that are not known
MISSED_S = 300.0  # a key that was published just now may be asked for a little before it can be read
MOST_MISSED = 1_000  # names of keys; the oldest are forgotten
BELIEVED_S = 24 * 3600.0
TIMEOUT_S = 5.0
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
SMALLEST = 2048  # bits
_WAITING = 3  # requests that wait for one reading; the adapter has eight threads for all webhooks


class KeysAway(Exception):
    """The keys cannot be read. Its sentence holds no address."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`endorsements` are the channels, such as "msteams", for which the key signs."""

    key: RSAPublicKey
    endorsements: frozenset[str]


@dataclass(frozen=True, slots=True)
class Published:
    """What was read: who signs, and by which keys, each by its `kid`."""

    issuer: str
    keys: Mapping[str, SigningKey]
    read_at: float


NOTHING = Published("", {}, float("-inf"))


class SigningKeys:
    """Keeps the keys at hand. Safe to share between threads; a key that is known is found without a lock."""

    def __init__(self, openid_url: str, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        """`session` may call the origin of `openid_url` and no other, so that keys from elsewhere are refused."""
        self._openid_url = openid_url
        self._session = session
        self._clock = clock
        self._published = NOTHING
        self._reading = threading.Lock()
        self._places = threading.BoundedSemaphore(_WAITING)
        self._asked_at = float("-inf")
        self._missed: dict[str, float] = {}  # until when, by kid, in the order in which they were asked for

    def published(self) -> Published:
        """Returns what is believed now, which is nothing if it could not be read for a day."""
        found = self._published
        return found if self._clock() - found.read_at <= BELIEVED_S else NOTHING

    @property
    def read_s(self) -> float | None:
        """How many seconds ago the keys were read that are believed now; None if there are none."""
        found = self.published()
        return self._clock() - found.read_at if found.keys else None

    def find(self, kid: str) -> tuple[str, SigningKey] | None:
        """Returns who signs and the key of this name, None if there is none or it cannot be known. May block while the keys are read."""
        if (found := self._known(kid)) or not self._places.acquire(blocking=False):
            return found
        try:
            with self._reading:
                return self._known(kid) or (self._ask(kid) if self._may_ask(kid) else None)
        finally:
            self._places.release()

    def refresh(self) -> None:
        """Reads the keys. Those that were read before stay if that fails. Raises KeysAway."""
        with self._reading:
            self._read()

    def _known(self, kid: str) -> tuple[str, SigningKey] | None:
        published = self.published()
        key = published.keys.get(kid)
        return (published.issuer, key) if key else None

    def _may_ask(self, kid: str) -> bool:
        now = self._clock()
        while self._missed and next(iter(self._missed.values())) <= now:
            del self._missed[next(iter(self._missed))]
        return kid not in self._missed and now - self._asked_at >= ASK_EVERY_S

    def _ask(self, kid: str) -> tuple[str, SigningKey] | None:
        self._asked_at = self._clock()
        try:
            self._read()
        except KeysAway as error:
            log.warning("the keys of the Bot Framework cannot be read: %s", error)
            return None
        if not (found := self._known(kid)):
            while len(self._missed) >= MOST_MISSED:
                del self._missed[next(iter(self._missed))]
            self._missed[kid] = self._asked_at + MISSED_S
        return found

    def _read(self) -> None:
        document = self._get(self._openid_url)
        issuer, address = document.get("issuer"), document.get("jwks_uri")
        if not (isinstance(issuer, str) and issuer and isinstance(address, str)):
            raise KeysAway("its OpenID document names no issuer, or no address of keys")
        listed = self._get(address).get("keys")
        keys = dict(filter(None, map(_key, listed[:MOST_KEYS]))) if isinstance(listed, list) else {}
        if not keys:
            raise KeysAway("there is no key among them that can be used")
        self._published = Published(issuer, keys, self._clock())

    def _get(self, url: str) -> Mapping[str, Any]:
        try:
            response = self._session.exchange("GET", url, {}, timeout_s=TIMEOUT_S, most=MOST_BYTES)
            found = response.json() if response.status == 200 else None
        except ExchangeError as error:
            raise KeysAway(str(error)) from None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise KeysAway(f"the response ({response.status}) is no JSON object")
        return found


def _key(found: object) -> tuple[str, SigningKey] | None:
    """Reads one key; None for what is of no use, such as one of another kind. The others are believed all the same."""
    if not isinstance(found, dict) or found.get("kty") != "RSA" or found.get("use", "sig") != "sig":
        return None
    kid, channels = found.get("kid"), found.get("endorsements")
    try:
        key = RSAAlgorithm.from_jwk(found)
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(kid, str) or not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST:
        return None
    named = [each for each in channels if isinstance(each, str)] if isinstance(channels, list) else []
    return kid, SigningKey(key, frozenset(named))
