"""Several people at one deploy, each of whom WebNet itself sees: whose jobs its jobs are, who decides where two do so at once, and
who may take a deploy back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from bot.settings.table import Approvals, Settings
from lab.slack import Interaction, Message, plain
from store.audit import AuditRow
from tests.e2e.rig import PEOPLE, Rig, wait_until
from tests.e2e.test_deploys import Asked, ask, deploying, names
from tests.e2e.test_in_the_callers_name import as_caller, made_keys
from tests.e2e.test_who_may import REFUSED, press
from tests.forms import state

FROM_THE_END = count(1)  # devices that no other module names


def settings(before: Settings) -> Settings:
    return replace(as_caller(before), approvals=Approvals(channel="C0NOC"))


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with deploying(module_store_url, change=settings, roles={"rollback": "viewer"}) as running:
        yield running


def free(bot: Rig, number: int = 1) -> list[int]:
    enabled = [row["id"] for row in bot.webnet.rows("devices") if (row["customer"], row["enabled"]) == (1, True)]
    return [enabled[-next(FROM_THE_END)] for _ in range(number)]


def users(bot: Rig, deploy: Asked) -> set[int]:
    return {bot.webnet.row("jobs", job)["user"] for job in deploy.row.jobs.values()}


# -- in the requester's name, and in person


def test_what_is_asked_for_in_person_is_decided_in_the_channel_and_its_requester_is_notified_in_person(
    bot: Rig,
) -> None:
    devices = free(bot)
    line = f'deploy #{devices[0]} reason:"in person" "ntp server 10.8.0.1"'
    said = plain(bot.ask("U0OSCAR", line, channel="D0OSCAR"))
    assert "Nothing was changed yet" in said
    assert "shown in the channel for approvals" in said
    number = said.partition("deploy #")[2].partition(",")[0]
    deploy = Asked(bot, bot.slack.wait_message("C0NOC", f"Deploy #{number} of oscar"), devices, "")
    deploy.approve()
    ended = bot.slack.wait_message("D0OSCAR", f"Deploy #{number} of oscar-operator", "U0OSCAR")
    assert "+1 −0 lines" in plain(ended)
    deploy.becomes("is done")
    assert (deploy.replies, users(bot, deploy)) == ([], {PEOPLE["U0OSCAR"]})
    assert made_keys(bot) == []


# -- taking one back


@pytest.fixture(scope="module")
def done(bot: Rig) -> Asked:
    deploy = ask(bot, free(bot))
    deploy.approve()
    deploy.ends("done")
    return deploy


@pytest.mark.parametrize("way", ["typed", "pressed"])
@pytest.mark.parametrize("user", [*REFUSED, "U0VERA"])
def test_nobody_takes_a_deploy_back_who_may_not_deploy(bot: Rig, done: Asked, user: str, way: str) -> None:
    reason, words = REFUSED.get(user, ("role", "needs the role operator"))
    line = f"rollback {done.number}"
    said = plain(bot.ask(user, line) if way == "typed" else press(bot, user, line))
    assert words in said
    assert bot.audit(slack_user_id=user, command="rollback").code == reason
    assert bot.slack.open_view(user) is None


def test_nothing_is_taken_back_that_changed_nothing_or_is_not_there(bot: Rig) -> None:
    withdrawn = ask(bot, free(bot))
    bot.click("U0OSCAR", withdrawn.waits(), "Withdraw")
    withdrawn.ends("void")
    assert "there is nothing to take back" in plain(bot.ask("U0OSCAR", f"rollback {withdrawn.number}"))
    assert "There is no deploy #99999 here." in plain(bot.ask("U0OSCAR", "rollback 99999"))


def test_a_roll_back_is_a_deploy_of_whoever_sends_it_and_somebody_else_approves_it(bot: Rig, done: Asked) -> None:
    bot.slack.click("U0BOB", done.replies[0], "Roll back")
    view = wait_until(lambda: bot.slack.open_view("U0BOB"), "the form")
    assert f"added: {done.line}" in str(view.blocks)
    assert done.row.id == done.number
    bot.slack.submit_view("U0BOB", view, state(view.blocks, {"snippet": f"no {done.line}"})).wait_ack()
    back = Asked(bot, bot.slack.wait_message("C0NOC", "of bob-both: 1 line on"), done.devices, "")
    assert f"Reason: Roll back deploy #{done.number}" in plain(back.waits())
    assert "somebody else has to decide" in plain(bot.click("U0BOB", back.waits(), "Approve"))
    assert "commit" not in [word for word, _ in back.posts[3:]]
    back.approve("U0OSCAR")
    wait_until(lambda: back.replies, "the reply")
    assert (back.row.state, users(bot, back)) == ("done", {PEOPLE["U0BOB"]})
    assert f"{names(bot, back.devices)[0]}: +0 −1 lines" in plain(back.replies[0])


# -- two at once

Acts = list[tuple[str, str]]
RACES: list[Acts] = [
    [("U0OSCAR", "Approve"), ("U0ALICE", "Approve")],
    [("U0ALICE", "Approve"), ("U0BOB", "Approve")],
    [("U0ALICE", "Approve"), ("U0OSCAR", "Withdraw")],
    [("U0BOB", "Deny"), ("U0ALICE", "Approve")],
    [("U0BOB", "Deny"), ("U0OSCAR", "Withdraw")],
]


def prepared(bot: Rig, card: Message, user: str, button: str) -> Callable[[], Interaction]:
    """Returns what decides: a click, or for a denial the sending of its reason, whose window is open then."""
    if button != "Deny":
        return lambda: bot.slack.click(user, card, button, unseen=True)
    pressed = bot.slack.click(user, card, button)
    view = wait_until(lambda: pressed.view_id, "the window for the reason")
    bot.slack.fill(user, view, {"reason": "not now"})
    return lambda: bot.slack.submit(user, view)


def decisions(bot: Rig, request: int) -> list[AuditRow]:
    """The decisions on a request that have been answered, without the look at the form for a reason."""
    rows = [row for row in bot.store.audit.list(limit=400) if row.command in ("approve", "deny", "withdraw")]
    return [
        row
        for row in rows
        if row.text.split()[1] == str(request) and row.code != "form" and row.duration_ms is not None
    ]


def test_of_two_decisions_at_once_one_holds_and_it_alone_is_carried_out(bot: Rig) -> None:
    races = [(ask(bot, free(bot)), acts) for pair in RACES for acts in (pair, pair[::-1])]
    for deploy, acts in races:
        ready = [prepared(bot, deploy.waits(), *one) for one in acts]
        with bot.slack.world.changed:  # so that nothing changes between the two
            sent = [act() for act in ready]
        for each in sent:
            each.wait_ack()
    for deploy, acts in races:
        request = deploy.row.request or 0
        wait_until(lambda request=request: len(decisions(bot, request)) == 2, f"the decisions of {acts}")  # type: ignore[misc]
        (held,) = [row for row in decisions(bot, request) if row.status == "success"]
        assert (held.slack_user_id, held.command.capitalize()) in acts
        assert (held.slack_user_id, held.command) != ("U0OSCAR", "approve")
        deploy.ends("done" if held.command == "approve" else "void")
        assert [word for word, _ in deploy.posts][1:2] == ["commit"] * (held.command == "approve")
        stored = bot.store.requests.get(request)
        assert stored is not None
        assert stored.decided_chat_user == held.slack_user_id
