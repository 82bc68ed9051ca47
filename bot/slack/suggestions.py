"""Answers Slack while somebody types into a select whose options the bot knows. The acknowledgement itself carries the options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.arguments import Kind
from bot.core.shown import shown
from bot.core.suggestions import Option, Suggestions
from bot.core.text import cut
from bot.slack.form_view import SUGGEST
from bot.slack.shapes import of_guest, team_of, word
from bot.slack.spans import NOTHING, Block, plain_text

TYPE = "block_suggestion"
MAX_TEXT, MAX_VALUE = 75, 150


class SlackSuggestions:
    """Never waits and raises nothing: Slack calls at every key, and stops calling for a while after a late answer."""

    def __init__(self, suggestions: Suggestions) -> None:
        self._suggestions = suggestions

    def __call__(self, body: Mapping[str, Any]) -> list[Block]:
        """Returns the options for what was typed; none where nothing fits, or for somebody who may not see any."""
        options = self._suggestions.options(
            Kind.__members__.get(word(body, "action_id").removeprefix(SUGGEST)),
            team_of(body),
            word(body.get("user"), "id"),
            shown(word(body, "value")),
            guest=of_guest(body),
        )
        return [option_element(option) for option in options if fits(option.value)]


def fits(value: str) -> bool:
    """Whether Slack takes the value of an option, and gives it back as it is."""
    return 0 < len(value) <= MAX_VALUE and value == _one_line(value)


def option_element(option: Option) -> Block:
    element: Block = {"text": plain_text(cut(_one_line(option.label), MAX_TEXT) or NOTHING), "value": option.value}
    if note := cut(_one_line(option.note), MAX_TEXT):
        element["description"] = plain_text(note)
    return element


def _one_line(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text  # nearly always, and a hundred of them must not take long
    return " ".join(shown(text).split())
