"""What waits for a second person is shown in the channel for approvals, though that is in the other chat, until its end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from bot.core.approval_need import ApprovalRule
from lab.slack import plain
from lab.slack.world import Message
from lab.teams import TeamsLab
from lab.teams.activities import ADA, ONCALL, OSCAR
from lab.teams.cards import nodes
from lab.teams.connector import Posted
from store.deploys import Deploy
from tests.e2e.rig import wait_until
from tests.e2e.test_approvals import deny
from tests.e2e.test_commands import buttons
from tests.teams.rig import Both, both

FROM_THE_END = count(1)
IN_SLACK, HERE = (
    "C0ALERTS",
    "Nothing was started yet: backup needs the approval of a second person, who is asked in the channel for approvals in",
)


@pytest.fixture(scope="module")
def to_teams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A bot whose channel for approvals is one of Teams."""
    options: dict[str, Any] = {"approval": {"backup": ApprovalRule(over=1)}}
    with TeamsLab() as lab, both(lab, tmp_path_factory.mktemp("to_teams"), ONCALL, **options) as running:
        running.say(ADA, "help", ONCALL)  # by which the bot knows where the channel is
        yield running


def number_in(text: str, what: str) -> int:
    return int("".join(each if each.isdigit() else " " for each in text.partition(f"{what} #")[2]).split()[0])


def in_slack(at: Both, words: str) -> Message:
    return at.rig.slack.wait_message(IN_SLACK, words, timeout=60)


def becomes(at: Both, card: Message, words: str) -> Message:
    """Waits until a message in Slack shows these words."""

    def shown() -> Message | None:
        found = at.rig.slack.messages(card.channel)
        return next((each for each in found if each.ts == card.ts and words in plain(each)), None)

    return wait_until(shown, f"{words} in Slack")


def in_teams(at: Both, place: str, words: str) -> Posted:
    return at.teams.wait_message(place, words)


def pressed(at: Both, card: Posted, line: str) -> None:
    """Presses the button of a card in the channel of Teams, as Ada, and waits until that is done."""
    found = (node.get("data", {}) for node in nodes(card.activity["attachments"]))
    data = next(each for each in found if str(each.get("command", "")).startswith(line))
    assert at.post(at.made.clicked(ADA, data, ONCALL, below=card.id)).status_code == 200
    assert at.row(data["command"], "button").status == "success"


def free(at: Both, number: int) -> str:
    """Returns the numbers of so many devices that no other test of this folder names, as somebody types them."""
    enabled = [row["id"] for row in at.rig.webnet.rows("devices") if (row["customer"], row["enabled"]) == (1, True)]
    return " ".join(f"#{enabled[-next(FROM_THE_END)]}" for _ in range(number))


def deploy_of(at: Both, number: int) -> Deploy:
    row = at.store.deploys.get(number)
    assert row is not None
    return row


# -- the channel for approvals is in Slack


def test_what_is_asked_for_in_a_personal_chat_of_teams_is_approved_in_slack_and_its_requester_reads_the_end(
    at: Both,
) -> None:
    line = f"backup {free(at, 2)}"
    at.say(OSCAR, line, "")
    said = in_teams(at, OSCAR.personal, f"{HERE} Slack")
    number = number_in(said.text, "request")
    card = in_slack(at, f"Request #{number} ")
    assert "somebody else has to decide" in plain(at.rig.click("U0OSCAR", card, "Approve"))
    at.rig.slack.click("U0ALICE", card, "Approve")
    in_teams(at, OSCAR.personal, "Backup of 2 devices")
    becomes(at, card, "approved by alice-admin")
    assert at.row(line).job_id is not None
    assert not any(f"Request #{number}" in each.text for each in at.teams.messages(ONCALL))


def test_a_denial_in_slack_is_read_in_the_personal_chat_of_teams(at: Both) -> None:
    before = len(at.teams.messages(OSCAR.personal))
    at.say(OSCAR, f"backup {free(at, 2)}", "")
    said = wait_until(
        lambda: next((m.text for m in at.teams.messages(OSCAR.personal)[before:] if HERE in m.text), ""), "it"
    )
    number = number_in(said, "request")
    deny(at.rig, "U0ALICE", in_slack(at, f"Request #{number} "), "not on a Friday")
    in_teams(at, OSCAR.personal, "was denied by alice-admin: not on a Friday")


def test_what_is_asked_for_in_a_channel_of_teams_is_shown_in_slack_too(at: Both) -> None:
    line = f"backup {free(at, 2)}"
    at.say(OSCAR, line, ONCALL)
    asked = in_teams(at, ONCALL, f"Asked as {line}")
    copy = in_slack(at, f"Request #{number_in(asked.text, 'Request')} ")
    assert buttons(copy)[:2] == ["Approve", "Deny"]
    at.rig.slack.click("U0ALICE", copy, "Approve")
    becomes(at, copy, "approved by alice-admin")
    wait_until(lambda: "approved by alice-admin" in asked.text, "the end in Teams")


