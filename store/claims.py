"""What is handed out of the outbox and what comes back: claims on lanes, and how they were settled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from store.marks import Mark
from store.stored_event import StoredEvent

ALONE = 0  # the page of a message that shows one notice
HEAD = 1  # the page of a burst that stands in the channel itself


@dataclass(frozen=True)
class ClaimedDelivery(StoredEvent):
    """One event on its way to one channel; `id` is the delivery's. `mentions` are ids of the chat's, or
    `here`; `held_for` says what it was held for. `reply_to` is the ref of the message
    that it answers, empty where there is none, and `thread` the id of the message above it. `marks` are those that hold in this
    channel. What is `pointless` by now is not to be sent."""

    id: int
    urgent: bool = False
    mentions: tuple[str, ...] = ()
    held_for: str = ""
    reply_to: str = field(default="", repr=False)
    thread: int | None = None
    marks: tuple[Mark, ...] = ()
    pointless: bool = False


@dataclass(frozen=True)
class NoticeMessage:
    """A message in a channel. `page` is ALONE, HEAD for the first page of a burst, and more for those in its
    thread. It shows `deliveries`; `beyond` are those on the later pages of a burst. `revision` rises with every reason to change
    the message."""

    id: int
    ref: str = field(repr=False)
    page: int
    revision: int
    deliveries: tuple[ClaimedDelivery, ...]
    beyond: tuple[ClaimedDelivery, ...] = ()

    @property
    def was_held(self) -> bool:
        """Whether it shows what was held until it was sent."""
        return bool(self.deliveries and self.deliveries[0].held_for)


@dataclass(frozen=True)
class Claim:
    """A lane for as long as its lease runs: all deliveries that were held until now; else one; all that wait, if they are too
    many for a message each, or for the `burst` that grows, whose pages are given in order; or, where no delivery waits, a message
    that is `stale`. `failures` counts the claims that failed in a row. `unsettled` says that an earlier claim was never settled,
    so its deliveries may have been posted."""

    channel: int
    fence: int
    workspace: int
    revision: int
    team_id: str
    channel_id: str
    deliveries: tuple[ClaimedDelivery, ...]
    burst: tuple[NoticeMessage, ...] = ()
    stale: NoticeMessage | None = None
    failures: int = 0
    unsettled: bool = False


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The message by which deliveries were sent: the one with this `id`, or a new one with this `ref` as such a `page`, in the thread
    of `head` unless that is None."""

    id: int = 0
    ref: str = field(default="", repr=False)
    page: int = ALONE
    head: int | None = None


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What became of a claim. `sent` are ids of deliveries that were posted, in the message `shown`. `parked` gives the reason by
    id; `failed` are to be tried again, or given up after GIVE_UP_AFTER. The lane is due again in `wait_s` seconds. The burst goes
    on growing for `grows_s` seconds, or ends with 0; None leaves it as it is. The stale message is right now, unless it is to be
    tried again in `stale_s` seconds. `refused` is the error by which the chat refused the workspace's token."""

    claim: Claim
    sent: Collection[int] = ()
    shown: Shown | None = None
    parked: Mapping[int, str] = field(default_factory=dict)
    failed: Collection[int] = ()
    error: str = ""
    ambiguous: bool = False
    wait_s: float = 0.0
    grows_s: float | None = None
    stale_s: float | None = None
    refused: str = ""


@dataclass(frozen=True)
class Settled:
    """The result of a settlement. `stale` means that it came too late and changed nothing, `stopped` that it was the first
    to report that the workspace's token is refused. `given_up` counts those of `failed` that are parked now. `moved`: the
    channel has another id by now, so that what was refused under the old one waits on."""

    stale: bool = False
    moved: bool = False
    given_up: int = 0
    stopped: bool = False
