"""The tokens that outgoing calls need, each for the app of one workspace. They need no library."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.core.errors import ChatError
from bot.http_client import ExchangeError, Response, Session
from bot.teams.errors import login_error, unreachable

SCOPE = "https://api.botframework.com/.default"
TIMEOUT_S = 8.0
MOST_BYTES = 64 * 1024
EARLY_S = 300.0  # before its end a token is no longer sent
LONGEST_S = 24 * 3600.0
MOST_KEPT = 1_000  # tokens; the oldest are forgotten
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FIELDS = {"invalid_client": "app_password", "unauthorized_client": "app_id", "invalid_request": "team_id"}


@dataclass(frozen=True, slots=True)
class App:
    """The app of a workspace: it is registered in the workspace's own tenant."""

    tenant: str
    app_id: str
    password: str = field(repr=False)


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = ""
    until: float = 0.0


class AppTokens:
    """Gets the tokens and keeps them until shortly before their end.
    Safe to share between threads: who needs one that is being got waits for it, and for no other."""

    def __init__(self, login_url: str, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        """`session` may call the origin of `login_url`."""
        self._login_url = login_url.rstrip("/")
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[App, _Kept] = {}

    def token(self, app: App) -> str:
        """Raises ChatError."""
        with self._lock:
            if app not in self._kept and len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            kept = self._kept.setdefault(app, _Kept())
        with kept.lock:
            if not kept.token or self._clock() >= kept.until:
                kept.token, lasts_s = self._get(app)
                kept.until = self._clock() + max(lasts_s - EARLY_S, lasts_s / 2)
            return kept.token

    def wrong_in(self, app: App) -> str:
        """Returns the field of a workspace with this app that Microsoft's login does not take, empty where it takes all. Raises ChatError
        if that cannot be known now."""
        try:
            self.token(app)
        except ChatError as error:
            if error.may_pass:
                raise
            return _FIELDS.get(error.reason, "app_id")
        return ""

    def forget(self, app: App, token: str) -> None:
        """Has another token got for the app: this one was not taken, although its time was not over."""
        with self._lock:
            kept = self._kept.get(app)
        if kept:
            with kept.lock:
                if kept.token == token:
                    kept.token = ""

    def _get(self, app: App) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": app.app_id,
            "client_secret": app.password,
            "scope": SCOPE,
        }
        url = f"{self._login_url}/{app.tenant}/oauth2/v2.0/token"
        try:
            response = self._session.exchange(
                "POST", url, _FORM, urlencode(form).encode(), timeout_s=TIMEOUT_S, most=MOST_BYTES
            )
        except ExchangeError as error:
            raise unreachable("Microsoft's login", error) from None
        return _token_in(response)


def _token_in(response: Response) -> tuple[str, float]:
    """Returns the token and how many seconds it lasts. Raises ChatError."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        body = None
    found = body if isinstance(body, dict) else {}
    token, lasts_s = found.get("access_token"), _seconds(found.get("expires_in"))
    if response.status != 200 or not isinstance(token, str) or not re.fullmatch("[!-~]+", token) or lasts_s is None:
        raise login_error(response.status, found)
    return token, lasts_s


def _seconds(value: object) -> float | None:
    """Reads a number that some logins write as a text."""
    digits = str(value)
    return min(float(digits), LONGEST_S) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
