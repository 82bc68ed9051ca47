"""One act of a member (typed, clicked, submitted) or one event, and its effects."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from lab.slack.plain import plain
from lab.slack.world import Json

if TYPE_CHECKING:
    from lab.slack.sockets import Connection
    from lab.slack.world import Message, World

T = TypeVar("T")
Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(eq=False)
class Interaction:
    """`appeared` grows on the server's thread; read it through `replies`.

    `error` is what the member is shown when the app failed: `operation_timeout` (command), `dispatch_failed` (click, or
    no connection at all), or the code for which Slack refused the ack's payload. `options` are those an ack brought.
    `late_ms`: an ack came after Slack had given up. `sent` is Slack's time. `connection` is the one it was last sent on.
    """

    world: World = field(repr=False)
    kind: Kind
    team: str
    app: str
    user: str
    channel: str
    payload: Json = field(repr=False)
    envelope_id: str
    sent_at: float = field(default_factory=time.monotonic)
    sent: float = 0.0
    acked_ms: float | None = None
    late_ms: float | None = None
    ack_payload: Json | None = None
    error: str | None = None
    attempts: int = 0
    retry_reason: str = ""
    connection: Connection | None = field(default=None, repr=False)
    view_id: str | None = None
    appeared: list[Message] = field(default_factory=list, repr=False)
    options: list[Json] = field(default_factory=list, repr=False)

    @property
    def trigger_id(self) -> str | None:
        found = self.payload.get("trigger_id")
        return str(found) if found else None

    @property
    def response_url(self) -> str | None:
        found = self.payload.get("response_url")
        return str(found) if found else None

    @property
    def clicked_ts(self) -> str | None:
        """Returns the message that was clicked."""
        container: Json = self.payload.get("container") or {}
        found = container.get("message_ts")
        return str(found) if found else None

    @property
    def replies(self) -> list[Message]:
        """Snapshots of the messages that appeared because of this, in order; one deleted since says so."""
        with self.world.changed:
            return [message.snapshot() for message in self.appeared]

    @property
    def visible(self) -> list[Message]:
        """Lists the replies that the member sees now."""
        return [message for message in self.replies if message.seen_by(self.user)]

    def wait_ack(self, timeout: float = 30.0) -> float:
        """Returns the milliseconds until the ack; raises TimeoutError when none came in time or Slack gave up waiting."""
        self.until(lambda: self.acked_ms is not None or self.error is not None, timeout, "the ack")
        if self.acked_ms is None:
            raise TimeoutError(f"no ack: the member sees {self.error}")
        return self.acked_ms

    def wait(self, n: int = 1, timeout: float = 30.0) -> list[Message]:
        """Returns the replies once `n` have appeared; the TimeoutError lists what there was instead."""
        self.until(lambda: len(self.appeared) >= n, timeout, f"{n} replies")
        return self.replies

    def wait_for(self, text: str, timeout: float = 30.0) -> Message:
        """Returns the newest visible reply whose plain rendering contains `text` (for answers that replace "Working…")."""

        def newest() -> Message | None:
            fitting = (m for m in reversed(self.appeared) if m.seen_by(self.user) and text in plain(m))
            return next(fitting, None)

        with self.world.changed:
            return self.until(newest, timeout, f"a reply with {text!r}").snapshot()

    def until(self, met: Callable[[], T | None], timeout: float, what: str) -> T:
        """Waits until `met` returns something truthy and returns that; raises TimeoutError with all that is known."""
        with self.world.changed:
            found = self.world.changed.wait_for(met, timeout)
            if not found:
                raise TimeoutError(f"waited {timeout} s for {what} to {self.described()}")
            return found

    def described(self) -> str:
        acked = "not acked" if self.acked_ms is None else f"acked in {self.acked_ms:.1f} ms"
        shown = "; ".join(repr(plain(m)) for m in self.appeared) or "nothing"
        return f"{self.kind} of {self.user} in {self.channel} ({acked}, error {self.error}, appeared: {shown})"
