"""The shortcuts: a command is picked and its form opens, and what a message names is offered as buttons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.slack.shortcuts import CALLBACK, DEEPEST, MOST_TEXT, SHORTCUTS, text_of
from lab.slack import Message, plain
from lab.slack.views import View
from tests.e2e.rig import Rig, answer, rig, wait_until

PICK, SEARCH, STATUS, _WHY = (CALLBACK + shortcut.command for shortcut in SHORTCUTS)
LONGEST_NAME = 24  # of a shortcut: Slack refuses a manifest with a longer one, as others reported


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig(f"sqlite:///{tmp_path_factory.mktemp('shortcuts')}/store.db") as running:
        yield running


def use(bot: Rig, user: str, callback_id: str, words: str) -> Message:
    return answer(bot.slack.shortcut(user, callback_id, bot.slack.chat("U0VERA", words)))


def modal(bot: Rig, user: str, words: str) -> View:
    def shown() -> View | None:
        view = bot.slack.open_view(user)
        return view if view and words in plain(view.content) else None

    return wait_until(shown, f"a modal with {words!r}")


def buttons(message: Message) -> list[str]:
    return [e["text"]["text"] for block in message.blocks if block["type"] == "actions" for e in block["elements"]]


def test_a_command_is_picked_and_its_form_runs_it(bot: Rig) -> None:
    bot.slack.shortcut("U0VERA", PICK)
    picking = modal(bot, "U0VERA", "Which command?")
    assert "[Status]" in plain(picking.content)
    assert "[Backup]" not in plain(picking.content)  # a viewer may not
    bot.slack.click("U0VERA", picking, "Status")
    form = wait_until(lambda: (v := bot.slack.open_view("U0VERA")) and v.id != picking.id and v, "the form")
    bot.slack.fill("U0VERA", form, {"device": "rtr-fra1-001"})
    bot.slack.submit("U0VERA", form)
    row = bot.audit(command="status", slack_user_id="U0VERA", way="form")
    assert (row.status, row.text) == ("success", "status #1")
    assert bot.audit(command="pick_command").way == "shortcut"


def test_a_command_that_takes_nothing_answers_where_it_was_picked(bot: Rig) -> None:
    bot.slack.shortcut("U0OSCAR", PICK)
    bot.slack.click("U0OSCAR", modal(bot, "U0OSCAR", "Which command?"), "Health")
    row = bot.audit(command="health", slack_user_id="U0OSCAR")
    assert (row.status, row.delivered) == ("success", True)
    assert "Which command?" not in plain((bot.slack.open_view("U0OSCAR") or modal(bot, "U0OSCAR", "Slack")).content)


def test_the_devices_that_a_message_names_are_offered(bot: Rig) -> None:
    found = use(
        bot, "U0VERA", STATUS, "Down: RTR-FRA1-001, 10.10.0.2:22 (lsw-ams2-002) and gx-rtr-fra1-001; password=hunter2"
    )
    assert found.ephemeral_to == "U0VERA"
    assert buttons(found) == ["rtr-fra1-001", "lsw-ams2-002"]
    row = bot.audit(command="devices_in_message")
    assert (row.status, row.text, row.way) == ("success", "devices_in_message", "shortcut")
    assert "hunter2" not in str(list(bot.store.audit.each()))
    assert "Last ping" in plain(bot.click("U0VERA", found, "rtr-fra1-001"))


def test_no_more_than_five_devices_are_offered(bot: Rig) -> None:
    names = " ".join(row["hostname"] for row in bot.webnet.rows("devices")[:9])
    assert len(buttons(use(bot, "U0VERA", STATUS, names))) == 5


def test_a_message_that_names_nothing_says_so(bot: Rig) -> None:
    assert "names no device" in plain(use(bot, "U0VERA", STATUS, "nothing to see, 1.2.3.4"))


def test_the_lines_of_a_message_are_offered_to_search_for(bot: Rig) -> None:
    found = use(bot, "U0VERA", SEARCH, "`ip route`\n\nsnmp-server community s3cr3t RO\n> ntp server\nip route")
    assert buttons(found) == ["ip route", "ntp server", "Other words"]
    assert bot.audit(command="search_message").text == "search_message"
    assert "ip route" not in str(list(bot.store.audit.each()))  # the message is stored nowhere
    assert not [row for row in bot.store.audit.each() if row.command == "search"]  # nothing is run by itself
    bot.slack.click("U0VERA", found, "ip route")
    assert bot.audit(command="search").text == 'search "ip route"'


@pytest.mark.parametrize("shortcut", [STATUS, SEARCH])
def test_who_may_not_read_learns_nothing_of_what_a_message_names(bot: Rig, shortcut: str) -> None:
    for user in ("U0MALLORY", "U0IVAN", "U0GINA", "U0NICK"):
        refused = use(bot, user, shortcut, "rtr-fra1-001")
        assert {*buttons(refused)} <= {"Ask to be mapped"}
        assert "rtr-fra1-001" not in plain(refused)


@pytest.mark.parametrize("user", ["U0MALLORY", "U0IVAN", "U0GINA"])
def test_who_may_do_nothing_is_offered_no_command(bot: Rig, user: str) -> None:
    bot.slack.shortcut(user, PICK)
    assert bot.audit(slack_user_id=user, way="shortcut", command="pick_command").status == "denied"
    refused = wait_until(
        lambda: (v := bot.slack.open_view(user)) and "Loading" not in plain(v.content) and v, "a refusal"
    )
    assert "[" not in plain(refused.content).replace("[Ask to be mapped]", "")


def test_the_command_of_a_shortcut_is_in_no_help(bot: Rig) -> None:
    assert "names no device" in plain(bot.ask("U0VERA", "devices_in_message"))
    assert "devices_in_message" not in plain(bot.ask("U0VERA", "help"))


def test_all_texts_of_a_message_are_read_once_and_within_bounds() -> None:
    blocks = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "<http://a.example|rtr-1> &lt;x&gt;"},
            "fields": [{"text": "b"}],
            "accessory": {"type": "overflow", "action_id": "o", "options": [{"text": {"text": "g"}, "value": "h"}]},
        },
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": "a", "text": {"text": "Approve"}, "value": "approve 17 proof:x"}
            ],
        },
    ]
    message = {
        "text": "b",
        "user": "U1",
        "blocks": blocks,
        "attachments": [{"fallback": "c", "color": "d", "fields": [{"title": "e", "value": "f"}]}],
    }
    assert text_of(message) == "b\nrtr-1 <x>\nc\ne\nf"
    deep: object = {"text": "too deep"}
    for _ in range(DEEPEST + 1):
        deep = [deep]
    assert text_of({"text": "x" * 2 * MOST_TEXT, "blocks": deep}) == "x" * MOST_TEXT
    assert text_of(None) == text_of({"text": 7}) == ""


def test_the_manifest_has_them_within_slacks_limits() -> None:
    assert len({shortcut.name for shortcut in SHORTCUTS}) == len(SHORTCUTS) <= 10
    assert all(len(shortcut.name) <= LONGEST_NAME and len(shortcut.description) <= 150 for shortcut in SHORTCUTS)
