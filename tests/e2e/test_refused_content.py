"""An answer that Slack refuses for its content is shown as its summary, or says that it cannot be shown: nobody is left with
"Working on …"."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.slack.response_url import REFUSED
from lab.slack import Interaction, plain
from tests.e2e.rig import Rig, rig, wait_until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder: Path = tmp_path_factory.mktemp("refused")
    with rig(f"sqlite:///{folder}/store.db") as bot:
        bot.webnet.change("devices", 1, vendor="poison")
        bot.directory.sweep()
        yield bot


@pytest.fixture
def bot(running: Rig) -> Iterator[Rig]:
    yield running
    running.slack.faults.ordered.clear()
    running.webnet.clear_faults()


def visible(asked: Interaction) -> list[str]:
    return [plain(message) for message in asked.visible]


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_blocks_too_long", "no_text"])
def test_an_answer_with_refused_blocks_is_its_summary(bot: Rig, word: str) -> None:
    bot.slack.fault("response_url", error=word, text="poison", times=None)
    answer = bot.ask("U0VERA", "status #1")
    assert answer.blocks == []
    assert "rtr-fra1-001" in answer.text


def test_an_answer_that_is_refused_altogether_says_so_in_the_place_of_working(bot: Rig) -> None:
    bot.slack.fault("response_url", error="invalid_blocks", text="rtr-fra1", times=None)
    bot.webnet.fault("delay", prefix="/api/v1/devices/1/", delay_s=1.5, times=1)
    asked = bot.say("U0VERA", "status #1")
    asked.wait_for("Working on")
    asked.wait_for("cannot be shown")
    assert visible(asked) == [REFUSED]


def test_an_answer_for_all_that_is_refused_removes_working(bot: Rig) -> None:
    bot.slack.fault(error="invalid_blocks", text="rtr-fra1", times=None)
    bot.webnet.fault("delay", prefix="/api/v1/devices/1/", delay_s=1.5, times=1)
    asked = bot.say("U0OSCAR", "ping #1")
    asked.wait_for("Working on")
    asked.wait_for("cannot be shown")
    wait_until(lambda: visible(asked) == [REFUSED], "nothing but the sentence")


@pytest.mark.parametrize(
    ("text", "words"), [("rich_text_preformatted", "Config of rtr-fra1-001:"), ("rtr-fra1", REFUSED)]
)
def test_a_modal_whose_content_is_refused_does_not_stay_empty(bot: Rig, text: str, words: str) -> None:
    shown = bot.ask("U0VERA", "config #1")
    bot.slack.fault("views.update", error="view_too_large", text=text, times=None)
    bot.slack.click("U0VERA", shown, "Show all")
    wait_until(
        lambda: (view := bot.slack.open_view("U0VERA")) and words in str(view.content), f"{words!r} in the modal"
    )
