"""Turns an expression for devices into the devices themselves, each as WebNet has it now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.core.errors import Conflict, NotFound
from bot.core.targets import Targets, apart, written
from bot.core.text import and_more, count, cut, meant, nearest
from bot.devices.directory import Directory
from bot.devices.groups import Groups
from bot.webnet.models import Device
from bot.webnet.target import Target
from store.directory import Device as Row
from store.directory import Outline

MOST_SHOWN = 5  # devices that a refusal names
MOST_GUESSES = 3


class LeftOut(NamedTuple):
    """Names a device that was meant and that nothing is done on. `why` follows its name, such as "is disabled in WebNet"."""

    name: str
    why: str

    @property
    def words(self) -> str:
        return f"{self.name} {self.why}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Holds the devices that somebody means, by name, and those of them that nothing will be done on."""

    targets: tuple[Target, ...]
    left_out: tuple[LeftOut, ...] = ()


ReadAgain = Callable[[Sequence[Target]], Mapping[int, Device | Row]]


class Selector:
    """Selects devices of one customer. `read_again` reads devices from WebNet; those that are gone, or by now another
    customer's, are missing in what it returns."""

    def __init__(self, customer: int, directory: Directory, groups: Groups, read_again: ReadAgain, most: int) -> None:
        self._customer = customer
        self._directory = directory
        self._groups = groups
        self._read_again = read_again
        self._most = most

    def select(self, wanted: Targets) -> Selection:
        """Returns at least one device. Raises NotFound or Conflict with a sentence; one word that fits nothing refuses all."""
        typed = dict(zip(wanted.devices, self._typed(wanted.devices), strict=True))
        by_name = {target.id: target for word, target in typed.items() if not word.startswith("#")}
        found = {target.id: target for target in (typed.values() if typed else self._fitting(wanted))}
        members = {device.id: device for device in self._members(wanted.groups) if wanted.fits(device)}
        named = {**found, **members}
        self._heed_most(named)
        others = self._read_again([target for target in found.values() if target.id not in members])
        devices = {**members, **others}
        fitting = {
            number: found.get(number) for number in named if number not in devices or wanted.fits(devices[number])
        }
        if not fitting:
            raise self._none_fits(wanted)
        return self._sift(fitting, devices, by_name)

    def again(self, numbers: Collection[int]) -> Selection:
        """Returns the devices with these ids that are still here, at least one. Raises Conflict."""
        self._heed_most(numbers)
        found = {number: self._directory.target(self._customer, number) for number in numbers}
        targets = [target or Target(number, "", "") for number, target in found.items()]
        return self._sift(found, self._read_again(targets), {})

    def _heed_most(self, numbers: Collection[int]) -> None:
        if len(numbers) > self._most:
            raise Conflict(
                f"That is {count(len(numbers), 'device')}, where {self._most:,} are allowed. Nothing was done."
            )

    def _sift(
        self, found: Mapping[int, Target | None], devices: Mapping[int, Device | Row], by_name: Mapping[int, Target]
    ) -> Selection:
        """Leaves out what cannot be worked on; `devices` are those of `found` that could be read, and `by_name` what a name or
        an address was taken for."""
        kept, left_out = list[Target](), list[LeftOut]()
        for number, target in found.items():
            device = devices.get(number)
            if device is None or device.customer != self._customer:
                # To this customer another one's device is as if it did not exist.
                left_out.append(LeftOut(target.hostname if target else f"#{number}", "is not here"))
            elif why := _why_not(device, by_name.get(number)):
                left_out.append(LeftOut(device.hostname, why))
            else:
                kept.append(Target.of(device))
        left_out.sort(key=lambda each: each.name.casefold())
        if not kept:
            more = [and_more(len(left_out) - MOST_SHOWN, "device")] if len(left_out) > MOST_SHOWN else []
            reasons = [*(each.words for each in left_out[:MOST_SHOWN]), *more]
            raise Conflict(f"Nothing was done: {'; '.join(reasons)}.")
        kept.sort(key=lambda target: (target.hostname.casefold(), target.id))
        return Selection(tuple(kept), tuple(left_out))

    def _typed(self, words: Sequence[str]) -> Iterator[Target]:
        """Yields the one device that each word names in full."""
        for word, found in zip(words, self._directory.find_each(self._customer, words), strict=True):
            shown = f"`{cut(word, 80)}`"
            if not found.exact:
                near = found.targets[:MOST_GUESSES] or self._directory.near(self._customer, word)
                guesses = meant(target.hostname for target in near)
                raise NotFound(f"There is no device {shown} here, so nothing was done.{apart(word) or guesses}")
            if len(found.targets) > 1:
                numbers = ", ".join(f"`#{target.id}` ({target.hostname})" for target in found.targets)
                raise NotFound(f"Several devices match {shown}, so nothing was done: name one of {numbers}.")
            yield found.targets[0]

    def _members(self, groups: Sequence[str]) -> Iterator[Device]:
        for group in groups:
            yield from self._groups.members(self._customer, group)

    def _fitting(self, wanted: Targets) -> list[Target]:
        """Returns the devices that filters alone mean."""
        if not wanted.only_filters:
            return []
        outlines = self._directory.outlines(self._customer)
        fitting = [Target.of(outline) for outline in outlines if wanted.fits(outline)]
        if not fitting:
            raise NotFound(self._no_fit(wanted, outlines))
        return fitting

    def _no_fit(self, wanted: Targets, outlines: Sequence[Outline]) -> str:
        """Names the filter that nothing fits, with the values that may have been meant; all of them if each fits something."""
        for key, values in wanted.filters.items():
            alone = Targets((), (), {key: values})
            if not any(alone.fits(outline) for outline in outlines):
                known = {getattr(outline, key) for outline in outlines} - {None, ""}
                guesses = meant(written({key: [value]}) for value in nearest(values[0], known))
                joined = next((found for value in values if (found := apart(f"{key}:{value}"))), "")
                return f"No device here fits `{written(alone.filters)}`, so nothing was done.{joined or guesses}"
        return f"No device here fits all of `{written(wanted.filters)}`, so nothing was done."

    def _none_fits(self, wanted: Targets) -> NotFound:
        if wanted.filters:
            return NotFound(f"None of these devices fits `{written(wanted.filters)}`, so nothing was done.")
        groups = " or ".join(f"`@{group}`" for group in wanted.groups)
        return NotFound(f"There is no device in {groups}, so nothing was done.")


def _why_not(device: Device | Row, by_name: Target | None) -> str:
    """Returns why nothing is done on a device; empty if there is no reason."""
    if by_name and not by_name.names(device):
        return f"({device.mgmt_ip}) was {by_name.hostname} ({by_name.mgmt_ip}) when it was looked up"
    return "" if device.enabled else "is disabled in WebNet"
