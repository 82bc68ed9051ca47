"""Describes what became of the fault that a notice is about: somebody is on it, it is done, put off, or over. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.message import Line, Mention, Span, When

Requester = Callable[[int | None, str], Span]  # a user of WebNet as one workspace knows them

ELSEWHERE = "somebody in another workspace"


class Mark(Protocol):
    """`kind` is taken, done, snoozed or ended. `by` is WebNet's id of who set it and `name` the name there, None and empty where
    WebNet itself shows it. `word` was said with it; `until` is when it ends by itself."""

    @property
    def kind(self) -> str: ...

    @property
    def by(self) -> int | None: ...

    @property
    def name(self) -> str: ...

    @property
    def word(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def until(self) -> datetime | None: ...


Marks = Sequence[Mark]


def is_over(marks: Marks) -> bool:
    return any(mark.kind in ("done", "ended") for mark in marks)


def taken(marks: Marks) -> Mark | None:
    """Returns the mark of who is on it; None if nobody is, or it is over."""
    return None if is_over(marks) else next((mark for mark in marks if mark.kind == "taken"), None)


def who(mark: Mark, requester: Requester) -> Span:
    """Names who set a mark as the reader's workspace knows them: WebNet's users who are not mapped there stay without a name."""
    named = requester(mark.by, mark.name)
    return named if isinstance(named, Mention) else ELSEWHERE


def sentences(marks: Marks, requester: Requester) -> tuple[Line, ...]:
    """Says what holds now, without a full stop: what is over first, and then nothing that it makes pointless."""
    by_kind = {mark.kind: mark for mark in marks}
    said: list[Line] = []
    if ended := by_kind.get("ended"):
        said.append(("Well again since ", When(ended.at)))
    if done := by_kind.get("done"):
        word: Line = (f": {done.word}",) if done.word else ()
        said.append(("Done by ", who(done, requester), " at ", When(done.at), *word))
    if said:
        return tuple(said)
    if on_it := by_kind.get("taken"):
        said.append(("On it: ", who(on_it, requester), " since ", When(on_it.at)))
    if snoozed := by_kind.get("snoozed"):
        until: Line = (When(snoozed.until),) if snoozed.until else ("it is resolved",)
        said.append(("Snoozed until ", *until, " by ", who(snoozed, requester)))
    return tuple(said)