def test_a_deploy_that_is_asked_for_in_a_personal_chat_of_teams_has_its_card_in_slack_until_its_end(at: Both) -> None:
    at.say(OSCAR, f'deploy {free(at, 1)} reason:"new NTP server" "ntp server 10.0.7.1"', "")
    said = in_teams(at, OSCAR.personal, "which is shown in the channel for approvals in Slack")
    number = number_in(said.text, "deploy")
    card = becomes(at, in_slack(at, f"Deploy #{number} of oscar-operator"), "waits for a second person")
    assert "ntp server 10.0.7.1" in plain(card)
    assert "somebody else has to decide" in plain(at.rig.click("U0OSCAR", card, "Approve"))
    at.rig.slack.click("U0ALICE", card, "Approve")
    end = becomes(at, card, "is done.")
    assert buttons(end) == []
    assert "Approved by alice-admin" in plain(end)
    in_teams(at, OSCAR.personal, f"Deploy #{number} of oscar-operator: 1 line on")


def test_a_deploy_that_is_asked_for_in_a_channel_of_teams_has_two_cards_that_show_each_step(at: Both) -> None:
    at.say(OSCAR, f'deploy {free(at, 1)} reason:"new NTP server" "ntp server 10.0.7.2"', ONCALL)
    asked = in_teams(at, ONCALL, "ntp server 10.0.7.2")
    number = number_in(asked.text, "Deploy")
    copy = becomes(at, in_slack(at, f"Deploy #{number} of oscar-operator"), "waits for a second person")
    assert buttons(copy) == ["Approve", "Deny", "Withdraw"]
    at.rig.slack.click("U0ALICE", copy, "Approve")
    for words in ("Approved by alice-admin", "is done."):
        becomes(at, copy, words)
        wait_until(lambda words=words: words in asked.text, f"{words} in Teams")
    (message,) = at.store.deploys.messages(number)
    assert message.shown == deploy_of(at, number).revision


# -- it is in Teams


def test_what_is_asked_for_in_a_direct_message_of_slack_is_approved_in_teams_and_its_requester_reads_the_end(
    to_teams: Both,
) -> None:
    said = plain(to_teams.rig.ask("U0OSCAR", f"backup {free(to_teams, 2)}", channel="D0OSCAR"))
    assert said.startswith(f"{HERE} Microsoft Teams.")
    card = in_teams(to_teams, ONCALL, f"Request #{number_in(said, 'request')} ")
    pressed(to_teams, card, "approve ")
    to_teams.rig.slack.wait_message("D0OSCAR", "Backup of 2 devices", "U0OSCAR", timeout=60)
    wait_until(lambda: "approved by alice-admin" in card.text, "the end in Teams")


def test_a_deploy_that_is_asked_for_in_a_channel_of_slack_is_approved_on_its_card_in_teams(to_teams: Both) -> None:
    asked = to_teams.rig.ask("U0OSCAR", f'deploy {free(to_teams, 1)} reason:"new NTP server" "ntp server 10.0.7.3"')
    card = in_teams(to_teams, ONCALL, f"Deploy #{number_in(plain(asked), 'Deploy')} of oscar-operator")
    wait_until(lambda: "waits for a second person" in card.text, "the end of the preview in Teams")
    assert "ntp server 10.0.7.3" in card.text
    pressed(to_teams, card, "approve ")
    for words in ("Approved by alice-admin", "is done."):
        wait_until(lambda words=words: words in card.text, f"{words} in Teams")
        becomes(to_teams, asked, words)


def test_a_deploy_ends_as_it_should_although_the_other_chat_does_not_show_it_until_later(to_teams: Both) -> None:
    asked = to_teams.rig.ask("U0OSCAR", f'deploy {free(to_teams, 1)} reason:"new NTP server" "ntp server 10.0.7.4"')
    number = number_in(plain(asked), "Deploy")
    card = in_teams(to_teams, ONCALL, f"Deploy #{number} of oscar-operator")
    waiting = becomes(to_teams, asked, "waits for a second person")
    wait_until(lambda: "waits for a second person" in card.text, "the same in Teams")
    trouble = to_teams.teams.fault(status=503, times=None)
    to_teams.rig.slack.click("U0BOB", waiting, "Approve")
    becomes(to_teams, asked, "is done.")
    wait_until(lambda: deploy_of(to_teams, number).notified_at, "the reply to its requester")
    trouble.times = 0
    wait_until(lambda: "is done." in card.text, "the end in Teams")
