"""How a command fails: with one sentence on standard error and an exit code, never with a traceback or a secret."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

if TYPE_CHECKING:
    from bot.redaction.redactor import Redactor

_OF_PYDANTIC = {
    r"Input should be a valid (?:integer|number)\b.*": "must be a number",
    r"Input should be greater than or equal to": "must be at least",
    r"Input should be less than or equal to": "must be at most",
    r"Input should be": "must be",
}


# Names of variables whose values are never shown.
_SECRET_NAME = re.compile(r"(?:TOKEN|SECRET|KEYS?|PASSW(?:OR)?D)(?:_\w+)?(?<!_FILE)$")


def redactor_of(environ: Mapping[str, str]) -> Redactor:
    from urllib.parse import urlsplit

    from bot.redaction.redactor import Redactor

    known = [value for name, value in environ.items() if _SECRET_NAME.search(name)]
    with contextlib.suppress(ValueError):
        known.append(urlsplit(environ.get("WEBNET_BOT_STORE__URL", "")).password or "")
    return Redactor(known)


class Failed(Exception):
    """Ends a command with exit code 1. The text is shown as it is, and says why it failed and what to do."""


def visible(text: str) -> str:
    """Returns a text from outside as one line, with whatever could steer the terminal or reorder the line escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


class Root(TyperGroup):
    """The whole command line. What was typed may be a secret in the wrong place, and a usage error repeats it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except TyperException as error:
            if isinstance(text := getattr(error, "message", None), str):
                error.message = redactor_of(os.environ).sentence(_in_our_words(text))
            raise


def _in_our_words(text: str) -> str:
    """Typer leaves what is no number to pydantic, whose words are for programmers."""
    for pattern, ours in _OF_PYDANTIC.items():
        text = re.sub(pattern, ours, text)
    return text


@contextlib.contextmanager
def errors_reported(redactor_of_command: Callable[[], Redactor]) -> Iterator[None]:
    """Ends the program with the sentence of a known error on standard error: exit code 2 for the settings, 1 otherwise.

    It is the last to see any error, so nothing leaves it that might be a secret, and no traceback.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, TyperException, BrokenPipeError):
        raise
    except Exception as error:
        from bot.core.errors import BotError
        from bot.settings.load import ConfigError
        from store.errors import StoreError

        redactor = redactor_of_command()
        if isinstance(error, ConfigError):
            _end(redactor.sentence("\n".join(error.problems)), 2)
        if isinstance(error, BotError | StoreError | Failed):
            _end(redactor.sentence(str(error)), 1)
        _end(_unforeseen(error, redactor), 1)


def _unforeseen(error: Exception, redactor: Redactor) -> str:
    """A library's words are shown, since nobody else knows what happened, but as a text in which anything may be secret."""
    if isinstance(error, OSError) and error.strerror:
        words = redactor(error.strerror)
        return f"{error.filename}: {words}." if error.filename else f"{words}."
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else ""
    words = redactor(str(error))
    return f"This was not foreseen: {type(error).__name__}{where}: {words}\nPlease report it with the command that you ran."


def _end(text: str, code: int) -> NoReturn:
    for line in text.splitlines():
        typer.echo(visible(line), err=True)
    raise typer.Exit(code)
