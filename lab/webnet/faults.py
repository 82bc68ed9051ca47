"""Makes requests under /api/ fail on demand."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from lab.webnet.credentials import throttled
from lab.webnet.responses import ERROR_PAGE, JSON, Response, page, refuse

Kind = Literal["delay", "hold", "error", "away", "lose_answer", "bad_key", "throttle", "garbage", "truncated", "alter"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WAITS: tuple[Kind, ...] = ("delay", "hold")
HOLD_S = 60.0


@dataclass
class Fault:
    """One thing that goes wrong with the requests it matches.

    `delay` waits `delay_s` and then answers; `hold` waits until it is lifted, `for_s` (60 s) at most, and then answers;
    `error` is the 500 page; `away` closes the connection unanswered;
    `lose_answer` does what was asked and then closes the connection; `bad_key` is "Invalid API key"; `throttle` is a 429
    with `retry_after_s`; `garbage` does what was asked and answers 200 with HTML called JSON; `truncated` does it and
    answers with half the JSON; `alter` does it and answers with what the function `alter` makes of the JSON. `perform` makes an `error` come after the deed instead of in place of it.
    """

    kind: Kind
    prefix: str = "/api/"
    method: str | None = None
    times: int | None = None
    """The number of requests it affects; None means until it is lifted."""
    for_s: float | None = None
    delay_s: float = 0.0
    retry_after_s: int = 1
    perform: bool = False
    alter: Callable[[str], str] = str
    until: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        if self.kind == "hold" and self.for_s is None:
            self.for_s = HOLD_S
        if self.for_s is not None:
            self.until = time.monotonic() + self.for_s

    @property
    def performs(self) -> bool:
        """Whether the request is carried out although its response goes wrong."""
        return self.perform or self.kind in {*WAITS, "lose_answer", "garbage", "truncated", "alter"}

    @property
    def closes(self) -> bool:
        return self.kind in {"away", "lose_answer"}

    def over(self) -> bool:
        """Says whether it was lifted, or its time has passed."""
        return self.until is not None and time.monotonic() >= self.until

    def spent(self) -> bool:
        return self.times == 0 or self.over()

    def lift(self) -> None:
        """Ends the fault, also for requests that a `hold` keeps waiting."""
        self.until = time.monotonic()

    async def wait(self) -> None:
        """Keeps a request waiting for as long as a `delay` or a `hold` says."""
        if self.kind == "delay":
            await asyncio.sleep(self.delay_s)
        while self.kind == "hold" and not self.over():  # noqa: ASYNC110  -- lifted from other threads: no asyncio.Event
            await asyncio.sleep(0.01)

    def meets(self, method: str, path: str) -> bool:
        return self.method in {None, method} and path.startswith("/api/") and path.startswith(self.prefix)

    def spoil(self, response: Response | None) -> Response:
        """Returns what is sent instead of the right response."""
        text = response.text if response else ""
        match self.kind:
            case "error":
                return page(500, ERROR_PAGE)
            case "bad_key":
                return refuse(403, "Invalid API key").response
            case "throttle":
                return throttled(self.retry_after_s).response
            case "garbage":
                return Response(200, "<html><body>not what you asked for</body></html>", JSON)
            case "truncated":
                return Response(response.status if response else 200, text[: len(text) // 2], JSON)
            case "alter" if response:
                return Response(response.status, self.alter(text), JSON)
        return response or page(500, ERROR_PAGE)


@dataclass
class Hook:
    """Something that happens once, right before a request is handled."""

    method: str
    prefix: str
    action: Callable[[], object]


class Faults:
    """The faults and hooks in force, oldest first."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.hooks: list[Hook] = []

    def add(self, fault: Fault) -> Fault:
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        for fault in self.active:
            fault.lift()
        self.active.clear()
        self.hooks.clear()

    def matching(self, method: str, path: str) -> tuple[list[Fault], Fault | None]:
        """The faults that this request waits for and the one that spoils its response; all are counted as used."""
        self.active = [fault for fault in self.active if not fault.spent()]
        met = [fault for fault in self.active if fault.meets(method, path)]
        waits = [fault for fault in met if fault.kind in WAITS]
        wrong = next((fault for fault in met if fault.kind not in WAITS), None)
        for fault in [*waits, *([wrong] if wrong else [])]:
            if fault.times is not None:
                fault.times -= 1
        return waits, wrong

    def run_hooks(self, method: str, path: str) -> None:
        due = [hook for hook in self.hooks if hook.method == method and path.startswith(hook.prefix)]
        for hook in due:
            self.hooks.remove(hook)
            hook.action()
