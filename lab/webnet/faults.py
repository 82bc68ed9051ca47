"""Faults on demand, only under /api/."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from lab.webnet.answers import ERROR_PAGE, JSON, Answer, page, refuse
from lab.webnet.credentials import throttled

Kind = Literal["delay", "error", "away", "lose_answer", "bad_key", "throttle", "garbage", "truncated"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass
class Fault:
    """One thing that goes wrong with the requests it matches.

    `delay` waits `delay_s` and then answers; `error` is the 500 page; `away` closes the connection unanswered;
    `lose_answer` does what was asked and then closes the connection; `bad_key` is "Invalid API key"; `throttle` is a 429
    with `retry_after_s`; `garbage` does what was asked and answers 200 with HTML called JSON; `truncated` does it and
    answers with half the JSON. `perform` makes an `error` come after the deed instead of in place of it.
    """

    kind: Kind
    prefix: str = "/api/"
    method: str | None = None
    times: int | None = None
    """How many requests it meets; None means until it is taken away."""
    for_s: float | None = None
    delay_s: float = 0.0
    retry_after_s: int = 1
    perform: bool = False
    until: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        if self.for_s is not None:
            self.until = time.monotonic() + self.for_s

    @property
    def performs(self) -> bool:
        """Whether the request is carried out although its answer goes wrong."""
        return self.perform or self.kind in {"delay", "lose_answer", "garbage", "truncated"}

    @property
    def closes(self) -> bool:
        return self.kind in {"away", "lose_answer"}

    def spent(self) -> bool:
        return self.times == 0 or (self.until is not None and time.monotonic() >= self.until)

    def meets(self, method: str, path: str) -> bool:
        return self.method in {None, method} and path.startswith("/api/") and path.startswith(self.prefix)

    def spoil(self, answer: Answer | None) -> Answer:
        """Returns what is sent instead of the right response."""
        text = answer.text if answer else ""
        match self.kind:
            case "error":
                return page(500, ERROR_PAGE)
            case "bad_key":
                return refuse(403, "Invalid API key").answer
            case "throttle":
                return throttled(self.retry_after_s).answer
            case "garbage":
                return Answer(200, "<html><body>not what you asked for</body></html>", JSON)
            case "truncated":
                return Answer(answer.status if answer else 200, text[: len(text) // 2], JSON)
        return answer or page(500, ERROR_PAGE)


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
        self.active.clear()
        self.hooks.clear()

    def take(self, method: str, path: str) -> tuple[float, Fault | None]:
        """The seconds to wait and the fault that meets this request; both are counted as used."""
        self.active = [fault for fault in self.active if not fault.spent()]
        met = [fault for fault in self.active if fault.meets(method, path)]
        delays = [fault for fault in met if fault.kind == "delay"]
        wrong = next((fault for fault in met if fault.kind != "delay"), None)
        for fault in [*delays, *([wrong] if wrong else [])]:
            if fault.times is not None:
                fault.times -= 1
        return sum(fault.delay_s for fault in delays), wrong

    def run_hooks(self, method: str, path: str) -> None:
        due = [hook for hook in self.hooks if hook.method == method and path.startswith(hook.prefix)]
        for hook in due:
            self.hooks.remove(hook)
            hook.action()
