"""Finds other spellings of what somebody looks for in configs: of an interface, an address, or what a phone made of a dash. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence

_DASHES = re.compile("[\u2010\u2011\u2012\u2013\u2212]")
_INTERFACES = (  # as Cisco and those like it write them, each with the fewest letters that are typed for it
    ("TwentyFiveGigE", 3),
    ("HundredGigE", 2),
    ("FortyGigabitEthernet", 2),
    ("TenGigabitEthernet", 2),
    ("GigabitEthernet", 1),
    ("FastEthernet", 1),
    ("Ethernet", 1),
    ("Loopback", 2),
    ("Port-channel", 2),
    ("Tunnel", 2),
    ("Serial", 1),
    ("Vlan", 1),
)
_INTERFACE = re.compile(r"(?<![\w-])([a-z-]+) ?(\d+(?:/\d+)*(?:[.:]\d+)?)(?![\w/])", re.IGNORECASE)
_INT = re.compile(r"\Aint\.? (?=[a-z])", re.IGNORECASE)
_MAC = re.compile(
    r"(?<![\w:.-])(?:(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![\w:.-])",
    re.IGNORECASE,
)
_V6 = re.compile(r"(?<![\w:.])[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*(?![\w:.])", re.IGNORECASE)
_PREFIX = re.compile(r"(?<![\w.])(\d+(?:\.\d+){3}|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*)/\d{1,3}(?![\w/])", re.IGNORECASE)


def others(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yields the words in each other spelling, the likelier first."""
    known = {tuple(words)}
    for spell in _SPELLINGS:
        spelled = tuple(map(spell, words))
        if spelled not in known:
            known.add(spelled)
            yield spelled


def _plain(word: str) -> str:
    """Returns a word with hyphens, and without a quotation mark that has no partner."""
    return _DASHES.sub("-", word.strip("\"'"))


def _interface(word: str) -> str:
    return _INTERFACE.sub(_whole, _INT.sub("interface ", _plain(word)))


def _whole(found: re.Match[str]) -> str:
    """Returns an interface with the whole name of its kind."""
    typed = found[1].casefold()
    for name, fewest in _INTERFACES:
        if len(typed) >= fewest and name.casefold().startswith(typed):
            return f"{name}{found[2]}"
    return found[0]


def _mac(parted: int, by: str) -> Callable[[str], str]:
    def digits(found: re.Match[str]) -> str:
        plain = re.sub("[^0-9a-f]", "", found[0].casefold())
        return by.join(plain[at : at + parted] for at in range(0, 12, parted))

    return lambda word: _MAC.sub(digits, _plain(word))


def _v6(word: str) -> str:
    return _V6.sub(lambda found: _usual(found[0]), _plain(word))


def _usual(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _address(word: str) -> str:
    """Returns a word without the length of a prefix behind an address."""
    return _v6(_PREFIX.sub(r"\1", _plain(word)))


_SPELLINGS = (_plain, _interface, _mac(4, "."), _mac(2, ":"), _mac(2, "-"), _v6, _address)
