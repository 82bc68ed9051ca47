"""The response_url of a command or click: five uses in thirty minutes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aiohttp import web

from lab.faults import Faults
from lab.slack.interactions import Interaction
from lab.slack.outcomes import respond
from lab.slack.traffic import Call, Ledger, RateLimits
from lab.slack.world import Channel, Json, Message, World

USES = 5
VALID_S = 30 * 60


@dataclass
class ResponseUrl:
    """`source` is the message that holds the clicked button; `last` what this URL posted last."""

    interaction: Interaction
    channel: Channel
    expires_at: float
    source: Message | None = None
    last: Message | None = None
    uses: int = 0

    def target(self) -> Message | None:
        """The message that replace_original and delete_original act on."""
        found = self.source or self.last
        return None if found is None or found.deleted else found


class ResponseUrls:
    def __init__(self, world: World, ledger: Ledger, rates: RateLimits, faults: Faults) -> None:
        self.world = world
        self.ledger = ledger
        self.rates = rates
        self.faults = faults
        self._urls: dict[str, ResponseUrl] = {}

    def issue(self, base: str, interaction: Interaction, channel: Channel, source: Message | None = None) -> str:
        self._drop_expired()
        key = f"{self.world.serial()}{self.world.token(20)}"
        self._urls[key] = ResponseUrl(interaction, channel, self.world.now() + VALID_S, source)
        return f"{base}/commands/{channel.team}/{key}"

    def _drop_expired(self) -> None:
        """Drops the oldest expired ones when there are more than are kept; until then Slack still says that they have expired."""
        while len(self._urls) > self.world.keep:
            oldest = next(iter(self._urls))
            if self._urls[oldest].expires_at > self.world.now():
                return
            del self._urls[oldest]

    def forget(self) -> None:
        self._urls.clear()

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        with self.world.changed:
            found = self._urls.get(request.match_info["key"])
            status, answer, headers = self._respond(found, body)
            team = found.channel.team if found else None
            args = body if isinstance(body, dict) else {"raw": raw.decode(errors="replace")}
            self.ledger.note(Call("response_url", team, args, status, answer, self.world.now()))
        if isinstance(answer, str):
            return web.Response(status=status, text=answer, headers=headers)
        return web.json_response(answer, status=status, headers=headers)

    def _respond(self, url: ResponseUrl | None, body: object) -> tuple[int, Json | str, dict[str, str]]:
        if url is None:
            return 404, "no_service", {}
        wait = self.rates.retry_after("response_url", url.channel.team, url.channel.id)
        if wait is not None:
            return 429, "rate_limited", {"Retry-After": str(wait)}
        if self.world.now() > url.expires_at:
            return 404, {"ok": False, "error": "expired_url"}, {}
        if url.uses >= USES:
            return 404, {"ok": False, "error": "used_url"}, {}
        if not isinstance(body, dict):
            return 400, "invalid_payload", {}
        return self._use(url, body)

    def _use(self, url: ResponseUrl, body: Json) -> tuple[int, Json | str, dict[str, str]]:
        fault = self.faults.match("response_url", url.channel.id, body)
        if fault.error:
            return 400, fault.error, {}
        target = url.target()
        if body.get("delete_original") is True:
            url.uses += 1
            if target is not None:
                self.world.delete(target)
            return 200, "ok", {}
        ephemeral_to = self._ephemeral_to(url, body)
        team = self.world.teams[url.channel.team]
        refused = self.ledger.check("response_url", body, team, url.channel.id, ephemeral_to)
        if refused:
            return 400, refused.code, {}
        url.uses += 1
        if body.get("replace_original") is True and target is not None and self._replaceable(url, body, target):
            self.world.edit(target, body.get("text") or "", body.get("blocks") or [], "response_url", url.interaction)
        else:
            url.last = respond(self.world, url.interaction, url.channel, body, "response_url", ephemeral_to)
        return 200, "ok", {}

    @staticmethod
    def _ephemeral_to(url: ResponseUrl, body: Json) -> str | None:
        return None if body.get("response_type") == "in_channel" else url.interaction.user

    def _replaceable(self, url: ResponseUrl, body: Json, target: Message) -> bool:
        """A command's answer cannot change who sees it; a clicked message keeps its readers whatever is asked."""
        return url.source is not None or target.ephemeral_to == self._ephemeral_to(url, body)
