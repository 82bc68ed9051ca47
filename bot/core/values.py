"""Reads one value of each kind from the word, or the words, that somebody wrote for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import spoken_times
from bot.core.arguments import MOST_DIGITS, UNITS_S, Argument, Kind, Sealed
from bot.core.line import straight
from bot.core.spoken_times import CLOCK

_DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in UNITS_S), re.IGNORECASE)
_AGE, _LONGEST_AGE = Argument("age", Kind.duration), timedelta(days=3_653)
UNTIL, RESOLVED = "until", "resolved"
SINCE, TODAY, YESTERDAY = "since", "today", "yesterday"
DAYS = (TODAY, YESTERDAY)
_CLOCK_LIKE, _DATE_LIKE = re.compile(r"\d{1,2}:\d\d"), re.compile(r"\d{4}-\d{1,2}-\d{1,2}(t.*)?")
_SEALED = re.compile("[0-9a-f]{32}")


def read_value(argument: Argument, word: str) -> Any:
    """Reads the value of this argument. Raises ValueError for a word that is none."""
    return _READ[argument.kind](argument, word)


def _word(_: Argument, word: str) -> str:
    return " ".join(straight(word).split())


def _as_it_is(_: Argument, word: str) -> str:
    return word


def _id(argument: Argument, word: str) -> int:
    return _number(argument, word.removeprefix("#").rstrip(".,:;"))


def _number(argument: Argument, word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= MOST_DIGITS and 1 <= int(word) <= argument.most):
        raise ValueError(word)
    return int(word)


def _choice(argument: Argument, word: str) -> str:
    found = {choice.lower(): choice for choice in argument.choices}.get(word.lower())
    if found is None:
        raise ValueError(word)
    return found


def _duration(_: Argument, word: str) -> timedelta:
    found = _DURATION.fullmatch(word)
    if not word or found is None:
        raise ValueError(word)
    amounts = zip(found.groups("0"), UNITS_S.values(), strict=True)
    try:
        return timedelta(seconds=sum(int(amount) * unit_s for amount, unit_s in amounts))
    except OverflowError:
        raise ValueError(word) from None


def age(word: str) -> timedelta | None:
    """Reads how far to look back, such as `2h` or `1d12h`; None for what is no age, or longer than ten years."""
    try:
        found = _duration(_AGE, word)
    except ValueError:
        return None
    return found if timedelta() < found <= _LONGEST_AGE else None


def _moment(_: Argument, word: str) -> datetime:
    moment = datetime.fromisoformat(word)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _span(argument: Argument, word: str) -> str:
    """Checks how long something is to last; `core.snoozes` says when that ends."""
    span = _word(argument, word)
    until, _, end = span.partition(" ")
    if until.lower() != UNTIL:
        _duration(argument, span)
    elif end.lower() != RESOLVED and not CLOCK.fullmatch(end):
        datetime.fromisoformat(end)
    return span


def _point(argument: Argument, word: str) -> str:
    """Checks a point in time; `core.points` says which moment that is."""
    point = _word(argument, word)
    point = spoken_times.point(point) or point
    day, _, clock = point.lower().partition(" ")
    if day in DAYS and (not clock or CLOCK.fullmatch(clock)):
        return point
    if not CLOCK.fullmatch(point) and age(point) is None:
        datetime.fromisoformat(point)
    return point


def is_point(word: str) -> bool:
    """Whether this is how a point in time is written."""
    with suppress(ValueError):
        return bool(_point(_AGE, word))
    return False


def _window(argument: Argument, word: str) -> str:
    """Checks how far to look back; a point in time needs no `since` before it."""
    window = _word(argument, word)
    since, _, point = re.sub("^(since):", r"\1 ", window, flags=re.IGNORECASE).partition(" ")
    if since.lower() == SINCE:
        return f"{SINCE} {_point(argument, point)}"
    point = _point(argument, window)
    return point if point.lower() in DAYS or age(point) else f"{SINCE} {point}"


def may_be_window(word: str) -> bool:
    """Whether this word, without quotes, is meant to say how far to look back, rightly or not."""
    first = word.lower()
    return (
        first in (SINCE, *DAYS)
        or first.startswith(f"{SINCE}:")
        or (first[:1].isdecimal() and any(shape.fullmatch(first) for shape in (_DURATION, _CLOCK_LIKE, _DATE_LIKE)))
    )


def _sealed(_: Argument, word: str) -> Sealed:
    if not _SEALED.fullmatch(word):
        raise ValueError
    return Sealed(word)


_READ: Mapping[Kind, Callable[[Argument, str], Any]] = {
    Kind.device: _word,
    Kind.targets: _word,
    Kind.group: _word,
    Kind.user: _word,
    Kind.job: _id,
    Kind.alert: _id,
    Kind.request: _id,
    Kind.choice: _choice,
    Kind.number: _number,
    Kind.duration: _duration,
    Kind.moment: _moment,
    Kind.span: _span,
    Kind.point: _point,
    Kind.window: _window,
    Kind.words: _as_it_is,
    Kind.text: _as_it_is,
    Kind.rest: _as_it_is,
    Kind.sealed: _sealed,
}
