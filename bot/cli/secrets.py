"""Secrets are read from a file, a variable, or a prompt that does not show them; never from the argument list."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.slack import ids

SHAPES: Mapping[str, Callable[[str], str]] = {
    "bot_token": ids.bot_token,
    "signing_secret": ids.signing_secret,
    "app_token": ids.app_token,
}
_LARGEST = 64 * 1024  # bytes; a file that is larger holds no token


def _option(secret: str, way: str, kind: Any, metavar: str | None, help_: str) -> inspect.Parameter:
    flag = f"--{secret}-{way}".replace("_", "-")
    annotation = Annotated[kind, typer.Option(flag, metavar=metavar, help=help_, show_default=False)]
    default = False if kind is bool else None
    return inspect.Parameter(f"{secret}_{way}", inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _options(secret: str) -> list[inspect.Parameter]:
    what = secret.replace("_", " ")
    return [
        _option(secret, "file", Path | None, "FILE", f"Read the {what} from this file."),
        _option(secret, "env", str | None, "NAME", f"Read the {what} from this environment variable."),
        _option(secret, "prompt", bool, None, f"Ask for the {what}."),
    ]


OPTIONS = [option for secret in SHAPES for option in _options(secret)]


def read(options: Mapping[str, Any], environ: Mapping[str, str], *, needed: tuple[str, ...] = ()) -> dict[str, str]:
    """Reads the secrets that the options of OPTIONS name, and prompts for those of `needed` that none names.

    Raises typer.BadParameter, never with the secret in it.
    """
    found = {}
    for secret, shape in SHAPES.items():
        text = _text(secret, options, environ, asked=secret in needed)
        if text is not None:
            try:
                found[secret] = shape(text)
            except ValueError as error:
                raise typer.BadParameter(f"{secret.replace('_', ' ')}: {error}") from None
    return found


def _text(secret: str, options: Mapping[str, Any], environ: Mapping[str, str], *, asked: bool) -> str | None:
    ways = {way: value for way in ("file", "env", "prompt") if (value := options[f"{secret}_{way}"])}
    what = secret.replace("_", " ")
    if len(ways) > 1:
        raise typer.BadParameter(f"{what}: name one of a file, a variable and a prompt")
    try:
        if "file" in ways:
            return from_file(ways["file"])
        if "env" in ways:
            return from_variable(ways["env"], environ)
    except ValueError as error:
        raise typer.BadParameter(f"{what}: {error}") from None
    if ways or asked:
        return str(typer.prompt(what.capitalize(), hide_input=True, err=True)).strip()
    return None


def from_file(path: Path) -> str:
    """Returns what the file holds, without the white space around it. Raises ValueError with a sentence."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("ascii").strip()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} does not hold a secret of Slack") from None


def from_variable(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ValueError(f"the variable {name} is not set")
    return value
