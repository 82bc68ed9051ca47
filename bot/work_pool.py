"""A fixed number of threads behind a bounded queue, on which commands are run, and timers."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from enum import Enum

log = logging.getLogger(__name__)

Work = Callable[[], None]

FLOOD, FLOOD_S = 16, 0.025  # this many refusals within this many seconds are a flood
ASIDE_S = 1.5  # from its beginning on work waits for its end, at most
CALM_S = 1.0  # without a refusal: what comes then is a new flood


class Taken(Enum):
    """Says whether work that was offered was accepted; all but `yes` mean that it will not be done."""

    yes = "yes"
    full = "full"
    share_full = "share_full"
    closing = "closing"


class WorkPool:
    """Work must not raise. `share` keeps one owner from filling more than half of the queue, and from holding more than half
    of the threads: what hangs for one workspace must not keep the others waiting. Each thread begins with `began`."""

    def __init__(self, name: str, threads: int, limit: int, began: Callable[[], object] = lambda: None) -> None:
        self._began = began
        self._limit = limit
        self._waiting: deque[tuple[Hashable, Work, Work | None]] = deque()
        self._shares: Counter[Hashable] = Counter()  # of what waits, by owner
        self._running: Counter[Hashable] = Counter()
        self._since: dict[int, float] = {}  # when each busy thread began its piece of work, by the monotonic clock
        self._most_running = max(1, threads // 2)  # of one owner
        self._closing = False
        self._refusals: deque[float] = deque(maxlen=FLOOD)  # when the last ones were
        self._aside_until = 0.0
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def offer(self, work: Work, share: Hashable = None, instead: Work | None = None) -> Taken:
        """Never waits. `instead` is what `abandon` gives for this piece of work if it was never begun."""
        with self._changed:
            if self._closing:
                return Taken.closing
            if len(self._waiting) >= self._limit:
                return self._refused(Taken.full)
            if share is not None and self._shares[share] >= max(1, self._limit // 2):
                return self._refused(Taken.share_full)
            self._waiting.append((share, work, instead))
            self._shares[share] += 1
            self._changed.notify()
            return Taken.yes

    def _refused(self, taken: Taken) -> Taken:
        now = time.monotonic()
        if not self._refusals or now - self._refusals[-1] > CALM_S:
            self._aside_until = now + ASIDE_S
        self._refusals.append(now)
        return taken

    def step_aside(self) -> None:
        """Lets a flood of offers pass: it is thousands of refusals, and each would have to wait until every worker has
        run in the interpreter. Not for long: a flood without an end must not keep all work from being done."""
        while len(self._refusals) == FLOOD:
            now = time.monotonic()
            if now > self._aside_until or now - self._refusals[0] > FLOOD_S:
                return
            time.sleep(FLOOD_S)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def oldest_s(self) -> float:
        """For how many seconds the oldest piece of work has been running; 0 if none is."""
        since = list(self._since.values())
        return time.monotonic() - min(since) if since else 0.0

    def close(self) -> None:
        """Accepts nothing more; what was accepted is done."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def drain(self, timeout_s: float) -> int:
        """Closes, waits until all is done, and gives how many pieces of work are still running after `timeout_s`."""
        self.close()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            return self._running.total()

    def abandon(self) -> list[Work]:
        """Empties the queue and gives, for each piece of work, what is to be done instead, or else the work itself."""
        with self._changed:
            left = [instead or work for _, work, instead in self._waiting]
            self._waiting.clear()
            self._shares.clear()
            return left

    def _run(self) -> None:
        self._began()
        while (taken := self._next()) is not None:
            share, work = taken
            self._since[threading.get_ident()] = time.monotonic()
            try:
                self.step_aside()
                work()
            except BaseException:  # whatever it was, the thread goes on
                log.exception("a piece of work failed")
            finally:
                del self._since[threading.get_ident()]
                with self._changed:
                    _less(self._running, share)
                    if self._closing:
                        self._changed.notify_all()

    def _next(self) -> tuple[Hashable, Work] | None:
        """Waits for the first piece of work whose owner may hold one more thread. Whoever ends one comes here next, so work
        that is passed over now is found then."""
        with self._changed:
            while (found := self._first()) is None:
                if self._closing and not self._waiting:
                    return None
                self._changed.wait()
            share, work, _ = self._waiting[found]
            del self._waiting[found]
            _less(self._shares, share)
            self._running[share] += 1
            return share, work

    def _first(self) -> int | None:
        held = {share for share, running in self._running.items() if running >= self._most_running} - {None}
        return next((number for number, (share, _, _) in enumerate(self._waiting) if share not in held), None)


def _less(counts: Counter[Hashable], share: Hashable) -> None:
    counts[share] -= 1
    if not counts[share]:
        del counts[share]


class Timers:
    """Calls back after a while, from one thread, which begins with `began`; a callback must be quick. Pending ones are dropped
    by `close`."""

    def __init__(self, began: Callable[[], object] = lambda: None) -> None:
        self._began = began
        self._due: list[tuple[float, int, Work]] = []
        self._count = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def after(self, delay_s: float, callback: Work) -> None:
        """Calls `callback` once, in `delay_s` seconds."""
        with self._changed:
            self._count += 1
            heapq.heappush(self._due, (time.monotonic() + delay_s, self._count, callback))
            if self._due[0][1] == self._count:
                self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        self._began()
        while (callback := self._next()) is not None:
            try:
                callback()
            except BaseException:
                log.exception("a timer failed")

    def _next(self) -> Work | None:
        with self._changed:
            while not self._closed:
                wait_s = self._due[0][0] - time.monotonic() if self._due else None
                if wait_s is not None and wait_s <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait_s)
            return None
