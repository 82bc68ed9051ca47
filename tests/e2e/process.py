"""A bot in a process of its own, as an operator starts it: `main.py run --config FILE`, its settings in the environment."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings.table import Settings, template
from lab.slack import Interaction, SlackLab, plain
from lab.webnet import WebNetLab
from store.audit import AuditRow
from store.database import Store
from tests.e2e.rig import answer, wait_until

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-W", "error")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


@dataclass
class BotProcess:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it has written to both of its outputs."""
        return self.log.read_text(encoding="utf-8")

    def wait_said(self, words: str, timeout: float = 60.0) -> None:
        def done() -> bool:
            assert self.process.poll() is None or words in self.said, f"exit {self.process.returncode}: {self.said}"
            return words in self.said

        wait_until(done, f"{words!r} in the log", timeout)

    def ended(self, timeout: float = 60.0) -> int:
        """The exit code."""
        return self.process.wait(timeout)


def variables(settings: Settings) -> dict[str, str]:
    """The environment variables of another process, for the settings that differ from the defaults."""
    values = {
        "SLACK__API_URL": settings.slack.api_url,
        "SLACK__APP_TOKEN": settings.slack.app_token,
        "WEBNET__URL": settings.webnet.url,
        "WEBNET__API_KEY": settings.webnet.api_key,
        "WEBNET__TIMEOUT_S": str(settings.webnet.timeout_s),
        "STORE__URL": settings.store.url,
        "STORE__ENCRYPTION_KEYS": ",".join(settings.store.encryption_keys),
        "COMMANDS__PER_USER_PER_MINUTE": str(settings.commands.per_user_per_minute),
        "COMMANDS__PER_WORKSPACE_PER_MINUTE": str(settings.commands.per_workspace_per_minute),
        "COMMANDS__WORKERS": str(settings.commands.workers),
        "COMMANDS__QUEUE": str(settings.commands.queue),
        "LOGGING__LEVEL": settings.logging.level,
    }
    return {f"WEBNET_BOT_{name}": value for name, value in values.items()}


@contextmanager
def bot_process(
    settings: Settings,
    folder: Path,
    *,
    python: Sequence[str] = PYTHON,
    script: Path = ROOT / "main.py",
    config: str = template(),
    **changes: str,
) -> Iterator[BotProcess]:
    """`changes` are further variables, without their prefix; `python` is what runs `script`; `config` is the text of the
    settings file. A process that still runs at the end is killed."""
    file = folder / "config.toml"
    file.write_text(config, encoding="utf-8")
    log = folder / f"bot-{len(list(folder.glob('bot-*.log')))}.log"
    own = variables(settings) | {f"WEBNET_BOT_{name}": value for name, value in changes.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*python, script, "run", "--config", file],
            cwd=folder,
            env={**os.environ, **own},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield BotProcess(process, log)
    finally:
        process.kill()
        process.wait()


@dataclass
class Surroundings:
    """All that a bot's process needs, and that outlives it."""

    slack: SlackLab
    webnet: WebNetLab
    store: Store
    settings: Settings
    folder: Path

    @contextmanager
    def bot(self, connections: int = 2, **changes: str) -> Iterator[BotProcess]:
        with bot_process(self.settings, self.folder, **changes) as process:
            process.wait_said("running;")
            self.slack.wait_connected(connections, timeout=60)
            yield process

    def say(self, user: str, words: str, channel: str = "C0NOC") -> Interaction:
        return self.slack.say(user, f"/webnet {words}", channel)

    def ask(self, user: str, words: str) -> str:
        return plain(answer(self.say(user, words)))

    def rows(self, command: str) -> list[AuditRow]:
        return [row for row in self.store.audit.list(limit=200) if row.command == command]

    def direct_messages(self) -> list[str]:
        """What Oscar reads in his direct messages with the bot."""
        return [plain(message) for message in self.slack.messages("D0OSCAR", "U0OSCAR")]
