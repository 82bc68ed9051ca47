"""Who is in the groups that rules name is copied, so that routing asks WebNet for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core import rule_text
from bot.core.errors import WebNetError
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
    named = NamedGroups(bot.store, bot.webnet, Groups(bot.webnet, iter(range(0, 10**6, 60)).__next__), lambda: clock[0])

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


def test_a_group_that_cannot_be_read_stays_as_it_is_and_keeps_no_other_back(feeding: Feeding) -> None:
    bot, lab = feeding, feeding.lab
    bot.directory.sweep()
    edge = lab.add_group("Edge", [1])
    clock = [bot.store.database.now() + FRESH / 2]
    named = NamedGroups(bot.store, bot.webnet, Groups(bot.webnet, iter(range(0, 10**6, 60)).__next__), lambda: clock[0])
    set_rules(bot, "acme", "group:edge then:send")
    named.follow()
    lab.add_group("Core", [2])
    lab.add_group("Other", [131], customer=2)
    set_rules(bot, "acme", "group:edge,core then:send")
    set_rules(bot, "globex", "group:other then:send")
    fault = lab.fault("away", prefix=f"/api/v1/device-groups/{edge}/")

    def words() -> list[tuple[str, ...]]:
        found = (*KnownDevices(bot.store).of(1, None), *KnownDevices(bot.store).of(2, None))
        return sorted(each.groups for each in found if each.groups)

    named.follow()
    assert words() == [("core",), ("edge",), ("other",)]
    lab.clear_record()
    named.follow()
    assert lab.record == []
    fault.times = 0
    lab.delete("devices", 1)
    clock[0] += timedelta(seconds=30)
    named.follow()
    assert bot.store.device_groups.devices(1, "edge") == set()


@pytest.mark.parametrize("kind", ["error", "away"])
def test_no_group_rests_while_all_of_webnet_is_away(feeding: Feeding, kind: Any) -> None:
    bot, lab = feeding, feeding.lab
    bot.directory.sweep()
    edge = lab.add_group("Edge", [1])
    set_rules(bot, "acme", "group:edge then:send")
    named = NamedGroups(bot.store, bot.webnet, Groups(bot.webnet))
    lab.fault("truncated", prefix=f"/api/v1/device-groups/{edge}/")
    lab.before("GET", f"/api/v1/device-groups/{edge}/", lambda: lab.fault(kind))
    with pytest.raises(WebNetError):
        named.follow()
    lab.clear_faults()
    named.follow()
    assert [each.id for each in KnownDevices(bot.store).of(1, None) if each.groups] == [1]
