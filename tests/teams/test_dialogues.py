"""One table of what is said and answered, in both chats: what a command says is the same, and only how a command begins differs."""

from __future__ import annotations

import pytest

from lab.slack import plain
from lab.teams.activities import ADA, ONCALL, OSCAR, VERA, Member
from tests.teams.rig import Both

SLACK = {VERA: "U0VERA", OSCAR: "U0OSCAR", ADA: "U0ALICE"}
TABLE = [  # who, what, and words of the answer, in which {prompt} stands for how a command begins
    (VERA, "help", "{prompt} status"),
    (OSCAR, "help ping", "{prompt} ping"),
    (VERA, "status rtr-fra1-001", "10.10.0.1"),
    (VERA, "@webnet status rtr-fra1-001", "10.10.0.1"),
    (VERA, "status nothing-of-that-name", "There is no device nothing-of-that-name here."),
    (VERA, "statsu rtr-fra1-001", "There is no subcommand statsu."),
    (VERA, "backup rtr-fra1-001", "needs the role operator in WebNet; yours is viewer."),
    (OSCAR, "jobs nonsense", "nonsense"),
    (OSCAR, "logs 999999", "999999"),
    (OSCAR, 'search "hostname rtr-fra1-001"', "hostname rtr-fra1-001"),
    (ADA, "health", "WebNet"),
    (ADA, "approvals", "o request"),
]


@pytest.mark.parametrize(("member", "said", "words"), TABLE, ids=[said for _, said, _ in TABLE])
def test_both_chats_answer_alike(at: Both, member: Member, said: str, words: str) -> None:
    in_slack = plain(at.rig.ask(SLACK[member], said))
    assert words.format(prompt="/webnet").replace("`", "") in in_slack.replace("`", "")
    before = {(each.conversation, each.id) for each in at.teams.posted.values()}
    at.say(member, said, ONCALL)
    expected = words.format(prompt="@WebNet Bot").replace("`", "")

    def shown() -> str:
        new = [each for each in at.teams.posted.values() if (each.conversation, each.id) not in before]
        return "\n".join(each.text.replace("`", "") for each in new)

    with at.teams.changed:
        assert at.teams.changed.wait_for(lambda: expected in shown(), 60), shown()
