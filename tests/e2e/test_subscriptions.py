"""A channel chooses its notices from within: who may, what has to be confirmed, and what it then gets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from bot.core.events import DeviceFacts, Event, Facts
from bot.core.rule_text import load, spell
from bot.feeds.enqueue import Enqueuer
from bot.slack.shortcuts import CALLBACK
from lab.slack import Message, plain
from store.channels import Channel
from tests.e2e.rig import Rig, answer, rig, wait_until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DRIFT = "kind:drift then:send"
CANARY = "gx-canary"
NUMBERS = count(501)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    roles = {"subscribe": "operator", "unsubscribe": "operator", "subscriptions": "viewer"}
    with rig(f"sqlite:///{tmp_path_factory.mktemp('subscriptions')}/store.db", roles=roles) as running:
        yield running


def happen(bot: Rig, customer: int = 1, hostname: str = "rtr-fra1-001", **facts: Any) -> int:
    """Enqueues the event of a drift alert, as the feed does, and returns the alert's number."""
    alert, devices = next(NUMBERS), (DeviceFacts(1, hostname, "fra1"),)
    known = Facts(kind="drift", outcome="changed", devices=devices, **facts)
    data = {
        "device": 1, "hostname": hostname, "before": 1, "snapshot": 2, "added": 1, "removed": 0, "magnitude": "Minor changes",
        "left_out": 0, "salted": False, "lines": [], "alert": None, "deploy": None,
    }  # fmt: skip
    event = Event(f"drift:alert:{alert}", "drift", "notify_drift_detected", customer, NOON, data, facts=known)
    with bot.store.transaction():
        Enqueuer(bot.store).enqueue([event])
    return alert


def row(bot: Rig, channel: str) -> Channel | None:
    return bot.store.channels.find(bot.store.workspaces.list()[0].id, channel)


def rules(bot: Rig, channel: str) -> list[str]:
    found = row(bot, channel)
    assert found is not None
    return [*map(spell, load(found.rules))]


def new_channel(bot: Rig, **asked: Any) -> str:
    """A channel of Acme that no other test uses; it is set up where something is asked for."""
    name = f"C0OWN{next(NUMBERS)}"
    bot.slack.add_channel(name, name.lower())
    if asked:
        bot.store.channels.add(workspace=bot.store.workspaces.list()[0].id, channel_id=name, **asked)
    return name


def with_drift(bot: Rig, *sites: str) -> str:
    asked = [{"when": {"kind": ["drift"], "site": [site]}, "then": ["send"]} for site in sites]
    return new_channel(bot, rules=json.dumps(asked or [{"when": {"kind": ["drift"]}, "then": ["send"]}]))


def becomes(bot: Rig, card: Message, words: str) -> None:
    def now() -> bool:
        seen = bot.slack.messages(card.channel, card.ephemeral_to)
        return any(one.ts == card.ts and words in plain(one) for one in seen)

    wait_until(now, f"{words!r} in the message")


# -- a channel that got nothing before


def test_an_administrator_allows_what_an_operator_asks_for_in_a_new_channel(bot: Rig) -> None:
    channel = new_channel(bot)
    card = bot.ask("U0OSCAR", "subscribe drift site:fra1", channel)
    for words in ("guests", "Slack Connect", "kind:drift site:fra1 then:send", "waits for a second person"):
        assert words in plain(card)
    assert row(bot, channel) is None
    for user, words in (("U0OSCAR", "was made by oscar-operator, who is you"), ("U0VERA", "needs the role")):
        assert words in plain(bot.click(user, card, "Approve"))
    bot.slack.click("U0ALICE", card, "Approve")
    said = plain(bot.slack.wait_message(channel, "From now on this channel gets", timeout=60))
    assert "Asked by oscar-operator, approved by alice-admin" in said
    assert rules(bot, channel) == ["kind:drift site:fra1 then:send"]
    happen(bot, 2, CANARY)
    happen(bot)
    assert "rtr-fra1-001" in plain(bot.slack.wait_message(channel, "minor changes", timeout=60))
    assert not [each for each in bot.slack.messages(channel) if CANARY in plain(each)]
    assert bot.audit(command="subscribe", status="success", code="").username == "oscar-operator"


