"""Writes the lines that take a deploy back, for somebody to finish: those that it took away below the sections that
they stood in, and, as comments, those that it added. Pure; both texts were redacted, so a secret has to be filled
in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.configs.alignment import changes
from bot.configs.sections import Nesting
from bot.show.platforms import canonical

HASH = frozenset({"junos", "panos", "vyos", "fortios", "routeros", "nokia"})  # platforms whose comments begin with it
BANG = "!"


def roll_back(old: Sequence[str], new: Sequence[str], platform: str) -> str:
    """Returns the lines; empty where nothing changed."""
    return "\n".join(_lines(old, new, "#" if canonical(platform) in HASH else BANG))


def _lines(old: Sequence[str], new: Sequence[str], comment: str) -> Iterator[str]:
    above_old, above_new = Nesting(old), Nesting(new)
    headings: list[str] = []
    for removed_from, removed_to, added_from, added_to in changes(old, new):
        for index in range(removed_from, removed_to):
            standing = [old[at] for at in above_old.headers(index)]
            yield from _entered(headings, standing)
            yield old[index]
            headings = [*standing, old[index]]
        for index in range(added_from, added_to):
            section = " > ".join(new[at].strip() for at in above_new.headers(index))
            where = f" (below {section})" if section else ""
            yield f"{comment} added{where}: {new[index].strip()}"


def _entered(before: Sequence[str], now: Sequence[str]) -> Sequence[str]:
    """Returns the headings that have to be written again."""
    same = next((at for at, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now)))
    return now[same:]
