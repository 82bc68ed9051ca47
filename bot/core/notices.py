"""Describes a notice, which is the message about an event. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.events import Event
from bot.core.marks import Marks, sentences
from bot.core.message import Line, Message, Span


@dataclass(frozen=True, slots=True)
class Words:
    """Holds what a view needs beside the event, and what differs from one workspace to the next.

    `prompt` is the slash command, such as "/webnet". `requester` takes WebNet's user id, if there is one, and name: the
    mapped user of the chat as a mention, else the name. `names` are those of mapped users by the chat's ids. `marks` say what became of the event, and `now` is when the message is made.
    """

    prompt: str
    job_page: Callable[[int], str]
    requester: Callable[[int | None, str], Span]
    marks: Marks = ()
    now: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def marked(self, marks: Marks) -> Words:
        """Returns the words for an event with these marks."""
        return replace(self, marks=marks)

    def waited(self, event: Event, for_more_than: timedelta) -> bool:
        """Says whether so much time has passed between the event and its message."""
        return self.now is not None and self.now - event.happened_at > for_more_than

    def short(self) -> Line:
        """Returns what the marks say, to follow the line of a notice in a digest."""
        return tuple(span for said in sentences(self.marks, self.requester) for span in (" · ", *said))


def _never(_: Event) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Notice:
    """Shows one kind of event: `view` on its own, `line` as one of many in a digest, below the heading `group`
    ("Config backup failed"). `sample` makes an event of this kind as it could happen now; its customer means nothing. One that is
    sent `alone` is never a line of a digest, unless the chat does not take it whole. `fault` says
    whether an event is about something that somebody has to see to, and so can say that they are on it."""

    kind: str
    view: Callable[[Event, Words], Message]
    line: Callable[[Event], Line]
    group: Callable[[Event], str]
    sample: Callable[[datetime], Event]
    alone: bool = False
    fault: Callable[[Event], bool] = _never


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
