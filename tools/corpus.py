"""Redactors held against the corpus in tests/fixtures/redaction, whose secrets stand between ⟦ and ⟧: how many survive, and
how many look-alikes are touched, which are harmless lines with a word that secrets have."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.redaction.platforms import PLATFORMS
from bot.redaction.redactor import MARK

FOLDER = Path(__file__).parent.parent / "tests" / "fixtures" / "redaction"
TITLES = {**PLATFORMS, "logs": "job logs"}
NETCONAN = Path(__file__).parent / "netconan.tsv"
"""What netconan made of the corpus, so that the documentation can be written without it: its version, then a line for each file
with the secrets that survived and the look-alikes that were touched. `make goldens` writes it."""

_SECRET = re.compile("⟦([^⟧]*)⟧")
_LIKE = re.compile(r"pass|secret|key|commun|auth|token|psk|priv|cert|cred|hash|encr|md5|sha", re.IGNORECASE)
_LEAST = 3  # characters of a piece of a secret that can be looked for

Hide = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Counts:
    secrets: int
    survived: int
    alike: int
    touched: int


def marked(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def plain(text: str) -> str:
    return text.replace("⟦", "").replace("⟧", "")


def with_marks(hide: Hide, text: str) -> Counts:
    """For a redactor that puts a mark in the place of each secret, over however many lines."""
    shown = _SECRET.sub(MARK, text).split("\n")
    pairs = list(zip(shown, hide(plain(text)).split("\n"), strict=True))
    alike = [(line, found) for line, found in pairs if MARK not in line and _LIKE.search(line)]
    survived = sum(max(0, line.count(MARK) - found.count(MARK)) for line, found in pairs)
    return Counts(len(_SECRET.findall(text)), survived, len(alike), sum(line != found for line, found in alike))


def line_by_line(hide: Hide, text: str) -> Counts:
    """For a redactor that keeps every line and puts anything in the place of a secret, which survives where it can be read."""
    given, got = plain(text).split("\n"), hide(plain(text)).split("\n")
    survived, bearing = 0, set[int]()
    for secret in _SECRET.finditer(text):
        first = text.count("\n", 0, secret.start())
        pieces = dict(enumerate(secret[1].split("\n"), first))
        bearing |= pieces.keys()
        survived += any(piece.strip() in got[at] for at, piece in pieces.items() if len(piece.strip()) >= _LEAST)
    alike = [at for at, line in enumerate(given) if at not in bearing and _LIKE.search(line)]
    return Counts(len(_SECRET.findall(text)), survived, len(alike), sum(given[at] != got[at] for at in alike))


def of_netconan() -> tuple[str, dict[str, tuple[int, int]]]:
    """The version, and (survived, touched) by file."""
    (version,), *rows = (line.split("\t") for line in NETCONAN.read_text(encoding="utf-8").splitlines())
    return version, {name: (int(survived), int(touched)) for name, survived, touched in rows}


def netconan() -> Hide:
    """What netconan does with passwords; addresses and numbers stay."""
    from netconan.anonymize_files import FileAnonymizer  # noqa: PLC0415  # of the developers' tools

    anonymizer = FileAnonymizer(anon_ip=False, anon_pwd=True, salt="corpus")

    def hide(text: str) -> str:
        out = io.StringIO()
        anonymizer.anonymize_io(io.StringIO(text), out)
        return out.getvalue()

    return hide
