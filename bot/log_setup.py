"""Logging of the whole process: one handler at the root, through which nothing secret and no forged line passes.

Every logger of every library ends here, at any level, so redaction does not depend on who logs what.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from bot.core.text import clean

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is worked on; it is added to what is logged meanwhile."""


def new_request_id() -> str:
    """Unlike `secrets` without a system call, in which the thread of the acknowledgements would give the interpreter away to
    the workers; an id only has to be new, not hard to guess."""
    return f"{random.getrandbits(64):016x}"


TALKATIVE = ("apscheduler", "peewee.migrations")  # they log each run of every task; shown at debug only
_LONGEST = 64_000  # characters of one message or traceback
_MARGIN = 1_000  # longer than any secret: what is cut in two is not recognised, so the end of a long text goes

_log = logging.getLogger(__name__)


def set_up(level: str, form: str, redact: Callable[[str], str], stream: TextIO | None = None) -> Callable[[], None]:
    """Sends everything that is logged, warned or raised by nobody's leave to `stream` (standard error), redacted.

    `level` and `form` are `logging.level` and `logging.format` of the settings. Returns what restores the state before.
    """
    stream = stream or sys.stderr
    handler = _Handler(stream)
    handler.setFormatter(_JsonFormatter(redact) if form == "json" else _TextFormatter(redact))
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING) if root.level > logging.DEBUG else root.level)
    logging.captureWarnings(capture=True)
    sys.excepthook, threading.excepthook = _uncaught, _uncaught_in_thread

    def restore() -> None:
        logging.captureWarnings(capture=False)
        root.handlers[:], level_before, sys.excepthook, threading.excepthook = before
        root.setLevel(level_before)

    return restore


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("stopped by an error nobody handled", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if issubclass(args.exc_type, SystemExit):
        return
    error = args.exc_value or args.exc_type()
    name = args.thread.name if args.thread else "unknown"
    _log.error("thread %s ended by an error nobody handled", name, exc_info=(args.exc_type, error, args.exc_traceback))


class _Handler(logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """A full disk or a closed pipe stops nothing; logging's own would print the arguments as they are."""


class _Formatter(logging.Formatter):
    """Takes records apart; `format` raises nothing, whatever was logged."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact

    def _safe(self, text: str) -> str:
        text = clean(text)
        if len(text) <= _LONGEST:
            return self._redact(text)
        return f"{self._redact(text[:_LONGEST])[:-_MARGIN]}… ({len(text):,} characters)"

    def _message(self, record: logging.LogRecord) -> str:
        try:
            return self._safe(record.getMessage())
        except Exception:
            return self._safe(f"{_shown(record.msg)} % {_shown(record.args)}")

    def _trace(self, record: logging.LogRecord) -> str:
        return self._safe("\n".join(_trace_parts(record)))


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"


def _trace_parts(record: logging.LogRecord) -> Iterator[str]:
    if record.exc_info and record.exc_info[1] is not None:
        try:
            yield "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        except Exception:
            yield f"{type(record.exc_info[1]).__name__} that cannot be shown"
    if record.stack_info:
        yield record.stack_info


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _request(record: logging.LogRecord) -> str:
    return str(getattr(record, "request_id", "") or request_id.get())


class _TextFormatter(_Formatter):
    """Writes one line a record; every line of a traceback is indented, so that nothing that is logged looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        request = self._safe(_request(record))
        words = [_time(record), record.levelname, record.name, *([f"[{request}]"] if request else [])]
        line = f"{' '.join(words)} {self._message(record)}".replace("\n", "\\n")
        return "\n    ".join([line, *self._trace(record).splitlines()])


class _JsonFormatter(_Formatter):
    """Writes one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
            "request_id": self._safe(_request(record)),
            "exception": self._trace(record),
        }
        return json.dumps({key: value for key, value in entry.items() if value or key == "message"}, ensure_ascii=False)
