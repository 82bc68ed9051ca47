"""The simulated WebNet in a process of its own, so that neither the bot nor the client shares a processor's time with it by
one interpreter lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from benchmarks.kit import Watched, line, process


@dataclass(frozen=True, slots=True)
class WebNetProcess:
    url: str
    watched: Watched

    def delay(self, seconds: float) -> None:
        """Delays every response by so many seconds from now on."""
        self._control("DELETE", "faults")
        if seconds:
            self._control("POST", "faults", {"kind": "delay", "delay_s": seconds})

    def requests(self) -> int:
        """Returns how many requests it has answered so far."""
        return int(self._control("GET", "")["requests"])

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        response = requests.request(method, f"{self.url}/_lab/{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json()


@contextmanager
def webnet_process() -> Iterator[WebNetProcess]:
    with process("main", "lab", "webnet", "--port", "0") as started:
        said = line(started)
        found = re.search(r"http://\S+?(?=\.? )", said)
        assert found, said
        yield WebNetProcess(found[0], Watched(started.pid))
