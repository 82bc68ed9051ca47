"""Snoozes what one caller names, in the channel where they say it or in every channel of the customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.compliance import Policies
from bot.configs.drift_alerts import Alerts
from bot.core.arguments import ALERT
from bot.core.audit import RequestAudit
from bot.core.commands import Role
from bot.core.errors import Conflict, NotFound, Refused
from bot.core.parsing import read_one
from bot.core.pipeline import Admitted
from bot.core.snoozes import MOST_FAULTS, Subject, ending, open_faults, rank_of, word_of
from bot.core.text import cut
from bot.devices.access import Devices
from bot.stored_events import event_of
from store.channels import Channel
from store.past_events import PastEvent, PastEvents
from store.snoozes import Snooze
from store.snoozes import Snoozes as Rows

LOOKED_BACK = timedelta(days=7)  # for what is open of that which is snoozed
MOST_LOOKED_AT = 1_000  # events
LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class SnoozeSources:
    """Holds what all callers share. `channel_of` finds the row of a workspace's channel by the chat's id; moments that are typed
    without a time zone are in `zone`."""

    rows: Rows
    past: PastEvents
    policies: Policies
    channel_of: Callable[[int, str], Channel | None]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds a snooze for whoever shows it: `word` names in a line what is snoozed, `until` is in the time zone of the
    settings, and `held` counts the notices that wait for its end."""

    name: str
    word: str
    everywhere: bool
    until: datetime
    until_resolved: bool
    by: str
    reason: str
    held: int


@dataclass(frozen=True, slots=True)
class Snoozes:
    """Starts, lists and ends the snoozes of one customer for one caller."""

    _admitted: Admitted
    _audit: RequestAudit
    _devices: Devices
    _alerts: Alerts
    _sources: SnoozeSources

    def start(self, word: str, span: str, reason: str, *, everywhere: bool) -> tuple[Shown, ...]:
        """Snoozes what the word names, or changes the snooze of it that there is, and returns that. Raises Refused, UsageError,
        NotFound or Conflict."""
        channel, now = self._place(everywhere=everywhere), self._sources.past.now()
        until, until_resolved = ending(span, now, self._sources.zone)
        subject = self._subject(word)
        past = self._past(now)
        events = {each.key: each.id for each in past}
        faults = open_faults(subject, map(event_of, past))
        known = [event for found in faults.values() for event in found]
        snooze = self._sources.rows.start(
            workspace=self._admitted.workspace.id,
            channel=channel,
            kind=subject.kind,
            subject=subject.subject,
            device=subject.device,
            customer=self._customer,
            name=subject.name,
            reason=reason,
            by=self._admitted.caller.username,
            until=until,
            until_resolved=until_resolved,
            rank=max((rank_of(event.facts.severity) for event in known), default=0),
            faults=[*faults][-MOST_FAULTS:],
            user=self._admitted.caller.user,
            events=[events[event.key] for event in known],
        )
        return self._shown([snooze])

    def end(self, word: str, *, everywhere: bool) -> tuple[Shown, ...]:
        """Ends the snooze of what the word names, in this channel or the one in all channels. Raises as `start` does."""
        channel, subject = self._place(everywhere=everywhere), self._subject(word)
        found = [
            each
            for each in self._open()
            if (each.kind, each.subject, each.channel) == (subject.kind, subject.subject, channel)
        ]
        if not found:
            where = "everywhere" if everywhere else "in this channel"
            raise NotFound(f"{subject.name} is not snoozed {where}. `snoozes` lists what is.")
        shown = self._shown(found)
        for each in found:
            self._sources.rows.end(each, f"by {self._admitted.caller.username}")
        return shown

    def here(self) -> tuple[Shown, ...]:
        """Returns the snoozes of this channel and those of every channel, of which alone there are some in a place that gets no
        notices."""
        row = self._channel()
        places = {None, row.id if row else None}
        return self._shown([each for each in self._open() if each.channel in places])

    @property
    def _customer(self) -> int:
        return self._admitted.workspace.customer

    def _open(self) -> list[Snooze]:
        return self._sources.rows.open(self._customer)

    def _shown(self, snoozes: Sequence[Snooze]) -> tuple[Shown, ...]:
        held = self._sources.rows.held(snoozes)
        return tuple(
            Shown(
                name=each.name,
                word=word_of(each.kind, each.subject),
                everywhere=each.channel is None,
                until=each.until.astimezone(self._sources.zone),
                until_resolved=each.until_resolved,
                by=each.by,
                reason=each.reason,
                held=held.get(each.id, 0),
            )
            for each in snoozes
        )

    def _channel(self) -> Channel | None:
        return self._sources.channel_of(self._admitted.workspace.id, self._admitted.record.request.place.channel)

    def _place(self, *, everywhere: bool) -> int | None:
        """Returns the row of the channel to act in, None for every channel, before anything is looked up."""
        if everywhere:
            if self._admitted.caller.role < Role.admin:
                raise Refused("Only an administrator snoozes everywhere. Leave `everywhere` out.", reason="role")
            return None
        if (row := self._channel()) is None:
            raise Conflict(
                "No notices come here, so there is nothing to snooze. Say it in a channel that gets notices."
            )
        return row.id

    def _subject(self, word: str) -> Subject:
        kind, _, rest = word.partition(":")
        if kind.casefold() == "alert" or word.isdecimal():
            return self._alert(rest or word)
        if kind.casefold() == "policy" and rest:
            return self._policy(rest.strip())
        try:
            target = self._devices.find(word, exact=True)
        except NotFound:
            if self._sources.policies.named(word, self._customer):
                return self._policy(word)
            raise
        self._audit.concerns(target)
        return Subject("device", target.id, target.hostname, target.id)

    def _policy(self, word: str) -> Subject:
        found = self._sources.policies.named(word, self._customer)
        if len(found) == 1:
            return Subject("policy", found[0].id, cut(found[0].name, LONGEST_SHOWN), None)
        if found:
            numbers = ", ".join(f"`policy:{one.id}`" for one in found[:10])
            raise NotFound(f"Several policies are named {cut(word, LONGEST_SHOWN)}: choose one of {numbers}.")
        raise NotFound(f"There is no policy {cut(word, LONGEST_SHOWN)} here.")

    def _alert(self, word: str) -> Subject:
        try:
            number = read_one(ALERT, word.strip())
        except ValueError:
            raise NotFound(f"There is no drift alert {cut(word, LONGEST_SHOWN)} here.") from None
        alert, target = self._alerts.get(number)
        self._audit.concerns(target)
        return Subject("alert", alert.id, f"drift alert #{alert.id} on {alert.hostname}", target.id)

    def _past(self, now: datetime) -> list[PastEvent]:
        """Returns the customer's events of the last days, the oldest first."""
        newest = self._sources.past.since(now - LOOKED_BACK, self._customer, MOST_LOOKED_AT)
        return newest[::-1]
