"""What somebody subscribes to becomes rules, and what a channel got by its flags stays what it gets."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from bot.channels import Channel
from bot.core.errors import UsageError
from bot.core.events import Event, Facts
from bot.core.notice_kinds import COMPLIANCE, DRIFT, FLAGS, JOB_COMPLETION, JOB_FAILURE
from bot.core.routing import explain
from bot.core.rule_text import parse, spell
from bot.subscriptions.words import is_of_kind, kind_of, rules_of, rules_of_flags

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HAPPENED = [
    *((JOB_COMPLETION, "job", outcome) for outcome in ("success", "violated", "cancelled", "unknown")),
    *((JOB_FAILURE, "job", outcome) for outcome in ("failed", "partial", "started")),
    *((COMPLIANCE, "compliance", outcome) for outcome in ("violated", "kept")),
    (DRIFT, "drift", "changed"),
]


@pytest.mark.parametrize(
    ("words", "filters", "mentions", "rules"),
    [
        ("drift", {}, (), ["kind:drift then:send"]),
        ("Failure", {}, (), ["kind:job outcome:failed,partial,started then:send"]),
        ("jobs compliance jobs", {}, ("here",), [
            "kind:job then:send,mention:here", "kind:compliance then:send,mention:here",
        ]),
        ("drift vendor:cisco", {"site": "fra1, AMS2"}, (), ["kind:drift site:fra1,ams2 vendor:cisco then:send"]),
        ("drift site:fra1", {"site": "ams2"}, ("U0BOB",), ["kind:drift site:fra1,ams2 then:send,mention:U0BOB"]),
        ("failures outcome:partial", {}, (), ["kind:job outcome:partial then:send"]),
        ("drift, compliance,", {}, (), ["kind:drift then:send", "kind:compliance then:send"]),
        ("drift vendor:“juniper networks”,cisco", {}, (), ['kind:drift vendor:"juniper networks",cisco then:send']),
        ("drift", {"site": '"FRA 2, old",ams2'}, (), ['kind:drift site:"fra 2, old",ams2 then:send']),
    ],
)  # fmt: skip
def test_kinds_and_filters_become_rules(
    words: str, filters: dict[str, str], mentions: tuple[str, ...], rules: list[str]
) -> None:
    assert [spell(rule) for rule in rules_of(words.split(), filters, mentions)] == rules


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("site:fra1", "Name what to subscribe to"),
        ("reports", "write `report daily 07:30 Europe/Berlin`"),
        ("dirft", "Did you mean `drift`?"),
        ("drift colour:red", "`colour` is no condition"),
        ("drift site:", "`site` needs a value"),
        ("x" * 300, "is no kind of notice"),
    ],
)
def test_what_is_no_kind_or_filter_is_refused_in_words(words: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        rules_of(words.split(), {}, ())
    assert len(refused.value.words) < 300


@pytest.mark.parametrize("flags", [flags for number in range(1, 5) for flags in combinations(FLAGS, number)])
def test_the_rules_of_flags_give_a_channel_what_the_flags_gave_it(flags: tuple[str, ...]) -> None:
    utc = ZoneInfo("UTC")
    by_flags = Channel(
        1, 1, enabled=True, flags=frozenset(flags), channel_id="C1", revision=1, rules=(), quiet=None, zone=utc
    )
    by_rules = Channel(
        1,
        1,
        enabled=True,
        flags=frozenset(),
        channel_id="C1",
        revision=1,
        rules=rules_of_flags(flags),
        quiet=None,
        zone=utc,
    )
    for kind, subject, outcome in HAPPENED:
        event = Event("k", subject, kind.flag, 1, NOON, {}, facts=Facts(kind=subject, outcome=outcome))
        assert explain(event, by_flags).action == explain(event, by_rules).action, (subject, outcome)


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("kind:drift site:fra1 then:drop", {"drift"}),
        ("kind:job then:send", {"jobs"}),
        ("kind:job outcome:failed then:send", {"jobs", "failures"}),
        ("kind:job outcome:failed,success then:send", {"jobs"}),
        ("kind:job,drift then:send", set()),
        ("then:send", set()),
    ],
)
def test_a_kind_names_the_rules_that_are_about_nothing_else(rule: str, kinds: set[str]) -> None:
    every = ("jobs", "failures", "completions", "compliance", "drift")
    assert {kind for kind in every if is_of_kind(parse(rule), kind_of(kind))} == kinds
