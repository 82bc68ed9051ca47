"""Filters and the order by name find what a look at every device finds."""

from __future__ import annotations

import random

import pytest

from store.database import Store
from store.device_filters import FEW
from store.directory import Device

NAMES = ("sw", "SW-Straße", "sw-strasse", "\U0010ffff", "\U0010ffffa", "rtr-ς", "rtr-Σ", "\ud7ff", "a_", "a%")
SITES = ("fra1", "FRA1", "Gießen", "giessen", "", None)


def device(number: int, customer: int) -> Device:
    name, site = NAMES[number % len(NAMES)], SITES[number % len(SITES)]
    shared = {"mgmt_ip": f"10.0.{number % 250}.1", "vendor": f"v{number % 3}", "enabled": True}
    return Device(id=number, customer=customer, hostname=f"{name}{number % 97}.{number}", site=site, **shared)


@pytest.fixture
def devices(store: Store) -> list[Device]:
    every = [device(number, 1 + number % 2) for number in range(1, 2 * FEW + 20)]
    store.directory.put(every)
    return [each for each in every if each.customer == 1]


def test_what_fits_a_filter_and_comes_first_by_name(store: Store, devices: list[Device]) -> None:
    for value in ("FRA1", "GIESSEN", "", "fra"):
        fit = {each.id for each in devices if (each.site or "").casefold() == value.casefold()}
        assert store.directory.fitting(1, "site", value) == fit, value
    for value in ("SW", "sw-STRASSE1", "\U0010ffff", "", "RTR-ς", "\ud7ff", "a_", "10.0.2.1", "#2", "#02", "#3"):
        for_name = {each.id for each in devices if each.hostname.casefold().startswith(value.casefold())}
        named = {each.id for each in devices if value in {each.mgmt_ip, f"#{each.id}"}}
        assert store.directory.fitting(1, "device", value) == for_name | named, value
    by_name = sorted(devices, key=lambda each: (each.hostname.casefold(), each.id))
    for wanted in (by_name, random.Random(1).sample(by_name, 300), by_name[-7:]):
        ids = {1, *(each.id for each in wanted)}  # 1 is of another customer
        first = [each.id for each in by_name if each.id in ids][5:15]
        assert [each.id for each in store.directory.some(1, ids, 5, 10)] == first
