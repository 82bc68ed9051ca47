"""What `diff` and the notice of a drift say where lines changed by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.configs.access import Change, Text
from bot.configs.diff import diff as compared
from bot.configs.sections import lines_of
from bot.core.events import Event
from bot.core.message import Buttons, Message
from bot.core.plain_text import plain
from bot.webnet.target import Target
from handlers import diff
from handlers.notices import drift

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OLD = "!Time: 1\nhostname a\nset psksecret ENC <redacted: changed>\n"


def shown(new: str, *, every: bool = False) -> Message:
    target = Target(41, "rtr-fra1-001", "10.10.0.1")
    change = Change(target, Text(target, 57, NOW, OLD), Text(target, 59, NOW, new), 4, 1, 3)
    found = compared(lines_of(OLD), lines_of(new), None if every else change.volatile)
    return diff.view(diff.Shown(change, found, every))


def commands(message: Message) -> dict[str, str]:
    buttons = [button for part in message.parts if isinstance(part, Buttons) for button in part.buttons]
    return {button.label: button.command for button in buttons}


def test_where_only_volatile_lines_differ_it_says_so_and_a_button_shows_them() -> None:
    message = shown(OLD.replace("1", "2"))
    assert message.summary == "Only volatile lines differ on rtr-fra1-001."
    assert "4 volatile lines left out." in plain(message)
    assert "1 secret was salted again and may have changed." in plain(message)
    command = commands(message)["Show volatile lines"]
    assert diff.COMMAND.parse(command.removeprefix("diff ")) == {
        "device": "#41",
        "before": 57,
        "after": 59,
        "lines": "all",
    }


def test_the_button_leads_to_every_line_and_is_gone_there() -> None:
    message = shown(OLD.replace("1", "2"), every=True)
    assert "!Time: 2" in plain(message)
    assert "Show volatile lines" not in commands(message)
    assert "lines:" not in commands(message)["Older change"]


def test_a_real_line_is_shown_alone_and_the_others_are_counted() -> None:
    message = shown(OLD.replace("1", "2") + "banner x\n")
    assert message.summary == "What changed on rtr-fra1-001: +1 −0 lines"
    assert "!Time" not in plain(message)
    assert "4 volatile lines left out." in plain(message)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"left_out": 5}, "5 volatile lines left out"),
        ({"left_out": 1, "salted": 2}, "1 volatile line left out · 2 secrets were salted again and may have changed"),
        ({"left_out": 3, "added": 0, "removed": 0}, "Only volatile lines of the config of `rtr-fra1-001` differ"),
    ],
)
def test_a_notice_says_what_is_not_counted(values: dict[str, int], said: str) -> None:
    sample: Event = drift.sample(NOW)
    assert said in plain(drift.view(replace(sample, data={**sample.data, **values}), lambda _: ""))  # type: ignore[arg-type]
