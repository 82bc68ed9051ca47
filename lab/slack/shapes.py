"""The words limits are written in: a check takes a probe, the path of a value and the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

MAX_ID = 255


class Probe:
    """Collects what is wrong so far, and counts over a whole message or view."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.problems: list[str] = []
        self.ids: dict[str, set[str]] = {"action_id": set(), "block_id": set(), "task_id": set()}
        self.text_chars = 0
        self.markdown_chars = 0
        self.table_chars = 0
        self.tables = 0
        self.focused = 0

    def wrong(self, path: str, words: str) -> None:
        self.problems.append(f"{path}: {words}")


Check = Callable[[Probe, str, Any], None]
Fields = Mapping[str, Check]


def shape(required: Fields | None = None, optional: Fields | None = None, also: Check | None = None) -> Check:
    """An object with these fields and no other; `type` has been looked at by whoever chose this shape."""
    needed = required or {}
    known = {**needed, **(optional or {})}

    def check(probe: Probe, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            probe.wrong(path, "must be an object")
            return
        for name in needed:
            if name not in value:
                probe.wrong(path, f"{name} is missing")
        for name, part in value.items():
            if name in known:
                known[name](probe, f"{path}.{name}", part)
            elif name != "type":
                probe.wrong(path, f"unknown field {name!r}")
        if also:
            also(probe, path, value)

    return check


def one_of(shapes: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """An object whose `type` chooses its shape."""
    types = tuple(shapes) if allowed is None else tuple(allowed)

    def check(probe: Probe, path: str, value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in types:
            probe.wrong(path, f"type {kind!r} is not allowed here (one of {', '.join(types)})")
        else:
            shapes[kind](probe, path, value)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    def check(probe: Probe, path: str, value: Any) -> None:
        if not isinstance(value, list):
            probe.wrong(path, "must be an array")
            return
        if not least <= len(value) <= most:
            bound = f"at most {most}" if len(value) > most else f"at least {least}"
            probe.wrong(path, f"{len(value)} items, {bound}")
        for index, part in enumerate(value):
            item(probe, f"{path}[{index}]", part)

    return check


def string(most: int | None = None, *, least: int = 0, counted: bool = False) -> Check:
    """`counted` adds the length to the text of the whole message."""

    def check(probe: Probe, path: str, value: Any) -> None:
        if not isinstance(value, str):
            probe.wrong(path, "must be a string")
        elif len(value) < least:
            probe.wrong(path, "must not be empty")
        elif most is not None and len(value) > most:
            probe.wrong(path, f"{len(value)} characters, at most {most}")
        if counted and isinstance(value, str):
            probe.text_chars += len(value)

    return check


def unique_id(name: str) -> Check:
    length = string(MAX_ID, least=1)

    def check(probe: Probe, path: str, value: Any) -> None:
        length(probe, path, value)
        if isinstance(value, str):
            if value in probe.ids[name]:
                probe.wrong(path, f"{value!r} is used twice in one message")
            probe.ids[name].add(value)

    return check


def block(required: Fields | None = None, optional: Fields | None = None, also: Check | None = None) -> Check:
    return shape(required, {**(optional or {}), "block_id": unique_id("block_id")}, also)


def enum(*values: Any) -> Check:
    def check(probe: Probe, path: str, value: Any) -> None:
        if value not in values or (isinstance(value, bool) and True not in values):
            probe.wrong(path, f"{value!r} is not one of {', '.join(map(str, values))}")

    return check


def matching(pattern: str, what: str, most: int | None = None) -> Check:
    compiled, length = re.compile(pattern), string(most)

    def check(probe: Probe, path: str, value: Any) -> None:
        length(probe, path, value)
        if isinstance(value, str) and not compiled.fullmatch(value):
            probe.wrong(path, f"{value!r} is not {what}")

    return check


def integer(least: int, most: int) -> Check:
    def check(probe: Probe, path: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            probe.wrong(path, "must be a whole number")
        elif not least <= value <= most:
            probe.wrong(path, f"{value} is not between {least} and {most}")

    return check


def boolean(probe: Probe, path: str, value: Any) -> None:
    if not isinstance(value, bool):
        probe.wrong(path, "must be true or false")


def focus(probe: Probe, path: str, value: Any) -> None:
    boolean(probe, path, value)
    probe.focused += value is True
    if probe.focused > 1:
        probe.wrong(path, "only one element may take the focus")


def exactly_one(*names: str) -> Check:
    def check(probe: Probe, path: str, value: Any) -> None:
        if sum(name in value for name in names) != 1:
            probe.wrong(path, f"needs exactly one of {', '.join(names)}")

    return check


def at_least_one(*names: str) -> Check:
    def check(probe: Probe, path: str, value: Any) -> None:
        if not any(name in value for name in names):
            probe.wrong(path, f"needs {' or '.join(names)}")

    return check


def in_order(*checks: Check) -> Check:
    def check(probe: Probe, path: str, value: Any) -> None:
        for each in checks:
            each(probe, path, value)

    return check


_PLAIN = shape({"text": string(least=1)}, {"emoji": boolean})
_MRKDWN = shape({"text": string(least=1)}, {"verbatim": boolean})


def text(most: int, *kinds: str) -> Check:
    """A text object, plain_text or mrkdwn unless `kinds` says otherwise; escapes such as `&amp;` count as sent."""
    length = string(most, counted=True)
    kind = one_of({"plain_text": _PLAIN, "mrkdwn": _MRKDWN}, kinds or None)

    def check(probe: Probe, path: str, value: Any) -> None:
        kind(probe, path, value)
        if isinstance(value, dict) and isinstance(value.get("text"), str):
            length(probe, f"{path}.text", value["text"])

    return check


def plain(most: int) -> Check:
    return text(most, "plain_text")


WEB_URL = matching(r"https?://[^\s<>|]+", "an http or https URL", 3000)
LINK_URL = matching(r"(https?://|slack://|mailto:|tel:)[^\s<>|]+", "a URL", 3000)
