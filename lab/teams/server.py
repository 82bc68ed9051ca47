"""`TeamsLab`: the emulated Teams as one object, its server in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from functools import cached_property
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from lab.life import OnThread, listening
from lab.teams.activities import BOT_NAME, VERA, Activities
from lab.teams.connector import REGION, Connector
from lab.teams.login import Login
from lab.teams.page import Page

BOT_URL = "http://127.0.0.1:8080/api/messages"
MAX_BODY_BYTES = 1024 * 1024
WAIT_S = 15.0  # for the bot's response; Teams gives up then


class TeamsLab(OnThread):
    """An emulated Teams on `http://127.0.0.1:port`; a context manager, or `start()` and `stop()`. What is done on its page goes to the bot at
    `bot_url`."""

    name = BOT_NAME
    thread_name = "teams-lab"

    def __init__(self, port: int = 0, *, host: str = "127.0.0.1", bot_url: str = BOT_URL) -> None:
        self.host = host
        self.port = port
        self.bot_url = bot_url
        self.login = Login()
        self.connector = Connector(self.login)
        self.page = Page(self)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @cached_property
    def made(self) -> Activities:
        """Makes what Teams posts to the bot of Acme, once the lab has started."""
        return Activities(self.service_url)

    @property
    def openid_url(self) -> str:
        return f"{self.url}/openid/openidconfiguration"

    @property
    def login_url(self) -> str:
        return f"{self.url}/login"

    @property
    def service_url(self) -> str:
        return f"{self.url}/{REGION}/"

    def add_app(self) -> None:
        """Lets the bot know that its app was added to every conversation, which is how it learns where they are. Waits until it knows."""
        assert self._loop
        for place, tenant in self.connector.conversations.items():
            app_id = next(app_id for known, app_id in self.login.apps if known == tenant)
            added = Activities(self.service_url, tenant, app_id, self.made.numbers).installed(VERA, "add", place)
            asyncio.run_coroutine_threadsafe(self.send(added), self._loop).result()

    async def send(self, activity: dict[str, Any]) -> dict[str, Any]:
        """Posts an activity to the bot and returns what it answered, or why it did not."""
        app_id = activity["recipient"]["id"].removeprefix("28:")
        headers = {"Authorization": f"Bearer {self.login.token(app_id, self.service_url)}"}
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=WAIT_S)) as session,
                session.post(self.bot_url, json=activity, headers=headers, allow_redirects=False) as answer,
            ):
                body = await answer.json() if answer.content_type == "application/json" else None
                return {"status": answer.status, "body": body}
        except (TimeoutError, ClientError, ValueError) as error:
            words = f"The bot at {self.bot_url} did not answer ({type(error).__name__})."
            return {"status": 0, "body": None, "error": words}

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self._routes(), access_log=None, shutdown_timeout=0.1)
        async with listening(runner, self.host, self.port) as self.port:
            ready.set()
            await self._stopping.wait()

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        self.login.add_routes(app)
        self.connector.add_routes(app)
        self.page.add_routes(app)
        return app
