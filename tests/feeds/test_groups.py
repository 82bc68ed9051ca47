"""Who is in the groups that rules name is copied, so that routing asks WebNet for nothing."""

from __future__ import annotations

from bot.core import rule_text
from bot.devices.groups import Groups
from bot.feeds.facts import KnownDevices
from bot.feeds.groups import FRESH, NamedGroups
from tests.feeds.conftest import Feeding


def set_rules(bot: Feeding, channel: str, *lines: str) -> None:
    bot.store.channels.update(bot.channels[channel], rules=rule_text.dump(map(rule_text.parse, lines)))


def test_the_groups_that_rules_name_are_read_once_in_a_while_and_no_others(feeding: Feeding) -> None:
    bot, lab = feeding, feeding.lab
    bot.directory.sweep()
    edge, core = (str(lab.row("devices", number)["hostname"]) for number in (1, 2))
    lab.add_group("Core", [2], parent=lab.add_group("Edge", [1]))
    clock = [bot.store.database.now() + FRESH / 2]
    named = NamedGroups(bot.store, Groups(bot.webnet, iter(range(0, 10**6, 60)).__next__), lambda: clock[0])

    def words() -> dict[str, tuple[str, ...]]:
        found = KnownDevices(bot.store).of(1, None)
        return {each.name: each.groups for each in found if each.groups}

    def requests() -> int:
        return sum("device-groups" in each.path for each in lab.record)

    named.follow()
    assert (words(), requests()) == ({}, 0)
    set_rules(bot, "acme", "group:edge,nowhere then:send")
    named.follow()
    asked = requests()
    assert (words(), asked > 0) == ({edge: ("edge",), core: ("edge",)}, True)
    named.follow()
    assert requests() == asked
    set_rules(bot, "acme", "group:edge then:send", "group:CORE then:drop")
    named.follow()
    assert words() == {edge: ("edge",), core: ("core", "edge")}
    clock[0] += FRESH
    named.follow()
    assert requests() > asked
    set_rules(bot, "acme")
    named.follow()
    assert words() == {}
