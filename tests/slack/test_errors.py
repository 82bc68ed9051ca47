"""Slack's words are turned into kinds of trouble in one place."""

from __future__ import annotations

import pytest

from bot.slack.errors import chat_error, remedy, status_error


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("ratelimited", "passing"),
        ("no_connection", "passing"),
        ("no_answer", "unclear"),
        ("internal_error", "unclear"),
        ("token_revoked", "credentials"),
        ("channel_not_found", "permanent"),
        ("a word that Slack adds tomorrow", "permanent"),
    ],
)
def test_a_word_of_slacks_has_one_kind(reason: str, kind: str) -> None:
    error = chat_error("It failed.", reason)
    assert (error.kind, error.reason) == (kind, reason)
    assert error.may_pass is (kind in {"passing", "unclear"})


def test_an_unknown_word_with_a_time_to_come_back_passes() -> None:
    assert chat_error("It failed.", "overloaded_tomorrow", 3.0).kind == "passing"


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "passing"), (503, "passing"), (500, "unclear"), (504, "unclear"), (404, "permanent")]
)
def test_where_slack_sends_a_status_only_the_status_has_a_kind(status: int, kind: str) -> None:
    assert status_error("It failed.", status).kind == kind


def test_every_word_has_a_remedy() -> None:
    assert remedy("not_in_channel") == "Invite the bot to the channel."
    assert "tried for a day" in remedy("ratelimited")
    assert "chat.postMessage" in remedy("a word that Slack adds tomorrow")
