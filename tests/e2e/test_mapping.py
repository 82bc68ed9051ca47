"""Somebody who is not mapped asks for it in Slack, an administrator picks the WebNet user and sees the role, and both are notified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from peewee import ModelDelete

from bot.app.requests_part import ADVANCING
from bot.approvals.mapping import grant
from bot.approvals.requests import Requests
from bot.webnet.models import User
from lab.slack import Member, Message, plain
from store.models import RequestRow, SlackUserMapping
from store.requests import OF_MAPPING
from tests.e2e.rig import Rig, answer, rig, wait_until
from tests.e2e.test_approvals import another
from tests.e2e.test_commands import buttons
from tests.e2e.test_forms import opened

WAITS = "to be mapped waits for an administrator"
CHANNEL = "C0ALERTS"


@pytest.fixture(scope="module")
def running(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url) as bot:
        bot.webnet.change("users", 7, role="admin")  # Bob, beside Alice
        yield bot


@pytest.fixture
def bot(running: Rig) -> Rig:
    """Mallory is not mapped and has asked for nothing, and nobody has an old request in a conversation."""
    store = running.store.database
    store.run(ModelDelete(RequestRow))
    store.run(ModelDelete(SlackUserMapping).where(SlackUserMapping.slack_user_id == "U0MALLORY"))
    with running.slack.world.changed:
        for user in ("ALICE", "BOB", "MALLORY"):
            running.slack.channel(f"D0{user}", "T0ACME").messages.clear()
    return running


def ask(bot: Rig, admin: str = "D0ALICE") -> tuple[Message, int]:
    """Presses the button of a refusal, and returns the card that the administrator gets, with its number."""
    refused = bot.ask("U0MALLORY", "status rtr-fra1-001")
    assert "are not mapped to a WebNet user yet" in plain(refused)
    assert buttons(refused) == ["Ask to be mapped"]
    assert "An administrator is asked to map you" in plain(bot.click("U0MALLORY", refused, "Ask to be mapped"))
    card = bot.slack.wait_message(admin, WAITS)
    return card, int(plain(card).partition("Request #")[2].partition(" ")[0])


def becomes(bot: Rig, card: Message, words: str) -> Message:
    def now() -> Message | None:
        shown = bot.slack.messages(card.channel)
        return next((one for one in shown if one.ts == card.ts and words in plain(one)), None)

    return wait_until(now, f"{words!r} in the card")


def state(bot: Rig, number: int) -> str:
    row = bot.store.requests.get(number)
    assert row is not None
    return row.state


def test_who_is_not_mapped_asks_and_may_act_once_an_administrator_has_mapped_them(bot: Rig) -> None:
    card, number = ask(bot)
    assert "Request #" in plain(card)
    assert "@U0MALLORY (U0MALLORY) to be mapped" in plain(card)
    assert buttons(card) == ["Pick a user", "Deny"]
    row = bot.audit(command="register", slack_user_id="U0MALLORY")
    assert (row.status, row.way, row.user, row.username) == ("success", "button", None, "")
    picked = bot.ask("U0ALICE", f"map {number} vera-viewer", channel="D0ALICE")
    assert "vera-viewer — viewer, active (WebNet user 4). Nothing is mapped yet." in plain(picked)
    assert "Somebody else is mapped to vera-viewer here: @U0VERA" in plain(picked)
    assert buttons(picked) == ["Map to vera-viewer", "Choose again", "Deny"]
    assert bot.store.users.find(1, "U0MALLORY") is None
    said = plain(bot.click("U0ALICE", picked, "Map to vera-viewer"))
    words = "was granted by alice-admin: mapped to vera-viewer (viewer)"
    assert words in said
    assert buttons(becomes(bot, card, words)) == []
    bot.slack.wait_message("D0MALLORY", f"Your request #{number} to be mapped {words}", "U0MALLORY")
    decided = bot.audit(command="map", user=2, way="button")
    assert (decided.status, words in decided.response) == ("success", True)
    assert "10.10.0.1" in plain(bot.ask("U0MALLORY", "status rtr-fra1-001"))
    mapping = bot.store.users.find(1, "U0MALLORY")
    assert mapping is not None
    assert (mapping.user, mapping.changed_by) == (4, 2)
    again = bot.ask("U0MALLORY", "register")
    assert "mapped to a WebNet user already" in plain(again)
    assert bot.audit(command="register", way="command").code == "mapped"


def test_the_form_offers_the_active_users_of_the_customer_to_administrators_alone(bot: Rig) -> None:
    card, number = ask(bot)
    clicked = bot.slack.click("U0ALICE", card, "Pick a user")
    view = opened(bot, clicked)
    offered = wait_until(lambda: bot.slack.suggest("U0ALICE", view, "user", "e"), "the users to be read")
    names = {option["text"]["text"] for option in offered}
    assert {"vera-viewer", "oscar-operator"} <= names
    assert names.isdisjoint({"gina-globex", "ivan-inactive", "nick-nocustomer", "chatops-bot"})
    assert bot.slack.suggest("U0OSCAR", view, "user", "e", unseen=True) == []
    bot.slack.submit("U0ALICE", bot.slack.fill("U0ALICE", view, {"user": "vera-viewer"}))
    picked = answer(clicked)
    assert "vera-viewer — viewer, active (WebNet user 4). Nothing is mapped yet." in plain(picked)
    assert bot.audit(command="map", way="form").text == f"map {number} #4"
    assert "mapped to vera-viewer (viewer)" in plain(bot.click("U0ALICE", picked, "Map to vera-viewer"))


def test_the_home_of_somebody_who_is_not_mapped_asks_as_well_and_answers_in_person(bot: Rig) -> None:
    home = bot.slack.open_home("U0MALLORY")
    bot.slack.click("U0MALLORY", home, "Ask to be mapped")
    bot.slack.wait_message("D0MALLORY", "An administrator is asked to map you", "U0MALLORY")
    assert "@U0MALLORY (U0MALLORY)" in plain(bot.slack.wait_message("D0ALICE", WAITS))


def test_an_administrator_of_webnet_is_picked_with_a_warning_and_a_denial_says_who(bot: Rig) -> None:
    card, number = ask(bot)
    picked = bot.ask("U0ALICE", f"map {number} root-admin")
    assert "root-admin — admin, active" in plain(picked)
    assert "An administrator may do everything in WebNet" in plain(picked)
    assert buttons(bot.click("U0ALICE", picked, "Deny")) == []
    assert buttons(becomes(bot, card, "was denied by alice-admin")) == []
    bot.slack.wait_message("D0MALLORY", f"#{number} to be mapped was denied by alice-admin. Ask a WebNet", "U0MALLORY")
    assert bot.store.users.find(1, "U0MALLORY") is None


def test_of_two_administrators_at_once_one_decides_and_both_cards_say_who(bot: Rig) -> None:
    _, number = ask(bot)
    cards = [bot.slack.wait_message(place, WAITS) for place in ("D0ALICE", "D0BOB")]
    picked = {user: bot.ask(user, f"map {number} vera-viewer") for user in ("U0ALICE", "U0BOB")}
    clicks = [bot.slack.click(user, message, "Map to vera-viewer") for user, message in picked.items()]
    clicks.append(bot.slack.click("U0ALICE", cards[0], "Deny"))
    said = [plain(answer(click)) for click in clicks]
    assert sum("Nothing was changed now" in words for words in said) == 2, said
    row = bot.store.requests.get(number)
    assert row is not None
    for card in cards:
        assert buttons(becomes(bot, card, f"by {row.decided_name}")) == []
    assert (bot.store.users.find(1, "U0MALLORY") is None) == (row.state == "denied")
    wait_until(lambda: bot.store.requests.get(number).notified_at, "Mallory to be notified")  # type: ignore[union-attr]


def test_a_card_that_one_administrator_cannot_get_another_decides_and_one_that_nobody_gets_is_void(bot: Rig) -> None:
    bot.slack.fault("chat.postMessage", "U0BOB", error="channel_not_found", times=2)
    card, number = ask(bot)
    bot.click("U0ALICE", card, "Deny")
    wait_until(lambda: state(bot, number) == "denied", "the denial")
    bot.slack.fault("chat.postMessage", "U0ALICE", error="channel_not_found")
    bot.ask("U0MALLORY", "register")
    bot.slack.wait_message("D0MALLORY", "is void: It could be shown to no administrator.", "U0MALLORY")


def test_a_decision_of_a_process_that_died_is_shown_by_the_next(store_url: str) -> None:
    with rig(store_url) as bot:
        card, number = ask(bot)
        wait_until(lambda: bot.store.requests.messages(number)[0].ref, "the ref of the card")
        bot.bot.stop()
        requests = Requests(bot.store.requests)
        kept = requests.read(number)
        assert kept is not None
        vera = User(4, "vera-viewer", "viewer", is_active=True, customers=frozenset({1}))
        grant(bot.store, requests, kept, vera, by=2, name="alice-admin")
        with another(bot):
            words = "was granted by alice-admin: mapped to vera-viewer (viewer)"
            assert buttons(becomes(bot, card, words)) == []
            bot.slack.wait_message("D0MALLORY", f"Your request #{number} to be mapped {words}", "U0MALLORY")


def test_a_request_on_which_nobody_decides_expires_and_says_so(bot: Rig) -> None:
    card, number = ask(bot)
    wait_until(lambda: bot.store.requests.messages(number)[0].ref, "the ref of the card")
    let_expire(bot, number)
    assert buttons(becomes(bot, card, "has expired: nobody decided in time")) == []
    bot.slack.wait_message("D0MALLORY", "has expired: nobody decided in time", "U0MALLORY")
    assert "has expired" in plain(bot.ask("U0ALICE", f"map {number} vera-viewer"))


def let_expire(bot: Rig, number: int) -> None:
    store, requests = bot.store.requests, Requests(bot.store.requests)
    kept = requests.read(number)
    assert kept is not None
    text = replace(kept.payload, expires=store.now() - timedelta(seconds=1)).write()
    values: dict[str, Any] = {"payload": store._keyring.seal(text), "mac": requests.hashed(text)}
    values |= {"expires_at": kept.payload.read(text).expires, "due_at": store.now()}
    bot.store.database.run(
        RequestRow.update({**values, "revision": RequestRow.revision + 1}).where(RequestRow.id == number)
    )
    bot.bot.common.hurry(ADVANCING)


def test_who_was_mapped_in_another_way_meanwhile_is_asked_about_no_more(bot: Rig) -> None:
    card, number = ask(bot)
    wait_until(lambda: bot.store.requests.messages(number)[0].ref, "the ref of the card")
    bot.store.users.add(workspace=1, slack_user_id="U0MALLORY", user=3, username="oscar-operator")
    bot.bot.common.hurry(ADVANCING)
    assert buttons(becomes(bot, card, "is void: Somebody has mapped this user meanwhile.")) == []
    bot.slack.wait_message("D0MALLORY", "is void: Somebody has mapped", "U0MALLORY")


@pytest.mark.parametrize("enterprise", ["", "E0LAB"])
def test_guests_and_users_of_other_workspaces_cannot_ask(bot: Rig, enterprise: str) -> None:
    refused = bot.ask("U0MALLORY", "help")
    team = bot.slack.world.teams["T0ACME"]
    mine, name = team.members["U0MALLORY"], f"other{enterprise}"
    team.members["U0MALLORY"] = Member(mine.id, name, mine.real_name, home="T0GLOBEX")
    try:
        said = plain(bot.click("U0MALLORY", refused, "Ask to be mapped"))
    finally:
        team.members["U0MALLORY"] = mine
    assert "You belong to another Slack workspace" in said
    assert bot.audit(slack_user_name=name).code == "guest"
    assert Requests(bot.store.requests).listed(None, waiting=True, purposes=OF_MAPPING) == []


def test_a_hostile_name_is_no_more_than_a_name(bot: Rig) -> None:
    team = bot.slack.world.teams["T0ACME"]
    mine = team.members["U0MALLORY"]
    team.members["U0MALLORY"] = Member(mine.id, "<!channel> *alice-admin* `x`\u202e", mine.real_name)
    try:
        card, number = ask(bot)
    finally:
        team.members["U0MALLORY"] = mine
    assert "(U0MALLORY) to be mapped" in plain(card)
    bot.webnet.change("users", 4, username="<!here> <https://evil.example|root-admin>")
    picked = bot.ask("U0ALICE", f"map {number} #4")
    bot.click("U0ALICE", picked, buttons(picked)[0])
    becomes(bot, card, "was granted by alice-admin: mapped to <!here>")
    bot.slack.wait_message("D0MALLORY", "mapped to <!here>", "U0MALLORY")
    bot.webnet.change("users", 4, username="vera-viewer")


def test_the_administrators_channel_gets_the_card_and_the_answer_goes_to_who_asked_alone(store_url: str) -> None:
    def with_channel(settings: Any) -> Any:
        return replace(settings, slack=replace(settings.slack, admin_channel=CHANNEL))

    with rig(store_url, change=with_channel) as bot:
        bot.store.channels.add(workspace=1, channel_id=CHANNEL)
        card, number = ask(bot, CHANNEL)
        assert "`map` needs the role admin" in plain(bot.click("U0OSCAR", card, "Deny"))
        assert state(bot, number) == "requested"
        bot.click("U0ALICE", card, "Deny")
        becomes(bot, card, "was denied by alice-admin")
        bot.slack.wait_message("D0MALLORY", "was denied by alice-admin", "U0MALLORY")
        assert len(bot.slack.messages(CHANNEL)) == 1
