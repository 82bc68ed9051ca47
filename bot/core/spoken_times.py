"""Reads points in time as people say them: `last 2 hours`, `2h ago`, `yesterday 08:00`. Pure.

They are written as `core.values` reads them, in one value; whatever else looks as if it meant a time is known as that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_WORDS = 6  # of a point in time
CLOCK = re.compile("(?:[01]?[0-9]|2[0-3]):[0-5][0-9]")
_UNITS = "weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[wdhms]"
_LAST = "(?:in )?(?:the )?(?:last|past) "
_AGE = re.compile(f"(?:{_LAST})?([0-9]{{1,9}}) ?({_UNITS})(?: ago)?")
_ONE = re.compile(f"(?:{_LAST}|an? (?=[a-z]+ ago))(week|day|hour|minute)(?: ago)?")
_DAY = re.compile(f"(today|yesterday|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?: at)? ({CLOCK.pattern})")
_GOES_ON = re.compile(f"{CLOCK.pattern}|at|ago|(?:[0-9]{{1,9}})?(?:{_UNITS})")
_LOOKS = re.compile(
    "today|tomorrow|yesterday|tonight|now|noon|midnight|morning|evening|night|last-?night|last|past|since|ago"
    "|(?:mon|tues|wednes|thurs|fri|satur|sun)day|weeks?|days|hours?|minutes?"
    f"|[-\u2013]?[0-9]{{1,9}}(?:{_UNITS}|mo|months?|y|years?)"
    "|[0-9]{1,2}(?:[:.][0-9]{2})?[ap]m|[0-9]{1,2}:[0-9]{2}(?:[-\u2013][0-9]{1,2}:[0-9]{2})?"
    r"|[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4})?|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}.*"
)


def point(said: str) -> str:
    """Returns the point in time as it is written; empty for what is not said so."""
    said = said.lower()
    if found := _AGE.fullmatch(said):
        return f"{found[1]}{found[2][0]}"
    if found := _ONE.fullmatch(said):
        return f"1{found[1][0]}"
    found = _DAY.fullmatch(said)
    return f"{found[1]} {found[2]:0>5}" if found else ""


def begins(words: Sequence[str]) -> tuple[str, int]:
    """Returns the point in time that the first of these words say, as it is written, and how many they are; 0 if they say none."""
    for number in range(min(len(words), MOST_WORDS), 0, -1):
        if found := point(" ".join(words[:number])):
            return found, number
    return "", 0


def goes_on(word: str) -> bool:
    """Whether this word may belong to the point in time that stands before it."""
    return _GOES_ON.fullmatch(word.lower()) is not None


def is_meant(word: str) -> bool:
    """Whether a time may be meant by this word, rightly written or not."""
    return _LOOKS.fullmatch(word.lower()) is not None
