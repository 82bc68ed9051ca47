"""Reads a device's configs in their order. The previous one is the next older of the same device by (created_at, id)."""

from __future__ import annotations

from bot.core.errors import NotFound, WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot


class Snapshots:
    """Returns whole texts with secrets, so a caller redacts them whole before it shows any part."""

    def __init__(self, webnet: WebNet) -> None:
        self._webnet = webnet

    def around(self, device: int, n: int = 1) -> tuple[Snapshot | None, Snapshot]:
        """Returns the n-th last snapshot, and before it the one that precedes it, or None; `n` counts from 1.

        Raises NotFound if there are fewer than `n`.
        """
        found = self._webnet.snapshots(device, n + 1)
        if len(found) < n:
            raise NotFound(_too_few(len(found)))
        return (found[n] if len(found) > n else None), found[n - 1]

    def before(self, snapshot: Snapshot) -> Snapshot | None:
        """Returns the previous snapshot of the device, as far as WebNet has it by now."""
        try:
            found = self._webnet.snapshots(snapshot.device)
        except WebNetMissing:
            return None
        earlier = (older for older in found if older.order < snapshot.order)
        return next(earlier, None)


def _too_few(count: int) -> str:
    if not count:
        return "WebNet has no config of this device yet: a backup makes one."
    return f"WebNet has only {count} config{'s' if count > 1 else ''} of this device."