def test_an_administrator_confirms_what_is_asked_for_in_a_new_channel(bot: Rig) -> None:
    channel = new_channel(bot)
    card = bot.ask("U0ALICE", "subscribe drift site:nowhere mention:here", channel)
    assert "guests" in plain(card)
    assert bot.audit(command="subscribe", code="confirmation_requested").status == "success"
    assert row(bot, channel) is None
    bot.slack.click("U0ALICE", card, "Confirm")
    bot.slack.wait_message(channel, "From now on this channel gets", timeout=60)
    assert rules(bot, channel) == ["kind:drift site:nowhere then:send,mention:here"]


def test_no_direct_message_is_subscribed(bot: Rig) -> None:
    bot.slack.add_channel("C0GROUP", "mpdm-alice--oscar-1")
    for place in ("D0ALICE", "C0GROUP"):
        assert "not to a direct message" in plain(bot.ask("U0ALICE", "subscribe drift", place))
        assert row(bot, place) is None


# -- a channel that is set up


def test_a_change_says_what_the_channel_gets_and_how_much_that_would_have_been(bot: Rig) -> None:
    happen(bot)
    happen(bot, 2, CANARY, severity="critical")
    channel = with_drift(bot, "fra1")
    said = plain(bot.ask("U0OSCAR", "subscribe drift severity:critical", channel))
    assert "1. `kind:drift site:fra1 then:send`" in said
    assert "2. `kind:drift severity:critical then:send`" in said
    found = re.search(r"That would have been (\d+) of (\d+) events? of the last 7 days", said)
    assert found is not None
    assert {*map(int, found.groups())} == {len(bot.store.past_events.since(NOON, 1, 1_000))}
    assert "gets that already" in plain(bot.ask("U0OSCAR", "subscribe drift severity:critical", channel))


def test_a_channel_keeps_what_its_switches_gave_it(bot: Rig) -> None:
    channel = new_channel(bot, flags={"notify_job_failure", "notify_compliance_violations"})
    assert "`kind:job outcome:failed,partial,started then:send`" in plain(bot.ask("U0VERA", "subscriptions", channel))
    bot.ask("U0OSCAR", "subscribe drift", channel)
    assert rules(bot, channel) == [
        "kind:job outcome:failed,partial,started then:send", "kind:compliance then:send", DRIFT,
    ]  # fmt: skip
    bot.ask("U0OSCAR", "unsubscribe failures compliance drift", channel)
    found = row(bot, channel)
    assert found is not None
    assert (found.rules, found.flags) == ("[]", frozenset())
    assert "This channel gets no notices." in plain(bot.ask("U0VERA", "subscriptions", channel))


@pytest.mark.parametrize(
    ("user", "mention", "said"),
    [
        ("U0OSCAR", "me", "then:send,mention:U0OSCAR"),
        ("U0OSCAR", "@user-3", "then:send,mention:U0OSCAR"),
        ("U0OSCAR", "here", "Only an administrator"),
        ("U0OSCAR", "user-2", "Only an administrator"),
        ("U0OSCAR", "S0ONCALL", "Only an administrator"),
        ("U0OSCAR", "everybody", "cannot be mentioned"),
        ("U0ALICE", "user-3,here", "then:send,mention:U0OSCAR,mention:here"),
        ("U0ALICE", "S0ONCALL", "then:send,mention:S0ONCALL"),
    ],
)
def test_others_are_mentioned_by_administrators_alone(bot: Rig, user: str, mention: str, said: str) -> None:
    channel = with_drift(bot)
    assert said in plain(bot.ask(user, f"subscribe jobs mention:{mention}", channel))
    assert len(rules(bot, channel)) == (2 if said.startswith("then") else 1)


