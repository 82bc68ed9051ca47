"""Joins notices that were held into lines: by device, and on each device what was seen of one fault. Pure.

"Config backup failed 3 times, last 04:10, well since 05:00"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.events import Event
from bot.core.message import Line, When
from bot.delivery.digest import Entry

OTHERS = "Several devices, or none"


@dataclass(frozen=True, slots=True)
class Held:
    """An event that was held, and the entry of its notice alone."""

    event: Event
    entry: Entry

    @property
    def at(self) -> datetime:
        return self.event.happened_at

    @property
    def device(self) -> str:
        devices = self.event.facts.devices
        return devices[0].name if len(devices) == 1 else OTHERS

    @property
    def fault(self) -> str:
        """Names what the event is about on its device; on several devices only what is about exactly the same ones is one fault."""
        facts = self.event.facts
        faults = facts.opens or facts.ends or (self.entry.group,)
        return faults[0] if len(facts.devices) == 1 else " ".join(faults)


def joined(found: Iterable[Held]) -> list[Entry]:
    """Returns the lines, those of a device after one another, and the newest first."""
    states: dict[tuple[str, str], list[Held]] = defaultdict(list)
    newest: dict[str, datetime] = {}
    for each in sorted(found, key=lambda each: (each.at, each.entry.ids)):
        states[each.device, each.fault].append(each)
        newest[each.device] = each.at
    ordered = sorted(
        states.items(), key=lambda state: (newest[state[0][0]], state[0][0], state[1][-1].at), reverse=True
    )
    return [Entry(_ids(seen), "", device, *_line(seen)) for (device, _), seen in ordered]


def _ids(seen: Iterable[Held]) -> tuple[int, ...]:
    return tuple(number for each in seen for number in each.entry.ids)


def _line(seen: Sequence[Held]) -> tuple[Line, Line]:
    """Returns the line and the marks that follow it. `seen` has the same device and fault, the oldest first."""
    newest = seen[-1]
    if len(seen) == 1:
        return (f"{newest.entry.group}: ", *newest.entry.line, ", ", When(newest.at)), newest.entry.marks
    faults = [each for each in seen if not each.event.facts.only_ends] or seen
    often = f" {len(faults):,} times, last " if len(faults) > 1 else ", "
    after = seen[seen.index(faults[-1]) + 1 :]
    ended: Line = (", well since ", When(after[0].at)) if after else ()
    return (faults[-1].entry.group, often, When(faults[-1].at), *ended), () if ended else faults[-1].entry.marks
