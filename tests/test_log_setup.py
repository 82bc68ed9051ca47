from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.log_setup import request_id, set_up
from bot.redaction.redactor import MARK, Redactor

CANARY = "canary-Zq9-0123456789"
LIBRARIES = [
    "slack_sdk.web.client",
    "slack_bolt.App",
    "urllib3.connectionpool",
    "aiohttp.client",
    "apscheduler",
    "asyncio",
]

Start = Callable[..., io.StringIO]


@pytest.fixture
def start() -> Iterator[Start]:
    """Sets logging up into a text, and back again after the test."""
    restores: list[Callable[[], None]] = []

    def begin(form: str = "text", level: str = "debug") -> io.StringIO:
        stream = io.StringIO()
        restores.append(set_up(level, form, Redactor([CANARY]), stream))
        return stream

    yield begin
    for restore in reversed(restores):
        restore()


def fail(words: str) -> None:
    raise ValueError(words)


class Unshowable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def test_a_record_is_one_line_with_time_level_and_logger(start: Start) -> None:
    stream = start()
    logging.getLogger("bot.core").info("status of %s", "core-rtr-01")
    time, rest = stream.getvalue().split(" ", 1)
    assert time.endswith("Z")
    assert rest == "INFO bot.core status of core-rtr-01\n"


def test_a_record_is_one_json_object_a_line(start: Start) -> None:
    stream = start("json")
    logging.getLogger("bot").warning('say "%s"\nagain', "é")
    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert entry.pop("time").endswith("Z")
    assert entry == {"level": "WARNING", "logger": "bot", "message": 'say "é"\nagain'}


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_request_is_named(start: Start, form: str) -> None:
    stream = start(form)
    token = request_id.set("req-1")
    logging.getLogger("bot").info("while at work")
    request_id.reset(token)
    logging.getLogger("bot").info("as an argument", extra={"request_id": "req-2"})
    logging.getLogger("bot").info("without")
    first, second, third = stream.getvalue().splitlines()
    assert "req-1" in first
    assert "req-2" in second
    assert "req" not in third


def test_the_level_holds(start: Start) -> None:
    stream = start(level="warning")
    logging.getLogger("bot").info("quiet")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_no_secret_of_any_library_is_logged(start: Start, form: str, library: str) -> None:
    stream = start(form)
    log = logging.getLogger(library)
    log.setLevel(logging.DEBUG)
    log.debug("body %s", {"token": "xoxb-1-abc", "known": CANARY, "headers": {"Authorization": "Bearer s3cret"}})
    log.debug("password=%s and %d", "hunter2x", 7)
    log.debug("api_key: s3cret")
    try:
        fail(f"no such key: {CANARY} at https://hooks.slack.com/commands/T0/1/s3cret")
    except ValueError:
        log.exception("failed with %s", CANARY)
    log.debug("stack", stack_info=True)
    log.setLevel(logging.NOTSET)
    logged = stream.getvalue()
    assert logged.count(MARK) >= 6
    assert not [
        secret for secret in (CANARY, "xoxb-1", "s3cret", "hunter2x") if secret in logged.replace('hunter2x"', "")
    ]


def test_a_private_key_over_several_lines_is_hidden(start: Start) -> None:
    stream = start()
    logging.getLogger("bot").info("-----BEGIN PRIVATE KEY-----\nMIIabc\nMIIdef\n-----END PRIVATE KEY-----")
    assert "MII" not in stream.getvalue()


def test_outside_text_cannot_forge_a_line(start: Start) -> None:
    stream = start()
    forged = "x\n2026-01-01T00:00:00.000Z INFO bot all is well\r\n\u2028\x1b[31m\x85y"
    try:
        fail(forged)
    except ValueError:
        logging.getLogger("bot").exception(forged, extra={"request_id": forged})
    first, *others = stream.getvalue().splitlines()
    assert first.endswith("y")
    assert all(line.startswith("    ") for line in others)
    assert "\x1b" not in stream.getvalue()


def test_a_json_record_stays_one_line(start: Start) -> None:
    stream = start("json")
    try:
        fail("a\nb\u2028c\ud83d")
    except ValueError:
        logging.getLogger("bot").exception("x\ny\u2028z\x85\ud83d")
    (line,) = stream.getvalue().splitlines()
    assert "a\nb\nc\ufffd" in json.loads(line)["exception"]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("%s %s", ("one",)),
        ("%d", ("word",)),
        ("%s", (Unshowable(),)),
        (Unshowable(), ()),
        ("%(missing)s", ({"a": 1},)),
        ("100%", (1,)),
        (None, ()),
    ],
)
def test_nothing_that_is_logged_raises(start: Start, form: str, message: Any, args: tuple[Any, ...]) -> None:
    stream = start(form)
    logging.getLogger("bot").info(message, *args)
    assert len(stream.getvalue().splitlines()) == 1


def test_an_exception_that_cannot_be_shown_is_logged(start: Start) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    stream = start()
    logging.getLogger("bot").error("failed", exc_info=Odd())
    assert "Odd" in stream.getvalue()


def test_a_closed_stream_stops_nothing(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start().close()
    logging.getLogger("bot").info("token=%s", CANARY)
    assert capsys.readouterr().err == ""


def test_a_very_long_text_is_cut_and_no_part_of_a_secret_shows_at_the_cut(start: Start) -> None:
    stream = start()
    for shift in range(len(CANARY)):
        logging.getLogger("bot").info("%s%s%s", "x" * (64_000 - shift), CANARY, "y" * 1_000_000)
    logged = stream.getvalue()
    assert len(logged) < 64_200 * len(CANARY)
    assert "can" not in logged


def test_what_nobody_handled_in_a_thread_is_logged_redacted(start: Start) -> None:
    stream = start()

    thread = threading.Thread(target=fail, args=(CANARY,), name="worker-1")
    thread.start()
    thread.join()
    assert "worker-1" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert CANARY not in stream.getvalue()


def test_warnings_are_logged(start: Start) -> None:
    stream = start()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"old: {CANARY}", stacklevel=1)
    assert "WARNING py.warnings" in stream.getvalue()
    assert CANARY not in stream.getvalue()
