"""A device's configs one after the other. "Previous" is the one before by (created_at, id), of the same device."""

from __future__ import annotations

from bot.core.errors import NotFound, WebNetMissing
from bot.webnet.client import WebNet
from bot.webnet.models import Snapshot


class Snapshots:
    """Gives whole texts, secrets included: what is shown of them is redacted whole, and then cut."""

    def __init__(self, webnet: WebNet) -> None:
        self._webnet = webnet

    def around(self, device: int, n: int = 1) -> tuple[Snapshot | None, Snapshot]:
        """The one before the n-th last, if there is one, and the n-th last; `n` counts from 1.

        Raises NotFound if there are fewer.
        """
        found = self._webnet.snapshots(device, n + 1)
        if len(found) < n:
            raise NotFound(_too_few(len(found)))
        return (found[n] if len(found) > n else None), found[n - 1]

    def before(self, snapshot: Snapshot) -> Snapshot | None:
        """The previous one of its device, as far as WebNet has it by now."""
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
