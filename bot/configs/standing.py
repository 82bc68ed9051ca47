"""Says since when lines stand in a device's config, and when those that stand there no more went."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.configs.kept import KeptTexts
from bot.configs.line_match import Matcher, hits
from bot.configs.sections import Nesting
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
    stands still. With another secret it is another line. `sections` are those in which it stood at just that time; the top level has
    no name."""

    line: str
    sections: tuple[str, ...]
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


Spot = tuple[str, int]  # a section, and the id of a line in it
Time = tuple[Edge | None, Edge | None]


def standing(target: Target, versions: Sequence[Version], texts: KeptTexts, matcher: Matcher) -> Standing:
    """`versions` are newest first, and at least one."""
    lines = texts.lines({line for version in versions for line in version.lines})
    wanted = {line for line, text in lines.items() if any(True for _ in hits(matcher, text))}
    found: dict[tuple[str, Time], dict[str, None]] = {}
    for (section, line), came, went in _stays(versions, texts, lines, wanted):
        found.setdefault((lines[line].strip(), (came, went)), {})[section] = None
    stays = [Stay(line, tuple(sections), *time) for (line, time), sections in found.items()]
    stays.sort(key=_last, reverse=True)
    return Standing(target, tuple(stays), len(versions), versions[-1].created_at, versions[0].created_at)


def _last(stay: Stay) -> tuple[float, float]:
    """What stands comes first, then by when it came or went."""
    came, went = ((edge.at.timestamp() if edge else 0.0) for edge in (stay.came, stay.went))
    return (float("inf"), came) if stay.went is None else (went, came)


def _stays(
    versions: Sequence[Version], texts: KeptTexts, lines: Mapping[int, str], wanted: Collection[int]
) -> Iterator[tuple[Spot, Edge | None, Edge | None]]:
    """Yields each time in which one of the wanted lines stood in a section."""
    open_: dict[Spot, Edge | None] = dict.fromkeys(_spots(versions[-1], lines, wanted).values())
    for before, after in pairwise(reversed(versions)):
        if not after.differs(before):
            continue
        edge = Edge(before.snapshot, before.created_at, after.snapshot, after.created_at, after.job)
        spots = _spots(after, lines, wanted)
        here = dict.fromkeys(spots.values())
        other = {spots[place] for place in texts.other_secrets(before, after) & spots.keys()}
        for spot in [spot for spot in open_ if spot not in here or spot in other]:
            yield spot, open_.pop(spot), edge
        open_.update(dict.fromkeys((spot for spot in here if spot not in open_), edge))
    yield from ((spot, came, None) for spot, came in open_.items())


def _spots(version: Version, lines: Mapping[int, str], wanted: Collection[int]) -> dict[int, Spot]:
    """Returns where wanted lines stand, by their places in the config, counted from 0."""
    places = [place for place, line in enumerate(version.lines) if line in wanted]
    nesting = Nesting([lines[line] for line in version.lines])
    return {place: (nesting.whole_section_of(place), version.lines[place]) for place in places}
