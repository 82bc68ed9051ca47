"""Two replicas of the bot as processes: one lives the whole time, the other is killed now and then and started at once."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.settings.table import Settings
from lab.slack import SlackLab
from tests.e2e.process import BotProcess, bot_process
from tests.soak.growth import Life, tcp_ports


@dataclass(frozen=True)
class Kill:
    """`connections` are the ids of the Slack connections that the process had, also those that had ended before."""

    at: float
    connections: frozenset[int]


@dataclass
class Replica:
    name: str
    settings: Settings
    folder: Path
    slack: SlackLab
    variables: dict[str, str]
    lives: list[Life] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)
    _own: set[int] = field(default_factory=set)  # connections of this life
    _looked_at: set[int] = field(default_factory=set)
    _stack: ExitStack = field(default_factory=ExitStack)
    _bot: BotProcess | None = None
    _starting: threading.Thread | None = None

    def start(self) -> None:
        """Returns once it runs."""
        self.folder.mkdir(exist_ok=True)
        url = self.settings.store.url.replace("user=postgres", f"user={self.name}")
        settings = replace(self.settings, store=replace(self.settings.store, url=url))
        self._bot = self._stack.enter_context(bot_process(settings, self.folder, **self.variables))
        self.lives.append(Life(self.name, self._bot.process.pid))
        self._bot.wait_said("running;")

    @property
    def running(self) -> bool:
        return self._starting is None or not self._starting.is_alive()

    @property
    def life(self) -> Life:
        return self.lives[-1]

    def note_connections(self) -> None:
        """Which of Slack's connections are its own: that cannot be seen any more once they have ended."""
        if not self.running or self._bot is None or self._bot.process.poll() is not None:
            return
        new = [connection for connection in self.slack.connections() if connection.id not in self._looked_at]
        if new:
            ports = tcp_ports(self._bot.process.pid)
            self._looked_at.update(connection.id for connection in new)
            self._own.update(
                connection.id
                for connection in new
                if connection.transport and connection.transport.get_extra_info("peername")[1] in ports
            )

    def kill_and_start(self) -> None:
        """kill -9; the next life begins beside whatever else goes on."""
        assert self._bot is not None
        self.note_connections()
        self._bot.process.kill()
        self.kills.append(Kill(time.monotonic(), frozenset(self._own)))
        self._own.clear()
        self._bot.ended()
        self._starting = threading.Thread(target=self._start_again, name=f"starting {self.name}")
        self._starting.start()

    def _start_again(self) -> None:
        try:
            self.start()
        except BaseException as error:
            self.problems.append(error)

    def check(self) -> None:
        """Raises where it ended by itself."""
        if self._starting is not None:
            self._starting.join(0 if self._starting.is_alive() else None)
        if self.problems:
            raise self.problems[0]
        if self.running and self._bot is not None and self._bot.process.poll() is not None:
            raise AssertionError(f"{self.name} ended by itself: {self._bot.said[-3000:]}")

    def said(self, words: str) -> int:
        """How many lines of all its logs hold this."""
        logs = self.folder.glob("bot-*.log")
        return sum(words in line for log in logs for line in log.read_text(encoding="utf-8").splitlines())

    def close(self) -> None:
        if self._starting is not None:
            self._starting.join()
        self._stack.close()
