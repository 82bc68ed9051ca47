"""What became of everything that was typed and clicked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lab.slack import Interaction
from store.audit import AuditFilter, AuditRow
from store.database import Store
from tests.soak.replicas import Kill

PATIENCE_S = 60.0  # for an answer; longer than WebNet's time-outs and Slack's together
ON_ITS_WAY_S = 3.0  # an answer that was sent before a kill
REFUSALS = ("is busy right now", "too many commands waiting", "is restarting")


@dataclass(frozen=True)
class Asked:
    """`names` stands in the card that answers it. `posted` are the cards and logs in its channel, which do not say what they
    answer: so nothing else is under way there."""

    interaction: Interaction
    words: str
    changes: bool
    posted: Collection[tuple[float, str]] = ()
    names: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def place(self) -> str:
        return self.interaction.channel

    def answered(self) -> bool:
        posted = any(at >= self.interaction.sent_at and self.names in shown for at, shown in list(self.posted))
        return (
            posted
            or self.interaction.view_id is not None
            or any(
                message.via in ("response_url", "ack") and not message.text.startswith("Working")
                for message in list(self.interaction.appeared)
            )
        )

    def refused(self) -> bool:
        return any(words in message.text for message in self.interaction.appeared for words in REFUSALS)


@dataclass
class Desk:
    """`dead` are the connections that were cut on purpose: whatever was sent there is lost, and Slack says so."""

    store: Store
    kills: Sequence[Kill]
    dead: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    total: int = 0
    acked: int = 0
    late: int = 0
    acks_ms: list[float] = field(default_factory=list)
    _open: list[Asked] = field(default_factory=list)
    _cut_off: list[tuple[Asked, datetime]] = field(default_factory=list)  # with when nothing more could come of it

    def take(self, asked: Asked) -> None:
        self.total += 1
        self._open.append(asked)

    def free(self, channel: str) -> bool:
        """Nothing is under way there."""
        return not any(asked.place == channel for asked in self._open)

    @property
    def open(self) -> int:
        return len(self._open)

    def settle(self, *, patience_s: float = PATIENCE_S) -> None:
        """Takes out what is answered, and what never will be."""
        left = []
        now = time.monotonic()
        for asked in self._open:
            waited_s = now - asked.interaction.sent_at
            if not (outcome := self._outcome(asked, waited_s > patience_s)):
                left.append(asked)
                continue
            self.counts[outcome] += 1
            if asked.interaction.acked_ms is not None:
                self.acked += 1
                self.acks_ms.append(asked.interaction.acked_ms)
            self.late += asked.interaction.late_ms is not None
        self._open = left

    def _outcome(self, asked: Asked, given_up: bool) -> str:
        if asked.answered():
            return "refused" if asked.refused() else "answered"
        interaction = asked.interaction
        connection = interaction.connection
        if interaction.error and interaction.late_ms is None:
            if connection is None:
                return "not taken: no connection"
            if connection.id in self.dead or self._killed(asked):
                return "not taken: sent into a dead connection"
        if self._killed(asked, time.monotonic() - ON_ITS_WAY_S):
            self._cut_off.append((asked, datetime.now(UTC)))
            return "cut off: changing" if asked.changes else "cut off: reading"
        if not given_up:
            return ""
        pressed = [action.get("value") for action in interaction.payload.get("actions", ())]
        found = self._rows(asked, datetime.now(UTC))
        rows = ", ".join(f"{_trace(row)} at {row.created_at:%H:%M:%S}" for row in found) or "none"
        self.lost.append(
            f"{asked.words or pressed} at {asked.at:%H:%M:%S}: {interaction.described()[:300]}, {connection}, rows: {rows}"
        )
        return "lost"

    def _killed(self, asked: Asked, before: float = float("inf")) -> bool:
        """The replica that it was sent to was killed, and before that moment. Slack sends to a killed replica until it notices."""
        connection = asked.interaction.connection
        return connection is not None and any(
            connection.id in kill.connections and kill.at < before for kill in self.kills
        )

    def traces(self) -> Counter[str]:
        """What the audit log says of the changing commands that a kill cut off."""
        found: Counter[str] = Counter()
        for asked, until in self._cut_off:
            if asked.changes:
                rows = self._rows(asked, until)
                found["no row: nothing was begun" if not rows else _trace(rows[0])] += 1
        return found

    def _rows(self, asked: Asked, until: datetime) -> list[AuditRow]:
        """Those that can be its own, the newest first."""
        window = {"since": asked.at - timedelta(seconds=2), "until": until}
        which = AuditFilter(channel_id=asked.place, slack_user_id=asked.interaction.user, **window)
        return [row for row in self.store.audit.list(which) if asked.words in ("", row.text)]


def _trace(row: AuditRow) -> str:
    if row.status == "interrupted":
        return "interrupted, notified" if row.told_at else "interrupted, not notified"
    return f"{row.status}, answered" if row.delivered else f"{row.status}, its answer not delivered"
