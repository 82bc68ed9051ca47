"""Slack over HTTP: the raw bytes are verified with the secret of the workspace that they name, parsed here, and handled by the
Bolt app that also handles what comes by Socket Mode.

Bolt's own HTTP parser is not used: it empties any form whose text holds the word "payload", and fails on odd headers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from bot.core.metrics import Metrics
from bot.core.webhook import REFUSED, Answered, Received
from bot.http_client import origin
from bot.slack.shapes import team_of, word
from bot.slack.socket import NotHandled, Receive
from bot.slack.suggestions import TYPE as SUGGESTION
from store.errors import StoreError

log = logging.getLogger(__name__)

WINDOW_S = 300
MOST_REMEMBERED = 20_000  # signatures: some 5 MB
MOST_FIELDS = 100  # of a form; Slack sends about 15
SMALL = 4096  # bytes of what is checked against every secret there is
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ACCEPTED = Answered(200)
AWAY = Answered(503, {"detail": "The bot's own store does not answer right now."})
HEADER = "x-slack-signature"
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_NOBODY = secrets.token_hex(32)  # an unknown team is compared with this, and so takes as long as a known one

Json = Mapping[str, Any]


class Remembered:
    """Remembers the signatures that this process accepted while they can still be valid, the latest `MOST_REMEMBERED` of them, and
    refuses a repetition at once. The keys of the pipeline see to it that a repetition elsewhere has no second effect."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}  # in the order in which they came

    def add(self, signature: str) -> bool:
        """Returns False if the signature was accepted before."""
        now = self._now()
        with self._lock:
            while self._until:
                oldest = next(iter(self._until))
                if self._until[oldest] >= now and len(self._until) < MOST_REMEMBERED:
                    break
                del self._until[oldest]
            if signature in self._until:
                return False
            self._until[signature] = now + 2 * WINDOW_S  # its own clock may be ahead by one window
            return True


class Inbound:
    """Has what a `Webhook` answers for each of Slack's request URLs. `secret_of(team)` is empty for an unknown team. A
    response_url outside of `origins` is refused: whoever holds one workspace's secret could make the bot call any address."""

    def __init__(
        self,
        receive: Receive,
        secret_of: Callable[[str], str],
        all_secrets: Callable[[], Collection[str]],
        origins: Collection[str],
        metrics: Metrics,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._receive = receive
        self._secret_of = secret_of
        self._all_secrets = all_secrets
        self._origins = origins
        self._metrics = metrics
        self._now = now
        self._remembered = Remembered(now)

    def commands(self, received: Received) -> Answered:
        fields = _form(received.raw)
        if fields and "ssl_check" in fields and "team_id" not in fields:
            return ACCEPTED if self._of_any(received) else self._refuse("commands")
        return self._guarded("commands", "slash_commands", received, fields, word(fields, "team_id"), FORM)

    def interactions(self, received: Received) -> Answered:
        fields = _form(received.raw)
        payload = _json(fields.get("payload", "")) if fields else None
        return self._guarded("interactions", "interactive", received, payload, team_of(payload or {}), FORM)

    def events(self, received: Received) -> Answered:
        body = _json(received.raw)
        if body and body.get("type") == "url_verification" and "team_id" not in body:
            challenge = word(body, "challenge")
            return Answered(200, {"challenge": challenge}) if self._of_any(received) else self._refuse("events")
        return self._guarded("events", "events_api", received, body, word(body, "team_id"), JSON)

    def _guarded(
        self, webhook: str, kind: str, received: Received, body: Json | None, team: str, content_type: str
    ) -> Answered:
        try:
            if body is None or not self._verified(received, self._secret_of(team)):
                return self._refuse(webhook)
            if _content_type(received) != content_type:
                return Answered(415, {"detail": f"Unsupported media type: {content_type} is expected."})
            response_url = word(body, "response_url")
            if response_url and origin(response_url) not in self._origins:
                log.warning("a signed request was refused: its response_url is not one of Slack's")
                return self._refuse(webhook)
            return self._handle(webhook, kind, received, dict(body))
        except StoreError as error:
            log.warning("a request from Slack was not handled: %s", error.words)
            return AWAY

    def _handle(self, webhook: str, kind: str, received: Received, body: dict[str, Any]) -> Answered:
        """Hands the body to Bolt with the signature as the envelope's id, so that the pipeline runs it once, over all replicas. A
        suggestion has no effect, and somebody may type the same twice in a second, so that its signature is not remembered.
        An event's signature is remembered only after it has been handled: Slack sends it again if that failed, and this must
        not look like a repetition."""
        signature = received.headers[HEADER]
        is_event, is_suggestion = kind == "events_api", kind == "interactive" and body.get("type") == SUGGESTION
        if not is_event and not is_suggestion and not self._remembered.add(signature):
            return self._repeated(webhook, received)
        started = time.monotonic()
        try:
            answer = self._receive(kind, body, signature)
        except NotHandled:
            return AWAY
        if is_event and not self._remembered.add(signature):
            return self._repeated(webhook, received)
        self._metrics.acks.observe(time.monotonic() - started, "http")
        return Answered(200, answer)

    def _repeated(self, webhook: str, received: Received) -> Answered:
        return ACCEPTED if "x-slack-retry-num" in received.headers else self._refuse(webhook)

    def _refuse(self, webhook: str) -> Answered:
        self._metrics.webhooks_refused.add(webhook)
        return REFUSED

    def _of_any(self, received: Received) -> bool:
        """Verifies a request that names no team with every secret. While there is none at all the request passes: its answer
        discloses nothing, and Slack asks before the first workspace can be added."""
        known = [secret for secret in self._all_secrets() if secret]
        if not known:
            return True
        return len(received.raw) <= SMALL and any(self._verified(received, secret) for secret in known)

    def _verified(self, received: Received, secret: str) -> bool:
        timestamp = received.headers.get("x-slack-request-timestamp", "")
        signature = received.headers.get(HEADER, "")
        if not _TIMESTAMP.fullmatch(timestamp) or not SIGNATURE.fullmatch(signature):
            return False
        if abs(self._now() - int(timestamp)) > WINDOW_S:
            return False
        base = b"v0:" + timestamp.encode() + b":" + received.raw
        found = "v0=" + hmac.new((secret or _NOBODY).encode(), base, hashlib.sha256).hexdigest()
        return hmac.compare_digest(found, signature) and bool(secret)


def _form(raw: bytes) -> dict[str, str] | None:
    """Returns the fields of a form, or None if it is none. Of a name that comes twice the last counts."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return None
    return dict(pairs)


def _json(text: bytes | str) -> dict[str, Any] | None:
    """Returns the object, or None for anything else."""
    try:
        found = json.loads(text if isinstance(text, str) else text.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _content_type(received: Received) -> str:
    return received.headers.get("content-type", "").partition(";")[0].strip().lower()
