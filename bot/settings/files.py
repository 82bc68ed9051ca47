"""Reads the text files that administrators write: TOML, one secret in a file, and `.env`. What is wrong with one is a
sentence with the remedy, raised as ValueError; no sentence repeats what the file holds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from bot.core.pasted import odd, secret, trimmed

LARGEST = 1024 * 1024  # bytes; nobody writes a larger file by hand
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LINE_OF_ERROR = re.compile(r"\(at line (\d+), column \d+\)")
_COMMENT = re.compile(r"\s#.*")


def text_of(path: Path) -> str:
    """Returns the text without a byte order mark, every line ended by a newline alone."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file; name the right one, or make it") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise ValueError(f"{path} is too large: it cannot be the right file")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text; save it as such") from None


def secret_of(path: Path) -> str:
    """Returns the one secret that a file holds."""
    text = trimmed(text_of(path))
    if not text:
        raise ValueError(f"{path} is empty; write the secret into it")
    try:
        return secret(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def toml_of(path: Path) -> dict[str, Any]:
    text = text_of(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML{_why(text, str(error))}") from None


def _why(text: str, words: str) -> str:
    """Says where TOML ends, and what stands there that no keyboard wrote; the library's own words may repeat a value."""
    at = _LINE_OF_ERROR.search(words)
    lines = text.splitlines()
    number = min(int(at[1]), len(lines)) if at else len(lines)  # without a place it is the end of the text
    if found := odd(lines[number - 1]):
        return f": in line {number}, {found}"
    if "overwrite" in words or "twice" in words or "immutable" in words:
        return f": line {number} sets again what is set above it; keep one of the two"
    return f": see line {number}; a text stands in straight quotation marks, and each setting on its own line: name = value"


def load_env(path: Path, environ: MutableMapping[str, str]) -> None:
    """Sets the variables that a file such as `.env` holds and the environment does not; `X` and `X_FILE` are two ways for one.

    A folder, and a file of somebody else that cannot be read, are left alone. An empty variable counts as not set.
    """
    try:
        if not path.is_file():
            return
        path.open("rb").close()
    except PermissionError:
        return
    given = {_stem(name) for name, value in environ.items() if value.strip()}
    environ.update({name: value for name, value in _variables(path) if _stem(name) not in given})


def _stem(name: str) -> str:
    return name.removesuffix("_FILE")


def _variables(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        plain = trimmed(line)
        if not plain or plain.startswith("#"):
            continue
        name, sign, value = plain.removeprefix("export ").partition("=")
        if not sign or not _NAME.fullmatch(trimmed(name)):
            raise ValueError(f"{path}: line {number} is neither a comment nor NAME=value")
        yield trimmed(name), _value(trimmed(value), f"{path}: line {number}")


def _value(text: str, place: str) -> str:
    """Takes straight quotation marks off, and a comment behind a value that stands in none, as a shell does."""
    mark = text[:1]
    if mark not in {'"', "'"}:
        return _COMMENT.sub("", text)
    inner, end, rest = text[1:].partition(mark)
    if not end or _COMMENT.sub("", f" {rest}").strip():
        raise ValueError(f"{place}: the value must end with the quotation mark that it begins with")
    return inner
