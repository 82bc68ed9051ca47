"""A copy of who is in the groups of devices that rules name, for feeds, which ask WebNet for nothing more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from peewee import ModelDelete, chunked

from store.engine import Database
from store.models import DeviceGroup

_CHUNK = 200


class DeviceGroups:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, customer: int, devices: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Returns the words for the groups of each of a customer's devices that is in one."""
        found: dict[int, list[str]] = defaultdict(list)
        for chunk in chunked(devices, _CHUNK):
            query = DeviceGroup.select(DeviceGroup.device, DeviceGroup.word).order_by(DeviceGroup.word)
            query = query.where(DeviceGroup.customer == customer, DeviceGroup.device.in_(chunk))
            for device, word in self._database.tuples(query):
                found[device].append(word)
        return {device: tuple(words) for device, words in found.items()}

    def devices(self, customer: int, word: str) -> set[int]:
        """Returns the devices of a customer that are in the group of this word."""
        query = DeviceGroup.select(DeviceGroup.device)
        query = query.where(DeviceGroup.customer == customer, DeviceGroup.word == word)
        return {device for (device,) in self._database.tuples(query)}

    def replace(self, members: Mapping[int, Mapping[int, Collection[str]]]) -> None:
        """Replaces all that is known by `members`: by customer and device, the words for its groups."""
        rows = [
            {"customer": customer, "device": device, "word": word}
            for customer, devices in members.items()
            for device, words in devices.items()
            for word in words
        ]
        with self._database.transaction():
            self._database.run(ModelDelete(DeviceGroup))
            for chunk in chunked(rows, _CHUNK):
                self._database.run(DeviceGroup.insert_many(chunk).on_conflict_ignore().as_rowcount())
