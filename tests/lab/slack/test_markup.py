from __future__ import annotations

from typing import Any

import pytest

from lab.slack import live_markup, plain


def mrkdwn(text: str, **more: Any) -> dict[str, Any]:
    return {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text, **more}}]}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}]}


@pytest.mark.parametrize(
    ("message", "live"),
    [
        (mrkdwn("<!channel> and <!here>"), ["<!channel>", "<!here>"]),
        (mrkdwn("<@U0ALICE> in <#C0NOC|noc>"), ["<@U0ALICE>", "<#C0NOC|noc>"]),
        (mrkdwn("`<https://evil.example|ok>`"), ["<https://evil.example|ok>"]),
        (mrkdwn("see https://evil.example/x"), ["https://evil.example/x"]),
        (mrkdwn("see https://evil.example/x", verbatim=True), []),
        (mrkdwn("hey @here"), ["@here"]),
        (mrkdwn("&lt;!channel&gt; a@channel.example", verbatim=True), []),
        ({"text": "<!everyone>", "blocks": [{"type": "divider"}]}, ["<!everyone>"]),
        ({"text": "https://evil.example"}, ["https://evil.example"]),
        ({"text": "&lt;!channel&gt;"}, []),
        ({"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}]}, []),
        ({"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "<@U1>"}]}]}, ["<@U1>"]),
        ({"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "<@U1>"}]}]}, ["<@U1>"]),
        ({"blocks": [{"type": "markdown", "text": "[a](https://x.example) <!here>"}]}, ["[a](https://x.example)", "<!here>"]),
        (rich({"type": "text", "text": "<!channel> https://x.example"}), []),
        (
            rich({"type": "user", "user_id": "U1"}, {"type": "broadcast", "range": "here"}),
            ["user:U1", "broadcast:here"],
        ),
        (
            rich({"type": "link", "url": "https://x.example"}, {"type": "channel", "channel_id": "C1"}),
            ["link:https://x.example", "channel:C1"],
        ),
        (rich({"type": "usergroup", "usergroup_id": "S1"}), ["usergroup:S1"]),
    ],
)  # fmt: skip
def test_live_markup_lists_what_slack_brings_to_life(message: dict[str, Any], live: list[str]) -> None:
    assert live_markup(message) == live


def test_live_markup_looks_into_confirm_dialogs_tables_and_lists() -> None:
    cell = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U2"}]}],
    }
    item = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U3"}]}
    blocks = [
        {"type": "actions", "elements": [{"type": "button", "confirm": {"text": {"type": "mrkdwn", "text": "<@U1>"}}}]},
        {"type": "table", "rows": [[cell]]},
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [item]}]},
    ]
    assert live_markup({"blocks": blocks}) == ["<@U1>", "user:U2", "user:U3"]


def test_plain_renders_every_block_readably() -> None:
    text = {"type": "plain_text", "text": "Ping"}
    inline = [{"type": "text", "text": "a\nb"}]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "rtr1"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*up* &lt;1&gt; <https://x.example|log> <@U0ALICE>"},
            "fields": [{"type": "mrkdwn", "text": "*Role*\ncore"}],
            "accessory": {"type": "button", "text": text},
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "one"}, {"type": "plain_text", "text": "two"}]},
        {
            "type": "actions",
            "elements": [
                {"type": "button", "text": text},
                {"type": "static_select", "placeholder": {"type": "plain_text", "text": "Pick"}, "options": []},
                {"type": "overflow", "options": [{"text": text, "value": "1"}]},
            ],
        },
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_preformatted", "elements": inline},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]}],
                },
            ],
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": "c1"}, {"type": "raw_text", "text": "c2"}]]},
    ]
    assert plain({"text": "fallback", "blocks": blocks}).split("\n") == [
        "rtr1",
        "*up* <1> log (https://x.example) @U0ALICE",
        "*Role* core",
        "[Ping]",
        "────",
        "one  two",
        "[Ping] [Pick ▾] [Ping]",
        "a",
        "b",
        "> q",
        "1. first",
        "c1 | c2",
    ]


def test_plain_shows_the_text_of_a_message_without_blocks() -> None:
    assert plain({"text": "a &amp; b <!here>"}) == "a & b @here"
