"""Answers what is posted to `/api/messages`: 401 to whoever is not Teams, or not for a workspace of ours, 400 to what is no JSON, else 200.

Never 5xx: Teams stops delivering to an app that answers so. Nothing is parsed before the token holds, and nothing is done before the body
agrees with it. What the activity asks for is handed over, and may answer an invoke; the rest of its work is done elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.core.metrics import Metrics
from bot.core.webhook import REFUSED, Answered, Received
from bot.teams.activities import Activity, Malformed, disagrees, read
from bot.teams.tokens import HEADER, Unverified, Verifier

log = logging.getLogger(__name__)

PATH = "/api/messages"
NAME = "teams"  # of the webhook, in metrics
ACCEPTED = Answered(200)
MALFORMED = Answered(400, {"detail": "The body is no JSON object."})

# Returns what an invoke is answered, None for what needs no answer.
Handle = Callable[[Activity], Mapping[str, Any] | None]


class Inbound:
    """`app_of(tenant)` is the app of the workspace of this tenant, "" for a tenant that has none; it reads a cache. `origins` are those of
    `teams.service_hosts`. `heard` is called with every activity that is right, and
    learns where its conversation is. `handlers` are called by the activity's type; what is not among them is acknowledged and does nothing, such as an
    edit or a deletion."""

    def __init__(
        self,
        verifier: Verifier,
        app_of: Callable[[str], str],
        origins: Collection[str],
        heard: Callable[[Activity], object],
        handlers: Mapping[str, Handle],
        metrics: Metrics,
    ) -> None:
        self._verifier = verifier
        self._app_of = app_of
        self._origins = origins
        self._heard = heard
        self._handlers = handlers
        self._metrics = metrics

    def __call__(self, received: Received) -> Answered:
        try:
            sender = self._verifier.verify(received.headers.get(HEADER, ""))
        except Unverified as error:
            return self._refuse(str(error))
        try:
            activity = read(received.raw)
        except Malformed:
            return MALFORMED
        if why := disagrees(activity, sender, self._app_of(activity.tenant), self._origins):
            return self._refuse(why)
        handle = self._handlers.get(activity.type)
        try:
            self._heard(activity)
            return Answered(200, handle(activity)) if handle else ACCEPTED
        except Exception:
            log.exception("an activity of type %s failed", activity.type)
            return ACCEPTED

    def _refuse(self, why: str) -> Answered:
        log.info("a request to %s was refused: %s", PATH, why)
        self._metrics.webhooks_refused.add(NAME)
        return REFUSED
