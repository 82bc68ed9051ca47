"""Who asks to be mapped in Teams is shown in the administrators' channel there, as in Slack."""

from __future__ import annotations

from typing import Any

from lab.teams.activities import ADA, ONCALL, Member
from lab.teams.cards import nodes
from tests.teams.rig import Both

NEWCOMER = Member("a11ce000-0000-4000-8000-00000000beef", "Newcomer")


def test_the_administrators_channel_gets_the_card_and_the_answer_goes_to_who_asked_alone(at: Both) -> None:
    at.teams.members[NEWCOMER.id] = NEWCOMER
    (tenant,) = at.store.workspaces.list(chat="teams")
    channel = at.store.channels.add(workspace=tenant.id, channel_id=ONCALL, flags=())
    try:
        at.say(NEWCOMER, "register", "")
        card = at.teams.wait_message(ONCALL, "to be mapped")
        assert not any("to be mapped" in each.text for each in at.teams.messages(ADA.personal))
        at.post(at.made.clicked(ADA, _button(card.activity, "Deny"), ONCALL, card.id))
        at.teams.wait_message(NEWCOMER.personal, "was denied by")
        at.teams.wait_message(ONCALL, "was denied by")
        assert at.teams.posted[ONCALL, card.id].versions > 1
    finally:
        at.store.channels.remove(channel.id)


def _button(activity: dict[str, Any], title: str) -> Any:
    """Returns what the button below the question of the one with this title carries."""
    asking = next(node for node in nodes(activity["attachments"]) if node.get("title") == title)
    return asking["card"]["actions"][0]["data"]
