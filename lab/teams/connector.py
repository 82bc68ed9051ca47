"""The Bot Connector of the emulated Teams: posts, changes and personal conversations, with the limits and the refusals of the real one."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from lab.faults import Fault, Faults
from lab.teams.activities import ACME, ACME_APP, ADA, GLOBEX, GLOBEX_APP, NOC, ONCALL, OSCAR, VERA, Member
from lab.teams.cards import MAX_BYTES, problems
from lab.teams.login import Login

THROTTLES = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
REGION = "emea"
Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Posted:
    """A message as it stands now; `versions` counts how often it was written, `author` is the member who wrote it, empty for the bot, and `at`
    is when, as a Unix time."""

    tenant: str
    conversation: str
    id: str
    activity: dict[str, Any]
    versions: int = 1
    author: str = ""
    at: float = field(default_factory=time.time)

    @property
    def text(self) -> str:
        """Returns all words that a reader sees."""
        return f"{self.activity.get('text', '')}{_words(self.activity.get('attachments', []))}"


def _words(node: Any) -> str:
    if isinstance(node, list):
        return "".join(map(_words, node))
    if not isinstance(node, dict):
        return ""
    own = node.get("text") or node.get("title") or ""
    return str(own) + "".join(_words(value) for key, value in node.items() if key not in {"data", "entities"})


@dataclass
class Connector:
    """`faults` are the calls that go wrong. `alone` are the members who did not add the app for themselves. `keep_most` is how many
    messages are kept, the newest, and `changes` counts what was written."""

    login: Login
    conversations: dict[str, str] = field(default_factory=lambda: {NOC: ACME, ONCALL: ACME})
    members: dict[str, Member] = field(default_factory=lambda: {each.id: each for each in (VERA, OSCAR, ADA)})
    alone: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)
    posted: dict[tuple[str, str], Posted] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    keep_most: int = 50_000
    changes: int = 0
    throttles: bool = False
    clock: Callable[[], float] = time.monotonic
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1_800_000_000_000))
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.login.apps.setdefault((ACME, ACME_APP), "lab-client-secret-acme")
        self.login.apps.setdefault((GLOBEX, GLOBEX_APP), "lab-client-secret-globex")

    def messages(self, conversation: str) -> list[Posted]:
        """Returns what stands in a conversation, with its threads, oldest first."""
        with self.changed:
            found = list(self.posted.values())
        return [each for each in found if each.conversation.partition(";")[0] == conversation]

    def keep(self, message: Posted) -> None:
        with self.changed:
            self.posted[message.conversation.partition(";")[0], message.id] = message
            while len(self.posted) > self.keep_most:
                del self.posted[next(iter(self.posted))]
            self.changes += 1
            self.changed.notify_all()

    def wait_message(self, conversation: str, text: str, timeout: float = 60.0) -> Posted:
        """Waits for a message in a conversation that shows `text`, and returns the newest."""

        def found() -> Posted | None:
            return next((each for each in reversed(self.messages(conversation)) if text in each.text), None)

        with self.changed:
            message = self.changed.wait_for(found, timeout)
        if message is None:
            raise TimeoutError(f"waited for {text!r}; there is {[each.text for each in self.messages(conversation)]}")
        return message

    def add_routes(self, app: web.Application) -> None:
        base = f"/{REGION}/v3/conversations"
        app.router.add_post(base, self._troubled(self._open))
        app.router.add_post(f"{base}/{{conversation}}/activities", self._troubled(self._post))
        app.router.add_put(f"{base}/{{conversation}}/activities/{{id}}", self._troubled(self._put))

    def fault(self, method: str | None = None, conversation: str | None = None, **what: Any) -> Fault:
        """Makes matching calls fail from now on; `what` is as in Fault. It ends when its `times` is set to 0."""
        with self.changed:
            return self.faults.order(Fault(method, conversation, **what))

    def _troubled(self, handle: Handler) -> Handler:
        """Returns a handler for calls of which some go wrong."""

        async def handled(request: web.Request) -> web.Response:
            body, conversation = await request.text(), request.match_info.get("conversation", "")
            with self.changed:
                self.calls.append((request.method, conversation))
                fault = self.faults.match(request.method, conversation.partition(";")[0], body)
            if fault.delay_s:
                await asyncio.sleep(fault.delay_s)
            if fault.status:
                later = {"Retry-After": str(fault.after_s)} if fault.after_s else {}
                return _error(fault.status, fault.error or "Fault", headers=later)
            answer = await handle(request)
            if fault.silent:
                await asyncio.Event().wait()
            return answer

        return handled

    async def _open(self, request: web.Request) -> web.Response:
        tenant, body, refused = await self._checked(request, "")
        if refused:
            return refused
        (wanted,) = body.get("members") or [{}]
        member = self.members.get(str(wanted.get("id")))
        if member is None or member.tenant != tenant or body.get("tenantId") != tenant:
            return _error(403, "ForbiddenOperationException")
        if member.id in self.alone:
            return _error(403, "BotNotInConversationRoster")
        return web.json_response({"id": member.personal}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        conversation = request.match_info["conversation"]
        tenant, body, refused = await self._checked(request, conversation)
        if refused:
            return refused
        if wrong := problems(body):
            return _error(400, "BadSyntax", wrong[0])
        number = str(next(self.numbers))
        if body.get("type") == "typing":
            return web.json_response({"id": number}, status=201)
        self.keep(Posted(tenant, conversation, number, body))
        return web.json_response({"id": number}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        conversation = request.match_info["conversation"]
        _, body, refused = await self._checked(request, conversation)
        if refused:
            return refused
        found = self.posted.get((conversation.partition(";")[0], request.match_info["id"]))
        if found is None:
            return _error(404, "ActivityNotFoundInConversation")
        if wrong := problems(body):
            return _error(400, "BadSyntax", wrong[0])
        with self.changed:
            found.activity = body
            found.versions += 1
            self.changes += 1
            self.changed.notify_all()
        return web.json_response({"id": found.id})

    def _tenant_of(self, place: str) -> str:
        """Returns whose conversation it is, "" for one that does not exist, or in which the app is not."""
        added = (member for member in self.members.values() if member.id not in self.alone)
        return self.conversations.get(place) or next((each.tenant for each in added if each.personal == place), "")

    async def _checked(self, request: web.Request, conversation: str) -> tuple[str, Any, web.Response | None]:
        """Returns the tenant of whoever calls, the body, and what it is refused with."""
        raw = await request.read()
        tenant, app_id = self.login.tokens.get(
            request.headers.get("Authorization", "").removeprefix("Bearer "), ("", "")
        )
        if not tenant:
            return "", None, _error(401, "Unauthorized")
        place = conversation.partition(";")[0]
        if place and self._tenant_of(place) != tenant:
            return "", None, _error(404, "ConversationNotFound")
        if self.throttles and self._is_throttled(f"{app_id} {conversation}"):
            return "", None, _error(429, "Throttled")
        if len(raw) > MAX_BYTES:
            return "", None, _error(413, "MessageSizeTooBig")
        try:
            body = json.loads(raw)
        except ValueError:
            return "", None, _error(400, "BadSyntax")
        return tenant, body, None

    def _is_throttled(self, who: str) -> bool:
        now, times = self.clock(), self._times.setdefault(who, deque(maxlen=THROTTLES[-1][0]))
        if any(len(times) >= most and now - times[-most] < within_s for most, within_s in THROTTLES):
            return True
        times.append(now)
        return False


def _error(status: int, code: str, words: str = "", headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"code": code, "message": words or code}}, status=status, headers=headers)
