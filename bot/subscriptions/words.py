"""Makes rules of what somebody writes to subscribe, such as `failures site:fra1`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from bot.core.errors import UsageError
from bot.core.line import straight
from bot.core.notice_kinds import COMPLIANCE, DRIFT, JOB_COMPLETION, JOB_FAILURE
from bot.core.notice_kinds import KINDS as NOTICE_KINDS
from bot.core.rules import MENTION, BadRule, Rule, rule
from bot.core.text import cut, did_you_mean, either

LONGEST_SHOWN = 40  # characters of a word that an error repeats

_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside of quotes

Conditions = Mapping[str, tuple[str, ...]]

KINDS: Mapping[str, Conditions] = MappingProxyType(
    {
        "jobs": {"kind": ("job",)},
        "failures": {"kind": ("job",), "outcome": ("failed", "partial", "started")},
        "completions": {"kind": ("job",), "outcome": ("success", "violated", "cancelled", "unknown")},
        "compliance": {"kind": ("compliance",)},
        "drift": {"kind": ("drift",)},
    }
)
KINDS_OF_FLAGS = {
    JOB_COMPLETION.flag: "completions",
    JOB_FAILURE.flag: "failures",
    COMPLIANCE.flag: "compliance",
    DRIFT.flag: "drift",
}


def rules_of(words: Iterable[str], filters: Mapping[str, str], mentions: Iterable[str]) -> tuple[Rule, ...]:
    """Returns a rule for each kind among the words; what else stands there is a filter, such as `vendor:cisco`, as are `filters`,
    which have their values with commas between them. `mentions` are ids of the chat's, or `here`.

    Raises UsageError.
    """
    kinds, asked = list[str](), dict[str, tuple[str, ...]]()
    for word in _together(words):
        key, colon, values = word.partition(":")
        if colon:
            asked[key.casefold()] = (*asked.get(key.casefold(), ()), *_several(values))
        else:
            kinds += (kind_of(each.strip()) for each in word.split(",") if each.strip())
    for key, values in filters.items():
        asked[key] = (*asked.get(key, ()), *_several(values))
    if not kinds:
        raise UsageError(f"Name what to subscribe to: {either(KINDS)}.", form=True)
    then = ("send", *(MENTION + mention for mention in mentions))
    try:
        return tuple(rule({**KINDS[kind], **asked}, then) for kind in dict.fromkeys(kinds))
    except BadRule as error:
        raise UsageError(str(error)) from None


def rules_of_flags(flags: Collection[str]) -> tuple[Rule, ...]:
    """Returns the rules that give a channel what these flags give it."""
    found = (KINDS_OF_FLAGS[kind.flag] for kind in NOTICE_KINDS if kind.flag in flags)
    return tuple(rule(KINDS[kind], ("send",)) for kind in found)


def kind_of(word: str) -> str:
    """Returns the kind that is meant, in the singular or plural. Raises UsageError."""
    folded = word.casefold()
    for known in (folded, f"{folded}s"):
        if known in KINDS:
            return known
    if folded in ("report", "reports"):
        raise UsageError("A report has a time of its own in each channel: write `report daily 07:30 Europe/Berlin`.")
    shown = cut(word, LONGEST_SHOWN)
    raise UsageError(f"`{shown}` is no kind of notice.{did_you_mean(folded, KINDS)} There are {either(KINDS)}.")


def is_of_kind(wanted: Rule, kind: str) -> bool:
    """Says whether a rule is about nothing but this kind, as `unsubscribe` means it."""
    return all((have := {*wanted.when.get(key, ())}) and have <= {*values} for key, values in KINDS[kind].items())


def _together(words: Iterable[str]) -> list[str]:
    """Returns the words, with what stands in quotes behind a colon in one of them, such as `vendor:"juniper networks"`."""
    found = list[str]()
    for word in map(straight, words):
        if found and found[-1].count('"') % 2:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _several(values: str) -> tuple[str, ...]:
    """Returns the values between the commas, but for commas in quotes."""
    return tuple(re.sub('"([^"]*)"', r"\1", value.strip()) for value in _COMMA.split(values))
