"""Suggests the values of an argument while somebody types. Pure: everything is answered from memory, within a millisecond.

A suggestion is no command: it counts in no rate of commands and stands in no audit row. Who may nothing, or is not known yet, gets
no suggestion, and gets that in the same time; what is submitted goes through the pipeline, which asks for rights again.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from operator import itemgetter
from typing import Any

from bot.core import permissions
from bot.core.arguments import MOST_DIGITS, Kind
from bot.core.commands import Caller, Command, Role, Workspace
from bot.core.ratelimit import RateLimit

MOST = 50  # options of one suggestion: more nobody reads, and each makes the answer longer; chats show 100 at most
PER_SECOND = 10  # suggestions for one user
ENOUGH = 5  # with so many options nobody needs near ones, nor with an exact one
MOST_NEAR = 20
MOST_CHOICES = 500  # options of a list that is searched one by one
MOST_WORKSPACES = 1_000  # whose lists are kept
LONGEST = 100  # characters of what was typed that are looked at
SHORTEST_NEAR = 3  # letters and digits, fewer of which are near to everything


@dataclass(frozen=True, slots=True)
class Option:
    """Offers one value. `value` is a word of a command line as its parser reads it, so without quotes, such as `#17` for a device
    or `site:new york`. `note` says more in small print. The option is found by its label, its value and what it is `also` called."""

    label: str
    value: str
    note: str = ""
    also: tuple[str, ...] = field(default=(), compare=False)


class Rank(IntEnum):
    """Orders what was found by how well it fits what was typed."""

    exact = 0
    prefix = 1
    inside = 2
    near = 3


Ranked = Iterable[tuple[Rank, Option]]  # the best first
Search = Callable[[Workspace, str], Ranked]  # never waits: whatever it knows is in memory
Later = Callable[[Callable[[], object]], object]  # does some work in the background, or not if there is too much of it


@dataclass(frozen=True, slots=True)
class Source:
    """Knows the options of one kind of argument, for callers of at least this role."""

    search: Search
    role: Role = Role.viewer


def folded(text: str) -> str:
    """Returns the text as it is compared: in any case, with single blanks."""
    return " ".join(text.casefold().split())


def squeezed(text: str) -> str:
    """Returns the letters and digits of a folded text: who types in a hurry leaves out the rest, or types another."""
    return "".join(filter(str.isalnum, text))


def begins_but_for_a_slip(text: str, typed: str) -> bool:
    """Whether `text` begins with `typed` if one character of that is wrong, missing, too much, or swapped with the next."""
    at = next((at for at, (one, other) in enumerate(zip(text, typed, strict=False)) if one != other), None)
    if at is None:
        return len(text) >= len(typed) - 1
    rest, left = typed[at:], text[at:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return left.startswith((rest[1:], swapped)) or left[1:].startswith((rest[1:], rest))


class Choices:
    """Searches a list of options, the first `MOST_CHOICES` of them, one by one; of options that fit alike the earlier comes first."""

    def __init__(self, options: Iterable[Option] = ()) -> None:
        self._options = [(option, _texts(option)) for option in islice(options, MOST_CHOICES)]

    def search(self, typed: str) -> list[tuple[Rank, Option]]:
        wanted = folded(typed)
        found = [(rank, option) for option, texts in self._options if (rank := _rank(texts, wanted)) is not None]
        exact = any(rank is Rank.exact for rank, _ in found)
        if not exact and len(found) < ENOUGH and len(loose := squeezed(wanted)) >= SHORTEST_NEAR:
            found += islice(self._near(loose, {option for _, option in found}), MOST_NEAR)
        return sorted(found, key=itemgetter(0))

    def _near(self, loose: str, known: set[Option]) -> Iterator[tuple[Rank, Option]]:
        for option, texts in self._options:
            if option not in known and any(_is_near(squeezed(text), loose) for text in texts):
                yield Rank.near, option


def _texts(option: Option) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded(text[:LONGEST]) for text in (option.label, option.value, *option.also)))


def _rank(texts: tuple[str, ...], wanted: str) -> Rank | None:
    if wanted in texts:
        return Rank.exact
    if any(text.startswith(wanted) for text in texts):
        return Rank.prefix
    return Rank.inside if any(wanted in text for text in texts) else None


def _is_near(text: str, loose: str) -> bool:
    return loose in text or begins_but_for_a_slip(text, loose)


def merged(*found: Ranked) -> Ranked:
    """Joins what several sources found, the best first; of what fits alike that of the earlier source."""
    return heapq.merge(*found, key=itemgetter(0))


def or_its_number(search: Search) -> Search:
    """Offers a number that was typed in full as well, whatever it may be of: an old job stands in no list."""

    def searched(workspace: Workspace, typed: str) -> Ranked:
        number = typed.strip().removeprefix("#")
        if not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS and int(number)):
            return search(workspace, typed)
        itself = [(Rank.prefix, Option(f"#{int(number)}", str(int(number)), "by its number"))]
        return merged(search(workspace, typed), itself)

    return searched


class RecentOptions:
    """Keeps the options of each workspace that a reading brought. Nobody waits for a reading: whoever asks gets what is there, and
    `later` reads again if that is older than `fresh_s`. What could not be read again for `kept_s` is not shown any more."""

    def __init__(
        self,
        read: Callable[[Workspace], Iterable[Option]],
        *,
        redact: Callable[[str], str],
        later: Later,
        monotonic: Callable[[], float],
        fresh_s: float = 5.0,
        kept_s: float = 300.0,
    ) -> None:
        self._read = read
        self._redact = redact
        self._later = later
        self._monotonic = monotonic
        self._fresh_s, self._kept_s = fresh_s, kept_s
        self._asked: dict[Workspace, float] = {}  # when a reading was asked for
        self._choices: dict[Workspace, tuple[float, Choices]] = {}  # when it began, and what it brought

    def search(self, workspace: Workspace, typed: str) -> Ranked:
        now = self._monotonic()
        if now - self._asked.get(workspace, _NEVER) > self._fresh_s:
            self._asked[workspace] = now
            self._later(lambda: self._refresh(workspace))
        read_at, choices = self._choices.get(workspace, (_NEVER, _NONE))
        return choices.search(typed) if now - read_at <= self._kept_s else ()

    def _refresh(self, workspace: Workspace) -> None:
        began = self._monotonic()
        self._choices[workspace] = began, Choices(self._redacted(self._read(workspace)))
        for kept in (self._asked, self._choices):  # a workspace that was changed or removed is asked about no more
            if len(kept) > MOST_WORKSPACES:
                kept.clear()

    def _redacted(self, options: Iterable[Option]) -> Iterator[Option]:
        """Hides secrets in what is shown, and leaves out what has one in its value."""
        for option in options:
            if self._redact(option.value) == option.value:
                also = tuple(map(self._redact, option.also))
                yield Option(self._redact(option.label), option.value, self._redact(option.note), also)


_NEVER, _NONE = float("-inf"), Choices()


class Suggestions:
    """Answers one suggestion. Safe to share between threads."""

    def __init__(
        self,
        sources: Mapping[Kind, Source],
        commands: Iterable[Command[Any, Any]],
        roles: Mapping[str, str],
        workspace_of: Callable[[str], Workspace | None],
        caller_at_hand: Callable[[Workspace, str], Caller | None],
        monotonic: Callable[[], float],
    ) -> None:
        """What the sources know is without secrets. `roles` are the settings' least roles by command. `caller_at_hand(workspace,
        chat_user)` gives a caller who was looked up lately, and None at once for everybody else."""
        self._sources = sources
        self._least = {kind: _least(kind, source, list(commands), roles) for kind, source in sources.items()}
        self._workspace_of = workspace_of
        self._caller_at_hand = caller_at_hand
        self._limit = RateLimit(PER_SECOND, monotonic, window_s=1.0)

    def options(self, kind: Kind | None, chat_id: str, chat_user: str, typed: str, *, guest: bool) -> list[Option]:
        """Returns the options of that kind which `typed` may mean, the best first, each once; none for somebody who may not see them.

        `chat_id` is the chat's id of the workspace. Who may not see them learns nothing by the time that it takes, either: they are
        found first.
        """
        workspace, source = self._workspace_of(chat_id), self._sources.get(kind) if kind else None
        if workspace is None or source is None or kind is None or self._limit.wait_s((chat_id, chat_user)):
            return []
        found: dict[str, Option] = {}
        for _, option in islice(source.search(workspace, typed[:LONGEST]), MOST):
            found.setdefault(option.value, option)
        caller = self._caller_at_hand(workspace, chat_user)
        may = (
            caller is not None
            and workspace.enabled
            and not guest
            and caller.role >= self._least[kind]
            and permissions.may_act_for(caller.role, caller.customers, workspace.customer)
        )
        return [*found.values()] if may else []


def _least(kind: Kind, source: Source, commands: Iterable[Command[Any, Any]], roles: Mapping[str, str]) -> Role:
    """Returns the least role of those who may run a command that takes such an argument; the source's own is the least of all."""
    taking = (command for command in commands if any(argument.kind is kind for argument in command.arguments))
    needed = min((permissions.least_role(command, roles) for command in taking), default=source.role)
    return max(needed, source.role)
