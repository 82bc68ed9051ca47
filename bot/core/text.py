"""Makes text readable: removes what may not be shown, cuts, gives ages, moments and the word that was meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

ELLIPSIS = "…"

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400

# Shown as U+FFFD, so that a name with a hidden character never looks like another name.
_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Dropped: bidirectional controls reorder the text around them, and what has no width arrives by copy and paste.
# (Variation selectors stay: they belong to emoji and ideographs.)
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U000e0000-\U000e007f]"
)
_NEWLINES = re.compile("\r\n?|[\u2028\u2029]")

_SIMILAR = 0.6  # "pign" is 0.75 of "ping"; below it a suggestion is a guess
_LONGEST_WORD = 255


def clean(text: str) -> str:
    """Returns the text with only what can be seen, newlines (every kind as ``\\n``) and tabs.

    Control characters, NUL and lone surrogates become U+FFFD; bidirectional and zero-width characters are dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub("", _BROKEN.sub("\ufffd", _NEWLINES.sub("\n", text)))


def cut(text: str, limit: int) -> str:
    """Returns at most `limit` characters, the last of which is "…" if something is missing."""
    if len(text) <= limit:
        return text
    return text[: limit - 1] + ELLIPSIS if limit > 0 else ""


def count(number: int, noun: str) -> str:
    """Returns `1 line`, `2 lines` or `12,000 lines`; for nouns whose plural takes an s."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def phrase(words: str) -> str:
    """Returns words such as those of a log without the punctuation at their end, so that a line may go on after them."""
    return words.rstrip(" .,;:!")


def phrases(found: Iterable[str]) -> str:
    """Returns `one; two; three`, whatever each of them ends with."""
    return "; ".join(map(phrase, found))


def in_one_line(text: str) -> str:
    """Returns what somebody wrote with a blank for every line break, so that no part of it reads as a line of the bot's own."""
    return " ".join(text.split())


def ended(words: str) -> str:
    """Returns words with one full stop at their end, unless they ask something or were cut."""
    return words if words.endswith(("?", ELLIPSIS)) else f"{phrase(words)}."


def as_sentence(words: str) -> str:
    """Returns words such as those of an error as a sentence: with a capital letter and its end."""
    return ended(words[:1].upper() + words[1:])


def and_more(number: int, noun: str = "") -> str:
    """Returns `… and 3 more` or `… and 3 more lines`."""
    more = f"{ELLIPSIS} and {number:,} more"
    return f"{more} {noun}" + ("" if number == 1 else "s") if noun else more


def either(words: Iterable[str]) -> str:
    """Returns `a`, `a or b`, or `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def ago(now: datetime, then: datetime) -> str:
    """Returns how long before `now` it was, in one unit; up to a minute ahead is "just now", beyond that "in 3 min"."""
    seconds = (now - then).total_seconds()
    if abs(seconds) < _MINUTE_S:
        return "just now"
    span = _largest_unit(int(abs(seconds)))
    return f"{span} ago" if seconds > 0 else f"in {span}"


def _largest_unit(seconds: int) -> str:
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} min"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S} h"
    return count(seconds // _DAY_S, "day")


def duration(seconds: float) -> str:
    """Returns the two largest units, such as `3 s`, `2 min 5 s`, `1 h 3 min` or `2 days 4 h`; a negative time is `0 s`."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // _DAY_S, whole % _DAY_S // _HOUR_S, whole % _HOUR_S // _MINUTE_S
    if days:
        return _pair(count(days, "day"), hours, "h")
    if hours:
        return _pair(f"{hours} h", minutes, "min")
    if minutes:
        return _pair(f"{minutes} min", whole % _MINUTE_S, "s")
    return f"{whole} s"


def _pair(large: str, small: int, unit: str) -> str:
    return f"{large} {small} {unit}" if small else large


def in_utc(at: datetime) -> str:
    """Returns an aware moment to the minute, such as `2026-11-23 12:00 UTC`."""
    try:
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except OverflowError:  # within hours of the years 1 and 10000
        return at.isoformat(" ", "minutes")


def nearest(word: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """Returns the candidates that `word` may be a slip for, best first, equals in alphabetical order; none if all are far.

    Insertions, deletions, replacements and swapped neighbours count one each; case does not count.
    """
    from rapidfuzz import process  # noqa: PLC0415  # 3 MiB, for the slip that may never come
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    found = process.extract(
        word.casefold()[:_LONGEST_WORD],
        {candidate: candidate.casefold() for candidate in candidates},
        scorer=OSA.normalized_similarity,
        score_cutoff=_SIMILAR,
        limit=None,
    )
    ranked = sorted(found, key=lambda match: (-match[1], match[0], match[2]))
    return [candidate for _, _, candidate in ranked[:limit]]


def did_you_mean(word: str, candidates: Iterable[str], limit: int = 3) -> str:
    """Returns a question such as ` Did you mean `ping`?`, to follow a sentence; empty if nothing is near."""
    return meant(nearest(word, candidates, limit))


def meant(guesses: Iterable[str]) -> str:
    """Returns that question for guesses that are known; empty if there are none."""
    shown = ", ".join(f"`{guess}`" for guess in guesses)
    return f" Did you mean {shown}?" if shown else ""
