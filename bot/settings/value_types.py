"""The types of settings: what a message calls them, and how a value of the file or of the environment is read."""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.approval_need import ApprovalRule
from bot.core.commands import Role
from bot.core.pasted import odd


@dataclass(frozen=True, slots=True)
class Kind:
    """One type. `words` complete "must be …". `read` takes a value of the file and `parse` a text of the environment to what
    `read` takes; both raise ValueError. `many` says that a text may hold several values."""

    words: str
    read: Callable[[Any], Any]
    parse: Callable[[str], Any] = str
    many: bool = False


def _typed(value: Any, *types: type) -> Any:
    if type(value) not in types:
        raise ValueError(value)
    return value


def flag() -> Kind:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}

    def parse(text: str) -> bool:
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]

    return Kind("true or false", lambda value: _typed(value, bool), parse)


def _between(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def whole(low: int, high: int) -> Kind:
    return Kind(f"a whole number from {low} to {high}", lambda value: _between(_typed(value, int), low, high), int)


def number(low: float, high: float) -> Kind:
    return Kind(
        f"a number from {low:g} to {high:g}", lambda value: _between(float(_typed(value, int, float)), low, high), float
    )


def text(words: str = "a text", pattern: str = "(?s).*") -> Kind:
    def read(value: Any) -> str:
        if not re.fullmatch(pattern, _typed(value, str)):
            raise ValueError(value)
        return str(value)

    return Kind(words, read)


def choice(*words: str) -> Kind:
    def read(value: Any) -> str:
        word: str = _typed(value, str).lower()
        if word not in words:
            raise ValueError(value)
        return word

    return Kind(f"one of {', '.join(words)}", read)


def web_address(end: str) -> Kind:
    """Returns the type of an http(s) address that is made to end in `end`, which is "/" or ""."""

    def read(value: Any) -> str:
        address = urlsplit(_typed(value, str))
        if address.scheme not in {"http", "https"} or not address.hostname or address.username is not None:
            raise ValueError(value)
        if address.query or address.fragment or address.port == 0 or re.search(r"\s", value) or odd(value):
            raise ValueError(value)
        return str(value).rstrip("/") + end

    return Kind("a web address such as https://webnet.example.net, without a user name or a query", read)


def job_page(value: Any) -> str:
    rest = _typed(value, str).replace("{id}", "", 1)
    if rest == value or not re.fullmatch(r"(\{public_url\}|https?://[^\s{}]+)[^\s{}]*", rest):
        raise ValueError(value)
    return str(value)


def list_of(words: str, check: Callable[[str], object], split: str = r"[,\s]+") -> Kind:
    """A list of texts; a variable of the environment holds them in one text, which `split` takes apart."""

    def read(value: Any) -> tuple[str, ...]:
        items = value if isinstance(value, list) else re.split(split, _typed(value, str))
        entries = tuple(item.strip() for item in (_typed(item, str) for item in items) if item.strip())
        for entry in entries:
            check(entry)
        return entries

    return Kind(words, read, many=True)


def fernet_key(key: str) -> None:
    if len(base64.b64decode(key, altchars=b"-_", validate=True)) != 32:
        raise ValueError(key)


def _certificates(value: Any) -> str:
    """A file of certificates is loaded here, for all connections, so that a wrong one is said when the settings are read."""
    from bot import tls  # noqa: PLC0415  # `--help` needs none of it

    if value:
        if not Path(_typed(value, str)).is_file():
            raise ValueError(value)
        try:
            tls.context(value)
        except OSError as error:  # ssl's own error is one
            raise ValueError(value) from error
    return str(value)


def _time_zone(value: Any) -> str:
    try:
        return ZoneInfo(_typed(value, str)).key
    except (ZoneInfoNotFoundError, OSError):  # the second where the name is that of a folder
        raise ValueError(value) from None


def _commands(value: Any) -> dict[str, str]:
    words = {key.strip().lower(): _typed(text, str).strip() for key, text in _typed(value, dict).items()}
    if not words or not all(words) or not all(words.values()):
        raise ValueError(value)
    return words


def _commands_of(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {platform: words for platform, _, words in pairs}


def approval_rule(value: Any) -> ApprovalRule:
    rule = _typed(value, dict)
    if set(rule) - {"over", "role"}:
        raise ValueError(value)
    over = _between(_typed(rule["over"], int), 0, 1_000_000) if "over" in rule else None
    return ApprovalRule(None if over is None else int(over), Role.of(ROLE.read(rule.get("role", "operator"))))


def _inline_table(text: str) -> Any:
    try:
        return tomllib.loads(f"rule = {text}")["rule"]
    except tomllib.TOMLDecodeError as error:
        raise ValueError(text) from error


CERTIFICATES = Kind("the path of a file with certificates in PEM form", _certificates)
COMMANDS = Kind('a command for each platform, such as { ios = "show ip bgp summary" }', _commands, _commands_of)
ROLE = choice("viewer", "operator", "admin")
APPROVAL = Kind(
    'a table such as { over = 50, role = "admin" }, of which both parts may be left out', approval_rule, _inline_table
)
VISIBILITY = choice("in_channel", "ephemeral")
PORT = whole(1, 65_535)
DAYS = whole(1, 36_500)
TIME_ZONE = Kind("the name of a time zone, such as Europe/Berlin", _time_zone)
