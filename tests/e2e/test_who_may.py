"""Every subcommand by every kind of person, typed and clicked: deny by default, and one audit row each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count

import pytest

import handlers
from bot.core.commands import Role
from bot.core.message import Button, Buttons, sentence
from bot.slack.render import payload
from lab.slack import Message, plain
from tests.e2e.rig import Rig, rig

ROLES = {"U0ALICE": Role.admin, "U0OSCAR": Role.operator, "U0VERA": Role.viewer}
REFUSED = {
    "U0GINA": ("foreign", "does not belong to the customer of this Slack workspace"),
    "U0IVAN": ("inactive", "is inactive"),
    "U0NICK": ("foreign", "does not belong to the customer of this Slack workspace"),
    "U0MALLORY": ("unmapped", "are not mapped to a WebNet user yet"),
}
EPHEMERAL = {"search", "diff", "config"}  # by default
COMMANDS = handlers.discover()
NUMBERS = count()


def fresh_device(bot: Rig) -> str:
    """An enabled device of Acme that no test has used before."""
    enabled = [row["id"] for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
    return f"#{enabled[next(DEVICES)]}"


def ended_job(bot: Rig) -> str:
    device = int(fresh_device(bot).removeprefix("#"))
    job = bot.webnet.start_job("check_reachability", [device])
    bot.webnet.finish(job)
    return f"#{job}"


def queued_job(bot: Rig) -> str:
    row = bot.webnet.row("jobs", 161)
    added = {**{name: row[name] for name in row if name != "id"}, "status": "queued"}
    return f"#{bot.webnet.add('jobs', **added)['id']}"


def open_alert(bot: Rig) -> str:
    bot.webnet.change("alerts", ALERT, status="open", acknowledged_by_username=None)
    return f"#{ALERT}"


ALERT = 3  # of sw-fra1-005, which is Acme's
WITH_CONFIGS = 5
DEVICES = count()
ARGUMENTS: dict[str, Callable[[Rig], str]] = {
    "ack": open_alert,
    "backup": fresh_device,
    "cancel": queued_job,
    "config": lambda _: f"#{WITH_CONFIGS}",
    "diff": lambda _: f"#{WITH_CONFIGS}",
    "help": lambda _: "",
    "jobs": lambda _: "failed",
    "logs": ended_job,
    "ping": fresh_device,
    "retry": ended_job,
    "search": lambda _: "hostname",
    "status": lambda _: "rtr-fra1-001",
}


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url) as running:
        yield running


def press(bot: Rig, user: str, line: str) -> Message:
    """The answer to a button of the bot's, in a message that everybody in the channel sees."""
    words = f"press {line} {next(NUMBERS)}"
    message = payload(sentence(words, Buttons((Button("Press", command=line),))))
    bot.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", **message)
    return bot.click(user, bot.slack.wait_message("C0NOC", words), "Press")


@pytest.mark.parametrize("way", ["command", "button"])
@pytest.mark.parametrize("user", [*ROLES, *REFUSED])
@pytest.mark.parametrize("name", COMMANDS)
def test_only_who_may_is_answered(bot: Rig, name: str, user: str, way: str) -> None:
    line = f"{name} {ARGUMENTS[name](bot)}".strip()
    before = len(bot.store.audit.list(limit=1000))
    posts = sum(bool(entry.jobs) for entry in bot.webnet.record)
    message = bot.ask(user, line) if way == "command" else press(bot, user, line)
    row = bot.audit(slack_user_id=user, command=name, way=way)
    said = plain(message)
    if user in REFUSED:
        reason, words = REFUSED[user]
        assert words in said
        assert (row.status, row.code) == ("denied", reason)
    elif ROLES[user] < COMMANDS[name].role:
        assert f"`{name}` needs the role" in said
        assert (row.status, row.code) == ("denied", "role")
    else:
        assert row.status == "success", said
    if row.status == "denied":
        assert message.ephemeral_to == user
        assert "rtr-fra1-001" not in said
        assert sum(bool(entry.jobs) for entry in bot.webnet.record) == posts
    else:
        assert message.ephemeral_to == (user if name in EPHEMERAL else None)
    assert len(bot.store.audit.list(limit=1000)) == before + 1


def test_both_workspaces_see_their_own_customer_only(bot: Rig) -> None:
    acme = bot.ask("U0BOB", "status gx-edge-fra1-021", channel="C0NOC")
    assert "There is no device" in plain(acme)
    globex = bot.ask("U0BOB", "jobs", channel="C0GXNOC", team="T0GLOBEX")
    customers = {bot.webnet.row("jobs", int(number))["customer"] for number in job_numbers(globex)}
    assert customers == {2}


def job_numbers(message: Message) -> list[str]:
    return re.findall(r"#(\d+) \(http", plain(message))
