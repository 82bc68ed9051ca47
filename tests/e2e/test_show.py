"""`show` from a line in Slack to what the devices answered: only what reads leaves the bot, and only who asked sees the answer."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.settings.table import Show
from lab.slack import Message, plain
from tests.e2e.rig import Rig, rig, wait_until
from tests.e2e.test_commands import number
from tests.show.show_lines import show_line

NUMBER = int(os.environ.get("SHOW_LINES", "60"))
# What may follow a pipe, by the vendors' command references.
FILTERS = {
    "ios": "begin|exclude|include|section|count",
    "eos": "begin|exclude|include|section|no-more",
    "junos": "match|except|find|last|count|no-more|display set",
}
QUICK: dict[str, Any] = {"card_interval_s": 0.1, "poll_interval_s": 0.3}
OWN = Show(
    allow={"nxos": ("^show ip .+",)},
    saved={"up": {"ios": "show interfaces status", "eos": "show interfaces status"}},
)


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    own = lambda settings: replace(settings, show=OWN)  # noqa: E731  # it is one line
    with rig(module_store_url, notifications=QUICK, change=own, confirm_over=9) as running:
        yield running


def sent(bot: Rig) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """The devices and the commands of each job that was started."""
    return [
        (tuple(row["target_summary_json"]["filters"]["device_ids"]), tuple(row["payload_json"]["commands"]))
        for row in bot.webnet.rows("jobs")
        if row["type"] == "run_commands" and row["id"] > 161
    ]


def brought(bot: Rig, answer: Message, user: str = "U0OSCAR") -> Message:
    """The message with what the devices answered."""
    job = number(answer)

    def found() -> Message | None:
        messages = bot.slack.messages(answer.channel, user)
        return next((one for one in messages if one.ts != answer.ts and f"Open job #{job}" in str(one.blocks)), None)

    return wait_until(found, f"the output of job #{job}")


def named(bot: Rig, *, platform: str, count: int) -> list[dict[str, Any]]:
    rows = [row for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
    return [row for row in rows if row["platform"] == platform][:count]


def test_a_saved_command_is_sent_in_the_devices_own_words_and_its_answer_is_for_who_asked(bot: Rig) -> None:
    for platform, words in (("ios", "show ip bgp summary"), ("junos", "show bgp summary")):
        (device,) = named(bot, platform=platform, count=1)
        answer = bot.ask("U0OSCAR", f"show {device['hostname']} bgp")
        assert sent(bot)[-1] == ((device["id"],), (words,))
        assert words in plain(answer)
        output = brought(bot, answer)
        assert "Neighbor" in plain(output) and "U0OSCAR" in str(output.blocks)
        assert answer.ephemeral_to == output.ephemeral_to == "U0OSCAR"
    row = bot.audit(command="show")
    assert (row.status, row.text) == ("success", f"show {device['hostname']} bgp")


def test_equal_answers_are_shown_once_and_the_others_by_what_differs(bot: Rig) -> None:
    names = [row["hostname"] for row in named(bot, platform="ios", count=20)]
    asked = bot.ask("U0OSCAR", f"show {' '.join(names)} version")
    bot.click("U0OSCAR", asked, "Run on 20 devices")
    said = plain(bot.slack.wait_message("D0OSCAR", "answer the same", "U0OSCAR"))
    (alike, differ) = re.findall(r"(\d+) devices answer the same; (\d+) differs?", said)[0]
    assert int(alike) + int(differ) == len(names) and int(differ) > 0
    assert said.count("17.06.05") == 2, "once as it is, once in the difference"
    assert said.count("17.03.03") == 1
    assert len(sent(bot)[-1][0]) == len(names)
    assert not any("17.06" in plain(message) for message in bot.slack.messages("C0NOC")), "the channel sees none of it"


def test_the_whole_output_opens_in_a_modal_without_its_secrets(bot: Rig) -> None:
    (device,) = named(bot, platform="ios", count=1)
    answer = bot.ask("U0OSCAR", f"show #{device['id']} show running-config")
    output = brought(bot, answer)
    assert "enable secret 9 <redacted>" in plain(output) and "$9$" not in str(output.blocks)
    bot.slack.click("U0OSCAR", output, "Whole output")

    def opened() -> str:
        view = bot.slack.open_view("U0OSCAR", "T0ACME")
        return said if view and "hostname" in (said := plain({"blocks": view.blocks})) else ""

    said = wait_until(opened, "the modal")
    assert "Page 1 of" in said and "enable secret 9 <redacted>" in said
    assert bot.audit(command="show", way="button").status == "success"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nowhere reload", "`reload` is not sent: only what begins with"),
        ("nowhere 'show version; reload'", "`;` may not stand in a command"),
        ("nowhere show run | redirect flash:x", "may follow a pipe"),
        ("nowhere show tech-support", "`show tech-support` runs for minutes"),
        ("nowhere sh ip reload | redirect x", "`show ip reload | redirect x` is not sent: only"),
        ("nowhere sh ver", "There is no device `nowhere` here"),
        ("nowhere verison", "Did you mean `version`?"),
        ("nowhere bgp", "There is no device `nowhere` here"),
        (f"jobs:'{' '.join(map(str, range(1, 32)))}'", "That is 31 jobs, where 30 are shown at once."),
        ("jobs:2x", "`2x` is no number of a job."),
        ("jobs:4", "Job #4 has run no commands: `logs 4` shows what it reported."),
    ],
)
def test_what_is_refused_is_refused_before_a_device_is_looked_up(bot: Rig, line: str, said: str) -> None:
    before = len(sent(bot))
    answer = bot.ask("U0OSCAR", f"show {line}")
    assert said in plain(answer)
    assert bot.audit(command="show").status in ("usage", "not_found", "failed")
    assert answer.ephemeral_to == "U0OSCAR"
    assert len(sent(bot)) == before


def test_each_platform_has_its_rules_and_those_of_the_settings(bot: Rig) -> None:
    ios, nxos, eos = (named(bot, platform=platform, count=1)[0] for platform in ("ios", "nxos", "eos"))
    before = len(sent(bot))
    assert "the platform ios" in plain(bot.ask("U0OSCAR", f"show #{ios['id']} get system status"))
    assert "`show version` is not sent to a device with the platform nxos" in plain(
        bot.ask("U0OSCAR", f"show #{nxos['id']} version")
    )
    assert "`up` has no words for the platform nxos" in plain(bot.ask("U0OSCAR", f"show #{nxos['id']} up"))
    assert len(sent(bot)) == before
    answer = bot.ask("U0OSCAR", f"show #{eos['id']} #{nxos['id']} up")
    assert f"{nxos['hostname']} may not be sent this, because its platform is nxos" in plain(answer)
    assert sent(bot)[-1] == ((eos["id"],), ("show interfaces status",))
    brought(bot, answer)


def test_platforms_that_call_it_by_different_words_have_a_job_each_and_one_message(bot: Rig) -> None:
    devices = [device for platform in ("ios", "junos") for device in named(bot, platform=platform, count=4)[2:]]
    before, shown = len(sent(bot)), len(bot.slack.messages("C0NOC", "U0OSCAR"))
    answer = bot.ask("U0OSCAR", f"show {' '.join(device['hostname'] for device in devices)} bgp")
    said = plain(answer)
    assert "Show of 4 devices started:" in said
    assert sorted(sent(bot)[before:]) == [
        (tuple(device["id"] for device in devices[:2]), ("show ip bgp summary",)),
        (tuple(device["id"] for device in devices[2:]), ("show bgp summary",)),
    ]
    first, second = re.findall(r"job #(\d+)", said)
    output = wait_until(lambda: bot.slack.messages("C0NOC", "U0OSCAR")[shown + 1 :], "the output")[0]
    assert all(words in plain(output) for words in ("show ip bgp summary", "show bgp summary", "Neighbor", "4 devices"))
    assert {bot.webnet.row("jobs", int(number))["status"] for number in (first, second)} == {"success"}
    assert len(bot.slack.messages("C0NOC", "U0OSCAR")) == shown + 2


def test_a_device_whose_platform_changed_is_sent_nothing_that_was_meant_for_another(bot: Rig) -> None:
    device = named(bot, platform="ios", count=9)[8]
    before = len(sent(bot))
    bot.webnet.change("devices", device["id"], platform="eos")
    said = plain(bot.ask("U0OSCAR", f"show #{device['id']} version"))
    assert f"{device['hostname']} had the platform ios when it was looked up and has eos now. Nothing was sent" in said
    assert len(sent(bot)) == before
    brought(bot, bot.ask("U0OSCAR", f"show #{device['id']} show logging | no-more"))
    bot.webnet.change("devices", device["id"], platform="ios")


def test_one_at_a_time_is_sent_to_a_device(bot: Rig) -> None:
    device = named(bot, platform="ios", count=3)[2]
    bot.webnet.hold = "running"
    try:
        first = bot.ask("U0OSCAR", f"show #{device['id']} version")
        said = plain(bot.ask("U0ALICE", f"show #{device['id']} arp"))
    finally:
        bot.webnet.hold = None
    assert f"already: job #{number(first)}, started by oscar-operator. Nothing was sent" in said
    brought(bot, first)


def test_of_generated_lines_nothing_outside_the_list_leaves_the_bot(bot: Rig) -> None:
    """A share of what `make soak` types, which is 10,000 lines."""
    chance, before = random.Random(os.environ.get("SEED", "show")), len(sent(bot))
    devices = {row["id"]: row["platform"] for name in FILTERS for row in named(bot, platform=name, count=20)}
    for _ in range(NUMBER):
        device, line = chance.choice([*devices]), show_line(chance).replace('"', "'")
        said = plain(bot.ask("U0OSCAR", f'show #{device} "{line}"', timeout=60))
        assert "is not sent" in said or "started" in said or "already" in said, said
    for (device,), (command,) in sent(bot)[before:]:
        head, *filters = (piece.strip() for piece in command.split("|"))
        assert re.fullmatch(r"(show|display) [A-Za-z0-9 .:/_,*+^=@%~-]+", head), command
        assert all(re.fullmatch(rf"({FILTERS[devices[device]]})( [a-z0-9]+)?", each) for each in filters), command
    assert len(sent(bot)) > before


def test_a_show_of_which_it_was_unclear_whether_it_began_is_given_back_with_its_answer(bot: Rig) -> None:
    (device,) = named(bot, platform="eos", count=1)
    bot.webnet.fault("lose_answer", method="POST", times=1)
    assert "unclear whether the show was started" in plain(bot.ask("U0ALICE", f"show #{device['id']} version"))
    ended = bot.slack.wait_message("D0ALICE", "4.29.2F", "U0ALICE", timeout=30)
    assert f"Show of {device['hostname']}: success." in plain(ended)


def test_an_answer_that_the_channel_may_see_is_a_reply_in_the_cards_thread(store_url: str) -> None:
    with rig(store_url, notifications=QUICK, visibility_of={"show": "in_channel"}) as bot:
        one, other, broken = named(bot, platform="ios", count=3)
        bot.webnet.break_device(broken["id"])
        card = bot.ask(
            "U0OSCAR", f"show #{one['id']} #{other['id']} #{broken['id']} show running-config | include secret"
        )
        reply = wait_until(
            lambda: [each for each in bot.slack.messages("C0NOC") if each.thread_ts == card.ts], "the reply"
        )[0]
        said = plain(reply)
        assert "Show of 3 devices: success, but 1 of 3 devices reported errors" in said
        assert "Both devices answer the same" in said and "enable secret 9 <redacted>" in said
        assert "U0OSCAR" in str(reply.blocks) and "$9$" not in str(bot.slack.messages("C0NOC"))
        assert f"❌ {broken['hostname']}: TCP connection to device failed." in said


def test_two_hundred_devices_are_asked_at_once_and_answered_in_one_message(store_url: str) -> None:
    with rig(store_url, webnet={"devices": 400}, notifications=QUICK) as bot:
        rows = [row for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
        numbers = [row["id"] for row in rows if row["platform"] in FILTERS][:200]
        bot.webnet.add_group("everything", numbers)
        question = bot.ask("U0OSCAR", "show @everything version", timeout=60)
        bot.click("U0OSCAR", question, "Run on 200 devices")
        output = bot.slack.wait_message("D0OSCAR", "devices answer the same", "U0OSCAR", timeout=60)
        said = plain(output)
        alike, differ = map(int, re.findall(r"(\d+) devices answer the same; (\d+) differ", said)[0])
        more = re.findall(r" … and (\d+) more, compared with the others:", said)
        assert alike + differ == 200 and len(more) == 3
        assert "Show of 200 devices: success." in said and "… and 2 more other answers" in said
        assert sent(bot) == [(tuple(numbers), ("show version",))]
        bot.slack.click("U0OSCAR", output, "Whole output")
        wait_until(lambda: bot.slack.open_view("U0OSCAR", "T0ACME"), "the modal")
        assert not any("Software, Version" in plain(message) for message in bot.slack.messages("C0NOC", "U0OSCAR"))
        assert bot.slack.refused == []
