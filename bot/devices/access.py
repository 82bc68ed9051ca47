"""Finds the devices of one customer for a command: by the words that a caller typed, or by the ids of a job."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.errors import BotError, NotFound, WebNetError, WebNetMissing
from bot.core.message import Button, Buttons, Note, sentence
from bot.core.targets import apart, read, several
from bot.core.text import cut
from bot.devices.directory import Directory, Found
from bot.devices.groups import Groups
from bot.devices.selection import LeftOut, Selection, Selector
from bot.webnet.client import WebNet
from bot.webnet.models import Device, Job
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.target import Target
from store.directory import Device as Row

log = logging.getLogger(__name__)

MOST_READ_ALONE = 20  # devices; of more, the whole list is read if it has fewer pages than there are devices
MOST_BROKEN = 2  # devices at the beginning that WebNet cannot show, before it is taken for WebNet's own fault


class SeveralFit(NotFound):
    """Says that a word is the name of several devices, or how names of some begin."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Reads the devices of one customer.

    `again(id)` writes the line that runs for another device, which the buttons of a "did you mean" carry. A request may name `most` devices. `admitted`
    holds the devices that a stored request was admitted for, as they were read then, and is None for a request that was just
    typed or clicked; `left_out` were meant as well.
    """

    customer: int
    again: Callable[[int], str]
    admitted: tuple[Target, ...] | None
    left_out: tuple[LeftOut, ...]
    most: int
    _webnet: WebNet
    _directory: Directory
    _groups: Groups

    def find(self, word: str, *, exact: bool, again: Callable[[int], str] | None = None) -> Target:
        """Returns the one device that `word` names; with `exact` a unique beginning is not taken for the name but offered.

        Raises NotFound, with buttons for the devices that may have been meant; `again` writes their lines where it is not the request's
        own device that is looked for.
        """
        if self.admitted is not None:  # even if its name fits another one by now
            if len(self.admitted) != 1:
                raise NotFound("This was not asked for one device. Nothing was started.")
            return self.admitted[0]
        found = self._directory.find(self.customer, word, to_act=exact)
        if len(found.targets) == 1 and (found.exact or not exact):
            return found.targets[0]
        raise self._not_one(word, found, again or self.again, exact=exact)

    def named(self, word: str) -> Target | None:
        """Returns the device that has this name, address or number behind a `#`; None if none is known. Raises NotFound for several."""
        found = self._directory.exactly(self.customer, word)
        if len(found) > 1:
            raise NotFound(f"Several devices match `{cut(word, 80)}`. Name one by its address.")
        return found[0] if found else None

    def live(self, target: Target) -> Device | None:
        """Reads the device from WebNet; None if it is gone or belongs to another customer by now.

        The directory learns at once of a device that is gone, or by now has another name, address, platform or customer.
        """
        try:
            device = self._webnet.device(target.id)
        except WebNetMissing:
            self._directory.forget(target.id)
            return None
        ours = device.customer == self.customer
        if not ours or not target.names(device) or target.platform not in ("", device.platform):
            self._directory.put(device)  # what else has changed can wait for the schedule
        return device if ours else None

    def select(self, words: Sequence[str]) -> Selection:
        """Returns the devices that the words of an argument mean (`core.targets`), each as WebNet has it now.

        One that is named alone is found as by `find`, and left to the gate to read. Raises UsageError, NotFound or Conflict.
        """
        if self.admitted is not None:
            return Selection(self.admitted, self.left_out)
        wanted = read(words)
        if wanted.device:
            return Selection((self.find(wanted.device, exact=True),))
        return self._selector.select(wanted)

    @property
    def _selector(self) -> Selector:
        return Selector(self.customer, self._directory, self._groups, self._read_again, self.most)

    def here(self, targets: Sequence[Target]) -> frozenset[int]:
        """Returns the ids of those that WebNet still has for this customer, as it says now; one that it cannot show is not
        among them. Raises WebNetError if WebNet is away, or can show none of them."""
        return frozenset(self._read_again(targets))

    def _read_again(self, targets: Sequence[Target]) -> dict[int, Device | Row]:
        """Reads devices by id, of those that are here: one by one, or the whole list where that is fewer requests."""
        devices: Iterable[Device | Row | None]
        if len(targets) <= MOST_READ_ALONE or len(targets) <= self._directory.pages(self.customer):
            devices = self._readable(targets)
        else:
            self._directory.sweep()
            devices = (self._directory.get(self.customer, target.id) for target in targets)
        return {device.id: device for device in devices if device}

    def _readable(self, targets: Sequence[Target]) -> Iterator[Device | None]:
        """Reads devices one by one, and leaves out those that WebNet cannot show. Raises WebNetError where the first ones are of that
        kind, since then it is not the devices."""
        broken, any_readable = list[WebNetError](), False
        for target in targets:
            try:
                yield self.live(target)
                any_readable = True
            except FAULTS_OF_ONE as error:
                self._webnet.require_admin()
                log.warning("device %d cannot be read: %s", target.id, error.words)
                broken.append(error)
            if not any_readable and len(broken) == min(len(targets), MOST_BROKEN):
                raise broken[-1]

    def of(self, job: Job, hosts: Collection[str] | None = None) -> Selection:
        """Returns the devices of that job, each as WebNet has it now, or those of them with these names. Raises NotFound or
        Conflict if none is left."""
        if self.admitted is not None:
            return Selection(self.admitted, self.left_out)
        if hosts is not None:
            return self._of_hosts(job, hosts)
        if len(job.device_ids) > 1:
            return self._selector.again(sorted(job.device_ids))
        target = self.only_one_of(job)
        if target is None:
            raise NotFound(f"The device of job #{job.id} is no longer here. Nothing was started.")
        return Selection((target,))

    def _of_hosts(self, job: Job, hosts: Collection[str]) -> Selection:
        names = {device: self._directory.name_of(self.customer, device) for device in job.device_ids}
        numbers = [device for device, name in names.items() if name in hosts]
        if not numbers:
            raise NotFound(f"The devices that failed in job #{job.id} are no longer here. Nothing was started.")
        selection = self._selector.again(numbers)
        others = (LeftOut(host, "has another name by now") for host in sorted({*hosts} - {*names.values()}))
        return replace(selection, left_out=(*selection.left_out, *others))

    def only_one_of(self, job: Job) -> Target | None:
        """Returns the device of a job that has just one; None for several, or for one that the directory does not hold."""
        return self._directory.target(self.customer, *job.device_ids) if len(job.device_ids) == 1 else None

    def names(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Returns the host names of these devices, and the number of one that the directory does not hold."""
        return tuple(self._directory.name_of(self.customer, device) or f"#{device}" for device in ids)

    def _not_one(self, word: str, found: Found, again: Callable[[int], str], *, exact: bool) -> BotError:
        shown = f"`{cut(word, 80)}`"
        if found.exact:
            words, targets = f"Several devices match {shown}. Which one?", found.targets
        elif found.targets:
            words, targets = f"No device is named {shown}. These begin with it:", found.targets
        else:
            targets = self._directory.near(self.customer, word)
            words = f"There is no device {shown} here." + (
                (apart(word) if exact else "") or several(word, exact=exact) or (" Did you mean:" if targets else "")
            )
        if not targets:
            return NotFound(words)
        more = (Note(("There are more; type more of the name.",)),) if found.more else ()
        buttons = tuple(Button(_label(target), command=again(target.id)) for target in targets)
        summary = f"{words} {', '.join(_label(target) for target in targets)}"
        message = replace(sentence(words, Buttons(buttons), *more), summary=summary)
        return (SeveralFit if found.targets else NotFound)(words, message=message)


def _label(target: Target) -> str:
    return f"{target.hostname} ({target.mgmt_ip})" if target.mgmt_ip else target.hostname
