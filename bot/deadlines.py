"""Deadlines for whole exchanges: a watch shuts the socket of whoever is late."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress


class Watch:
    """Shuts the sockets whose deadline has passed. A socket's own time-out is for one read, and starts again with every
    byte: a peer that sends a byte a second would hold a thread for ever."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._guards: set[Guard] = set()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None
        self._closed = False

    def guard(self, deadline: float) -> Guard:
        """Begins to watch one exchange; `deadline` is by the monotonic clock. Whoever asked ends it."""
        guard = Guard(self, deadline)
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._guards.add(guard)
            if deadline < self._wakes_at:
                self._changed.notify()
        return guard

    def forget(self, guard: Guard) -> None:
        with self._changed:
            self._guards.discard(guard)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                for guard in [guard for guard in self._guards if guard.deadline <= now]:
                    self._guards.discard(guard)
                    guard.shut()
                self._wakes_at = min((guard.deadline for guard in self._guards), default=float("inf"))
                self._changed.wait(None if self._wakes_at == float("inf") else max(0.0, self._wakes_at - now))


class Guard:
    """One exchange that is watched. It holds a copy of the socket's descriptor, since TLS and a response that outlives its
    connection each take the socket over; to shut the copy shuts the connection."""

    def __init__(self, watch: Watch, deadline: float) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._copy: socket.socket | None = None
        self.deadline = deadline
        self.connected = False  # and what is sent from now on may arrive
        self.late = False

    def hold(self, connection: socket.socket) -> None:
        """Watches this socket from now on, and shuts it at once if the deadline has passed."""
        copy = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._drop()
            self._copy = copy
            if self.late:
                self._shut()

    def shut(self) -> None:
        with self._lock:
            self.late = True
            self._shut()

    def end(self) -> None:
        self._watch.forget(self)
        with self._lock:
            self._drop()

    def _shut(self) -> None:
        if self._copy is not None:
            with suppress(OSError):  # the peer may have been quicker
                self._copy.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None
