"""An event is routed to the channels that ask for it, by rules or by flags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import rule_text
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.notice_kinds import COMPLIANCE, DEFAULT_FLAGS, DRIFT, JOB_COMPLETION, JOB_FAILURE
from bot.core.routing import Route, Routing, explain, may_get, route
from bot.core.rules import Rule
from tests.core.test_rules import rules

UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRA = DeviceFacts(17, "rtr-fra1-001", site="fra1", vendor="cisco", role="core", groups=("#4", "edge"))
AMS = DeviceFacts(18, "sw-ams2-001", site="ams2", vendor="arista")
FACTS = Facts(
    kind="job", outcome="failed", job_type="config_backup", requester=3, requester_name="Oscar", devices=(FRA, AMS)
)
FAILED = Event("job:1:ended", "job", JOB_FAILURE.flag, 1, NOON, {"id": 1}, facts=FACTS)
ALERT = replace(
    FAILED, flag=DRIFT.flag, facts=Facts(kind="drift", outcome="changed", severity="critical", devices=(AMS,))
)


@dataclass(frozen=True)
class Channel:
    id: int
    customer: int = 1
    enabled: bool = True
    flags: frozenset[str] = DEFAULT_FLAGS
    rules: tuple[Rule, ...] = ()
    zone: ZoneInfo = UTC_ZONE
    revision: int = 7


def ruled(*lines: str, zone: str = "UTC") -> Channel:
    return Channel(1, rules=tuple(map(rule_text.parse, lines)), zone=ZoneInfo(zone))


def routed(*lines: str, event: Event = FAILED, zone: str = "UTC") -> Route:
    """Explains what a channel with these rules does, after both ways to find it have said the same."""
    channel = ruled(*lines, zone=zone)
    found = explain(event, channel)
    assert route(event, [channel]) == ([] if found.action == "drop" else [found])
    return found


def test_an_event_goes_to_every_channel_of_its_customer_that_asks_for_it() -> None:
    channels = [Channel(1), Channel(2, flags=frozenset({JOB_COMPLETION.flag})), Channel(3)]
    assert route(FAILED, channels) == [Route(1, "send", revision=7), Route(3, "send", revision=7)]
    assert route(replace(FAILED, flag=COMPLIANCE.flag), [Channel(1)]) == []


def test_no_event_goes_to_another_customer_or_to_a_disabled_workspace() -> None:
    everything = (rule_text.parse("then:send"),)
    for rules_of in ((), everything):
        channels = [
            Channel(1, 2, rules=rules_of),
            Channel(2, enabled=False, rules=rules_of),
            Channel(3, rules=rules_of),
        ]
        assert [each.channel for each in route(FAILED, channels)] == [3]
        assert [explain(FAILED, each).action for each in channels] == ["drop", "drop", "send"]


def test_where_a_channel_has_rules_its_flags_say_nothing() -> None:
    assert routed("kind:drift then:send") == Route(1, "drop", revision=7)
    assert routed("kind:drift then:send", event=ALERT).action == "send"


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("outcome:partial,failed", True), ("outcome:success", False), ("severity:critical", False),
        ("type:config_backup", True), ("requester:oscar", True), ("requester:#3", True), ("requester:#4", False),
        ("site:FRA1", True), ("site:fra1 vendor:cisco", True), ("site:fra1 vendor:arista", False),
        ("device:RTR-fra", True), ("device:fra", False), ("group:edge role:core", True), ("group:edge site:ams2", False),
        ("group:#4", True), ("kind:job,drift", True), ("kind:drift", False),
    ],
)  # fmt: skip
def test_every_condition_must_fit_and_those_about_devices_on_one_device(line: str, fits: bool) -> None:
    assert routed(f"{line} then:send").action == ("send" if fits else "drop")


def test_an_event_whose_facts_name_no_kind_is_of_its_own_kind() -> None:
    assert routed("kind:job then:send", event=replace(FAILED, facts=Facts())).action == "send"


@pytest.mark.parametrize(
    ("lines", "action", "rule", "urgent", "mentions"),
    [
        (["then:send", "then:hold"], "hold", 2, False, ()),
        (["then:hold", "outcome:success then:drop"], "hold", 1, False, ()),
        (["then:drop,stop", "then:send"], "drop", 1, False, ()),
        (["then:stop", "then:send"], "drop", 1, False, ()),
        (
            ["then:hold", "then:mention:here", "then:mention:U0ALICE,mention:here"],
            "hold",
            1,
            False,
            ("here", "U0ALICE"),
        ),
        (["then:mention:here"], "send", 1, False, ("here",)),
        (["then:urgent", "then:hold"], "send", 2, True, ()),
        (["then:urgent", "then:drop"], "drop", 2, True, ()),
    ],
)
def test_rules_apply_in_order(
    lines: list[str], action: str, rule: int, urgent: bool, mentions: tuple[str, ...]
) -> None:
    assert routed(*lines) == Route(1, action, mentions, urgent, rule, 7)  # type: ignore[arg-type]


def test_what_is_pressing_is_never_held_and_may_be_dropped() -> None:
    pressing = replace(FAILED, facts=replace(FACTS, pressing=True))
    assert routed("then:hold", event=pressing) == Route(1, "send", (), urgent=True, rule=1, revision=7)
    assert routed("then:drop", event=pressing).action == "drop"
    assert route(pressing, [Channel(1)])[0].urgent


@pytest.mark.parametrize(
    ("window", "happened_at", "fits"),
    [
        ("22:00-06:00", datetime(2026, 3, 1, 21, tzinfo=UTC), True),  # 22:00 in Berlin
        ("22:00-06:00", datetime(2026, 3, 1, 20, 59, tzinfo=UTC), False),
        ("22:00-06:00", datetime(2026, 3, 1, 4, 59, tzinfo=UTC), True),
        ("22:00-06:00", datetime(2026, 3, 1, 5, tzinfo=UTC), False),
        ("02:00-03:00", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), False),  # the hour that the clocks skip
        ("02:00-03:00", datetime(2026, 3, 29, 1, tzinfo=UTC), False),
        ("22:00-03:00", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), True),
        ("02:00-03:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),  # the hour that comes twice
        ("02:00-03:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
        ("02:00-03:00", datetime(2026, 10, 25, 2, tzinfo=UTC), False),
    ],
)
def test_during_counts_by_the_wall_clock_of_the_channels_zone(window: str, happened_at: datetime, fits: bool) -> None:
    event = replace(FAILED, happened_at=happened_at)
    found = routed(f"during:{window} then:send", event=event, zone="Europe/Berlin")
    assert found.action == ("send" if fits else "drop")


def test_a_channel_may_get_what_its_rules_or_else_its_flags_may_let_through() -> None:
    assert (may_get(Channel(1), JOB_FAILURE), may_get(Channel(1), DRIFT)) == (True, False)
    ruled_ = ruled("kind:drift severity:critical then:hold", "kind:compliance then:drop")
    assert [may_get(ruled_, kind) for kind in (DRIFT, JOB_FAILURE, COMPLIANCE)] == [True, False, False]


DEVICES = st.builds(
    DeviceFacts,
    st.integers(1, 9),
    st.sampled_from(["rtr-fra1-001", "RTR-fra", "sw-ams2-001", ""]),
    st.sampled_from(["fra1", "AMS 2", ""]),
    st.sampled_from(["cisco", "Arista"]),
    st.sampled_from(["core", ""]),
    st.lists(st.sampled_from(["#4", "edge"]), max_size=2).map(tuple),
)
EVENTS = st.builds(
    lambda kind, outcome, severity, job_type, requester, devices: replace(
        FAILED, facts=Facts(kind, outcome, severity, job_type, requester, "Oscar", tuple(devices))
    ),
    st.sampled_from(["job", "drift", "compliance", "report"]),
    st.sampled_from(["failed", "success", ""]),
    st.sampled_from(["critical", "warning", ""]),
    st.sampled_from(["config_backup", ""]),
    st.sampled_from([3, None]),
    st.lists(DEVICES, max_size=3),
)


TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # what it takes


@settings(deadline=None)
@given(EVENTS, st.lists(st.lists(rules(), max_size=6), max_size=4), TIMES)
def test_the_index_finds_what_looking_at_every_rule_finds(
    event: Event, of_each: list[list[Rule]], happened_at: datetime
) -> None:
    event = replace(event, happened_at=happened_at)
    channels = [Channel(number, rules=tuple(each)) for number, each in enumerate(of_each)]
    explained = [explain(event, each) for each in channels]
    assert Routing(channels).route(event) == [each for each in explained if each.action != "drop"]
