"""Secrets are read from a file, a variable, or a prompt that does not show them; never from the argument list."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.console import has_terminal
from bot.core.pasted import secret
from bot.ids.chats import SECRETS
from bot.settings.files import secret_of


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


OPTIONS = [option for secret in SECRETS for option in _options(secret)]


def read(options: Mapping[str, Any], environ: Mapping[str, str], *, needed: tuple[str, ...] = ()) -> dict[str, str]:
    """Reads the secrets that the options of OPTIONS name, and prompts for those of `needed` that none names.

    Raises typer.BadParameter, never with the secret in it.
    """
    found = {}
    for name, shape in SECRETS.items():
        try:
            text = _text(name, options, environ, asked=name in needed)
            if text is not None:
                found[name] = shape(text)
        except ValueError as error:
            raise typer.BadParameter(f"{name.replace('_', ' ')}: {error}") from None
    return found


def _text(name: str, options: Mapping[str, Any], environ: Mapping[str, str], *, asked: bool) -> str | None:
    ways = {way: value for way in ("file", "env", "prompt") if (value := options[f"{name}_{way}"])}
    if len(ways) > 1:
        raise ValueError("name one of a file, a variable and a prompt")
    if "file" in ways:
        return secret_of(ways["file"])
    if "env" in ways:
        return from_variable(ways["env"], environ)
    if ways or asked:
        return secret(_prompted(name))
    return None


def _prompted(name: str) -> str:
    """Asks on the terminal; where there is none, reads a line of what is piped in."""
    question = name.replace("_", " ").capitalize()
    if has_terminal():
        return str(typer.prompt(question, hide_input=True, err=True))
    line = sys.stdin.readline()
    if not line.strip():
        flag = f"--{name}".replace("_", "-")
        raise ValueError(f"there is no terminal to ask on: name {flag}-file FILE or {flag}-env NAME")
    typer.echo(f"{question}: read from standard input.", err=True)
    return line


def from_variable(name: str, environ: Mapping[str, str]) -> str:
    value = secret(environ.get(name, ""))
    if not value:
        raise ValueError(f"the variable {name} is not set; `.env` beside config.toml is read, too")
    return value
