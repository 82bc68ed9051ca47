"""Payloads that are signed rightly and are of an odd shape: whoever holds one workspace's signing secret can send them."""

from __future__ import annotations

import copy
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from lab.slack.signing import signed_headers
from tests.http.conftest import API, Web

SECRET = "lab-signing-secret"


DEEP = {  # what stands for these in a payload, since they are too deep to be made in Python
    json.dumps(f"@{depth} {name}"): opening * depth + '"x"' + closing * depth
    for depth in (60, 400, 900, 5_000)
    for name, opening, closing in (("lists", "[", "]"), ("objects", '{"elements": ', "}"))
}
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        2**70,
        1.5,
        "",
        "x",
        "T0ACME",
        "false",
        "\0",
        "\ud800",
        "é" * 300,
        "[" * 3_000,
        "webnet:help:0",
    ),
    *([], {}, [None], ["x"], [[]], [{}], {"id": 1}, {"id": []}, {"type": []}, {"text": 7}, {"elements": [None, "x"]}),
    *("https://[bad", "http://127.0.0.1:x/", "javascript:1", "https://hooks.slack.com/\n", "https://slack.com:99999/a"),
    *map(json.loads, DEEP),
)
MESSAGE = {
    "type": "message",
    "ts": "1700000000.000100",
    "thread_ts": "1700000000.000100",
    "text": "text",
    "blocks": [
        {"type": "section", "block_id": "a", "text": {"type": "mrkdwn", "text": "text"}},
        {"type": "actions", "block_id": "b", "elements": [{"type": "button", "action_id": "webnet:help:0"}]},
    ],
}
VIEW = {
    "id": "V0",
    "type": "modal",
    "private_metadata": '["C0NOC", "noc"]',
    "callback_id": "x",
    "blocks": MESSAGE["blocks"],
    "state": {"values": {"b": {"webnet:help:0": {"type": "button"}}}},
    "team_id": "T0ACME",
    "app_installed_team_id": "T0ACME",
}
COMMON = {
    "team": {"id": "T0ACME", "domain": "acme"},
    "user": {"id": "U0OSCAR", "username": "oscar", "name": "oscar", "team_id": "T0ACME"},
    "api_app_id": "A0WEBNET",
    "enterprise": None,
    "is_enterprise_install": False,
    "token": "x",
}


ODD_JSON = tuple(json.dumps(value) for value in ODD)


def honest(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Where one of Slack's requests goes, and its payload: a command, a click, a submitted form, a menu's question, a shortcut, an event."""
    unique = f"{chance.random()}"
    how = chance.choice(("", ":thread", ":modal", ":replace:modal.2"))
    action = {"type": "button", "action_id": f"webnet:help:0{how}", "block_id": "b", "value": "help", "action_ts": "1"}
    made: dict[str, dict[str, Any]] = {
        "typed": {
            "team_id": "T0ACME",
            "user_id": "U0OSCAR",
            "channel_id": "C0NOC",
            "command": "/webnet",
            "text": "help",
        },
        "clicked": {
            **COMMON,
            "type": "block_actions",
            "channel": {"id": "C0NOC", "name": "noc"},
            "container": {"type": "message", "message_ts": MESSAGE["ts"], "channel_id": "C0NOC", "is_ephemeral": False},
            "message": MESSAGE,
            "actions": [action],
        },
        "in_view": {
            **COMMON,
            "type": "block_actions",
            "container": {"type": "view"},
            "view": {**VIEW, "type": chance.choice(("modal", "home"))},
            "actions": [action],
        },
        "submitted": {**COMMON, "type": "view_submission", "view": VIEW, "response_urls": []},
        "asked": {
            **COMMON,
            "type": "block_suggestion",
            "action_id": f"webnet:suggest:{chance.choice(('device', 'targets', 'job', 'x'))}",
            "block_id": "b",
            "value": "rtr",
            "view": VIEW,
        },
        "used": {
            **COMMON,
            "type": chance.choice(("message_action", "shortcut")),
            "callback_id": f"webnet:shortcut:{chance.choice(('devices_in_message', 'search_message', 'pick_command', 'x'))}",
            "channel": {"id": "C0NOC", "name": "noc"},
            "message": MESSAGE,
            "message_ts": MESSAGE["ts"],
        },
        "event": {
            "type": "event_callback",
            "team_id": "T0ACME",
            "event_id": unique,
            "event": {
                "type": chance.choice(("channel_id_changed", "app_home_opened", "message")),
                "user": "U0OSCAR",
                "tab": "home",
            },
            "authorizations": [{"enterprise_id": None, "team_id": "T0ACME", "user_id": "U0BOT", "is_bot": True}],
        },
    }
    name = chance.choice([*made])
    payload = made[name]
    if name != "event":
        payload |= {"trigger_id": unique}
        payload |= {"response_url": ""}
    path = {"typed": "commands", "event": "events"}.get(name, "interactions")
    return path, copy.deepcopy(payload)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in the tree with each of its keys."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(value, (dict, list)):
            yield from places(value)


def odd(chance: random.Random) -> tuple[str, bytes]:
    """A path below `slack/`, and a body in which one to three values are odd, missing or new."""
    path, payload = honest(chance)
    for _ in range(chance.randrange(1, 4)):
        node, key = chance.choice([*places(payload)])
        match chance.randrange(6):
            case 0:
                del node[key]
            case 1 if isinstance(node, dict):
                name = chance.choice(("team", "user", "view", "message", "event", "enterprise", "actions", "type"))
                node[name] = json.loads(chance.choice(ODD_JSON))
            case _:
                node[key] = json.loads(chance.choice(ODD_JSON))
        if not payload:
            break
    payload.setdefault("team_id" if path != "interactions" else "team", "T0ACME")
    return path, encoded(path, payload)


def encoded(path: str, payload: dict[str, Any]) -> bytes:
    text = json.dumps(payload)
    for name, deep in DEEP.items():
        text = text.replace(name, deep)
    if path == "events":
        return text.encode()
    if path == "interactions":
        return urlencode({"payload": text}).encode()
    flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
    return urlencode(flat, errors="replace").encode()


@contextmanager
def tracebacks() -> Iterator[list[str]]:
    """The log records with a traceback that come meanwhile."""
    found: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(_said(record)) if record.exc_info else None  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield found
    finally:
        logging.getLogger().removeHandler(handler)


def _said(record: logging.LogRecord) -> str:
    return f"{record.getMessage()}: {logging.Formatter().formatException(record.exc_info)}"  # type: ignore[arg-type]


def send_odd(bot: Web, number: int, chance: random.Random) -> Counter[int]:
    """Sends that many over one connection and counts the statuses of the responses."""
    parts = urlsplit(bot.url)
    assert parts.hostname is not None
    statuses: Counter[int] = Counter()
    with closing(HTTPConnection(parts.hostname, parts.port, timeout=20)) as connection:
        for _ in range(number):
            path, body = odd(chance)
            headers = signed_headers(body, SECRET, json=path == "events")
            connection.request("POST", f"{API}/slack/{path}", body, headers)
            response = connection.getresponse()
            response.read()
            statuses[response.status] += 1
    return statuses
