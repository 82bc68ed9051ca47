"""The WebNet client by itself: its requests, how it reads responses, and when it gives up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core import errors
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP, REACHABILITY
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from lab.webnet import WebNetLab
from tests.webnet.odd import Odd, answer, odd_server, serving

DEVICE = b'{"id": 1, "customer": 1, "hostname": "a", "mgmt_ip": "10.0.0.1", "enabled": true}'
TARGET = Target(1, "a", "10.0.0.1")


@contextmanager
def talking_to(odd: Odd, timeout_s: float = 1.0, pauses: list[float] | None = None) -> Iterator[WebNet]:
    client = WebNet(
        Transport(odd.url, "the-key", timeout_s=timeout_s, sleep=(pauses if pauses is not None else []).append)
    )
    try:
        yield client
    finally:
        client.close()


# -- what is sent


def test_the_key_goes_along_and_nothing_from_a_netrc_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with odd_server(answer(200, DEVICE)) as odd, talking_to(odd) as webnet:
        webnet.device(1)
        (head,) = odd.requests
    assert head.startswith("GET /api/v1/devices/1/ HTTP/1.1\r\n")
    assert head.endswith("\r\nAuthorization: ApiKey the-key")
    assert "Basic" not in head


def test_no_redirect_is_followed() -> None:
    with odd_server(answer(200, DEVICE)) as elsewhere:
        moved = answer(301, b"", f"Location: {elsewhere.url}/api/v1/devices/1/")
        with odd_server(moved) as odd, talking_to(odd) as webnet:
            with pytest.raises(errors.WebNetBroken):
                webnet.device(1)
            assert len(odd.requests) == 1
        assert elsewhere.requests == []


def test_lists_are_paged_by_number_whatever_the_links_say() -> None:
    page = b'{"count": 51, "next": "http://evil.example/", "previous": null, "results": [{"id": 7, "username": "x"}]}'
    with odd_server(answer(200, page)) as odd, talking_to(odd) as webnet:
        assert [user.id for user in webnet.users()] == [7]  # it came twice
        assert [head.split(" ")[1] for head in odd.requests] == [
            "/api/v1/users/?ordering=id&page=1",
            "/api/v1/users/?ordering=id&page=2",
        ]


# -- what becomes of answers


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(401, b"{}"), errors.WebNetKeyRejected),
        (answer(403, b'{"detail": "Invalid API key"}'), errors.WebNetKeyRejected),
        (answer(403, b'{"detail": "API key expired"}'), errors.WebNetKeyRejected),
        (answer(403, b'{"detail": "User inactive"}'), errors.WebNetKeyRejected),
        (answer(403, b'{"detail": "x", "code": "token_not_valid"}'), errors.WebNetKeyRejected),
        (answer(403, b'{"detail": "You do not have permission"}'), errors.WebNetForbidden),
        (answer(403, b"<html>CSRF"), errors.WebNetForbidden),
        (answer(403, b"[1]"), errors.WebNetForbidden),
        (answer(404, b"<html>"), errors.WebNetMissing),
        (answer(405, b"{}"), errors.WebNetInvalid),
        (answer(429, b"{}"), errors.WebNetThrottled),
        (answer(500, b"<html><h1>Server Error (500)</h1></html>"), errors.WebNetBroken),
        (answer(503, b"{}"), errors.WebNetBroken),
        (answer(599, b""), errors.WebNetBroken),
        (answer(204, b""), errors.WebNetBroken),
        (answer(200, b"<html>"), errors.WebNetBroken),
        (answer(200, b"\xff\xfe{}"), errors.WebNetBroken),
        (answer(200, b"[" * 100_000), errors.WebNetBroken),
        (answer(200, b'{"id": 1' + b"0" * 5_000 + b"}"), errors.WebNetBroken),
        (answer(200, b'{"id": 1e400, "customer": 1}'), errors.WebNetBroken),
        (answer(200, b'{"id": 9223372036854775808, "customer": 1}'), errors.WebNetBroken),
        (answer(200, b'{"id": -1, "customer": 1}'), errors.WebNetBroken),
        (answer(200, b'{"id": "1", "customer": 1}'), errors.WebNetBroken),
        (answer(200, b"\x1f\x8b broken", "Content-Encoding: gzip"), errors.WebNetBroken),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", errors.WebNetBroken),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", errors.WebNetBroken),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else value.__name__,
)
def test_every_answer_but_a_good_one_is_an_error_of_the_tree(response: bytes, error: type[Exception]) -> None:
    with odd_server(response) as odd, talking_to(odd) as webnet, pytest.raises(error) as caught:
        webnet.device(1)
    assert type(caught.value).__mro__[1] is not Exception
    assert "<html" not in str(caught.value)


def test_a_lone_surrogate_and_a_nul_in_a_text_are_replaced() -> None:
    body = rb'{"id": 1, "customer": 1, "hostname": "a\u0000b\ud800c", "enabled": null}'
    with odd_server(answer(200, body)) as odd, talking_to(odd) as webnet:
        device = webnet.device(1)
    assert (device.hostname, device.enabled) == ("a\ufffdb\ufffdc", False)


def test_nobody_behind_a_key_counts_as_a_rejected_key() -> None:
    nobody = answer(200, b'{"id": null, "username": ""}')
    with odd_server(nobody) as odd, talking_to(odd) as webnet, pytest.raises(errors.WebNetKeyRejected):
        webnet.me()


# -- when it gives up


def test_a_body_that_drips_is_given_up_at_the_deadline() -> None:
    head, _, body = answer(200, b" " * 500).partition(b"\r\n\r\n")
    parts = (head + b"\r\n\r\n", *(bytes([byte]) for byte in body))
    with odd_server(*parts, every_s=0.05) as odd, talking_to(odd, timeout_s=0.3) as webnet:
        with pytest.raises(errors.WebNetTimeout):
            webnet.device(1)
        assert len(odd.requests) == 1


def test_a_server_that_says_nothing_is_given_up_after_one_time_out() -> None:
    with odd_server(b"", every_s=30) as odd, talking_to(odd, timeout_s=0.2) as webnet:
        with pytest.raises(errors.WebNetTimeout):
            webnet.device(1)
        assert len(odd.requests) == 1


@pytest.mark.parametrize("response", [b"", answer(503, b"{}"), answer(502, b"{}"), answer(504), answer(429, b"{}")])
def test_a_get_that_may_pass_is_tried_three_times_with_growing_pauses(response: bytes) -> None:
    pauses: list[float] = []
    with odd_server(response) as odd, talking_to(odd, timeout_s=10, pauses=pauses) as webnet:
        with pytest.raises(errors.WebNetError):
            webnet.device(1)
        assert len(odd.requests) == 3
    first, second = pauses
    assert 0.1 <= first <= 0.3
    assert 0.2 <= second <= 0.6


def test_no_pause_goes_beyond_the_time_out() -> None:
    pauses: list[float] = []
    with odd_server(answer(503, b"{}")) as odd, talking_to(odd, timeout_s=0.09, pauses=pauses) as webnet:
        with pytest.raises(errors.WebNetBroken):
            webnet.device(1)
        assert (len(odd.requests), pauses) == (1, [])


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with talking_to(Odd(port)) as webnet, pytest.raises(errors.WebNetUnreachable):
        webnet.device(1)


# -- the gate


@pytest.mark.parametrize(
    ("post", "error"),
    [
        (b"", errors.OutcomeUnknown),
        (answer(500, b"<html>"), errors.OutcomeUnknown),
        (answer(502, b"<html>"), errors.OutcomeUnknown),
        (answer(202, b"<html>"), errors.OutcomeUnknown),
        (answer(202, b"{}"), errors.OutcomeUnknown),
        (answer(202, b"[7]"), errors.OutcomeUnknown),
        (answer(202, b'{"job_id": null}'), errors.OutcomeUnknown),
        (answer(202, b'{"job_id": true}'), errors.OutcomeUnknown),
        (answer(202, b'{"job_id": "7"}'), errors.OutcomeUnknown),
        (answer(202, b'{"job_id": 1' + b"0" * 30 + b"}"), errors.OutcomeUnknown),
        (answer(202, b'{"job_id": 7}')[:-3], errors.OutcomeUnknown),
        (answer(301, b"", "Location: /api/v1/config/backup/"), errors.OutcomeUnknown),
        (answer(400, b'{"detail": "customer_id required or no access"}'), errors.WebNetInvalid),
        (answer(403, b'{"detail": "Invalid API key"}'), errors.WebNetKeyRejected),
        (answer(404, b"<html>"), errors.WebNetMissing),
        (answer(429, b"{}"), errors.WebNetThrottled),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else "",
)
def test_a_post_is_sent_once_whatever_comes_back(post: bytes, error: type[Exception]) -> None:
    def respond(head: str) -> tuple[bytes, ...]:
        return (post,) if head.startswith("POST") else (answer(200, DEVICE),)

    with serving(respond) as odd, talking_to(odd) as webnet:
        with pytest.raises(error):
            webnet.start_job(BACKUP, 1, (TARGET,))
        assert [head.split(" ")[:2] for head in odd.requests] == [
            ["GET", "/api/v1/devices/1/"],
            ["POST", "/api/v1/config/backup"],
        ]


def test_a_post_that_is_not_answered_in_time_is_unclear() -> None:
    def respond(head: str) -> tuple[bytes, ...]:
        return (b"", b"") if head.startswith("POST") else (answer(200, DEVICE),)

    with serving(respond, every_s=0.4) as odd, talking_to(odd, timeout_s=0.7) as webnet:
        with pytest.raises(errors.OutcomeUnknown):
            webnet.start_job(BACKUP, 1, (TARGET,))
        assert len(odd.requests) == 2


def test_every_target_is_read_before_the_one_post(lab: WebNetLab, webnet: WebNet) -> None:
    targets = tuple(
        Target(number, (row := lab.row("devices", number))["hostname"], row["mgmt_ip"]) for number in (1, 2)
    )
    job = webnet.start_job(REACHABILITY, 1, targets)
    assert lab.row("jobs", job)["target_summary_json"] == {"filters": {"device_ids": [1, 2]}}
    assert [(entry.method, entry.path) for entry in lab.record] == [
        ("GET", "/api/v1/devices/1/"),
        ("GET", "/api/v1/devices/2/"),
        ("POST", "/api/v1/reachability/run"),
    ]
    assert lab.gate_violations() == []


def test_one_bad_target_of_several_stops_all(lab: WebNetLab, webnet: WebNet) -> None:
    targets = tuple(
        Target(number, (row := lab.row("devices", number))["hostname"], row["mgmt_ip"]) for number in (1, 2)
    )
    lab.change("devices", 2, enabled=False)
    with pytest.raises(errors.Conflict, match="is disabled"):
        webnet.start_job(BACKUP, 1, targets)
    assert not [entry for entry in lab.record if entry.method == "POST"]


def test_no_target_is_never_every_target(lab: WebNetLab, webnet: WebNet) -> None:
    with pytest.raises(errors.Conflict):
        webnet.start_job(BACKUP, 1, ())
    assert lab.record == []