def test_rules_go_by_number_by_kind_and_by_button(bot: Rig) -> None:
    channel = with_drift(bot, "a", "b", "c", "d")
    assert "has no rule `9`" in plain(bot.ask("U0OSCAR", "unsubscribe 9", channel))
    listed, stale = bot.ask("U0OSCAR", "subscriptions", channel), bot.ask("U0OSCAR", "subscriptions", channel)
    assert "[Remove 4]" in plain(listed)
    bot.click("U0OSCAR", listed, "Remove 2")
    assert [each.split()[1] for each in rules(bot, channel)] == ["site:a", "site:c", "site:d"]
    assert "have changed meanwhile" in plain(bot.click("U0OSCAR", stale, "Remove 2"))
    bot.ask("U0OSCAR", "unsubscribe #1 3", channel)
    assert rules(bot, channel) == ["kind:drift site:c then:send"]
    assert "no notices" in plain(bot.ask("U0OSCAR", "unsubscribe drift", channel))


def test_what_nobody_may_is_refused_before_anything_is_looked_up(bot: Rig) -> None:
    channel = with_drift(bot)
    for line in ("subscribe drift site:x", "unsubscribe 1"):
        assert "needs the role operator" in plain(bot.ask("U0VERA", line, channel))
    assert rules(bot, channel) == [DRIFT]


def test_a_form_subscribes(bot: Rig) -> None:
    channel = with_drift(bot)
    asked = bot.say("U0OSCAR", "subscribe", channel)
    form = wait_until(lambda: (v := bot.slack.open_view("U0OSCAR")) and v.id == asked.view_id and v, "the form")
    bot.slack.fill("U0OSCAR", form, {"kinds": "failures", "site": "fra1", "mention": "me"})
    bot.slack.submit("U0OSCAR", form)
    wait_until(lambda: len(rules(bot, channel)) == 2, "the rule")
    assert rules(bot, channel)[1] == "kind:job outcome:failed,partial,started site:fra1 then:send,mention:U0OSCAR"


# -- why


def test_why_names_the_rule_and_other_channels_to_administrators_alone(bot: Rig) -> None:
    channel, other = with_drift(bot, "fra1"), with_drift(bot)
    alert = happen(bot)
    wait_until(
        lambda: "Slack took it" in plain(bot.ask("U0VERA", f"why alert:{alert}", channel)), "the notice to be sent"
    )
    said, names = (plain(bot.ask(user, f"why alert:{alert}", channel)) for user in ("U0VERA", "U0ALICE"))
    assert "Rule 1 decided: `kind:drift site:fra1 then:send`" in said
    assert re.search(r"enqueued for \d+ other channels? of this customer", said)
    assert (other in said, other in names) == (False, True)
    assert bot.audit(command="why").device_name == "rtr-fra1-001"


def test_why_says_nothing_of_another_customer(bot: Rig) -> None:
    alert = happen(bot, 2, CANARY)
    said = plain(bot.ask("U0ALICE", f"why alert:{alert}"))
    assert said == f"The bot keeps no event of a drift alert #{alert} here."


def test_the_shortcut_of_a_notice_leads_to_why(bot: Rig) -> None:
    channel = with_drift(bot)
    alert = happen(bot)
    known = f"Drift alert #{alert},"
    wait_until(
        lambda: "Slack took it" in plain(bot.ask("U0VERA", f"why alert:{alert}", channel)), "the notice to be sent"
    )
    notice = bot.slack.chat("U0VERA", f"Drift alert #{alert}, and job #163", channel)
    offered = answer(bot.slack.shortcut("U0VERA", CALLBACK + "why_message", notice))
    assert f"[Alert #{alert}] [Job #163]" in plain(offered)
    assert known in plain(bot.click("U0VERA", offered, f"Alert #{alert}"))


def test_subscriptions_says_when_the_channel_is_quiet(bot: Rig) -> None:
    quiet = {"days": "mon-sun", "from": "00:00", "to": "23:59", "zone": "UTC", "holidays": []}
    channel = new_channel(
        bot, rules=json.dumps([{"when": {"kind": ["drift"]}, "then": ["send"]}]), quiet=json.dumps(quiet)
    )
    assert "Quiet hours: `mon-sun 00:00-23:59 UTC`." in plain(bot.ask("U0ALICE", "subscriptions", channel))
