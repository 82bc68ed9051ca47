"""WebNet may answer anything: whatever JSON stands in whichever field, a method gives values or raises one of the bot's errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.core.errors import BotError, WebNetBroken, WebNetForbidden
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import REACHABILITY
from bot.webnet.responses import judge
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from tests.webnet.odd import answer, serving

VALUES = (None, True, 0, -1, 2**70, 1.5, "", "x", "2026-99-01", [], {}, [[]], [None], {"id": []}, {"filters": [1]})
CALLS: dict[str, Callable[[WebNet], object]] = {
    "auth/me": lambda webnet: webnet.me_and_date(),
    "users/3/": lambda webnet: webnet.user(3),
    "users/": lambda webnet: [*webnet.users()],
    "customers/": lambda webnet: [*webnet.customers()],
    "chatops/slack/workspaces/": lambda webnet: [*webnet.own_workspaces()],
    "devices/1/": lambda webnet: webnet.start_job(REACHABILITY, 1, (Target(1, "a", "b"),)),
    "devices/": lambda webnet: webnet.devices_page(1, "id"),
    "jobs/": lambda webnet: webnet.jobs_page(1),
    "jobs/{job}/": lambda webnet: webnet.job(1),
    "jobs/{job}/logs": lambda webnet: webnet.job_log(1),
    "config/snapshots/{snapshot}": lambda webnet: webnet.snapshot(1),
    "config/devices/1/snapshots": lambda webnet: webnet.snapshots(1, 2),
    "config/drift/alerts/": lambda webnet: webnet.alerts_page(1),
    "config/drift/device/1": lambda webnet: webnet.drifts(1, 30),
    "compliance/policies/": lambda webnet: [*webnet.policies()],
    "compliance/results/": lambda webnet: webnet.results_page(1),
}
ROW = {  # of a list that is empty in the lab
    "id": 1,
    **dict.fromkeys(("device", "job", "policy", "drift", "snapshot_from", "snapshot_to"), 1),
    **dict.fromkeys(("ts", "detected_at"), "2026-03-01T12:00:00Z"),
    **dict.fromkeys(("level", "host", "message", "status", "severity", "drift_device_hostname"), "x"),
    "details_json": {"violations": [{"rule": "x"}]},
}


@pytest.fixture(scope="module")
def honest() -> Iterator[dict[str, Any]]:
    """WebNet's answers to all of these, each list with two rows."""
    with WebNetLab(devices=3, job_seconds=0.0) as lab:
        http = Transport(lab.url, BOT_KEY)
        at = {"job": lab.rows("jobs")[-1]["id"], "snapshot": lab.rows("snapshots")[-1]["id"]}
        yield {path: _short(http.get(path.format(**at))) for path in CALLS}
        http.close()


def _short(found: Any) -> Any:
    if isinstance(found, list):
        return found[:2] or [ROW]
    return found | {"results": found["results"][:2] or [ROW]} if "results" in found else found


def altered(found: Any) -> Iterator[Any]:
    """The answer with one odd value, for each value in each field and in place of each row and of the whole."""
    yield from VALUES
    for path in [*_paths(found)]:
        for value in VALUES:
            odd = copy.deepcopy(found)
            node = odd
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
            yield odd


def _paths(node: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node[:1]):
        yield (*before, key)
        if isinstance(value, (dict, list)) and len(before) < 3:
            yield from _paths(value, (*before, key))


@pytest.mark.parametrize("path", CALLS)
def test_any_json_in_any_field_is_read_or_is_one_of_our_errors(path: str, honest: dict[str, Any]) -> None:
    bodies = [json.dumps(odd).encode() for odd in altered(honest[path])]
    bodies += [b"[" * depth + b"]" * depth for depth in (500, 5_000)]
    current = [b""]
    with serving(lambda _: (answer(200, current[0]),)) as odd:
        webnet = WebNet(Transport(odd.url, "the-key", sleep=lambda _: None))
        for current[0] in bodies:
            try:
                CALLS[path](webnet)
            except BotError:
                continue
        webnet.close()
    assert len(bodies) > 30


@pytest.mark.parametrize("count", [2**70, True, "5", None, -3])
def test_a_list_ends_where_no_further_row_comes_whatever_its_count(count: object) -> None:
    page = json.dumps({"count": count, "results": [{"id": [7]}, {"id": 7, "username": "x"}]}).encode()
    with serving(lambda _: (answer(200, page),)) as odd:
        webnet = WebNet(Transport(odd.url, "the-key"))
        assert [user.id for user in webnet.users()] == [7]
        assert len(odd.requests) <= 2
        assert webnet.devices_page(3, "id")[0] >= 1
        webnet.close()


def test_an_empty_page_is_the_last() -> None:
    page = json.dumps({"count": 10**12, "results": []}).encode()
    with serving(lambda _: (answer(200, page),)) as odd:
        webnet = WebNet(Transport(odd.url, "the-key"))
        assert webnet.devices_page(3, "id") == (3, ())
        webnet.close()


TWO_LISTS = b'[{"id": 1, "device": 1, "config_text": "' + b"[{,," * 60_000 + b'\\"[[[["}, []]'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[" + b"{}," * 100_000 + b"{}]", "more than 200,000 values"),
        (b"[" + b'"",' * 200_001 + b'""]', "more than 200,000 values"),
        (b'["' + b"\\\\" * 10 + b'",' + b"[]," * 150_000 + b"[]]", "more than 200,000 values"),
    ],
    ids=["objects", "texts", "after a text"],
)
def test_an_answer_of_too_many_values_is_not_unpacked(body: bytes, words: str) -> None:
    with pytest.raises(WebNetBroken, match=words):
        judge(200, body)


def test_what_stands_in_texts_is_no_value() -> None:
    assert judge(200, TWO_LISTS)[0]["config_text"].count("[{,,") == 60_000


def test_a_long_refusal_is_not_looked_through() -> None:
    with pytest.raises(WebNetForbidden):
        judge(403, b'{"detail": "Invalid API key", "more": [' + b"{}," * 100_000 + b"{}]}")
