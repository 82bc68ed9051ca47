"""Encodings that anybody can read back: Cisco's type 7 and JunOS' `$9$`. A device may write one value in many ways, so two
secrets are compared as what they say. What is read back here is never stored or shown. Pure."""

from __future__ import annotations

import re

_TYPE_7 = re.compile(r"(?:0\d|1[0-5])(?:[0-9A-Fa-f]{2}){1,80}")
_TYPE_7_KEY = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
_FAMILIES = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
_LETTERS = "".join(_FAMILIES)
_WEIGHTS = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))


def meaning(secret: str, before: str) -> str:
    """The secret as it can be compared. `before` is what stands before it in its line."""
    if secret.startswith("$9$"):
        return _junos(secret[3:]) or secret
    if before.rstrip().endswith(" 7") and _TYPE_7.fullmatch(secret):
        start, coded = int(secret[:2]), bytes.fromhex(secret[2:])
        return "".join(chr(byte ^ ord(_TYPE_7_KEY[(start + at) % 53])) for at, byte in enumerate(coded))
    return secret


def _junos(coded: str) -> str:
    """Empty for what is none: every letter stands for its distance from the one before."""
    if not coded or any(letter not in _LETTERS for letter in coded):
        return ""
    filling = next(3 - number for number, family in enumerate(_FAMILIES) if coded[0] in family)
    before, rest, said = coded[0], coded[1 + filling :], ""
    while rest:
        weights = _WEIGHTS[len(said) % len(_WEIGHTS)]
        group, rest = rest[: len(weights)], rest[len(weights) :]
        if len(group) < len(weights):
            return ""
        value = 0
        for letter, weight in zip(group, weights, strict=True):
            value += ((_LETTERS.index(letter) - _LETTERS.index(before)) % len(_LETTERS) - 1) * weight
            before = letter
        said += chr(value % 256)
    return said
