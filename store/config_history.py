"""What a device's config was before, as sequences of lines. Pure.

A row keeps the newest sequence whole, and of each older one in what it differs from the next newer one.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from store.config_blocks import Patch, packed, packed_lines, patch, patched, unpacked, unpacked_lines
from store.fields import EPOCH, microseconds, moment

MOST = 200  # snapshots of a device


@dataclass(frozen=True, slots=True)
class Version:
    """A snapshot that the bot has seen: the ids of its lines, and the fingerprints of what is hidden in them. `patch` makes its
    lines of those of snapshot `newer`."""

    snapshot: int
    created_at: datetime
    job: int | None
    lines: array[int]
    fingerprints: str
    newer: int = 0
    patch: Patch | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        return self.created_at, self.snapshot

    def differs(self, other: Version) -> bool:
        return self.lines != other.lines or self.fingerprints != other.fingerprints


def versions_of(row: Mapping[str, Any]) -> list[Version]:
    """Reads a row of KeptConfig: its versions, newest first; none where WebNet has no config."""
    return list(each_version(row))


def each_version(row: Mapping[str, Any]) -> Iterator[Version]:
    """Reads a row of KeptConfig as far as is wanted, since a year of nights is much to put together."""
    if not row["snapshot"]:
        return
    before = Version(row["snapshot"], row["created_at"], row["job"], unpacked_lines(row["lines"]), row["fingerprints"])
    yield before
    for snapshot, at, job, changes, fingerprints in unpacked(row["history"]):
        lines = patched(before.lines, changes) if changes else before.lines
        said = before.fingerprints if fingerprints is None else fingerprints
        before = Version(snapshot, moment(at), job, lines, said, before.snapshot, changes)
        yield before


def columns_of(versions: Sequence[Version]) -> dict[str, Any]:
    """Returns the columns of the row for these versions, newest first, of which there is at least one."""
    newest = versions[0]
    return {
        "snapshot": newest.snapshot,
        "job": newest.job,
        "created_at": newest.created_at,
        "changed_at": _changed_at(versions),
        "oldest_at": versions[-1].created_at,
        "fingerprints": newest.fingerprints,
        "lines": packed_lines(newest.lines),
        "history": packed([_entry(older, newer) for newer, older in pairwise(versions)]),
    }


def merged(stored: Iterable[Version], given: Iterable[Version]) -> list[Version]:
    """Returns both, newest first, of a snapshot that is in both the given one, and no more than MOST."""
    by_snapshot = {version.snapshot: version for version in stored} | {version.snapshot: version for version in given}
    return sorted(by_snapshot.values(), key=lambda version: version.order, reverse=True)[:MOST]


def moves(before: Sequence[Version], after: Sequence[Version]) -> dict[int, int | None]:
    """Returns, by line, how often it stands now in the newest version, where that or the history that holds it differs: 0 for
    history alone, None for nowhere."""
    were, are = _counts(before), _counts(after)
    found: dict[int, int | None] = dict.fromkeys(were.keys() - are.keys())
    return found | {line: number for line, number in are.items() if were.get(line) != number}


def _counts(versions: Sequence[Version]) -> dict[int, int]:
    counts = dict.fromkeys((line for version in versions[1:] for line in version.lines), 0)
    return counts | Counter(versions[0].lines) if versions else counts


def _entry(older: Version, newer: Version) -> list[Any]:
    changes = older.patch if older.newer == newer.snapshot else None
    if changes is None or patched(newer.lines, changes) != older.lines:
        changes = patch(newer.lines, older.lines)
    fingerprints = None if older.fingerprints == newer.fingerprints else older.fingerprints
    return [older.snapshot, microseconds(older.created_at), older.job, changes, fingerprints]


def _changed_at(versions: Sequence[Version]) -> datetime:
    return next((newer.created_at for newer, older in pairwise(versions) if newer.differs(older)), EPOCH)


def within(versions: Sequence[Version], since: datetime) -> list[Version]:
    """Returns the newest version and those that are no older."""
    return [versions[0], *(version for version in versions[1:] if version.created_at >= since)]
