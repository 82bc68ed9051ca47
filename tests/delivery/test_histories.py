"""Whatever happens, the core sends an event once, at its time, or drops it by a rule that can be named: as the plain model of
model.py says."""

from __future__ import annotations

import os
import random

from bot.core.holding import ByQuietHours, Holders
from bot.core.routing import explain, route
from tests.delivery.histories import BEGINS, History, days_of, history_of
from tests.delivery.model import Model, Outcome, Outcomes

HISTORIES = int(os.environ.get("HISTORIES", "100"))
SEED = int(os.environ.get("SEED", "18"))


def of_core(history: History) -> Outcomes:
    found: Outcomes = {}
    held = {}
    holders, before = Holders(ByQuietHours()), None
    for step, now in history.days.looks():
        asked = history.asked_at(step)
        channel, asked_again = asked.channel(), asked != before or history.days.is_set(step)
        for at, event in history.events:
            if event.key in found or at > step:
                continue
            if event.key in held:
                if held[event.key] > now and not asked_again:
                    continue
                hold, form = holders.until(event, channel, now), "held"
            else:
                routes = route(event, [channel])
                if not routes:
                    found[event.key] = Outcome(rule=explain(event, channel).rule)
                    continue
                hold, form = None if routes[0].urgent else holders.until(event, channel, now, routes[0]), "alone"
                form = "urgent" if routes[0].urgent else form
            if hold:
                held[event.key] = hold.held_until
            else:
                found[event.key] = Outcome(step, form)
        before = asked
    return found


def test_every_event_is_sent_once_at_its_time_or_dropped_by_a_rule_with_a_name() -> None:
    seen: set[str] = set()
    for number in range(HISTORIES):
        chance = random.Random(SEED * 1_000_003 + number)
        history = history_of(chance, days_of(chance, chance.choice(BEGINS)), holding=False)
        found = of_core(history)
        assert found == Model(history).outcomes(), (number, history)
        seen.update(outcome.form for outcome in found.values())
    assert seen == {"alone", "urgent", "held", ""}
