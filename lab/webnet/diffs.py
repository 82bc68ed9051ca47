"""Unified diffs of two snapshots, as WebNet words and counts them."""

from difflib import unified_diff

from lab.webnet.tables import Row


def unified(older: Row, newer: Row) -> list[str]:
    names = (f"snapshot-{older['id']}", f"snapshot-{newer['id']}")
    texts = (older["config_text"].splitlines(), newer["config_text"].splitlines())
    return list(unified_diff(*texts, *names, lineterm=""))


def count_changes(diff: list[str]) -> tuple[int, int]:
    """Counts the lines added and the lines removed."""
    body = diff[2:]
    return sum(line.startswith("+") for line in body), sum(line.startswith("-") for line in body)


def magnitude(changes: int) -> str:
    if not changes:
        return "No changes"
    return "Minor changes" if changes < 10 else "Moderate changes" if changes < 50 else "Major changes"
