"""Calls that go wrong on demand: late, refused, broken, or done and never answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One fault for the next `times` calls (None: all) of `method` in `channel` (None: any). `text` limits it to calls with that text
    anywhere in them.

    Of Slack `method` is one of the Web API, or `response_url`, which knows `error` alone. Of Teams it is the verb of HTTP, and `channel` a
    conversation with its threads.

    After `delay_s` the call is refused with `error`, or with `status`, of Slack's as HTML and of Teams' with `error` as its word, and with a
    Retry-After of `after_s` if that is above 0; else it is done, and with `silent` its answer never comes.
    """

    method: str | None = None
    channel: str | None = None
    text: str = ""
    times: int | None = 1
    delay_s: float = 0.0
    error: str = ""
    status: int = 0
    after_s: int = 0
    silent: bool = False
    used: int = 0  # how many calls have met it


@dataclass
class Faults:
    ordered: list[Fault] = field(default_factory=list)

    def order(self, fault: Fault) -> Fault:
        self.ordered = [one for one in self.ordered if one.times != 0]
        self.ordered.append(fault)
        return fault

    def match(self, method: str, channel: str, arguments: object) -> Fault:
        """Returns the first fault that fits and counts it down, or one that has no effect."""
        for fault in self.ordered:
            fits = fault.method in (None, method) and fault.channel in (None, channel) and fault.times != 0
            if fits and fault.text in json.dumps(arguments, ensure_ascii=False):
                if fault.times is not None:
                    fault.times -= 1
                fault.used += 1
                return fault
        return Fault()
