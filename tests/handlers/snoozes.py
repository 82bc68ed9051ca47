"""What is snoozed, as it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.message import Message
from bot.snoozes.access import Shown
from handlers import snooze, snoozes, unsnooze

UNTIL = datetime(2026, 11, 24, 8, 0, tzinfo=ZoneInfo("Europe/Berlin"))
HOSTILE = "<!channel> *x* `y` <https://evil.example|click> &amp; ~z~"
ONE = Shown(
    name="rtr-fra1-001", word="#41", everywhere=False, until=UNTIL, until_resolved=False, by="oscar-operator",
    reason="a new line card.", held=0,
)  # fmt: skip
POLICY = replace(
    ONE,
    name="no-telnet",
    word="policy:3",
    everywhere=True,
    until_resolved=True,
    by="alice-admin",
    reason="known",
    held=12,
)
HOSTILES = replace(ONE, name=HOSTILE, by=HOSTILE, reason=HOSTILE, held=1)

VIEWS: dict[str, Message] = {
    "snooze": snooze.view((ONE,)),
    "snooze-everywhere": snooze.view((POLICY,)),
    "snooze-hostile": snooze.view((HOSTILES,)),
    "snoozes": snoozes.view((ONE, POLICY)),
    "snoozes-none": snoozes.view(()),
    "snoozes-many": snoozes.view((ONE, *[HOSTILES] * 11)),
    "unsnooze": unsnooze.view((ONE,)),
    "unsnooze-held": unsnooze.view((POLICY,)),
    "unsnooze-hostile": unsnooze.view((HOSTILES,)),
}
