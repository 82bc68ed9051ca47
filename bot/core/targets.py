"""Reads which devices somebody means, from the words of an argument of `Kind.targets`. Pure.

    rtr-fra1-001  10.10.0.1  #17          one device: by host name, address, first label of its name, or number
    @core-routers  @#3                    every device of a group of WebNet, and of the groups below it
    site:fra1  vendor:cisco  role:core    a filter

Devices and groups add up. Filters narrow them: of each key that is given, one of its values must fit, in any case. Filters that
stand alone mean every device of the customer that fits them. What holds a blank stands in quotes, such as `site:"new york"`, and
a comma may follow a word. An expression never means nothing, because WebNet takes an empty list for every device.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.errors import UsageError

FILTERS = ("site", "vendor", "role")
PREFIX = re.compile(rf"@|(?:{'|'.join(FILTERS)}):", re.IGNORECASE)  # what may stand before a name in quotes

_ALL = frozenset({"all", "any", "every", "*"})


class Known(Protocol):
    """Stands for a device as WebNet has it, or the copy in the store."""

    @property
    def id(self) -> int: ...

    @property
    def hostname(self) -> str: ...

    @property
    def mgmt_ip(self) -> str: ...

    @property
    def platform(self) -> str: ...

    @property
    def site(self) -> str | None: ...

    @property
    def vendor(self) -> str | None: ...

    @property
    def role(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Targets:
    """Holds an expression. `devices` and `groups` are words that still have to be looked up, `filters` the values by key."""

    devices: tuple[str, ...]
    groups: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]

    @property
    def device(self) -> str:
        """The word of the device, if nothing else is meant; empty for every other expression."""
        return self.devices[0] if len(self.devices) == 1 and not self.groups and not self.filters else ""

    @property
    def only_filters(self) -> bool:
        return not self.devices and not self.groups

    def fits(self, device: Known) -> bool:
        """Says whether the device passes the filters."""
        return all(any(is_of(device, key, value) for value in values) for key, values in self.filters.items())


def is_of(device: Known, key: str, value: str) -> bool:
    """Says whether that field of the device, one of FILTERS, has this value, in any case."""
    return (getattr(device, key) or "").casefold() == value.casefold()


def read(words: Sequence[str]) -> Targets:
    """Reads the words as the parser of arguments gives them. Raises UsageError."""
    devices, groups, filters = dict[str, None](), dict[str, None](), dict[str, dict[str, None]]()
    for word in words if len(words) == 1 else (word.rstrip(",") for word in words):
        found = PREFIX.match(word)
        name = word[found.end() :].strip() if found else word.strip()
        if found and not name:
            what = "the name of a group" if word == "@" else f"a {found[0].lower()[:-1]}"
            raise UsageError(f"`{word}` must be followed by {what}, without a blank between them.")
        if found is None:
            devices |= {name: None} if name else {}
        elif found[0] == "@":
            groups[name] = None
        else:
            filters.setdefault(found[0].lower()[:-1], {})[name] = None
    if not (devices or groups or filters):
        raise UsageError("Name the devices: by host name, address, `@group`, or a filter such as `site:fra1`.")
    return Targets(tuple(devices), tuple(groups), {key: tuple(values) for key, values in filters.items()})


def apart(joined: str) -> str:
    """Returns a sentence with the words that somebody joined by commas, as they have to be typed; empty if there is no comma."""
    found = PREFIX.match(joined)
    prefix = found[0] if found else ""
    names = [name for each in joined.removeprefix(prefix).split(",") if (name := each.strip().removeprefix(prefix))]
    return f" Put a blank between them: `{' '.join(word(prefix, name) for name in names)}`." if len(names) > 1 else ""


def several(word: str, *, exact: bool) -> str:
    """Returns a sentence for a word that means several devices where one is taken, or, if `exact`, that is no way to name several;
    empty for every other word."""
    if exact:
        named = " Several are named by `@group`, or by a filter such as `site:fra1`."
        return named if word.casefold() in _ALL or word.endswith("*") else ""
    if "," in word and not PREFIX.match(word):
        return " Name one device: no more than one is taken here."
    one = " Name one device: no group and no filter is taken here."
    return one if word.casefold() in _ALL or word.endswith("*") or PREFIX.match(word) else ""


def written(filters: Mapping[str, Sequence[str]]) -> str:
    """Writes filters as they are typed, such as `site:fra1 vendor:cisco`."""
    return " ".join(word(f"{key}:", value) for key in filters for value in filters[key])


def word(prefix: str, name: str) -> str:
    """Writes one word of an expression, such as `@core` or `site:"new york"`."""
    return f'{prefix}"{name}"' if " " in name else f"{prefix}{name}"
