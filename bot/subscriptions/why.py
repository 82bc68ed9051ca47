"""Explains what became of an event in a channel: which rule sent, held or dropped it, where, when, and what Slack answered.

What was never enqueued for the channel is worked out again, from the event as it was kept and the rules that were in force then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.channels import Channel as Routed
from bot.channels import of_row
from bot.core.errors import NotFound
from bot.core.message import ChannelName, Line, Mono, When
from bot.core.routing import explain
from bot.core.rule_text import spell
from bot.core.text import count
from bot.ids.chats import of_channel
from bot.subscriptions.past import event_of
from store.channels import Channel, Revision
from store.database import Store
from store.past_events import Fate, PastEvent
from store.workspaces import Workspace

HELD_FOR = {
    "rule": "by a rule",
    "quiet": "for quiet hours",
    "snooze": "by a snooze",
    "inhibited": "while its device does not answer",
}
_JOB = re.compile("job:([0-9]+):")
OF_JOB = ("ended", "ran", "commit")  # the ends of the keys of a job's events
FORGOTTEN: Line = ("What the channel asked for then is forgotten.",)
ANSWERS: Line = ("It answers an earlier notice, in the thread of that, whatever the channel asks for.",)
NONE_FITS = "None of the channel's rules fits it."
WHATEVER = "It comes whatever the channel's rules say."


@dataclass(frozen=True, slots=True)
class Explained:
    """Says in lines what became of one event: `here`, which is empty where no channel was asked about, and in so many other channels
    of its customer, which `others` names, a line each."""

    event: PastEvent
    here: tuple[Line, ...]
    elsewhere: int
    others: tuple[Line, ...]


class Why:
    """Looks at nothing but the store. `remedy(channel id, answer)` says what to do about an answer of the chat's."""

    def __init__(self, store: Store, remedy: Callable[[str, str], str] = lambda *_: "") -> None:
        self._store = store
        self._remedy = remedy

    def of_job(self, job: int, customer: int | None = None) -> list[PastEvent]:
        """Finds the events of a job, of one customer or of all. Raises NotFound where there is none."""
        found = self._store.past_events.named([f"job:{job}:{end}" for end in OF_JOB], customer)
        if not found:
            raise NotFound(self._without_event(job, customer))
        return found

    def of_alert(self, alert: int, customer: int | None = None) -> list[PastEvent]:
        """Finds the events of a drift alert. Raises NotFound where there is none."""
        found = self._store.past_events.of_alert(alert, customer)
        if not found:
            raise NotFound(f"The bot keeps no event of a drift alert #{alert} here.")
        return found

    def of_key(self, key: str) -> list[PastEvent]:
        """Finds the event of this key. Raises NotFound where there is none."""
        found = self._store.past_events.named([key])
        if not found:
            raise NotFound(f"The bot keeps no event {key}.")
        return found

    def explained(self, event: PastEvent, channel: Channel | None) -> Explained:
        """Explains an event to a channel, or to who is in none that has a row."""
        fates = self._fates(event)
        here = tuple(self._here(event, channel, fates.pop(channel.id, None))) if channel else ()
        others = (
            (ChannelName(fate.channel_id, fate.channel_name), ": ", *self._became(fate)) for fate in fates.values()
        )
        return Explained(event, here, len(fates), tuple(others))

    def everywhere(self, event: PastEvent) -> Iterator[tuple[Workspace, Channel, tuple[Line, ...]]]:
        """Yields what became of an event in each channel of its customer."""
        fates = self._fates(event)
        for workspace in self._store.workspaces.list():
            if workspace.customer == event.customer:
                for channel in self._store.channels.list(workspace=workspace.id):
                    yield workspace, channel, tuple(self._here(event, channel, fates.get(channel.id)))

    def _fates(self, event: PastEvent) -> dict[int, Fate]:
        return {fate.channel: fate for fate in self._store.past_events.fates(event.id, event.customer)}

    def _without_event(self, job: int, customer: int | None) -> str:
        row = self._store.jobs.known([job]).get(job)
        if row is None or customer not in (None, row.customer):
            return f"There is no job #{job} here that the bot has seen."
        if row.state != "ended":
            return f"Job #{job} has not ended, as far as the bot knows, so there is nothing to notify of yet."
        return f"The bot keeps no event of job #{job}: it ended too long ago, or before the bot followed its customer."

    # -- in one channel

    def _here(self, event: PastEvent, channel: Channel, fate: Fate | None) -> Iterator[Line]:
        if fate is not None:
            yield from _sentence(self._became(fate))
            yield from _tries(fate)
            yield self._why_sent(event, channel, fate)
        elif self._has_card(event, channel):
            yield ("Not sent: the card of the job in this channel shows how it ended.",)
        elif then := self._store.channels.revision_at(channel.id, event.created_at):
            yield from self._never(event, channel, then)
        else:
            yield ("Not sent: this channel was set up later, or what it asked for then is forgotten.",)

    def _why_sent(self, event: PastEvent, channel: Channel, fate: Fate) -> Line:
        if fate.answers is not None:
            return ANSWERS
        then = self._store.channels.revision(channel.id, fate.revision)
        return _by(_as_then(channel, then, event), then, fate.rule, WHATEVER) if then else FORGOTTEN

    def _has_card(self, event: PastEvent, channel: Channel) -> bool:
        job = _JOB.match(event.key)
        return job is not None and (channel.workspace, channel.channel_id) in self._store.cards.channels_of(int(job[1]))

    def _became(self, fate: Fate) -> Line:
        at: Line = (" ", When(fate.settled_at)) if fate.settled_at else ()
        before = f", after it was held {_held(fate)}" if fate.held_for else ""
        chat = of_channel(fate.channel_id).name
        match fate.status:
            case "sent":
                with_others = f" in one message with {count(fate.together - 1, 'other')}" if fate.together > 1 else ""
                return (f"sent{with_others}", *at, f"{before}; {chat} took it.")
            case "held":
                until: Line = (" until ", When(fate.held_until)) if fate.held_until else ()
                return (f"held {_held(fate)}", *until, ".")
            case "waiting":
                return ("waits to be sent, since ", When(fate.created_at), f"{before}.")
            case "parked":
                return (
                    "given up",
                    *at,
                    f", because {chat} answered {fate.error}. {self._remedy(fate.channel_id, fate.error)}".rstrip(),
                )
            case _:
                return (
                    "dropped",
                    *at,
                    ": before it was sent its workspace was switched off or went to another customer, or it was pointless by then.",
                )

    def _never(self, event: PastEvent, channel: Channel, then: Revision) -> Iterator[Line]:
        asked = _as_then(channel, then, event)
        found = explain(event_of(event), asked)
        if found.action == "drop":
            yield ("Not sent.",)
        else:
            yield ("Not sent, though these rules send it: such as while the workspace was switched off.",)
        yield _by(asked, then, found.rule, NONE_FITS)


