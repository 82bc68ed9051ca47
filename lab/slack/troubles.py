"""Web API calls that go wrong on demand: late, refused, broken, or done and never answered."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Trouble:
    """For calls of `method` in `channel` (None: any), the next `times` of them (None: all).

    After `delay_s` the call is refused with `error`, or answered by HTML with `status`; else it is done, and with
    `silent` its answer never comes.
    """

    method: str | None = None
    channel: str | None = None
    times: int | None = 1
    delay_s: float = 0.0
    error: str = ""
    status: int = 0
    silent: bool = False
    taken: int = 0  # how many calls have met it


@dataclass
class Troubles:
    ordered: list[Trouble] = field(default_factory=list)

    def order(self, trouble: Trouble) -> Trouble:
        self.ordered = [one for one in self.ordered if one.times != 0]
        self.ordered.append(trouble)
        return trouble

    def take(self, method: str, channel: str) -> Trouble:
        """The first that fits, or one that troubles nobody."""
        for trouble in self.ordered:
            if trouble.method in (None, method) and trouble.channel in (None, channel) and trouble.times != 0:
                if trouble.times is not None:
                    trouble.times -= 1
                trouble.taken += 1
                return trouble
        return Trouble()
