"""What goes wrong on demand: jobs that fail, devices that do not answer, requests that are answered wrongly or not at all."""

import threading
from collections.abc import Callable
from typing import TypedDict, Unpack

from lab.webnet.faults import Fault, Faults, Hook, Kind
from lab.webnet.outputs import NO_CONNECTION
from lab.webnet.runner import Runner


class FaultOptions(TypedDict, total=False):
    """See `Fault`."""

    prefix: str
    method: str | None
    times: int | None
    for_s: float | None
    delay_s: float
    retry_after_s: int
    perform: bool
    alter: Callable[[str], str]


class Trouble:
    lock: threading.RLock
    runner: Runner
    faults: Faults

    def fail_next(self, kind: str, error: str = "Authentication to device failed.") -> None:
        """Makes the next job of a type (`config_backup`, `check_reachability`, ...) end `failed` with this text."""
        with self.lock:
            self.runner.next_errors.setdefault(kind, []).append(error)

    def break_device(self, device: int, reason: str = NO_CONNECTION) -> None:
        """Makes every job that works on the device leave an ERROR line for it, and still end `success`."""
        with self.lock:
            self.runner.broken[device] = reason

    def mend_device(self, device: int) -> None:
        with self.lock:
            self.runner.broken.pop(device, None)

    def refuse_lines(self, device: int, reason: str = "% Invalid input detected at '^' marker.") -> None:
        """Makes every preview leave an ERROR line for the device."""
        with self.lock:
            self.runner.refusing[device] = reason

    def accept_lines(self, device: int) -> None:
        with self.lock:
            self.runner.refusing.pop(device, None)

    def silence_after_commit(self, device: int, *, silent: bool = True) -> None:
        """Makes the device answer no more once a commit has changed it."""
        with self.lock:
            (self.runner.silent_after_commit.add if silent else self.runner.silent_after_commit.discard)(device)

    def fault(self, kind: Kind, **options: Unpack[FaultOptions]) -> Fault:
        """Makes something go wrong; see `Fault` for the kinds and options."""
        with self.lock:
            return self.faults.add(Fault(kind, **options))

    def before(self, method: str, prefix: str, action: Callable[[], object]) -> None:
        """Does something once, between the arrival of the next such request and its handling."""
        with self.lock:
            self.faults.hooks.append(Hook(method, prefix, action))

    def clear_faults(self) -> None:
        with self.lock:
            self.faults.clear()
            self.runner.broken.clear()
            self.runner.refusing.clear()
            self.runner.silent_after_commit.clear()
            self.runner.next_errors.clear()
            self.runner.hold = None
