"""Groups and filters as targets, typed and clicked: one message, one job, and nothing that was not named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from lab.slack import Message, plain
from tests.e2e.rig import Rig, rig, wait_until
from tests.e2e.test_cards import becomes, end_of, mentions, now
from tests.e2e.test_commands import buttons, number
from tests.e2e.test_configs import modal
from tests.e2e.test_who_may import REFUSED, ROLES, press

QUICK = {"card_interval_s": 0.1, "poll_interval_s": 0.3}
FEW, MANY = (1, 2, 3), (1, 2, 3, 5, 6, 7)
NAMES = count()


@pytest.fixture
def bot(store_url: str) -> Iterator[Rig]:
    with rig(store_url, notifications=QUICK) as running:
        yield running


@pytest.fixture(scope="module")
def shared(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, notifications=QUICK) as running:
        yield running


def group(bot: Rig, *devices: int, **values: object) -> str:
    """Adds a group and returns how it is typed."""
    name = f"group {next(NAMES)}"
    bot.webnet.add_group(name, devices, **values)
    return f'@"{name}"'


def posted(bot: Rig) -> list[list[int]]:
    """Returns the devices of every job that was asked for."""
    return [entry.body["targets"]["device_ids"] for entry in bot.webnet.record if entry.asks_for_job]


def run_button(message: Message) -> str:
    return next(button for button in buttons(message) if button.startswith("Run on"))


def line_of(message: Message, label: str) -> str:
    """Returns the line that this button carries."""
    rows = (block["elements"] for block in message.blocks if block["type"] == "actions")
    return next(str(each["value"]) for row in rows for each in row if each["text"]["text"] == label)


# -- who may


@pytest.mark.parametrize("way", ["command", "button"])
@pytest.mark.parametrize("user", [*ROLES, *REFUSED])
@pytest.mark.parametrize("name", ["ping", "backup"])
def test_only_who_may_starts_a_job_on_a_group(shared: Rig, name: str, user: str, way: str) -> None:
    shared.webnet.clear_record()
    devices = [40 + 3 * len(shared.webnet.rows("groups")) + each for each in range(3)]
    enabled = [device for device in devices if shared.webnet.row("devices", device)["enabled"]]
    line = f"{name} {group(shared, *devices)}"
    said = plain(shared.ask(user, line) if way == "command" else press(shared, user, line))
    row = shared.audit(slack_user_id=user, command=name, way=way, text=line)
    if user in REFUSED or ROLES[user] < ROLES["U0OSCAR"]:
        assert row.status == "denied"
        assert posted(shared) == []
        assert not any("device-groups" in entry.path for entry in shared.webnet.record)  # permission before any look-up
    else:
        assert row.status == "success", said
        assert posted(shared) == [enabled]


# -- one message


def test_what_is_left_out_is_named_from_the_first_word_to_the_last(bot: Rig) -> None:
    bot.webnet.hold = "running"
    card = bot.ask("U0OSCAR", f"backup {group(bot, 1, 2, 10, 131)} #3")
    assert posted(bot) == [[1, 2, 3]]
    assert f"Backup of 3 devices started: job #{number(card)}" in plain(card)
    left_out = "2 devices were left out: #131 is not here; leaf-ams2-010 is disabled in WebNet."
    assert left_out in plain(card)
    bot.webnet.finish(number(card))
    ended = becomes(bot, card, "✅ Backup of 3 devices: success")
    assert left_out in plain(ended)
    assert mentions(end_of(bot, card)) == ["U0OSCAR"]
    row = bot.audit(command="backup")
    assert (row.device, row.devices) == (None, "3: 1 2 3")


def test_the_failed_ones_are_named_with_what_kept_them_and_started_again_alone(bot: Rig) -> None:
    bot.webnet.break_device(2, "Authentication to device failed.")
    bot.webnet.hold = "running"
    card = bot.ask("U0OSCAR", "backup #1 #2 #3")
    bot.webnet.finish(number(card))
    ended = becomes(bot, card, "1 of 3 devices reported errors (1 log-in refused)")
    bot.slack.click("U0VERA", ended, "Devices")
    _, listed = modal(bot, "U0VERA", "lsw-ams2-002")
    assert "❌ lsw-ams2-002: log-in refused: Authentication to device failed." in listed
    assert "✅ rtr-fra1-001" in listed
    bot.webnet.mend_device(2)
    again = bot.click("U0OSCAR", ended, "Retry the one that failed")
    assert "Backup of lsw-ams2-002 started" in plain(again)
    assert posted(bot) == [[1, 2, 3], [2]]


def test_one_word_that_means_nothing_refuses_the_whole(bot: Rig) -> None:
    said = plain(bot.ask("U0OSCAR", "ping #1 rtr-fra1-0011 #2"))
    assert said.startswith("There is no device `rtr-fra1-0011` here, so nothing was done. Did you mean `rtr-fra1-001`")
    assert "No device here fits `site:fra9`" in plain(bot.ask("U0OSCAR", "backup site:fra9"))
    assert posted(bot) == []


# -- many


def test_many_are_shown_first_and_started_once_by_who_asked(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    question = bot.ask("U0OSCAR", f"backup {group(bot, *MANY, 10)}")
    said = plain(question)
    for device in MANY:
        assert bot.webnet.row("devices", device)["hostname"] in said
    assert "leaf-ams2-010 is disabled in WebNet" in said
    assert run_button(question) == "Run on 6 devices"
    assert posted(bot) == []
    refused = bot.click("U0ALICE", question, "Run on 6 devices")
    assert "Only oscar-operator, who asked for this, can do that." in plain(refused)
    line = line_of(question, "Run on 6 devices")
    assert "Nothing was started yet." in plain(bot.ask("U0OSCAR", line))  # what is typed decides nothing
    assert posted(bot) == []
    bot.click("U0OSCAR", question, "Run on 6 devices")
    card = bot.slack.wait_message("C0NOC", "Backup of 6 devices started", "U0OSCAR")
    assert posted(bot) == [[*MANY]]
    assert "1 device was left out: leaf-ams2-010 is disabled in WebNet." in plain(card)
    wait_until(lambda: not [one for one in buttons(now(bot, question)) if one.startswith("Run")], "the button to go")
    assert "Nothing was changed now." in plain(press(bot, "U0OSCAR", line))
    assert posted(bot) == [[*MANY]]
    row = bot.audit(command="backup", code="")
    assert row.devices == "6: 1 2 3 5 6 7"


@pytest.mark.parametrize(
    "change", [{"hostname": "another"}, {"mgmt_ip": "10.10.9.9"}, {"customer": 2}, {"enabled": False}]
)
def test_a_device_that_changes_before_the_click_voids_it(shared: Rig, change: dict[str, object]) -> None:
    shared.webnet.clear_record()
    before = shared.webnet.row("devices", 3)
    question = shared.ask("U0OSCAR", f"ping {group(shared, *MANY)}")
    shared.webnet.change("devices", 3, **change)
    shared.click("U0OSCAR", question, run_button(question))
    void = becomes(shared, question, "is void")
    assert "edge-nyc1-003" in plain(void)
    assert posted(shared) == []
    shared.webnet.change("devices", 3, **{name: before[name] for name in change})


def test_many_failed_ones_are_shown_before_they_are_started_again(bot: Rig) -> None:
    well = bot.webnet.start_job("check_reachability", [1, 2])
    bot.webnet.finish(well)
    assert "has no error of a device, so nothing was started" in plain(bot.ask("U0OSCAR", f"retry {well} only:failed"))
    for device in MANY:
        bot.webnet.break_device(device)
    job = bot.webnet.start_job("check_reachability", [*MANY, 8])
    bot.webnet.finish(job)
    question = bot.ask("U0OSCAR", f"retry {job} only:failed")
    assert "ping of 6 devices. Nothing was started yet." in plain(question)
    assert posted(bot) == []
    bot.click("U0OSCAR", question, run_button(question))
    bot.slack.wait_message("C0NOC", "Ping of 6 devices started", "U0OSCAR")
    assert posted(bot) == [[*MANY]]


def test_a_group_that_grows_before_the_click_is_not_expanded_again(bot: Rig) -> None:
    name = group(bot, *MANY)
    question = bot.ask("U0OSCAR", f"ping {name}")
    groups = bot.webnet.state.group_devices
    groups[max(groups)] = (*MANY, 8, 9)
    bot.click("U0OSCAR", question, run_button(question))
    bot.slack.wait_message("C0NOC", "Ping of 6 devices started", "U0OSCAR")
    assert posted(bot) == [[*MANY]]


def test_two_hundred_devices_are_one_message(store_url: str) -> None:
    with rig(store_url, webnet={"devices": 400, "job_seconds": 3.0}, notifications={"poll_interval_s": 0.3}) as bot:
        devices = [row["id"] for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]][:201]
        assert "That is 201 devices, where 200 are allowed" in plain(bot.ask("U0OSCAR", f"ping {group(bot, *devices)}"))
        question = bot.ask("U0OSCAR", f"ping {group(bot, *devices[:200])}", timeout=60)
        bot.click("U0OSCAR", question, "Run on 200 devices")
        card = bot.slack.wait_message("C0NOC", "Ping of 200 devices", "U0OSCAR")
        becomes(bot, card, "all 200 devices are reachable")
        end_of(bot, card)
        assert posted(bot) == [devices[:200]]
        shown = [message for message in bot.slack.messages("C0NOC") if message.thread_ts is None]
        assert [message.ts for message in shown if "200 devices" in plain(message)] == [question.ts, card.ts]
        updates = [call.at for call in bot.slack.calls if call.method == "chat.update" and call.args["ts"] == card.ts]
        assert len(updates) <= 2 + (updates[-1] - updates[0]) / 2  # one in two seconds, and the end at once
