"""Who a request comes from: API keys, JWTs made and checked here, HTTP Basic, and the login throttle."""

import base64
import binascii
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from lab.webnet.clock import parse, stamp
from lab.webnet.responses import Refusal, json_response, refuse

PASSWORD = "Lab-Passw0rd!"
BOT_KEY = "lab-bot-key-0123456789"

TokenType = Literal["access", "refresh"]
LIFETIME: Mapping[str, timedelta] = {"access": timedelta(minutes=30), "refresh": timedelta(days=7)}
_SECRET = b"lab-webnet-signing-secret-of-no-value"


@dataclass(frozen=True)
class ApiKey:
    token: str
    user: int
    expired: bool = False
    scopes: tuple[str, ...] | None = None
    """WebNet stores scopes and does not enforce them."""
    id: int = 0
    name: str = ""
    created_at: str | None = None
    expires_at: str | None = None
    last_used_at: str | None = None
    """Each use writes it."""
    maker: str | None = None
    """The credential with which it was made, named as in `Caller`."""

    @property
    def shown(self) -> str:
        return "key:" + hashlib.sha256(self.token.encode()).hexdigest()[:12]


API_KEYS = {
    key.token: replace(key, id=number)
    for number, key in enumerate(
        (
            ApiKey(BOT_KEY, 9),
            ApiKey("lab-root-key-0123456789", 1),
            ApiKey("lab-alice-key-0123456789", 2),
            ApiKey("lab-oper-key-0123456789", 3),
            ApiKey("lab-vera-key-0123456789", 4),
            ApiKey("lab-gina-key-0123456789", 5),
            ApiKey("lab-inactive-key-0123456789", 6),
            ApiKey("lab-both-key-0123456789", 7),
            ApiKey("lab-nick-key-0123456789", 8),
            ApiKey("lab-expired-key-0123456789", 9, expired=True),
            ApiKey("lab-scoped-key-0123456789", 9, scopes=("read",)),
        ),
        1,
    )
}


@dataclass(frozen=True)
class Caller:
    user: dict[str, Any]
    credential: str
    """Names the credential without holding it, so that two requests can be compared."""

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def role(self) -> str:
        return str(self.user["role"])

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    def sees(self, customer: int | None) -> bool:
        return self.is_admin or customer in self.user["customers"]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _sign(text: str) -> str:
    return _encode(hmac.new(_SECRET, text.encode(), hashlib.sha256).digest())


def make_jwt(user: int, kind: TokenType, now: datetime, serial: int) -> str:
    """Makes a token of WebNet's format; `serial` makes each one different, as its `jti` does there."""
    head = {"alg": "HS256", "typ": "JWT"}
    body = {
        "token_type": kind,
        "exp": int((now + LIFETIME[kind]).timestamp()),
        "iat": int(now.timestamp()),
        "jti": hashlib.md5(f"{user}:{serial}".encode(), usedforsecurity=False).hexdigest(),
        "user_id": str(user),
    }
    text = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (head, body))
    return f"{text}.{_sign(text)}"


def read_jwt(token: str, kind: TokenType, now: datetime) -> int:
    """Returns the user's id; raises ValueError with WebNet's own words."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(text).encode(), signature.encode()):
        raise ValueError("Token is invalid")
    body = json.loads(_decode(text.partition(".")[2]))
    if body["exp"] <= now.timestamp():
        raise ValueError("Token is expired")
    if body["token_type"] != kind:
        raise ValueError("Token has wrong type")
    return int(body["user_id"])


def _bad_jwt(message: str) -> Refusal:
    messages = [{"token_class": "AccessToken", "token_type": "access", "message": message}]
    return refuse(403, "Given token not valid for any token type", code="token_not_valid", messages=messages)


def _by_key(users: Mapping[int, dict[str, Any]], keys: dict[str, ApiKey], token: str, now: datetime) -> Caller:
    key = keys.get(token)
    if key is None:
        raise refuse(403, "Invalid API key")
    if key.expired or (key.expires_at and parse(key.expires_at) <= now):
        raise refuse(403, "API key expired")
    user = users.get(key.user)
    if user is None or not user["is_active"]:
        raise refuse(403, "User inactive")
    keys[token] = replace(key, last_used_at=stamp(now))
    return Caller(user, key.shown)


def _by_jwt(users: Mapping[int, dict[str, Any]], token: str, now: datetime) -> Caller:
    try:
        user = users.get(read_jwt(token, "access", now))
    except ValueError as error:
        raise _bad_jwt(str(error)) from error
    if user is None:
        raise refuse(403, "User not found", code="user_not_found")
    if not user["is_active"]:
        raise refuse(403, "User is inactive", code="user_inactive")
    return Caller(user, f"jwt:{user['id']}")


def _by_basic(users: Mapping[int, dict[str, Any]], value: str) -> Caller:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise refuse(403, "Invalid basic header. Credentials not correctly base64 encoded.") from error
    user = check_password(users, name, password)
    if user is None:
        raise refuse(403, "Invalid username/password.")
    return Caller(user, f"basic:{user['id']}")


def check_password(users: Mapping[int, dict[str, Any]], name: object, password: object) -> dict[str, Any] | None:
    """Returns the active user with that name and password."""
    found = (user for user in users.values() if user["username"] == name and user["is_active"])
    return next(found, None) if password == PASSWORD else None


def authenticate(
    users: Mapping[int, dict[str, Any]], keys: dict[str, ApiKey], headers: Mapping[str, str], now: datetime
) -> Caller | None:
    """Returns the caller, or None without credentials; a bad credential is a 403, never a 401."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "apikey":
            return _by_key(users, keys, value.strip(), now)
        case "bearer":
            return _by_jwt(users, value.strip(), now)
        case "basic":
            return _by_basic(users, value.strip())
    return _by_key(users, keys, headers["X-API-Key"], now) if "X-API-Key" in headers else None


def presented(keys: Mapping[str, ApiKey], headers: Mapping[str, str]) -> ApiKey | None:
    """Returns the key that a request shows, whether or not it opens anything."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    return keys.get(value.strip() if scheme.lower() == "apikey" else headers.get("X-API-Key", ""))


class Throttle:
    """WebNet's one counter per address for login, refresh and an anonymous `auth/me`; limit None switches it off."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._calls: dict[str, list[datetime]] = {}

    def check(self, address: str, now: datetime) -> None:
        calls = [call for call in self._calls.get(address, []) if now - call < timedelta(minutes=1)]
        self._calls[address] = calls
        if self.limit is not None and len(calls) >= self.limit:
            raise throttled(math.ceil(60 - (now - calls[0]).total_seconds()))
        calls.append(now)


def throttled(wait_s: int) -> Refusal:
    detail = f"Request was throttled. Expected available in {wait_s} seconds."
    return Refusal(json_response({"detail": detail}, 429, {"Retry-After": str(wait_s)}))
