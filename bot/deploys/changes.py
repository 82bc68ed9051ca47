"""Reads the configs before and after a deploy, and what it changed on each device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.configs.diff import Diff, diff
from bot.configs.sections import lines_of
from bot.configs.snapshot_fetch import SnapshotFetcher
from bot.configs.volatile import Volatile
from bot.core.line_patterns import LinePattern
from bot.deploys.deploy import Deploy

LATEST = 5  # snapshots of a device among which the one of a backup is looked for


class RedactsPairs(Protocol):
    def pair(self, old: str, new: str, /) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class Changed:
    """Holds the devices on which the same changed, by id and name. The texts that were compared were redacted whole."""

    devices: tuple[tuple[int, str], ...]
    diff: Diff


class DeployChanges:
    def __init__(self, fetcher: SnapshotFetcher, redactor: RedactsPairs, ignored: tuple[LinePattern, ...] = ()) -> None:
        self._fetcher = fetcher
        self._redactor = redactor
        self._ignored = ignored

    def newest(self, devices: Iterable[int], *, waited: bool) -> dict[int, int]:
        """Returns the newest snapshot of each device, 0 where there is none. Raises WebNetError, also where one cannot be read, until
        that was `waited` for."""
        ids = tuple(devices)
        found = {one.device: one.id for one in self._fetcher.newest_of(ids, 1, all_of_them=not waited)}
        return {device: found.get(device, 0) for device in ids}

    def made_by(self, job: int, devices: Sequence[int], *, waited: bool) -> dict[int, int]:
        """Returns the snapshots that this backup made, by the device. Raises WebNetError like `newest`."""
        found = self._fetcher.newest_of(devices, LATEST, all_of_them=not waited)
        return {one.device: one.id for one in found if one.job == job}

    def of(self, deploy: Deploy) -> tuple[Changed, ...]:
        """Compares what there is from before and after, equal changes once, those of most devices first. Raises WebNetError."""
        pairs = {
            device: (host.before, host.after)
            for device, host in deploy.course.hosts.items()
            if host.before and host.after
        }
        found = self._fetcher.fetch({snapshot for pair in pairs.values() for snapshot in pair if snapshot}).found
        texts = {one.id: one.text for one in found}
        groups: dict[tuple[object, ...], list[tuple[int, str]]] = {}
        diffs: dict[tuple[object, ...], Diff] = {}
        for device, name, _, platform in deploy.payload.devices:
            compared = self._compared(texts, pairs.get(device, (0, 0)), platform)
            if compared is not None:
                key = _key(compared)
                groups.setdefault(key, []).append((device, name))
                diffs.setdefault(key, compared)
        ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
        return tuple(Changed(tuple(devices), diffs[key]) for key, devices in ordered)

    def _compared(self, texts: Mapping[int, str], pair: tuple[int | None, int | None], platform: str) -> Diff | None:
        before, after = (texts.get(number or 0) for number in pair)
        if before is None or after is None:
            return None
        old, new = self._redactor.pair(before, after)
        return diff(lines_of(old), lines_of(new), Volatile(self._ignored, platform))


def _key(compared: Diff) -> tuple[object, ...]:
    """Returns what two devices have in common on which the same changed, wherever that stands."""
    return tuple(
        (hunk.section, *((line.sign, line.text) for line in hunk.lines if line.sign != " ")) for hunk in compared.hunks
    )
