"""WebNet's webhook: a hint that something happened. Nothing in it is trusted; it only makes the bot look sooner."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from bot.core.metrics import Metrics
from bot.core.webhook import REFUSED, Answered, Received

HEADER = "x-webhook-signature"
SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}", re.ASCII)


class Hints:
    """What a `Webhook` answers. The signature covers the body only, with no time: what is sent again is one hint more, which costs at
    most one look a second."""

    def __init__(self, secret: str, hint: Callable[[], object], metrics: Metrics) -> None:
        """Refuses everything if `secret` is empty."""
        self._secret = secret
        self._hint = hint
        self._metrics = metrics

    def __call__(self, received: Received) -> Answered:
        signature = received.headers.get(HEADER, "")
        found = "sha256=" + hmac.new(self._secret.encode(), received.raw, hashlib.sha256).hexdigest()
        right = bool(SIGNATURE.fullmatch(signature)) and hmac.compare_digest(found, signature)
        if not right or not self._secret:
            self._metrics.webhooks_refused.add("webnet")
            return REFUSED
        self._hint()
        return Answered(202, {"detail": "Thank you; WebNet is asked what happened."})
