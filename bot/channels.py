"""Reads the channels from the store as routing needs them. Their rules are compiled once for each revision."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.core import quiet as quiet_hours
from bot.core import rule_text
from bot.core.notice_kinds import KINDS
from bot.core.quiet import QuietHours
from bot.core.routing import Routing, may_get
from bot.core.rules import Rule
from store.channels import Channel as Row
from store.channels import Channels as Rows
from store.channels import Destination

log = logging.getLogger(__name__)

UTC = ZoneInfo("UTC")  # the zone of a channel without quiet hours
_NOTHING: tuple[tuple[Rule, ...], QuietHours | None] = ((), None)


@dataclass(frozen=True)
class Channel(Destination):
    """A channel with its rules, its quiet hours, if it has some, and the time zone in which the rules count."""

    rules: tuple[Rule, ...]
    quiet: QuietHours | None
    zone: ZoneInfo


@dataclass(frozen=True)
class Routed:
    """All channels at one time, and the routing of exactly these."""

    rows: Sequence[Destination]
    channels: Sequence[Channel]
    routing: Routing

    def asking(self, feed: str) -> list[Channel]:
        """Returns the channels of enabled workspaces that may get a notice of this feed."""
        kinds = [kind for kind in KINDS if kind.feed == feed]
        return [each for each in self.channels if each.enabled and any(may_get(each, kind) for kind in kinds)]

    @cached_property
    def by_id(self) -> Mapping[int, Channel]:
        return {each.id: each for each in self.channels}


class Channels:
    """May be shared between threads."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._newest = Routed((), (), Routing(()))

    def routed(self) -> Routed:
        """Returns the channels as they are now. To be called in the transaction that enqueues."""
        rows, before = self._rows.destinations(), self._newest
        if rows != before.rows:
            known = {(each.id, each.revision): each for each in before.channels}
            new = self._rows.asked([row.id for row in rows if (row.id, row.revision) not in known])
            channels = [self._channel(row, known.get((row.id, row.revision)), new.get(row.id)) for row in rows]
            self._newest = before = Routed(rows, channels, Routing(channels))
        return before

    def _channel(self, row: Destination, known: Channel | None, new: tuple[str, str] | None) -> Channel:
        rules, quiet = (known.rules, known.quiet) if known else _read(row.channel_id, *new) if new else _NOTHING
        return Channel(**vars(row), rules=rules, quiet=quiet, zone=quiet.where if quiet else UTC)


def of_row(row: Row, customer: int) -> Channel:
    """Returns a channel of an enabled workspace of this customer, as routing needs it."""
    rules, quiet = _read(row.channel_id, row.rules, row.quiet)
    zone = quiet.where if quiet else UTC
    return Channel(
        row.id, customer, True, row.flags, row.channel_id, row.rules_revision, rules=rules, quiet=quiet, zone=zone
    )


def _read(channel_id: str, rules: str, quiet: str) -> tuple[tuple[Rule, ...], QuietHours | None]:
    """Reads the rules of a channel and its quiet hours. One that holds what nobody can read keeps no other from its notices: its
    flags decide, at any hour."""
    try:
        return rule_text.load(rules), quiet_hours.load(quiet)
    except ValueError:
        log.exception("what the channel %s asks for cannot be read; its flags decide", channel_id)
        return _NOTHING
