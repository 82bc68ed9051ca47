"""Requests to the webhooks that nobody honest sends; each comes with what is wrong with it. Seeded, so that a run can be repeated."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from lab.slack.signing import SignedRequest, signed_headers
from tests.http.conftest import API, Web

OTHERS_SECRET = "not-the-signing-secret"
SECRET = "lab-signing-secret"
PATHS = ("slack/commands", "slack/events", "slack/interactions", "webnet/events")


@dataclass(frozen=True)
class Sent:
    what: str
    status: int


def honest(chance: random.Random, path: str) -> SignedRequest:
    """What Slack itself would send, with a body that was never sent before: a backup, a click on one, an uninstalled app."""
    unique = f"{chance.random()}"
    command = {
        "team_id": "T0ACME",
        "user_id": "U0OSCAR",
        "channel_id": "C0NOC",
        "command": "/webnet",
        "text": f"backup rtr-fra1-{chance.randrange(1, 40):03}",
        "trigger_id": unique,
    }
    action = {"type": "button", "action_id": "webnet:backup:0", "value": "backup #1", "block_id": "b"}
    click = {
        "type": "block_actions",
        "team": {"id": "T0ACME"},
        "user": {"id": "U0OSCAR"},
        "trigger_id": unique,
        "actions": [action],
    }
    event = {"team_id": "T0ACME", "event_id": unique, "type": "event_callback", "event": {"type": "app_uninstalled"}}
    is_json = path.endswith("events")
    body = {
        "slack/commands": urlencode(command),
        "slack/interactions": urlencode({"payload": json.dumps(click)}),
    }.get(path, json.dumps(event)).encode()
    return SignedRequest(f"{API}/{path}", signed_headers(body, SECRET, json=is_json), body)


def signed_again(
    request: SignedRequest, body: bytes, secret: str = OTHERS_SECRET, at: float | None = None
) -> SignedRequest:
    is_json = request.headers["Content-Type"] == "application/json"
    return SignedRequest(request.path, signed_headers(body, secret, at, json=is_json), body)


def with_headers(request: SignedRequest, **changes: str) -> SignedRequest:
    names = {name.replace("_", "-"): value for name, value in changes.items()}
    return replace(request, headers={**request.headers, **names})


def forged(_: random.Random, request: SignedRequest) -> SignedRequest:
    return signed_again(request, request.body)


def of_another_team(_: random.Random, request: SignedRequest) -> SignedRequest:
    return signed_again(request, request.body.replace(b"T0ACME", b"T0NOBODY"), SECRET)


def stale(chance: random.Random, request: SignedRequest) -> SignedRequest:
    return signed_again(request, request.body, SECRET, time.time() + chance.choice((-1, 1)) * chance.uniform(330, 1e6))


def truncated(chance: random.Random, request: SignedRequest) -> SignedRequest:
    return replace(request, body=request.body[: chance.randrange(len(request.body))])


def grown(_: random.Random, request: SignedRequest) -> SignedRequest:
    return replace(request, body=request.body + b"&text=backup+rtr-fra1-001")


def oversized(_: random.Random, request: SignedRequest) -> SignedRequest:
    return signed_again(request, request.body + b"&x=" + b"x" * 1024 * 1024, SECRET)


def non_ascii(chance: random.Random, request: SignedRequest) -> SignedRequest:
    name = chance.choice(("X-Slack-Signature", "X-Slack-Request-Timestamp"))
    return replace(
        request,
        headers={**request.headers, name: chance.choice(("v0=\xe9\xff", "\u0661".encode().decode("latin-1"), "\xb2"))},
    )


def noise(chance: random.Random, request: SignedRequest) -> SignedRequest:
    return replace(request, body=chance.randbytes(chance.randrange(1, 2000)))


def odd_time(chance: random.Random, request: SignedRequest) -> SignedRequest:
    return with_headers(
        request, X_Slack_Request_Timestamp=chance.choice(("", "abc", "1e9", "-1", "9" * 40, "0x10", " ", "nan"))
    )


def odd_signature(chance: random.Random, request: SignedRequest) -> SignedRequest:
    right = request.headers["X-Slack-Signature"]
    return with_headers(
        request,
        X_Slack_Signature=chance.choice(
            ("", "v0=", right.upper(), right[:-1], f"{right}0", right.replace("v0", "v1"), right[3:])
        ),
    )


def unsigned(_: random.Random, request: SignedRequest) -> SignedRequest:
    return replace(request, headers={"Content-Type": request.headers["Content-Type"]})


def wrong_shape(chance: random.Random, request: SignedRequest) -> SignedRequest:
    """Bodies of other types and depths, under a signature that nobody who could be asked knows."""
    odd = (
        "[]",
        "null",
        "1",
        '"x"',
        "{}",
        '{"team_id": []}',
        '{"team_id": {"a": 1}}',
        "[" * 3000,
        "payload=%5B%5D",
        "payload=1",
    )
    odd += (
        '{"team":{"id":5}}',
        "NaN",
        '{"type":"url_verification","challenge":"x"}',
        "ssl_check=1",
        "payload=" + "%5B" * 3000,
    )
    return signed_again(request, chance.choice(odd).encode())


def many_fields(_: random.Random, request: SignedRequest) -> SignedRequest:
    return signed_again(request, b"&".join(b"a%d=1" % number for number in range(5000)))


KINDS: tuple[Callable[[random.Random, SignedRequest], SignedRequest], ...] = (
    forged,
    of_another_team,
    stale,
    truncated,
    grown,
    oversized,
    non_ascii,
    noise,
    odd_time,
    odd_signature,
    unsigned,
    wrong_shape,
    many_fields,
)


def send_all(bot: Web, number: int, chance: random.Random, replayed: SignedRequest) -> Iterator[Sent]:
    """`replayed` was accepted once; it comes again in between."""
    parts = urlsplit(bot.url)
    assert parts.hostname is not None
    for sent in range(number):
        path = chance.choice(PATHS)
        if sent % 20 == 0:
            what, request = "replayed", replayed
        else:
            kind = chance.choice(KINDS)
            what, request = kind.__name__, kind(chance, honest(chance, path))
            if path == "webnet/events" and kind is not oversized:
                what, request = f"{what} hint", with_headers(request, X_Webhook_Signature="sha256=" + "0" * 64)
        yield Sent(what, _status(parts.hostname, parts.port or 80, request))


def _status(host: str, port: int, request: SignedRequest) -> int:
    """By hand: other clients refuse to send such headers."""
    connection = HTTPConnection(host, port, timeout=20)
    try:
        connection.putrequest("POST", request.path)
        for name, value in request.headers.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was all sent
            connection.send(request.body)
        return connection.getresponse().status
    finally:
        connection.close()
