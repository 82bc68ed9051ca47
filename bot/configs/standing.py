"""Says since when lines stand in a device's config, and when those that stand there no more went."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.configs.kept import KeptTexts
from bot.configs.line_match import Matcher, hits
from bot.webnet.target import Target
from store.config_history import Version


@dataclass(frozen=True, slots=True)
class Edge:
    """The two snapshots between which a line came or went; `at` is the time of the later, and `job` what made it."""

    before: int
    before_at: datetime
    after: int
    at: datetime
    job: int | None


@dataclass(frozen=True, slots=True)
class Stay:
    """The time in which a line stood, from `came` to `went`: None where it stood in the oldest snapshot that is known, and where it
    stands still. With another secret it is another line."""

    line: str
    came: Edge | None
    went: Edge | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the lines of one device's config, what happened last first. `oldest` is the time of the first of the
    `snapshots`."""

    target: Target
    stays: tuple[Stay, ...]
    snapshots: int
    oldest: datetime
    newest: datetime


def standing(target: Target, versions: Sequence[Version], texts: KeptTexts, matcher: Matcher) -> Standing:
    """`versions` are newest first, and at least one."""
    lines = texts.lines({line for version in versions for line in version.lines})
    wanted = {line: text for line, text in lines.items() if any(True for _ in hits(matcher, text))}
    found = [Stay(wanted[line], came, went) for line, came, went in _stays(versions, texts, wanted.keys())]
    found.sort(key=_last, reverse=True)
    return Standing(target, tuple(found), len(versions), versions[-1].created_at, versions[0].created_at)


def _last(stay: Stay) -> tuple[float, float]:
    """What stands comes first, then by when it came or went."""
    came, went = ((edge.at.timestamp() if edge else 0.0) for edge in (stay.came, stay.went))
    return (float("inf"), came) if stay.went is None else (went, came)


def _stays(
    versions: Sequence[Version], texts: KeptTexts, wanted: Collection[int]
) -> Iterator[tuple[int, Edge | None, Edge | None]]:
    """Yields each time in which one of the lines stood."""
    open_: dict[int, Edge | None] = dict.fromkeys(line for line in versions[-1].lines if line in wanted)
    for before, after in pairwise(reversed(versions)):
        if not after.differs(before):
            continue
        edge = Edge(before.snapshot, before.created_at, after.snapshot, after.created_at, after.job)
        here = {*wanted} & {*after.lines}
        other = {after.lines[place] for place in texts.other_secrets(before, after)}
        for line in [line for line in open_ if line not in here or line in other]:
            yield line, open_.pop(line), edge
        open_.update(dict.fromkeys(here - open_.keys(), edge))
    yield from ((line, came, None) for line, came in open_.items())