def _sentence(line: Line) -> Iterator[Line]:
    first, *others = line
    assert isinstance(first, str)
    yield (first[:1].upper() + first[1:], *others)


def _held(fate: Fate) -> str:
    return HELD_FOR.get(fate.held_for.partition(":")[0], f"for {fate.held_for}")


def _tries(fate: Fate) -> Iterator[Line]:
    failed = fate.tries - (fate.status in {"sent", "parked"})  # the last of them settled it
    if failed > 0:
        unclear = f", of which {fate.ambiguous:,} may have arrived" if fate.ambiguous else ""
        last = (
            ""
            if fate.status == "parked" or not fate.error
            else f"; {of_channel(fate.channel_id).name} answered {fate.error} last"
        )
        yield (f"It failed {count(failed, 'time')} before{unclear}{last}.",)


def _as_then(channel: Channel, then: Revision, event: PastEvent) -> Routed:
    return of_row(replace(channel, rules=then.rules, quiet=then.quiet, flags=then.flags), event.customer)


def _by(asked: Routed, then: Revision, number: int | None, otherwise: str) -> Line:
    """Names the rule that decided, as it was then; `otherwise` says what holds where none of the rules did."""
    since: Line = (" They are in force since ", When(then.since), ".")
    if not asked.rules:
        return ("The channel had no rules, so its switches decided.", *since)
    if number is None:
        return (otherwise, *since)
    return (f"Rule {number} decided: ", Mono(spell(asked.rules[number - 1])), ".", *since)
