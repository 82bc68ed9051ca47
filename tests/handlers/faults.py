"""What the commands show by which somebody says that they are on a fault."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.message import Message, Mono
from bot.faults import Fault
from bot.jobs.access import Own
from bot.webnet.models import Job
from handlers import done, giveback, mine, take

HOSTILE = "<!channel> *b* `c` & <http://evil.example|x>"
AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
FAULT = Fault(
    key="job:170:ended",
    heading="Config backup failed",
    line=("#170 ", Mono("rtr-fra1-001"), ": timed out"),
    happened_at=AT,
    on_it="oscar-operator",
    since=AT,
    user=3,
    job=170,
    alert=None,
    devices=frozenset({41}),
)
ALSO = Fault("drift:41:59", HOSTILE, (HOSTILE,), AT, "somebody in another workspace", AT, 9, None, 3, frozenset())
RUNNING = Job(171, 1, "config_backup", "running", 3, AT, AT, None, frozenset({41}))
PAGES = {171: "https://webnet.example.net/jobs/171/"}
VIEWS: dict[str, Message] = {
    "take": take.view(FAULT),
    "take-hostile": take.view(ALSO),
    "giveback": giveback.view(FAULT),
    "done": done.view(FAULT),
    "mine": mine.view(mine.Mine((FAULT, ALSO), Own((RUNNING,), 2, {171: ("rtr-fra1-001",)}, {}), PAGES)),
    "mine-many": mine.view(mine.Mine((FAULT,) * 12, Own((), 0, {}, {}), {})),
    "mine-jobs": mine.view(mine.Mine((), Own((RUNNING,), 0, {171: ("rtr-fra1-001",)}, {}), PAGES)),
    "mine-nothing": mine.view(mine.Mine((), Own((), 0, {}, {}), {})),
}
