"""Rules are read and written, on a line and as JSON, and what is wrong in one is said with what was meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import rule_text
from bot.core.rules import ACTIONS, CLOSED, KEYS, MOST_RULES, BadRule, Rule, rule

LINE = 'kind:job outcome:failed site:fra1,"ams 2" during:22:00-06:00 then:hold,mention:here'
VALUES = (
    st.text('ab:,"\\ ßİ\x1f\u2028#“', min_size=1, max_size=8)
    .map(lambda text: " ".join(text.split()).casefold())
    .filter(bool)
)
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
WINDOWS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] != pair[1]).map("-".join)
SAME = {"site": ["fra1", "AMS 2"], "vendor": ["cisco"], "device": ["rtr", "RTR-fra", "sw-"], "group": ["edge", "#4"]}


def values(key: str) -> st.SearchStrategy[list[str]]:
    known = st.sampled_from(CLOSED.get(key, SAME.get(key, [key])))
    each = WINDOWS if key == "during" else known if key in CLOSED else known | VALUES
    return st.lists(each, min_size=1, max_size=3)


DONE = st.tuples(
    st.sampled_from(
        [[each] for each in (*ACTIONS, "urgent")] + [["mention:here"], ["mention:U0ALICE", "mention:S0NOC"]]
    ),
    st.sampled_from([[], ["stop"], ["mention:U0BOB"]]),
).map(lambda parts: [*parts[0], *parts[1]])


def rules() -> st.SearchStrategy[Rule]:
    when = st.sets(st.sampled_from(KEYS), max_size=3).flatmap(
        lambda keys: st.fixed_dictionaries({key: values(key) for key in keys})
    )
    return st.builds(rule, when, DONE)


@settings(deadline=None)
@given(rules())
def test_writing_and_reading_a_rule_are_inverse(one: Rule) -> None:
    assert rule_text.parse(rule_text.spell(one)) == one
    assert rule_text.load(rule_text.dump([one, one])) == (one, one)


def test_a_rule_reads_the_same_on_a_line_and_as_json() -> None:
    when = {"kind": ["job"], "outcome": "failed", "site": ["FRA1", "ams 2"], "during": "22:00-06:00"}
    one = rule_text.read({"when": when, "then": ["hold", "mention:here"]})
    assert rule_text.spell(one) == LINE
    assert rule_text.parse(f"  {LINE.replace('fra1', 'FRA1')} ") == one
    assert rule_text.read({"then": "drop"}) == rule_text.parse("then:drop")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("knd:job then:send", "`knd` is no condition. Did you mean `kind`?"),
        ("kind:jobs then:send", "`jobs` is no kind. Did you mean `job`?"),
        ("outcome:fialed then:send", "Did you mean `failed`?"),
        ("kind:job then:sned", "A rule cannot do `sned`. Did you mean `send`?"),
        ("kind:job then:mention:channel", "cannot do `mention:channel`"),
        ("kind:job", "A rule needs something to do"),
        ("then:send,hold", "only one of send, hold or drop"),
        ("then:urgent,hold", "what is urgent is sent"),
        ("kind: then:send", "`kind:` cannot be read"),
        ("site:fra1, ams2 then:send", "`site:fra1,` cannot be read"),
        ('site:"fra1 then:send', "cannot be read"),
        ("failed then:send", "`failed` is no condition: write `name:value`."),
        ("site:a site:b then:send", "stands there twice"),
        ('site:"" then:send', "`site` needs a value, such as `site:fra1`."),
        ("during:22-6 then:send", "`22-6` is no part of a day"),
        ("during:06:00-06:00 then:send", "is no part of a day"),
        ("during:22:00-24:00 then:send", "is no part of a day"),
    ],
)
def test_what_is_wrong_on_a_line_is_said_with_what_was_meant(line: str, words: str) -> None:
    with pytest.raises(BadRule) as error:
        rule_text.parse(line)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("then:send", "Rules are a list."),
        ([{"then": "send"}] * (MOST_RULES + 1), "50 rules at most"),
        ([{"then": "send"}, {"when": {"kind": ["x"]}, "then": "send"}], "Rule 2: `x` is no kind."),
        ([{"wen": {}, "then": "send"}], "`wen` is no part of a rule. Did you mean `when`?"),
        ([{"when": [], "then": "send"}], "A rule has two parts"),
        ([{"when": {"site": 7}, "then": "send"}], "`site` takes a text or a list of texts."),
        ([{"when": {"site": [None]}, "then": "send"}], "`site` takes a text or a list of texts."),
        ([7], "A rule has two parts"),
        ([{"when": {"site": ["x"] * 1 + [f"s{n}" for n in range(50)]}, "then": "send"}], "50 values"),
    ],
)
def test_what_is_wrong_in_json_is_said_with_the_number_of_the_rule(values: Any, words: str) -> None:
    with pytest.raises(BadRule) as error:
        rule_text.read_all(json.loads(json.dumps(values)))
    assert words in str(error.value)
