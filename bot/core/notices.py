"""What a notice is: the message about an event, and which channels it is for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.events import Event
from bot.core.message import Line, Message, Span

JOB_COMPLETION = "notify_job_completion"
JOB_FAILURE = "notify_job_failure"
COMPLIANCE = "notify_compliance_violations"
DRIFT = "notify_drift_detected"
FLAGS = (JOB_FAILURE, COMPLIANCE, DRIFT, JOB_COMPLETION)  # what needs somebody comes first


@dataclass(frozen=True, slots=True)
class Words:
    """What a view needs beside the event, and what differs from one workspace to the next.

    `prompt` is the slash command, such as "/webnet". `person` takes WebNet's user id, if there is one, and name: the
    mapped person of the chat as a mention, else the name.
    """

    prompt: str
    job_page: Callable[[int], str]
    person: Callable[[int | None, str], Span]


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of event as people read it: `view` alone, `line` as one of many in a digest, below the heading `group`
    ("Config backup failed"). `sample` is an event of this kind as it could be now; its customer means nothing."""

    kind: str
    view: Callable[[Event, Words], Message]
    line: Callable[[Event], Line]
    group: Callable[[Event], str]
    sample: Callable[[datetime], Event]


class Notices(Mapping[str, Notice]):
    """The notices by kind of event. Two of one kind are a ValueError."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._notices: dict[str, Notice] = {}
        for notice in notices:
            if notice.kind in self._notices:
                raise ValueError(f"two notices are for {notice.kind!r}")
            self._notices[notice.kind] = notice

    def __getitem__(self, kind: str) -> Notice:
        return self._notices[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._notices)

    def __len__(self) -> int:
        return len(self._notices)


class Place(Protocol):
    """A channel as routing sees it: its row's id, its workspace's customer and whether that is enabled, and the flags
    that are set."""

    @property
    def id(self) -> int: ...

    @property
    def customer(self) -> int: ...

    @property
    def enabled(self) -> bool: ...

    @property
    def flags(self) -> frozenset[str]: ...


def route(event: Event, places: Iterable[Place]) -> list[int]:
    """The ids of the channels that are to be told: of enabled workspaces of the event's customer, with its flag set."""
    return [
        place.id for place in places if place.enabled and place.customer == event.customer and event.flag in place.flags
    ]
