"""Whatever WebNet answers, each command is answered, the feeds go on, and nothing leaves a traceback."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from bot.core.errors import BotError
from lab.slack import plain
from tests.e2e.rig import Rig, answer, rig
from tests.http.odd_payloads import places, tracebacks
from tests.webnet.test_odd_answers import VALUES

LINES = (
    *("status #1", "status rtr-fra1-001", "jobs", "jobs mine failed", "logs 3", "logs 5"),
    *("search interface", "search vendor:x hostname", "config #1", "diff #1", "diff #2 2", "ack 1", "cancel 5", "help"),
)
AT_ONCE = 16


def altering(chance: random.Random) -> Any:
    """Returns what puts an odd value in one or two places of every third answer."""

    def alter(text: str) -> str:
        try:
            found = json.loads(text)
        except ValueError:  # some have no body, and error pages are HTML
            return text
        if chance.random() < 0.67 or not isinstance(found, (dict, list)) or not found:
            return text
        for _ in range(chance.randrange(1, 3)):
            node, key = chance.choice([*places(found)])
            node[key] = deepcopy(chance.choice(VALUES))  # the next one may be put into it
        return json.dumps(found)

    return alter


def ask_oddly(bot: Rig, number: int, chance: random.Random) -> list[str]:
    """Types that many commands while WebNet's answers are odd; what is shown for each."""
    bot.webnet.fault("alter", alter=altering(chance))
    shown: list[str] = []
    for _ in range(0, number, AT_ONCE):
        asked = [bot.say("U0ALICE", chance.choice(LINES)) for _ in range(AT_ONCE)]
        shown += [plain(answer(each)) for each in asked]
        with suppress(BotError):
            bot.directory.sweep()
    return shown


def fuzz(url: str, number: int, seed: int) -> list[str]:
    """What was shown for each command, and each traceback that was logged. Jobs are not started here: what the gate does then is
    tests/webnet's."""
    quick = {"poll_interval_s": 0.3}
    with tracebacks() as found, rig(url, notifications=quick, strict=False, webnet={"devices": 60}) as bot:
        bot.ask("U0ALICE", "status #1")
        shown = ask_oddly(bot, number, random.Random(seed))
        bot.webnet.clear_faults()
    assert len(shown) >= number
    return [*found, *(text for text in shown if "Something went wrong" in text)]


def test_odd_answers_of_webnet_leave_no_traceback(tmp_path: Path) -> None:
    """A share of what `make faults` asks, which is 2,000 commands of a seed of its own."""
    assert fuzz(f"sqlite:///{tmp_path}/store.db", 48, seed=1) == []
