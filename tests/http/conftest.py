"""The whole bot with its HTTP adapter on a free port, between the two labs; one per module, as it takes a second to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.app.http_part import HttpPart
from bot.settings.table import Http, Settings
from lab.slack import Interaction
from tests.e2e.rig import Rig, rig

API = "/api/v1/chatops"
WEBHOOK_SECRET = "webnet-webhook-secret"
PEOPLE = {"viewer": 4, "operator": 3, "admin": 2, "foreign": 5, "both": 7, "nobody": 8}


@dataclass
class Web:
    """The bot over HTTP. `token(role)` is an access token of WebNet's for one of PEOPLE."""

    rig: Rig
    url: str
    tokens: dict[str, str]

    def call(self, method: str, path: str, who: str | None = "admin", **more: Any) -> requests.Response:
        headers = {} if who is None else {"Authorization": f"Bearer {self.token(who)}"}
        headers |= more.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=20, **more)

    def api(self, method: str, path: str, who: str | None = "admin", **more: Any) -> requests.Response:
        return self.call(method, f"{API}/{path}", who, **more)

    def token(self, who: str) -> str:
        if who not in self.tokens:
            self.tokens[who] = self.rig.webnet.jwt(PEOPLE[who])
        return self.tokens[who]

    def send(self, interaction: Interaction, **signing: Any) -> requests.Response:
        """An interaction that was prepared with `send=False`, as Slack would sign it."""
        request = self.rig.slack.signed(interaction, **signing)
        return requests.post(self.url + request.path, data=request.body, headers=request.headers, timeout=20)


def over_http(settings: Settings, **http: Any) -> Settings:
    http = {"enabled": True, "port": 0, "requests_per_minute": 1_000_000, **http}
    return replace(settings, http=Http(**http), webnet=replace(settings.webnet, webhook_secret=WEBHOOK_SECRET))


@contextmanager
def web(
    store_url: str,
    http: dict[str, Any] | None = None,
    *,
    socket_mode: bool = True,
    change: Callable[[Settings], Settings] = lambda settings: settings,
    **options: Any,
) -> Iterator[Web]:
    def changing(settings: Settings) -> Settings:
        changed = change(over_http(settings, **(http or {})))
        return replace(changed, slack=replace(changed.slack, socket_mode=socket_mode))

    with rig(store_url, change=changing, **options) as running:
        yield Web(running, f"http://127.0.0.1:{running.bot.part(HttpPart).server.port}", {})


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder: Path = tmp_path_factory.mktemp("http")
    with web(f"sqlite:///{folder}/store.db") as running:
        yield running
