"""Slack's words are turned into kinds of trouble in one place."""

from __future__ import annotations

import pytest

from bot.slack.errors import LONGEST_RETRY_S, chat_error, remedy, retry_after_s, status_error, word_of

PASSING = (
    "message_limit_exceeded",
    "org_login_required",
    "team_access_not_granted",
    "external_channel_migrating",
    "accesslimited",
    "ekm_access_denied",
    "team_added_to_org",
)
CONTENT = (
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "too_many_attachments",
    "cannot_parse_attachment",
)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("ratelimited", "passing"),
        ("no_connection", "passing"),
        ("no_answer", "unclear"),
        ("internal_error", "unclear"),
        ("token_revoked", "credentials"),
        ("channel_not_found", "permanent"),
        ("a_word_that_slack_adds_tomorrow", "passing"),
        *((word, "passing") for word in PASSING),
        *((word, "content") for word in CONTENT),
    ],
)
def test_a_word_of_slacks_has_one_kind(reason: str, kind: str) -> None:
    error = chat_error("It failed.", reason)
    assert (error.kind, error.reason) == (kind, reason)
    assert error.may_pass is (kind in {"passing", "unclear"})


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "passing"), (503, "passing"), (500, "unclear"), (504, "unclear"), (404, "permanent")]
)
def test_where_slack_sends_a_status_only_the_status_has_a_kind(status: int, kind: str) -> None:
    assert status_error("It failed.", status).kind == kind


def test_every_word_has_a_remedy() -> None:
    assert remedy("not_in_channel") == "Invite the bot to the channel."
    assert "tried for a day" in remedy("ratelimited")
    assert "chat.postMessage" in remedy("messages_tab_disabled")
    assert all("tried for a day" in remedy(word) and "Slack may take it now" not in remedy(word) for word in PASSING)
    assert all("plain text" in remedy(word) for word in CONTENT)


@pytest.mark.parametrize("value", [None, 7, "", "x" * 61, "Two words", "é", ["is_archived"], {"a": 1}])
def test_what_is_no_word_of_slacks_is_not_kept(value: object) -> None:
    assert word_of(value) == "unknown"


@pytest.mark.parametrize("body", [b"invalid_blocks", b'{"ok": false, "error": "invalid_blocks"}'])
def test_the_body_beside_a_status_may_hold_the_word(body: bytes) -> None:
    assert (status_error("It failed.", 400, body).kind, status_error("It failed.", 400, body).reason) == (
        "content",
        "invalid_blocks",
    )


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 400, b"[]", b'{"error": []}', b"<h1>Not found</h1>"])
def test_without_a_word_in_the_body_the_status_counts(body: bytes) -> None:
    assert (status_error("It failed.", 404, body).kind, status_error("It failed.", 404, body).reason) == (
        "permanent",
        "404",
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        *((word, LONGEST_RETRY_S) for word in ("86400", "9" * 400)),
        ("-1", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_pause_that_slack_asks_for_is_five_minutes_at_most(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value) == seconds
