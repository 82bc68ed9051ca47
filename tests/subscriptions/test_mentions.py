"""Whom rules have mentioned is what the chat of their channel can mention."""

from __future__ import annotations

import pytest

from bot.core.rule_text import parse, spell
from bot.core.rules import BadRule
from bot.ids.chats import CHATS, SLACK, TEAMS
from bot.subscriptions.mentions import mentioning, require_mapped

ADA = "a11ce000-0000-4000-8000-000000000003"
IN_SLACK, IN_TEAMS = CHATS[SLACK], CHATS[TEAMS]


@pytest.mark.parametrize(
    ("chat", "written", "kept"),
    [
        (IN_SLACK, "here,mention:U0ADA,mention:S0NOC", "here,mention:U0ADA,mention:S0NOC"),
        (IN_TEAMS, ADA.upper(), ADA),
    ],
)
def test_each_chat_has_its_own_ids(chat: object, written: str, kept: str) -> None:
    (rule,) = mentioning([parse(f"kind:job then:send,mention:{written}")], chat)  # type: ignore[arg-type]
    assert spell(rule) == f"kind:job then:send,mention:{kept}"


@pytest.mark.parametrize(
    ("chat", "written", "words"),
    [
        (IN_SLACK, ADA, "cannot be mentioned in Slack: write `here`, or the id of a user or a user group."),
        (IN_TEAMS, "here", "a bot mentions single users alone"),
        (IN_TEAMS, "S0NOC", "write the Entra object id of a mapped user"),
    ],
)
def test_what_a_chat_cannot_mention_is_refused_with_what_it_can(chat: object, written: str, words: str) -> None:
    with pytest.raises(BadRule) as refused:
        mentioning([parse(f"kind:job then:send,mention:{written}")], chat)  # type: ignore[arg-type]
    assert str(refused.value).startswith(f"`{written}` cannot be mentioned in ")
    assert words in str(refused.value)
    assert written not in refused.value.unnamed.split()


def test_teams_mentions_mapped_users_alone() -> None:
    rules = [parse(f"then:mention:{ADA}")]
    require_mapped(rules, IN_TEAMS, {ADA})
    require_mapped([parse("then:mention:U0ADA")], IN_SLACK, ())
    with pytest.raises(BadRule, match="no mapped user of this workspace"):
        require_mapped(rules, IN_TEAMS, ())
