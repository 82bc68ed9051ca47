"""Reads the devices of a job again, right before the POST that starts it: WebNet itself checks nothing."""

from __future__ import annotations

from collections.abc import Callable

from bot.core import errors
from bot.core.text import count
from bot.webnet.job_kinds import BY_PLATFORM
from bot.webnet.models import Device
from bot.webnet.target import Target

FRESH_S = 5.0  # a device is read again if its last reading is older than this right before the POST
READINGS = 2  # of each device before a POST, at most
LONGEST_CHECK_S = 60.0  # of all devices of a job: a worker of the bot waits meanwhile


class TargetCheck:
    def __init__(self, device: Callable[[int], Device], monotonic: Callable[[], float]) -> None:
        """`device` reads a device by its id and raises WebNetError."""
        self._device = device
        self._monotonic = monotonic

    def each(self, what: str, customer: int, targets: tuple[Target, ...], ready: Callable[[], None]) -> None:
        """Reads every target and calls `ready`; what is older than FRESH_S by then is read once more.

        Raises what `one` raises, and Conflict if even the last reading is older, or all of it takes more than LONGEST_CHECK_S.
        Of a list so long that reading it takes more than FRESH_S, the first devices stay older.
        """
        read_at: dict[Target, float] = {}
        began = self._monotonic()
        for _ in range(READINGS):
            for target in targets:
                if self._age(began) > LONGEST_CHECK_S:
                    raise errors.Conflict(
                        f"Reading {count(len(targets), 'device')} again took more than {LONGEST_CHECK_S:g} s, so nothing was started. "
                        "Try again when WebNet is quicker, or with fewer devices."
                    )
                if self._age(read_at.get(target)) > FRESH_S:
                    self.one(what, customer, target)
                    read_at[target] = self._monotonic()
            ready()
            if self._age(min(read_at.values())) <= FRESH_S:
                return
        if self._age(max(read_at.values())) > FRESH_S:
            raise errors.Conflict(
                "It took too long to get from the check of the device to the start. Nothing was started; try again."
            )

    def _age(self, read_at: float | None) -> float:
        return float("inf") if read_at is None else self._monotonic() - read_at

    def one(self, what: str, customer: int, target: Target) -> None:
        """Reads a device and raises NotFound or Conflict unless `what`, such as a backup, may be done there now."""
        name = target.hostname or f"#{target.id}"
        try:
            device = self._device(target.id)
        except errors.WebNetMissing:
            raise errors.NotFound(f"{name} is no longer here. Nothing was started.") from None
        if device.customer != customer:
            # To this customer it is as if it did not exist.
            raise errors.NotFound(f"{name} is no longer here. Nothing was started.")
        if not target.names(device):
            raise errors.Conflict(
                f"#{target.id} was {target.hostname} ({target.mgmt_ip}) when it was looked up and is "
                f"{device.hostname} ({device.mgmt_ip}) now. Nothing was started; try again with the name you mean."
            )
        if what in BY_PLATFORM and target.platform not in ("", device.platform):
            raise errors.Conflict(
                f"{name} had the platform {target.platform} when it was looked up and has {device.platform or 'none'} now. "
                "Nothing was sent; try again."
            )
        if not device.enabled:
            raise errors.Conflict(f"{name} is disabled in WebNet, so no {what} can run on it. Enable it there first.")
