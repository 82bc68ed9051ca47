"""Decides which channels an event is for. Pure: feeds route when they enqueue, and nothing is looked up here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bot.core.events import Event


class Destination(Protocol):
    """Stands for a channel that may ask for notices: the id of its row, the customer of its workspace, whether that is
    enabled, and the flags that are switched on."""

    @property
    def id(self) -> int: ...

    @property
    def customer(self) -> int: ...

    @property
    def enabled(self) -> bool: ...

    @property
    def flags(self) -> frozenset[str]: ...


def route(event: Event, destinations: Iterable[Destination]) -> list[int]:
    """Returns the ids of the channels to notify: those of the event's customer, in an enabled workspace, whose flag for
    this kind is on."""
    return [
        each.id
        for each in destinations
        if each.enabled and each.customer == event.customer and event.flag in each.flags
    ]
