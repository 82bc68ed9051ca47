"""The words of an expression become devices, groups and filters."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.core.arguments import DEVICES
from bot.core.errors import UsageError
from bot.core.parsing import parse
from bot.core.targets import Targets, apart, read, written


def line(typed: str) -> Targets:
    return read(parse((DEVICES,), typed)[DEVICES.name])


@dataclass
class Device:
    id: int = 1
    hostname: str = "rtr-fra1-001"
    mgmt_ip: str = "10.10.0.1"
    site: str | None = "fra1"
    vendor: str | None = "cisco"
    role: str | None = None


@pytest.mark.parametrize(
    ("typed", "devices", "groups", "filters"),
    [
        ("rtr1", ("rtr1",), (), {}),
        ("rtr1 10.10.0.1 #17 rtr1", ("rtr1", "10.10.0.1", "#17"), (), {}),
        ("rtr1, sw2,sw3 , fw4", ("rtr1", "sw2,sw3", "fw4"), (), {}),
        ("@core @#3 @core", (), ("core", "#3"), {}),
        ('@"core routers" “@edge  nodes”', (), ("core routers", "edge nodes"), {}),
        ("SITE:fra1 site:ams2 vendor:Cisco", (), (), {"site": ("fra1", "ams2"), "vendor": ("Cisco",)}),
        ('site:"new york" @core rtr1', ("rtr1",), ("core",), {"site": ("new york",)}),
        ("fe80::1 sites:fra1", ("fe80::1", "sites:fra1"), (), {}),
    ],
)
def test_an_expression(
    typed: str, devices: tuple[str, ...], groups: tuple[str, ...], filters: dict[str, tuple[str, ...]]
) -> None:
    assert line(typed) == Targets(devices, groups, filters)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Name the devices"),
        (", ,", "Name the devices"),
        ("@ core", "`@` must be followed by the name of a group"),
        ("rtr1 site: fra1", "`site:` must be followed by a site"),
        ('vendor:""', "`vendor:` must be followed by a vendor"),
    ],
)
def test_an_expression_that_is_refused(typed: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        line(typed)


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("@any", True),
        ("site:FRA1", True),
        ("site:ams2 site:fra1", True),
        ("site:fra1 vendor:cisco", True),
        ("site:fra1 vendor:juniper", False),
        ("role:core", False),
        ("site:fra", False),
    ],
)
def test_filters_of_one_key_add_up_and_different_keys_narrow(typed: str, fits: bool) -> None:
    assert line(typed).fits(Device()) is fits


@pytest.mark.parametrize(("typed", "one"), [("rtr1", "rtr1"), ("rtr1 rtr1", "rtr1"), ("rtr1 sw2", ""), ("@a", "")])
def test_one_device_that_is_named_alone(typed: str, one: str) -> None:
    assert line(typed).device == one


def test_filters_are_written_as_they_are_read() -> None:
    filters = {"site": ("new york", "fra1"), "role": ("core",)}
    assert line(written(filters)).filters == filters


@pytest.mark.parametrize(
    ("joined", "typed"),
    [
        ("#1,#2", "`#1 #2`"),
        ("site:fra1,site:new york,", '`site:fra1 site:"new york"`'),
        ("@a, b", "`@a @b`"),
        ("rtr1", ""),
        (",", ""),
    ],
)
def test_what_commas_join_is_shown_as_it_has_to_be_typed(joined: str, typed: str) -> None:
    assert apart(joined) == (f" Put a blank between them: {typed}." if typed else "")
