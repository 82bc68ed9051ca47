"""WebNet fails in every way there is: the caller reads what is wrong, the audit log has its code, and the bot goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.slack import Message, plain
from tests.e2e.rig import Rig, rig, wait_until
from tests.webnet.odd import Odd, answer, odd_server

TIMEOUT_S = 1.0
GATE = "/api/v1/devices/1/"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One bot for all: that it goes on after each of these faults is part of what is shown."""
    url = f"sqlite:///{tmp_path_factory.mktemp('faults')}/store.db"
    with rig(url, webnet={"job_seconds": 0.0}, timeout_s=TIMEOUT_S) as bot:
        yield bot


@pytest.fixture
def bot(running: Rig) -> Rig:
    running.webnet.clear_faults()
    for lease in running.store.leases.all_live("device:"):  # left by a start without a clear outcome
        running.store.leases.release(lease)
    running.ask("U0OSCAR", "status #1")
    running.webnet.clear_record()
    return running


def requests(bot: Rig, method: str, path: str) -> int:
    return sum((entry.method, entry.path) == (method, path) for entry in bot.webnet.record)


def posts(bot: Rig) -> int:
    return sum(entry.method == "POST" for entry in bot.webnet.record)


def check_failure(bot: Rig, message: Message, words: str, code: str, status: str = "failed") -> None:
    assert words in plain(message)
    assert message.ephemeral_to == "U0OSCAR"
    row = bot.audit(response=message.text, channel_id="C0NOC")
    assert (row.status, row.code, row.delivered) == (status, code, True)
    assert "<html" not in plain(message).lower()


def check_goes_on(bot: Rig) -> None:
    bot.webnet.clear_faults()
    assert "Last ping" in plain(bot.ask("U0OSCAR", "status #1"))
    assert "started: job" in plain(bot.ask("U0OSCAR", "ping #1"))


