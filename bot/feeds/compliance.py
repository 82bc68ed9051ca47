"""Follows compliance results: a device begins to violate a policy, violates it still, or complies again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.compliance import MOST_OF_A_NAME, Policies
from bot.core.errors import WebNetMissing
from bot.core.events import Event
from bot.core.notice_kinds import COMPLIANCE
from bot.core.text import cut
from bot.feeds.enqueue import Enqueuer
from bot.feeds.facts import KnownDevices, of_repeats, of_result
from bot.feeds.new_rows import REST, NewRows
from bot.feeds.poller import Poll
from bot.gaps import LOOK_FOR
from bot.webnet.client import WebNet
from bot.webnet.models import Result
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.compliance import PolicyState, Repeat
from store.database import Store
from store.missing import Gap

log = logging.getLogger(__name__)

NAME = "compliance"
AT_ONCE = 200  # results in one transaction
QUIET = timedelta(seconds=30)  # after a job's last repeated violation, when no more of them are expected
MOST_RULES = 5

Change = Literal["violated", "kept", "repeated"]


@dataclass(frozen=True, slots=True)
class Place:
    """A device and the customer that it belongs to; all ids are WebNet's."""

    device: int
    hostname: str
    customer: int


class ComplianceFeed:
    def __init__(
        self,
        webnet: WebNet,
        store: Store,
        enqueuer: Enqueuer,
        policies: Policies,
        devices: KnownDevices,
        now: Callable[[], datetime],
    ) -> None:
        self._webnet = webnet
        self._store = store
        self._enqueuer = enqueuer
        self._now = now
        self._new_rows = NewRows(NAME, webnet, webnet.results_page, webnet.result, store, now)
        self._policies = policies
        self._devices = devices
        self._strange: set[str] = set()
        self._resting = Resting[int](now, REST, LOOK_FOR)  # devices that cannot be read

    def read(self, poll: Poll) -> None:
        waiting = self._store.missing.all(NAME)
        news = self._new_rows.look(poll.go_on)
        rows = news.shown if news.first else news.rows
        later: list[Gap] = []
        for start in range(0, len(rows), AT_ONCE):
            later += self._apply(poll, rows[start : start + AT_ONCE], waiting, silent=news.first)
        if not news.nothing:
            with poll.writing():
                self._new_rows.keep(news)
                self._store.missing.put(NAME, later)
        self._report_repeats(poll)

    def _apply(self, poll: Poll, results: Sequence[Result], waiting: Mapping[int, Gap], *, silent: bool) -> list[Gap]:
        """Stores the state of each policy and device, and enqueues what changed unless it is to be `silent`. A result that
        was applied before, or that is older than the stored state, changes nothing, so a chunk may come twice. Returns the
        results that must be read again later, since WebNet cannot show their device now."""
        later: dict[int, list[Gap]] = {}  # by device, so that its results keep their order
        states = self._store.compliance.states({(result.policy, result.device) for result in results})
        begun, events, repeats = dict(states), list[Event](), dict[tuple[int, int, int], Repeat]()
        for result in results:
            failing, before = self._failing(result), states.get((result.policy, result.device))
            at = result.checked_at or self._now()
            if failing is None or (before and (before.checked_at, before.result) >= (at, result.id)):
                continue
            was = before is not None and before.failing
            place = None
            if result.device in later or (not silent and (failing or was)):
                poll.go_on()
                place = result.device not in later and self._place(result.device, copied=failing and was)
                if place is False and (gap := self._new_rows.later(result.id, waiting, broken=True)):
                    later.setdefault(result.device, []).append(gap)
                    continue
            states[result.policy, result.device] = PolicyState(result.policy, result.device, failing, result.id, at)
            if place and failing and was:
                self._repeat(repeats, result, place)
            elif place:
                events.append(self._event(result, place, "violated" if failing else "kept"))
        changed = [one for pair, one in states.items() if begun.get(pair) != one]
        if changed:
            with poll.writing():
                self._store.compliance.put(changed)
                for repeat in repeats.values():
                    self._store.compliance.count(repeat)
                self._enqueuer.enqueue(events)
        return [gap for gaps in later.values() for gap in gaps]

    def _failing(self, result: Result) -> bool | None:
        failing, word = result.failing, result.status[:40]
        if failing is None and word not in self._strange and len(self._strange) < 100:
            self._strange.add(word)
            log.warning("compliance results with the status %r are neither pass nor fail", word)
        return failing

    def _place(self, device: int, *, copied: bool) -> Place | Literal[False] | None:
        """Returns the device as WebNet has it now, since its customer decides which channels are notified. `copied` allows
        the store's copy, which will do where the notice only counts devices. None stands for a device that is gone or
        belongs to no customer, False for one that WebNet cannot show."""
        if copied and (copy := self._store.directory.of_any_customer(device)):
            return Place(copy.id, copy.hostname, copy.customer)
        if device in self._resting.now():
            return False
        try:
            found = self._webnet.device(device)
        except WebNetMissing:
            return None
        except FAULTS_OF_ONE as error:
            self._webnet.require_admin()
            log.warning("device %d, of which there are compliance results, cannot be read: %s", device, error.words)
            self._resting.failed(device)
            return False
        self._resting.read(device)
        return None if found.customer is None else Place(device, found.hostname, found.customer)

    def _repeat(self, repeats: dict[tuple[int, int, int], Repeat], result: Result, place: Place) -> None:
        key = result.policy, result.job or 0, place.customer
        before = repeats.get(key) or Repeat(*key, devices=0, first_result=result.id, counted_at=self._now())
        repeats[key] = replace(before, devices=before.devices + 1)

    def _event(self, result: Result, place: Place, change: Change) -> Event:
        values = {
            "change": change,
            "policy": self._policies.name(result.policy, place.customer),
            "device": place.device,
            "hostname": cut(place.hostname, MOST_OF_A_NAME),
            "check": result.job,
            "rules": [cut(rule, MOST_OF_A_NAME) for rule in result.rules[:MOST_RULES]],
            "violations": len(result.rules),
        }
        happened, key = result.checked_at or self._now(), f"compliance:{result.id}"
        devices = self._devices.one(place.customer, place.device, place.hostname)
        facts = of_result(result.policy, place.device, kept=change == "kept", devices=devices)
        return Event(key, "compliance", COMPLIANCE.flag, place.customer, happened, values, facts=facts)

    def _report_repeats(self, poll: Poll) -> None:
        """Enqueues one event per policy and job for all devices that fail as before, once no more results are expected."""
        quiet = self._store.compliance.counted_out(self._now() - QUIET)
        jobs = self._store.jobs.known({repeat.job for repeat in quiet})
        for repeat in quiet:
            if (job := jobs.get(repeat.job)) and job.state == "open":
                continue
            values = {
                "change": "repeated",
                "policy": self._policies.name(repeat.policy, repeat.customer),
                "devices": repeat.devices,
                "check": repeat.job or None,
            }
            key = f"compliance:repeated:{repeat.policy}:{repeat.job}:{repeat.first_result}"
            customer, counted_at = repeat.customer, repeat.counted_at
            event = Event(key, "compliance", COMPLIANCE.flag, customer, counted_at, values, facts=of_repeats())
            with poll.writing():
                self._store.compliance.remove(repeat)
                self._enqueuer.enqueue([event])
