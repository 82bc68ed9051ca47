"""Brings interactions to the app, by socket or by signed HTTP, and receives its acks."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from lab.slack import outcomes
from lab.slack.interactions import Interaction
from lab.slack.payloads import form_body
from lab.slack.signing import SignedRequest, signed_headers
from lab.slack.sockets import Connection, Hub
from lab.slack.traffic import Ack, Ledger
from lab.slack.views import Views
from lab.slack.world import Json, World

PATHS = {"slash_commands": "commands", "interactive": "interactions", "events_api": "events"}
GAVE_UP = {"slash_commands": "operation_timeout", "interactive": "dispatch_failed"}


@dataclass
class Sent:
    interaction: Interaction
    at: float
    timer: asyncio.TimerHandle | None = None
    outcome: str = "open"


class InteractionSender:
    """Runs on the server's loop. Only events are sent again when unacked, after each of `event_retry_s`."""

    def __init__(self, world: World, ledger: Ledger, views: Views, ack_timeout_s: float, **options: Any) -> None:
        self.world = world
        self.ledger = ledger
        self.views = views
        self.ack_timeout_s = ack_timeout_s
        self.event_retry_s: tuple[float, ...] = options["event_retry_s"]
        self.hub = Hub(world, options["ping_interval_s"], self.on_ack)
        self.http: dict[str, str] = {}
        self._sent: dict[str, Sent] = {}
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._retries: set[asyncio.TimerHandle] = set()

    def deliver(self, interaction: Interaction) -> None:
        if interaction.team in self.http:
            task = asyncio.ensure_future(self._by_http(interaction))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._by_socket(interaction)

    def again(self, interaction: Interaction) -> None:
        """Sends the envelope once more, as Slack now and then does; its ack counts as a second one."""
        connection = self.hub.pick(interaction.app)
        if connection is not None:
            connection.send(self._envelope(interaction, interaction.envelope_id))

    def forget(self) -> None:
        self._sent = {key: sent for key, sent in self._sent.items() if sent.outcome == "open"}

    async def close(self) -> None:
        for retry in self._retries:
            retry.cancel()
        for sent in self._sent.values():
            if sent.timer:
                sent.timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    # By socket

    def _by_socket(self, interaction: Interaction) -> None:
        connection = self.hub.pick(interaction.app)
        if connection is None:
            self._failed(interaction, "dispatch_failed", "timeout")
            return
        sent = Sent(interaction, time.monotonic())
        envelope_id = interaction.envelope_id
        if interaction.attempts:
            envelope_id += f"-retry{interaction.attempts}"
        else:
            interaction.sent_at = sent.at
        interaction.connection = connection
        self._sent[envelope_id] = sent
        self._drop_the_oldest()
        connection.envelopes += 1
        connection.send(self._envelope(interaction, envelope_id))
        sent.timer = asyncio.get_running_loop().call_later(self.ack_timeout_s, self._expired, sent)

    def _drop_the_oldest(self) -> None:
        while len(self._sent) > self.world.keep:
            oldest = next(iter(self._sent))
            if self._sent[oldest].outcome == "open":
                return
            del self._sent[oldest]

    def _envelope(self, interaction: Interaction, envelope_id: str) -> str:
        envelope: Json = {"envelope_id": envelope_id, "type": interaction.kind, "payload": interaction.payload}
        envelope["accepts_response_payload"] = interaction.kind != "events_api"
        if interaction.kind == "events_api":
            envelope |= {"retry_attempt": interaction.attempts, "retry_reason": interaction.retry_reason}
        return json.dumps(envelope)

    def on_ack(self, answer: Json, connection: Connection) -> None:
        envelope_id, payload = str(answer["envelope_id"]), answer.get("payload")
        sent = self._sent.get(envelope_id)
        if sent is None:
            self.ledger.acked(Ack(envelope_id, "", 0.0, False, False, False, payload, connection.id))
            return
        ms = (time.monotonic() - sent.at) * 1000
        late, again = sent.outcome == "expired", sent.outcome == "acked"
        kind = sent.interaction.kind
        self.ledger.acked(Ack(envelope_id, kind, ms, late, True, again, payload, connection.id))
        if sent.timer:
            sent.timer.cancel()
        if not late and not again:
            sent.outcome = "acked"
            self._acked(sent.interaction, ms, payload)
        elif late and sent.interaction.late_ms is None:
            sent.interaction.late_ms = ms
            self.world.news("interaction", sent.interaction)

    def _expired(self, sent: Sent) -> None:
        sent.outcome = "expired"
        self._failed(sent.interaction, GAVE_UP.get(sent.interaction.kind, "timeout"), "timeout")

    # Either way

    def _acked(self, interaction: Interaction, ms: float, payload: Any) -> None:
        with self.world.changed:
            interaction.ack_payload = payload if isinstance(payload, dict) else None
            outcomes.show(self.world, self.ledger, self.views, interaction, payload)
            interaction.acked_ms = ms
            self.world.news("interaction", interaction)
            self.world.wake()

    def _failed(self, interaction: Interaction, error: str, reason: str) -> None:
        if interaction.kind == "events_api" and interaction.attempts < len(self.event_retry_s):
            interaction.retry_reason = reason
            self._later(interaction, self.event_retry_s[interaction.attempts])
            return
        with self.world.changed:
            interaction.error = error
            self.world.news("interaction", interaction)
            self.world.wake()

    def _later(self, interaction: Interaction, delay_s: float) -> None:
        def once_more() -> None:
            self._retries.discard(timer)
            interaction.attempts += 1
            self.deliver(interaction)

        timer = asyncio.get_running_loop().call_later(delay_s, once_more)
        self._retries.add(timer)

    # By signed HTTP

    def request_for(
        self, interaction: Interaction, secret: str | None = None, at: float | None = None
    ) -> SignedRequest:
        app = self.world.apps[interaction.app]
        is_json = interaction.kind == "events_api"
        body = json.dumps(interaction.payload).encode() if is_json else form_body(interaction.kind, interaction.payload)
        headers = signed_headers(
            body,
            app.signing_secret if secret is None else secret,
            self.world.now() if at is None else at,
            json=is_json,
        )
        if interaction.attempts:
            headers |= {
                "X-Slack-Retry-Num": str(interaction.attempts),
                "X-Slack-Retry-Reason": interaction.retry_reason,
            }
        return SignedRequest(f"/api/v1/chatops/slack/{PATHS[interaction.kind]}", headers, body)

    async def _by_http(self, interaction: Interaction) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.ack_timeout_s))
        request, started = self.request_for(interaction), time.monotonic()
        if not interaction.attempts:
            interaction.sent_at = started
        url = self.http[interaction.team].rstrip("/") + request.path
        try:
            async with self._session.post(url, data=request.body, headers=request.headers) as response:
                text, status = await response.text(), response.status
        except TimeoutError:
            self._failed(interaction, GAVE_UP.get(interaction.kind, "timeout"), "http_timeout")
            return
        except aiohttp.ClientError:
            self._failed(interaction, "dispatch_failed", "connection_failed")
            return
        ms = (time.monotonic() - started) * 1000
        if status != 200:
            self._failed(interaction, "http_service_error", "http_error")
            return
        payload = _json_or_text(text)
        self.ledger.acked(Ack(interaction.envelope_id, interaction.kind, ms, False, True, False, payload, None))
        self._acked(interaction, ms, payload)


def _json_or_text(text: str) -> Json | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}
