"""Approving across chats: somebody asks in one chat and another one approves in the other, for the same customer alone."""

from __future__ import annotations

from bot.app.requests_part import ADVANCING
from lab.slack import plain
from lab.slack.world import Message
from lab.teams.activities import ADA, ONCALL, OSCAR
from lab.teams.connector import Posted
from tests.e2e.rig import wait_until
from tests.teams.rig import Both

TWO = "backup rtr-fra1-001 rtr-fra1-013"  # of two devices, which a second person approves here
DONE = "approved by alice-admin"


def number_in(text: str) -> int:
    return int(text.partition("Request #")[2].partition(" ")[0])


def becomes(at: Both, card: Message, words: str) -> None:
    """Waits until a message in Slack shows these words."""

    def shown() -> bool:
        found = at.rig.slack.messages(card.channel, card.ephemeral_to)
        return any(each.ts == card.ts and words in plain(each) for each in found)

    wait_until(shown, f"{words} in Slack")


def refused(at: Both, number: int) -> None:
    """Whoever asked decides in no chat, and another customer's workspace does not know the request."""
    foreign = at.rig.ask("U0BOB", f"approve {number}", "C0GXNOC", team="T0GLOBEX")
    assert f"There is no request #{number} here." in plain(foreign)
    assert at.rig.audit(slack_user_id="U0BOB", command="approve", text=f"approve {number}").status == "failed"


def test_what_was_asked_for_in_slack_is_approved_in_teams_and_both_show_the_end(at: Both) -> None:
    card = at.rig.ask("U0OSCAR", TWO)
    number = number_in(plain(card))
    refused(at, number)
    at.say(OSCAR, f"approve {number}", ONCALL)
    own = at.button(OSCAR, f"Request #{number}", "approve ")
    row = at.press(OSCAR, own)
    assert (row.status, row.code) == ("denied", "own_request")

    at.say(ADA, f"approve {number}", ONCALL)
    data = at.button(ADA, f"Request #{number}", "approve ")
    assert at.press(ADA, data).status == "success"
    becomes(at, card, DONE)
    wait_until(lambda: shown_to(at, f"Request #{number}", DONE), "the end in Teams")
    assert at.row(TWO).job_id is not None
    stored = at.store.requests.get(number)
    assert stored is not None
    assert (stored.state, stored.decided_by, stored.decided_chat_user) == ("done", 2, ADA.id)
    assert stored.decided_in != stored.workspace


def shown_to(at: Both, *words: str) -> list[Posted]:
    return [each for each in at.teams.messages(ADA.personal) if all(one in each.text for one in words)]


def test_what_was_asked_for_in_teams_is_approved_in_slack_and_both_show_the_end(at: Both) -> None:
    before = len(at.teams.messages(ONCALL))
    at.say(OSCAR, TWO, ONCALL)
    card = wait_until(
        lambda: next((each for each in at.teams.messages(ONCALL)[before:] if "Request #" in each.text), None),
        "the card",
    )
    number = number_in(card.text)
    refused(at, number)
    own = at.rig.ask("U0OSCAR", f"approve {number}")
    assert "somebody else has to decide" in plain(at.rig.click("U0OSCAR", own, "Approve"))
    assert at.rig.audit(slack_user_id="U0OSCAR", command="approve", way="button").code == "own_request"

    copy = at.rig.ask("U0ALICE", f"approve {number}")
    at.rig.slack.click("U0ALICE", copy, "Approve")
    becomes(at, copy, DONE)
    wait_until(lambda: DONE in card.text, "the end in Teams")


def test_a_deploy_that_was_asked_for_in_slack_is_approved_in_teams(at: Both) -> None:
    asked = at.rig.ask("U0OSCAR", 'deploy rtr-fra1-025 reason:"a new server" "ntp server 10.0.0.9"')
    deploy = int(plain(asked).partition("Deploy #")[2].partition(" ")[0])
    becomes(at, asked, "waits for a second person")
    stored = at.store.deploys.get(deploy)
    assert stored is not None
    at.say(ADA, f"deploys {deploy}", ONCALL)
    assert at.press(ADA, at.button(ADA, f"Deploy #{deploy}", "approve ")).status == "success"
    becomes(at, asked, "Approved by alice-admin")
    foreign = at.rig.ask("U0BOB", f"deploys {deploy}", "C0GXNOC", team="T0GLOBEX")
    assert f"There is no deploy #{deploy} here." in plain(foreign)


def test_an_approval_is_void_if_it_came_from_a_workspace_of_another_customer(at: Both) -> None:
    elsewhere = at.store.workspaces.by_team("T0GLOBEX")
    assert elsewhere is not None
    card = at.rig.ask("U0OSCAR", TWO)
    number = number_in(plain(card))
    row = at.store.requests.get(number)
    assert row is not None
    decided = {"by": 2, "name": "alice-admin", "chat_user": "U0ALICE", "workspace": elsewhere.id}
    assert at.store.requests.decide(row, "approved", **decided)
    at.rig.bot.common.hurry(ADVANCING)
    wait_until(lambda: (row := at.store.requests.get(number)) and row.state not in ("requested", "approved"), "the end")
    row = at.store.requests.get(number)
    assert row is not None
    assert (row.state, row.outcome.partition(",")[0]) == ("void", "The workspace of alice-admin")
