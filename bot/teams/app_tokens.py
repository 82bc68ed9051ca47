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
from bot.teams.errors import NO_CONNECTION, chat_error, login_error, unreachable

SCOPE = "https://api.botframework.com/.default"
TIMEOUT_S = 8.0  # of the login, where nobody has less time
SHORTEST_S = 0.5
MOST_BYTES = 64 * 1024
EARLY_S = 300.0  # before its end a token is no longer sent
REFUSED_S = 600.0  # for which Teams may refuse new tokens: it takes minutes until it knows a new or a changed app
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
    refused_since: float | None = None
    refused: str = ""  # why the last try gave no token


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

    def token(self, app: App, within_s: float = TIMEOUT_S, refused: str = "") -> str:
        """Returns a token within so many seconds, another one than the one that Teams `refused`, although its time was not over. Raises
        ChatError."""
        kept, by = self._kept_of(app), self._clock() + within_s
        if within_s <= 0 or not kept.lock.acquire(timeout=within_s):
            raise chat_error("There is no token yet: Microsoft's login takes long.", NO_CONNECTION)
        try:
            if not kept.token or kept.token == refused or self._clock() >= kept.until:
                self._renew(app, kept, max(SHORTEST_S, by - self._clock()))
            return kept.token
        finally:
            kept.lock.release()

    def _renew(self, app: App, kept: _Kept, timeout_s: float) -> None:
        kept.token = ""
        try:
            kept.token, lasts_s = self._get(app, timeout_s)
        except ChatError as error:
            kept.refused = error.words
            raise
        kept.refused = ""
        kept.until = self._clock() + max(lasts_s - EARLY_S, lasts_s / 2)

    def taken(self, app: App) -> None:
        """Notes that Teams took a token of the app."""
        self._kept_of(app).refused_since = None

    def long_refused(self, app: App) -> bool:
        """Notes that Teams refused a token that was new, and says whether it has taken none for so long that this does not pass by
        itself: the login knows the app, so that Teams may only not know it yet."""
        kept, now = self._kept_of(app), self._clock()
        if kept.refused_since is None:
            kept.refused_since = now
        return now - kept.refused_since >= REFUSED_S

    def has(self, app: App) -> bool:
        """Says whether there is a token for the app whose time is not over. Waits for nothing."""
        kept = self._kept.get(app)
        return kept is not None and bool(kept.token) and self._clock() < kept.until

    def refused(self, app: App) -> str:
        """Returns a sentence about why the last try gave no token for the app, empty if it did or there was none. Waits for nothing."""
        kept = self._kept.get(app)
        return kept.refused if kept else ""

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

    def _kept_of(self, app: App) -> _Kept:
        with self._lock:
            if app not in self._kept and len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            return self._kept.setdefault(app, _Kept())

    def _get(self, app: App, timeout_s: float) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": app.app_id,
            "client_secret": app.password,
            "scope": SCOPE,
        }
        url = f"{self._login_url}/{app.tenant}/oauth2/v2.0/token"
        try:
            response = self._session.exchange(
                "POST", url, _FORM, urlencode(form).encode(), timeout_s=timeout_s, most=MOST_BYTES
            )
        except ExchangeError as error:
            words = unreachable("Microsoft's login", error).words
            raise chat_error(words, NO_CONNECTION) from None  # it passes, since nothing was sent to Teams
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
