"""Sends a recorded request to a lab and says how the response differs from the recorded one."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from lab.webnet import PASSWORD, WebNetLab

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webnet"
USERS = {
    name: number
    for number, name in enumerate(
        (
            "root-admin",
            "alice-admin",
            "oscar-operator",
            "vera-viewer",
            "gina-globex",
            "ivan-inactive",
            "bob-both",
            "nick-nocustomer",
            "chatops-bot",
        ),
        1,
    )
}
KEYS = {name: f"lab-{name}-key-0123456789" for name in ("bot", "oper", "both", "inactive", "expired", "scoped")}
SEED_JOBS = 162

Recording = dict[str, Any]


def load(name: str) -> Recording:
    recording: Recording = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return recording


def _credential(lab: WebNetLab, recording: Recording, placeholder: str) -> str:
    kind, _, name = placeholder.partition(":")
    match kind:
        case "key" | "xkey":
            return KEYS[name]
        case "rawkey":
            return "short" if "short" in recording["name"] else "lab-unknown-key-0123456789"
        case "rawjwt":
            return lab.jwt(4, "refresh") if "refresh" in recording["name"] else "no.such.token"
        case "basic":
            return base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    assert kind == "jwt", placeholder
    return lab.jwt(4, expired=True) if name == "EXPIRED" else lab.jwt(USERS[name])


def _filled(lab: WebNetLab, recording: Recording, text: str) -> str:
    text = text.replace("<PASSWORD>", PASSWORD).replace("<JWT>", lab.jwt(4, "refresh"))
    return re.sub(r"<([a-z]+:[^>]+)>", lambda found: _credential(lab, recording, found[1]), text)


def send(lab: WebNetLab, session: requests.Session, recording: Recording) -> requests.Response:
    """Returns the recorded request with the lab's credentials; a job it makes gets the recorded id, if that is still free."""
    request = recording["request"]
    answer = recording["response"].get("body")
    if isinstance(answer, dict) and answer.get("job_id", 0) > SEED_JOBS:
        lab.next_id("jobs", answer["job_id"])
    body = request["body"]
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    headers = {name: _filled(lab, recording, value) for name, value in request["headers"].items()}
    return session.request(
        request["method"],
        lab.url + request["path"],
        data=None if text is None else _filled(lab, recording, text).encode(),
        headers=headers,
        allow_redirects=False,
        timeout=10,
    )


def differences(recording: Recording, answer: requests.Response, fresh: frozenset[str]) -> list[str]:
    """Lists what differs from the recording; of the fields named in `fresh`, which hold what this run made, only the type counts."""
    expected = recording["response"]
    found = []
    if answer.status_code != expected["status"]:
        found.append(f"status {answer.status_code}, recorded {expected['status']}: {answer.text[:200]}")
    for name in ("content-type", "allow", "location", "retry-after"):
        if name in expected["headers"] or name == "content-type":
            recorded, got = expected["headers"].get(name), answer.headers.get(name)
            if recorded != got:
                found.append(f"{name} {got!r}, recorded {recorded!r}")
    sent_id = recording["request"]["headers"].get("X-Request-ID")
    if sent_id and answer.headers["X-Request-ID"] != sent_id:
        found.append(f"X-Request-ID {answer.headers['X-Request-ID']!r} is not what was sent")
    whole = not re.search(r"\bcut$|kept", recording.get("note", ""))
    length = expected["headers"].get("content-length")
    if length and whole and not fresh and length != answer.headers["content-length"]:
        found.append(f"length {answer.headers['content-length']}, recorded {length}")
    if answer.headers.get("content-type") == "application/json":
        body: Any = json.loads(answer.text)
    else:
        body = answer.text
    if whole or not isinstance(expected["body"], str):
        found.extend(_compared(expected["body"], body, "$", _cuts(recording), fresh))
    return found


def _cuts(recording: Recording) -> dict[str, int]:
    """Returns the true length of each list of which the recording holds only the beginning."""
    notes = re.findall(r"(\$|\.\S+): (\d+) items, first \d+ kept", recording.get("note", ""))
    return {path if path == "$" else f"${path}": int(length) for path, length in notes}


def _compared(expected: Any, actual: Any, path: str, cuts: dict[str, int], fresh: frozenset[str]) -> Iterator[str]:
    if path.rpartition(".")[2] in fresh:
        if type(expected) is not type(actual):
            yield f"{path}: {actual!r} is of another type than {expected!r}"
    elif expected == "<JWT>":
        if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", str(actual)):
            yield f"{path}: {actual!r} is no JWT"
    elif isinstance(expected, dict) and isinstance(actual, dict):
        if list(expected) != list(actual):
            yield f"{path}: keys {list(actual)}, recorded {list(expected)}"
        for key in expected.keys() & actual.keys():
            yield from _compared(expected[key], actual[key], f"{path}.{key}", cuts, fresh)
    elif isinstance(expected, list) and isinstance(actual, list):
        length = cuts.get(path, len(expected))
        if len(actual) != length:
            yield f"{path}: {len(actual)} items, recorded {length}"
        for number, (left, right) in enumerate(zip(expected, actual, strict=False)):
            yield from _compared(left, right, f"{path}[{number}]", cuts, fresh)
    elif expected != actual or type(expected) is not type(actual):
        yield f"{path}: {actual!r}, recorded {expected!r}"
