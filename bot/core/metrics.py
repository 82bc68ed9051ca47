"""Counts what the bot does, whoever shows the numbers. Pure, and cheap enough for every command.

Labels hold words of ours alone, never the name of a tenant, a caller or a device. A series of which a word from outside
is a part is bounded, too: past `MOST_SERIES` its label reads "other".
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

log = logging.getLogger(__name__)

MOST_SERIES = 100
OTHER = "other"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ACK_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 3.0)

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Holds the value of one combination of labels. A histogram has `buckets`, pairs of an upper bound and how many values
    were at most that, and the `total` of all values."""

    labels: Labels
    value: float
    buckets: Sequence[tuple[float, int]] = ()
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Family:
    """Holds all series of one metric. `words` say what it counts."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    words: str
    labels: Labels
    series: tuple[Series, ...]


class Counter:
    """Counts up. A combination of labels starts to exist when it is first counted."""

    def __init__(self, name: str, words: str, *labels: str) -> None:
        self._name, self._words, self._labels = name, words, labels
        self._lock = threading.Lock()
        self._counts: dict[Labels, float] = {} if labels else {(): 0}

    def add(self, *labels: str, by: float = 1) -> None:
        with self._lock:
            key = _bounded(self._counts, labels)
            self._counts[key] = self._counts.get(key, 0) + by

    def family(self) -> Family:
        with self._lock:
            series = tuple(Series(labels, count) for labels, count in self._counts.items())
        return Family(self._name, "counter", self._words, self._labels, series)


class Gauges:
    """Shows values as they are right now. `read` is called once for all gauges whenever somebody asks, and returns the values
    of each, in their order."""

    def __init__(self, *gauges: Family) -> None:
        self._gauges = gauges
        self.read: Callable[[], Sequence[Mapping[Labels, float]]] = lambda: [{} for _ in gauges]

    def families(self) -> Iterator[Family]:
        values: Sequence[Mapping[Labels, float]] = [{} for _ in self._gauges]
        try:
            values = self.read()
        except Exception as error:  # such as a store that is away: it must not hide what else is counted
            names = " and ".join(gauge.name for gauge in self._gauges)
            log.warning("%s cannot be read now (%s)", names, type(error).__name__)
        for gauge, found in zip(self._gauges, values, strict=True):
            yield replace(gauge, series=tuple(Series(labels, value) for labels, value in found.items()))


def gauge(name: str, words: str, *labels: str) -> Family:
    return Family(name, "gauge", words, labels, ())


class Histogram:
    """Counts durations in seconds, by how many were at most as long as each bound."""

    def __init__(self, name: str, words: str, *labels: str, bounds: Sequence[float] = SECONDS) -> None:
        self._name, self._words, self._labels = name, words, labels
        self._bounds = bounds
        self._lock = threading.Lock()
        self._found: dict[Labels, tuple[list[int], list[float]]] = {}

    def observe(self, seconds: float, *labels: str) -> None:
        place = next((i for i, bound in enumerate(self._bounds) if seconds <= bound), len(self._bounds))
        with self._lock:
            counts, total = self._found.setdefault(
                _bounded(self._found, labels), ([0] * (len(self._bounds) + 1), [0.0])
            )
            counts[place] += 1
            total[0] += seconds

    def family(self) -> Family:
        bounds = (*self._bounds, float("inf"))
        with self._lock:
            series = tuple(
                Series(labels, sum(counts), tuple(zip(bounds, accumulate(counts), strict=True)), total[0])
                for labels, (counts, total) in self._found.items()
            )
        return Family(self._name, "histogram", self._words, self._labels, series)


class Ages:
    """Shows how many seconds ago something last happened; what never did has no series."""

    def __init__(self, name: str, words: str, *labels: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._name, self._words, self._labels = name, words, labels
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._at: dict[Labels, float] = {}

    def now(self, *labels: str) -> None:
        with self._lock:
            self._at[_bounded(self._at, labels)] = self._monotonic()

    def family(self) -> Family:
        with self._lock:
            series = tuple(Series(labels, self._monotonic() - at) for labels, at in self._at.items())
        return Family(self._name, "gauge", self._words, self._labels, series)


class Metrics:
    """Holds all metrics of one process, each by the name under which it is counted."""

    def __init__(self) -> None:
        p = "webnet_bot_"
        self.commands = Counter(p + "commands_total", "Requests that were answered or refused.", "command", "result")
        self.command_seconds = Histogram(
            p + "command_seconds", "From a request's arrival to the end of its answer.", "command"
        )
        self.acks = Histogram(
            p + "ack_seconds", "From a request's arrival to its acknowledgement.", "way", bounds=ACK_SECONDS
        )
        self.http_answers = Counter(p + "http_answers_total", "Answers of the HTTP adapter.", "status")
        self.webhooks_refused = Counter(p + "webhooks_refused_total", "Requests that were not verified.", "webhook")
        self.sent = Counter(p + "notifications_sent_total", "Notices that Slack took.", "kind")
        self.failed = Counter(p + "notifications_failed_total", "Attempts that Slack did not take.", "reason")
        self.ambiguous = Counter(
            p + "notifications_ambiguous_total", "Attempts whose answer was lost; the notice may be there twice."
        )
        self.parked = Counter(p + "notifications_parked_total", "Notices that were given up until somebody looks.")
        self.reports = Counter(
            p + "reports_total", "Reports that were enqueued, some of them late, or skipped.", "result"
        )
        self.outbox = Gauges(
            gauge(p + "outbox_deliveries", "Deliveries in the outbox.", "state"),
            gauge(p + "outbox_oldest_seconds", "Age of the oldest delivery that waits, or should be held no longer."),
            gauge(p + "outbox_held", "Deliveries that are held, by what holds them.", "reason"),
        )
        self.blocks_refused = Counter(
            p + "slack_blocks_refused_total", "Messages that Slack took without such a block alone.", "block"
        )
        self.poll_age = Ages(
            p + "poll_age_seconds", "Since this process last read a feed to its end, or let it rest on purpose.", "feed"
        )
        self.poll_seconds = Histogram(p + "poll_seconds", "One look at a feed.", "feed")
        self.poll_requests = Counter(p + "poll_requests_total", "Requests to WebNet for a feed.", "feed")
        self.lost = Gauges(gauge(p + "jobs_lost", "Jobs of the last day that WebNet's queue seems to have lost."))
        self.connections = Gauges(gauge(p + "socket_connections", "Open Socket Mode connections."))
        self.queue = Gauges(gauge(p + "queue_waiting", "Pieces of work that wait for a thread.", "pool"))

    def families(self) -> Iterator[Family]:
        for each in vars(self).values():
            if isinstance(each, Gauges):
                yield from each.families()
            else:
                yield each.family()


def _bounded(known: Mapping[Labels, object], labels: Labels) -> Labels:
    return labels if labels in known or len(known) < MOST_SERIES else (OTHER,) * len(labels)