@pytest.mark.parametrize(
    ("fault", "words", "code", "tries"),
    [
        ({"kind": "away"}, "WebNet closed the connection before it answered. Try again", "webnet_broken", 3),
        ({"kind": "delay", "delay_s": 1.2}, "WebNet did not answer within 1 s. Try again", "webnet_timeout", 1),
        ({"kind": "error"}, "WebNet answered with a fault (error 500)", "webnet_broken", 1),
        ({"kind": "throttle"}, "WebNet asks for fewer requests right now. Try again", "webnet_throttled", 3),
        ({"kind": "bad_key"}, "WebNet rejected the bot's API key", "webnet_key_rejected", 1),
        ({"kind": "garbage"}, "WebNet answered with a fault (an answer that is not JSON)", "webnet_broken", 1),
        ({"kind": "truncated"}, "WebNet answered with a fault (an answer that is not JSON)", "webnet_broken", 1),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_read_that_fails_is_one_sentence(
    bot: Rig, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], words: str, code: str, tries: int
) -> None:
    bot.webnet.fault(**fault, prefix=GATE)
    with caplog.at_level(logging.ERROR):
        check_failure(bot, bot.ask("U0OSCAR", "status #1"), words, code)
    wait_until(lambda: requests(bot, "GET", GATE) == tries, f"{tries} requests")
    check_goes_on(bot)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("kind", ["away", "throttle"])
def test_a_read_is_tried_again_within_the_time_out(bot: Rig, kind: Any) -> None:
    bot.webnet.fault(kind, prefix=GATE, times=2)
    assert "Last ping" in plain(bot.ask("U0OSCAR", "status #1"))
    assert requests(bot, "GET", GATE) == 3


@pytest.mark.parametrize(
    ("fault", "words", "status", "code", "jobs"),
    [
        ({"kind": "away"}, "unclear whether the backup was started", "unclear", "outcome_unknown", 0),
        ({"kind": "lose_answer"}, "unclear whether the backup was started", "unclear", "outcome_unknown", 1),
        ({"kind": "error"}, "unclear whether the backup was started", "unclear", "outcome_unknown", 0),
        ({"kind": "error", "perform": True}, "unclear whether the backup was", "unclear", "outcome_unknown", 1),
        ({"kind": "garbage"}, "unclear whether the backup was started", "unclear", "outcome_unknown", 1),
        ({"kind": "truncated"}, "unclear whether the backup was started", "unclear", "outcome_unknown", 1),
        ({"kind": "throttle"}, "WebNet asks for fewer requests right now", "failed", "webnet_throttled", 0),
        ({"kind": "bad_key"}, "WebNet rejected the bot's API key", "failed", "webnet_key_rejected", 0),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_a_post_is_never_repeated(
    bot: Rig, fault: dict[str, Any], words: str, status: str, code: str, jobs: int
) -> None:
    bot.webnet.fault(**fault, method="POST")
    check_failure(bot, bot.ask("U0OSCAR", "backup #1"), words, code, status)
    assert posts(bot) == 1
    assert sum(len(entry.jobs) for entry in bot.webnet.record) == jobs
    check_goes_on(bot)


def test_a_post_that_is_not_answered_in_time_is_not_repeated_and_the_job_is_found(bot: Rig) -> None:
    bot.webnet.hold = "running"
    bot.webnet.fault("delay", method="POST", delay_s=1.5, times=1)
    message = bot.ask("U0OSCAR", "backup #1")
    check_failure(bot, message, "It is unclear whether the backup was started", "outcome_unknown", "unclear")
    assert "Look at `jobs`" in plain(message)
    wait_until(lambda: posts(bot) == 1, "WebNet to take it at last")
    assert "is already " in plain(bot.ask("U0OSCAR", "backup #1"))
    assert posts(bot) == 1
    bot.webnet.clear_faults()


def test_webnet_that_is_down_is_reported_and_found_again(bot: Rig) -> None:
    bot.webnet.stop()
    try:
        message = bot.ask("U0OSCAR", "status #1")
        check_failure(bot, message, "WebNet cannot be reached right now. Try again", "webnet_unreachable")
        message = bot.ask("U0OSCAR", "backup #1")
        check_failure(bot, message, "WebNet cannot be reached right now. Try again", "webnet_unreachable")
    finally:
        bot.webnet.start()
    check_goes_on(bot)
    assert posts(bot) == 1


def test_a_caller_whom_webnet_cannot_vouch_for_runs_nothing(bot: Rig) -> None:
    """The copy of a person that serves reads is not enough for what changes something."""
    bot.webnet.fault("error", prefix="/api/v1/users/")
    assert "Last ping" in plain(bot.ask("U0OSCAR", "status #1"))
    check_failure(bot, bot.ask("U0OSCAR", "ping #1"), "WebNet answered with a fault (error 500)", "webnet_broken")
    assert posts(bot) == 0


# -- what the simulated WebNet cannot do: another server takes its place


@contextmanager
def instead(bot: Rig, *parts: bytes, every_s: float = 0.0) -> Iterator[Odd]:
    """All that the bot asks of WebNet gets this answer."""
    port = int(bot.webnet.url.rpartition(":")[2])
    bot.webnet.stop()
    try:
        with odd_server(*parts, every_s=every_s, port=port) as odd:
            yield odd
    finally:
        bot.webnet.start()


def tries(odd: Odd) -> int:
    """Those of `status #1`, beside what the feeds ask."""
    return sum(request.startswith("GET /api/v1/devices/1/ ") for request in odd.requests)


HTML = b"<html><body><h1>It works!</h1></body></html>"


@pytest.mark.parametrize(
    ("parts", "words", "code"),
    [
        ([answer(502, HTML)], "WebNet is not available right now (error 502)", "webnet_broken"),
        ([answer(503, HTML)], "WebNet is not available right now (error 503)", "webnet_broken"),
        ([answer(500, HTML, "Content-Type: text/html")], "with a fault (error 500)", "webnet_broken"),
        ([answer(301, b"", "Location: http://127.0.0.1:9/else")], "with a fault (error 301)", "webnet_broken"),
        ([answer(401, b"{}")], "WebNet rejected the bot's API key", "webnet_key_rejected"),
        ([answer(403, HTML)], "WebNet does not allow this to the bot's own account", "webnet_forbidden"),
        ([answer(418, b"{}")], "WebNet did not accept the request (error 418)", "webnet_invalid"),
        ([answer(200, b"[]")], "with a fault (a row of an unknown shape)", "webnet_broken"),
        ([answer(200, b"null")], "with a fault (a row of an unknown shape)", "webnet_broken"),
        ([answer(200, b'{"id": true}')], "with a fault (a row of an unknown shape)", "webnet_broken"),
        ([answer(200, b"{}" * 200)[:-100]], "closed the connection before it answered", "webnet_broken"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "closed the connection before it answered", "webnet_broken"),
        ([b""], "closed the connection before it answered", "webnet_broken"),
        ([answer(200, b'{"id": 1' + b" " * 9_999)[:-5000]], "closed the connection", "webnet_broken"),
    ],
    ids=lambda value: repr(value[0][:24]) if isinstance(value, list) else "",
)
def test_what_is_not_webnet_is_one_sentence(
    bot: Rig, caplog: pytest.LogCaptureFixture, parts: list[bytes], words: str, code: str
) -> None:
    with caplog.at_level(logging.ERROR), instead(bot, *parts) as odd:
        check_failure(bot, bot.ask("U0OSCAR", "status #1"), words, code)
        assert 1 <= tries(odd) <= 3
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    check_goes_on(bot)


def test_an_answer_that_drips_is_given_up_in_time(bot: Rig) -> None:
    head, _, body = answer(200, b" " * 1_000).partition(b"\r\n\r\n")
    with instead(bot, head + b"\r\n\r\n", *(bytes([byte]) for byte in body), every_s=0.2) as odd:
        message = bot.ask("U0OSCAR", "status #1")
        check_failure(bot, message, "WebNet did not answer within 1 s", "webnet_timeout")
        assert tries(odd) == 1
    check_goes_on(bot)
