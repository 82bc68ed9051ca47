"""Reads and writes rules: on one line, as a command line has them, and as the JSON of the store, the management API and a seed
file. Each is the inverse of the other. Pure.

    kind:job outcome:failed site:fra1,"FRA 2" during:22:00-06:00 then:hold,mention:here
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.core.rules import KEYS, MOST_RULES, BadRule, Rule, rule
from bot.core.text import did_you_mean

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_VALUE = re.compile(rf'{_QUOTED}|[^\s,"]+')
_WORD = re.compile(rf'\s*([^\s:"]*):((?:{_VALUE.pattern})(?:,(?:{_VALUE.pattern}))*)(?=\s|$)')
_PLAIN = re.compile(r'[^\s,"\\]+')
_THEN = "then"


def parse(line: str) -> Rule:
    """Reads a rule on one line. Raises BadRule."""
    found: dict[str, list[str]] = {}
    at, end = 0, len(line.rstrip())
    while at < end:
        word = _WORD.match(line, at, end)
        if word is None:
            raise _unreadable(line[at:end].split(maxsplit=1)[0])
        key = word[1].lower()
        if key in found:
            raise BadRule("{} stands there twice: write its values after one another, with commas.", f"{key}:")
        found[key] = [_unquoted(value) for value in _VALUE.findall(word[2])]
        at = word.end()
    return rule({key: values for key, values in found.items() if key != _THEN}, found.get(_THEN, ()))


def spell(one: Rule) -> str:
    """Writes a rule on one line."""
    words = [f"{key}:{','.join(map(_quoted, values))}" for key, values in one.when.items()]
    return " ".join((*words, f"{_THEN}:{','.join(one.then)}"))


def read(value: Any) -> Rule:
    """Reads `{"when": {"kind": ["job"]}, "then": "hold"}`, in which each value may also be a list. Raises BadRule."""
    if not isinstance(value, Mapping) or not isinstance(value.get("when", {}), Mapping):
        raise BadRule('A rule has two parts, such as `{"when": {"kind": ["job"]}, "then": "send"}`.')
    if unknown := [key for key in value if key not in {"when", _THEN}]:
        word = str(unknown[0])
        raise BadRule(f"{{}} is no part of a rule.{did_you_mean(word, ('when', _THEN))}", word)
    when = {str(key): _texts(key, values) for key, values in value.get("when", {}).items()}
    return rule(when, _texts(_THEN, value.get(_THEN, ())))


def read_all(values: Any) -> tuple[Rule, ...]:
    """Reads the rules of a channel. Raises BadRule, with the number of the rule that is wrong."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise BadRule("Rules are a list.")
    if len(values) > MOST_RULES:
        raise BadRule(f"A channel has {MOST_RULES} rules at most.")
    rules = []
    for number, value in enumerate(values, start=1):
        try:
            rules.append(read(value))
        except BadRule as error:
            raise BadRule(f"Rule {number}: {error.words}", error.value) from None
    return tuple(rules)


def written(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Returns what `read_all` reads."""
    return [{"when": {key: list(values) for key, values in one.when.items()}, _THEN: list(one.then)} for one in rules]


def load(stored: str) -> tuple[Rule, ...]:
    """Reads the rules of a row of the store. Raises BadRule."""
    return read_all(json.loads(stored))


def dump(rules: Iterable[Rule]) -> str:
    """Returns what `load` reads; equal rules give equal texts."""
    return json.dumps(written(rules), ensure_ascii=False, separators=(",", ":"))


def _texts(key: Any, values: Any) -> list[str]:
    found = [values] if isinstance(values, str) else values
    if not isinstance(found, Sequence) or not all(isinstance(value, str) for value in found):
        raise BadRule("{} takes a text or a list of texts.", str(key))
    return list(found)


def _unreadable(word: str) -> BadRule:
    key, colon, _ = word.partition(":")
    if colon:
        return BadRule("{} cannot be read: put commas between values, and what holds blanks into double quotes.", word)
    return BadRule(f"{{}} is no condition: write `name:value`.{did_you_mean(key, (*KEYS, _THEN))}", word)


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
