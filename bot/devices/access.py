"""Finds the devices of one customer for a command: by the words that a caller typed, or by the ids of a job."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.arguments import write_for_device
from bot.core.errors import BotError, NotFound, WebNetMissing
from bot.core.message import Button, Buttons, Message, Note, text
from bot.core.text import cut
from bot.devices.directory import Directory, Found
from bot.webnet.client import Target, WebNet
from bot.webnet.models import Device, Job


@dataclass(frozen=True, slots=True)
class Devices:
    """Reads the devices of one customer.

    `command` is the subcommand that runs; the buttons of a "did you mean" carry it. `admitted` holds the ids that a stored
    request was admitted for, and is None for a request that was just typed or clicked.
    """

    customer: int
    command: str
    admitted: tuple[int, ...] | None
    _webnet: WebNet
    _directory: Directory

    def find(self, word: str, *, exact: bool) -> Target:
        """Returns the one device that `word` names; with `exact` a unique beginning is not taken for the name but offered.

        Raises NotFound, with buttons for the devices that may have been meant.
        """
        if self.admitted is not None:
            return self._admitted(self.admitted)
        found = self._directory.find(self.customer, word, to_act=exact)
        if len(found.targets) == 1 and (found.exact or not exact):
            return found.targets[0]
        raise self._not_one(word, found)

    def live(self, target: Target) -> Device | None:
        """Reads the device from WebNet; None if it is gone or belongs to another customer by now.

        The directory learns at once of a device that is gone, or by now has another name, address or customer.
        """
        try:
            device = self._webnet.device(target.id)
        except WebNetMissing:
            self._directory.forget(target.id)
            return None
        ours = device.customer == self.customer
        if not ours or not target.names(device):
            self._directory.put(device)  # what else has changed can wait for the schedule
        return device if ours else None

    def of(self, job: Job) -> tuple[Target, ...]:
        """Returns the devices of that job. Raises NotFound if one of them is gone."""
        found = [self._directory.target(self.customer, device) for device in sorted(job.device_ids)]
        if None in found:
            raise NotFound(f"A device of job #{job.id} is no longer in WebNet. Nothing was started.")
        return tuple(target for target in found if target)

    def only_one_of(self, job: Job) -> Target | None:
        """Returns the device of a job that has just one; None for several, or for one that the directory does not hold."""
        return self._directory.target(self.customer, *job.device_ids) if len(job.device_ids) == 1 else None

    def _admitted(self, ids: tuple[int, ...]) -> Target:
        """Returns the device that a stored request was admitted for, even if its name fits another one by now."""
        target = self._directory.target(self.customer, ids[0]) if len(ids) == 1 else None
        if target is None:
            raise NotFound("The device that this was asked for is no longer in WebNet. Nothing was started.")
        return target

    def _not_one(self, word: str, found: Found) -> BotError:
        shown = cut(word, 80)
        if found.exact:
            words, targets = f"Several devices match {shown}. Which one?", found.targets
        elif found.targets:
            words, targets = f"No device is named {shown}. These begin with it:", found.targets
        else:
            targets = self._directory.near(self.customer, word)
            words = f"There is no device {shown} here." + (" Did you mean:" if targets else "")
        if not targets:
            return NotFound(words)
        more = (Note(("There are more; type more of the name.",)),) if found.more else ()
        buttons = tuple(Button(_label(target), command=write_for_device(self.command, target.id)) for target in targets)
        message = Message(
            summary=f"{words} {', '.join(_label(target) for target in targets)}",
            parts=(text(words), Buttons(buttons), *more),
        )
        return NotFound(words, message=message)


def _label(target: Target) -> str:
    return f"{target.hostname} ({target.mgmt_ip})" if target.mgmt_ip else target.hostname
