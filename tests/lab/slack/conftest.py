from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import aiohttp
import pytest
import requests

from lab.slack import SlackLab

ACK_TIMEOUT_S = 0.4


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def lab() -> Iterator[SlackLab]:
    with SlackLab(ack_timeout_s=ACK_TIMEOUT_S, event_retry_s=(0.05, 0.1)) as started:
        yield started


Api = Callable[..., dict[str, Any]]


@pytest.fixture
def api(lab: SlackLab) -> Iterator[Api]:
    """Calls a Web API method with a JSON body; as Acme's bot unless `token` says otherwise."""
    with requests.Session() as session:

        def call(method: str, token: str | None = "xoxb-lab-acme", **args: Any) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = session.post(lab.api_url + method, json=args, headers=headers, timeout=5)
            found: dict[str, Any] = answer.json() | {"status": answer.status_code, "headers": answer.headers}
            return found

        yield call


class Sockets:
    """A Socket Mode client on bare aiohttp that does only what a test asks for."""

    def __init__(self, lab: SlackLab) -> None:
        self.lab = lab
        self.http = aiohttp.ClientSession()
        self.opened: list[aiohttp.ClientWebSocketResponse] = []

    async def ticket(self, token: str = "xapp-lab") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with self.http.post(self.lab.api_url + "apps.connections.open", headers=headers) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def connect(self, token: str = "xapp-lab") -> aiohttp.ClientWebSocketResponse:
        """Returns a connection that Slack has greeted."""
        ws = await self.http.ws_connect((await self.ticket(token))["url"], max_msg_size=0)
        self.opened.append(ws)
        hello = await ws.receive_json(timeout=2)
        assert hello["type"] == "hello"
        return ws

    async def close(self) -> None:
        for ws in self.opened:
            await ws.close()
        await self.http.close()

    @staticmethod
    async def ack(ws: aiohttp.ClientWebSocketResponse, envelope: dict[str, Any], payload: Any = None) -> None:
        answer = {"envelope_id": envelope["envelope_id"]} | ({} if payload is None else {"payload": payload})
        await ws.send_str(json.dumps(answer))


Scenario = Callable[[Sockets], Coroutine[Any, Any, None]]


@pytest.fixture
def play(lab: SlackLab) -> Callable[[Scenario], None]:
    """Runs a coroutine that is handed `Sockets`."""

    def run(scenario: Scenario) -> None:
        async def whole() -> None:
            sockets = Sockets(lab)
            try:
                await asyncio.wait_for(scenario(sockets), 10)
            finally:
                await sockets.close()

        asyncio.run(whole())

    return run
