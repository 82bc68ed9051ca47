"""Turns an HTTP request into a response: routes, formats, credentials, roles, faults and the record."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from lab.life import listening
from lab.webnet import control, pages, routes
from lab.webnet.call import Call
from lab.webnet.credentials import Caller, authenticate, presented
from lab.webnet.record import Entry, TargetState, target_ids
from lab.webnet.responses import Refusal, Response, browsable, forbidden, not_found_page, redirect, refuse

if TYPE_CHECKING:
    from lab.webnet.lab import WebNetLab

LOGIN = "/login/"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def _format(accept: str) -> str:
    """`json`, `html` or `none`: what WebNet makes of an Accept header."""
    types = [part.partition(";")[0].strip() for part in (accept or "*/*").split(",")]
    if "application/json" in types:
        return "json"
    if "text/html" in types:
        return "html"
    return "json" if {"*/*", "application/*"} & set(types) else "none"


def _check_role(call: Call) -> None:
    """A viewer reads, an operator also posts, an admin does everything."""
    caller = call.caller
    if call.method in _SAFE or caller.is_admin or (call.method == "POST" and caller.role == "operator"):
        return
    raise forbidden()


def _handled(call: Call, found: routes.Route, parts: tuple[str, ...]) -> Response:
    wanted = _format(call.headers.get("Accept", ""))
    if wanted == "none":
        raise refuse(406, "Could not satisfy the request Accept header.")
    call.user = authenticate(call.state.users, call.state.api_keys, call.headers, call.state.clock())
    if found.access == "role":
        _check_role(call)
    if not found.allows(call.method):
        raise refuse(405, f'Method "{call.method}" not allowed.')
    if call.method not in found.handlers:
        raise refuse(501, "The simulated WebNet does not do this.")
    response = routes.handle(call, found, parts)
    return browsable(found.title, response) if wanted == "html" else response


def respond(call: Call) -> Response:
    """Returns WebNet's response to a call, refusals included."""
    if call.path == LOGIN:
        return pages.login(call)
    if not call.path.startswith("/api/"):
        return redirect(302, f"{LOGIN}?next={call.path}")
    match = routes.find(call.path)
    if match is None:
        tail = "?" + "&".join(f"{name}={value}" for name, value in call.query) if call.query else ""
        known = not call.path.endswith("/") and routes.find(f"{call.path}/")
        return redirect(301, f"{call.path}/{tail}") if known else not_found_page()
    found, parts = match
    try:
        response = _handled(call, found, parts)
    except Refusal as refusal:
        response = refusal.response
    return Response(response.status, response.text, response.content_type, {"Allow": found.allow, **response.headers})


def _caller(call: Call) -> Caller | None:
    """Returns the caller of a request that never reached a handler."""
    try:
        return authenticate(call.state.users, call.state.api_keys, call.headers, call.state.clock())
    except Refusal:
        return None


def _body_for_record(call: Call) -> Any:
    try:
        return json.loads(call.body) if call.body else None
    except ValueError:
        return call.body.decode(errors="replace")


class _WithoutDate(web.Response):
    """Lacks the Date header, as what daphne sends does."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Date", None)


def _http(response: Response, request_id: str, *, date_header: bool = True) -> web.Response:
    headers = {**response.headers, "X-Request-ID": request_id}
    if response.content_type:
        headers["Content-Type"] = response.content_type
    kind = web.Response if date_header else _WithoutDate
    return kind(status=response.status, body=response.text.encode() or None, headers=headers)


class Server:
    """Answers the requests of one lab; everything between two awaits holds the lab's lock."""

    def __init__(self, lab: "WebNetLab") -> None:
        self._lab = lab

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        if request.path.startswith(control.PREFIX):
            with self._lab.lock:
                response = control.respond(self._lab, request.method, request.path, request.remote or "", body)
            return _http(response, "lab")
        with self._lab.lock:
            waits, fault = self._lab.faults.matching(request.method, request.path)
        for wait in waits:
            await wait.wait()
        with self._lab.lock:
            request_id = request.headers.get("X-Request-ID") or self._lab.new_request_id()
            call, began = self._call(request, body), time.monotonic()
            right = self._perform(call) if fault is None or fault.performs else None
            sent = fault.spoil(right) if fault else right
            closes = fault is not None and fault.closes
            status = None if closes or sent is None else sent.status
            self._lab.remember(self._entry(call, began, request_id, status, fault.kind if fault else None))
        if sent is None or closes:
            if request.transport is not None:
                request.transport.abort()
            raise asyncio.CancelledError
        return _http(sent, request_id, date_header=self._lab.date_header)

    def _call(self, request: web.BaseRequest, body: bytes) -> Call:
        lab = self._lab
        return Call(
            request.method,
            request.path,
            parse_qsl(request.query_string, keep_blank_values=True),
            request.headers,
            body,
            request.scheme,
            request.remote or "",
            lab.state,
            lab.runner,
            lab.throttle,
        )

    def _perform(self, call: Call) -> Response:
        self._lab.runner.advance()
        self._lab.faults.run_hooks(call.method, call.path)
        return respond(call)

    def _entry(self, call: Call, began: float, request_id: str, status: int | None, fault: str | None) -> Entry:
        """`began` is on the monotonic clock: whatever else the lab is asked to do meanwhile, such as to wait, is not the client's time."""
        body = _body_for_record(call)
        caller, key = call.user or _caller(call), presented(call.state.api_keys, call.headers)
        devices = [(key, self._lab.state.devices.get(key)) for key in target_ids(body) or ()]
        return Entry(
            number=self._lab.request_count + 1,
            at=began,
            time=self._lab.state.now(),
            method=call.method,
            path=call.path,
            query="&".join(f"{name}={value}" for name, value in call.query),
            body=body,
            status=status,
            user=caller.id if caller else None,
            credential=caller.credential if caller else key.shown if key else None,
            maker=key.maker if key else None,
            request_id=request_id,
            jobs=tuple(call.jobs_made),
            fault=fault,
            targets=tuple(
                TargetState(key, row["customer"] if row else None, bool(row and row["enabled"])) for key, row in devices
            ),
        )


async def serve_until(lab: "WebNetLab", port: int, stopped: asyncio.Event, ready: Callable[[int], None]) -> None:
    """Listens on the loopback interface until `stopped`, then closes at once, open requests included."""
    runner = web.ServerRunner(web.Server(Server(lab), access_log=None), shutdown_timeout=0.02)
    async with listening(runner, "127.0.0.1", port) as number:
        ready(number)
        await stopped.wait()
