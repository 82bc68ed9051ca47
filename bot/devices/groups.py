"""Finds the device groups of WebNet by name, and their members. WebNet's own job on a group is never used: it runs on every
device of the customer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bot.core import targets
from bot.core.errors import Conflict, NotFound, WebNetMissing
from bot.core.text import count, meant, nearest
from bot.webnet.client import WebNet
from bot.webnet.models import Device, Group

LISTED_S = 5.0  # how long the list of groups is used again; members are read whenever somebody asks for them
MOST_NESTED = 50  # groups that one name may stand for: each costs a request


class Groups:
    """Safe to share between threads."""

    def __init__(self, webnet: WebNet, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._webnet = webnet
        self._monotonic = monotonic
        self._listed: tuple[float, tuple[Group, ...]] = (float("-inf"), ())

    def members(self, customer: int, word: str) -> list[Device]:
        """Reads the devices of a group and of the groups below it; `word` is its name in any case, or `#` and its number.

        The devices are as WebNet has them now, and may be disabled, or even another customer's. Raises NotFound, also if the
        name is that of several groups, and Conflict if too many groups are below it.
        """
        groups = self.of(customer)
        if not _named(word, groups):
            self._forget()
            groups = self.of(customer)
        nested = _with_nested(_only_one(word, groups), groups)
        if len(nested) > MOST_NESTED:
            raise Conflict(
                f"`@{word}` stands for {count(len(nested), 'group')}, where {MOST_NESTED} are allowed. Nothing was done."
            )
        try:
            return [device for group in nested for device in self._webnet.group_devices(group.id)]
        except WebNetMissing:
            self._forget()
            raise NotFound(f"`@{word}`, or a group below it, was deleted just now. Nothing was done.") from None

    def of(self, customer: int) -> list[Group]:
        """Lists the groups of a customer, as they were a few seconds ago at most. Raises WebNetError."""
        now = self._monotonic()
        if now - self._listed[0] > LISTED_S:
            self._listed = (now, tuple(self._webnet.groups()))
        return [group for group in self._listed[1] if group.customer == customer]

    def _forget(self) -> None:
        self._listed = (float("-inf"), ())


def _only_one(word: str, groups: Sequence[Group]) -> Group:
    found = _named(word, groups)
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(f"`@#{group.id}`" for group in found)
        raise NotFound(f"Several groups are named {found[0].name}: name one by its number, {numbers}.")
    guesses = meant(targets.word("@", name) for name in nearest(word, (group.name for group in groups)))
    raise NotFound(f"There is no group `@{word}` here, so nothing was done.{targets.apart(f'@{word}') or guesses}")


def _named(word: str, groups: Sequence[Group]) -> list[Group]:
    """Returns the group of this number, or of this name to the letter, else those of the name in any case."""
    if word.startswith("#"):
        return [group for group in groups if f"#{group.id}" == word]
    alike = [group for group in groups if _folded(group.name) == _folded(word)]
    return [group for group in alike if group.name == word] or alike


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _with_nested(group: Group, groups: Sequence[Group]) -> list[Group]:
    """Returns the group and all that are below it, each once, even where WebNet's parents go round in a circle."""
    found, ids = [group], {group.id}
    for above in found:  # grows on the way
        below = [each for each in groups if each.parent == above.id and each.id not in ids]
        ids.update(each.id for each in below)
        found += below
    return found
