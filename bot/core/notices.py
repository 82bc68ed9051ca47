"""Describes a notice, which is the message about an event. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.events import Event
from bot.core.message import Line, Message, Span


@dataclass(frozen=True, slots=True)
class Words:
    """Holds what a view needs beside the event, and what differs from one workspace to the next.

    `prompt` is the slash command, such as "/webnet". `requester` takes WebNet's user id, if there is one, and name: the
    mapped user of the chat as a mention, else the name.
    """

    prompt: str
    job_page: Callable[[int], str]
    requester: Callable[[int | None, str], Span]


@dataclass(frozen=True, slots=True)
class Notice:
    """Shows one kind of event: `view` on its own, `line` as one of many in a digest, below the heading `group`
    ("Config backup failed"). `sample` makes an event of this kind as it could happen now; its customer means nothing."""

    kind: str
    view: Callable[[Event, Words], Message]
    line: Callable[[Event], Line]
    group: Callable[[Event], str]
    sample: Callable[[datetime], Event]


class Notices(Mapping[str, Notice]):
    """Finds the notice for a kind of event. Raises ValueError for two notices of one kind."""

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
