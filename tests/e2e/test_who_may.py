"""Every subcommand by every kind of person, typed and clicked: deny by default, and one audit row each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

import handlers
import handlers.notices
from bot.core.chat import Place
from bot.core.commands import Role
from bot.core.message import Button, Buttons, sentence
from bot.slack.render import payload
from lab.slack import Message, plain
from tests.e2e.rig import Rig, rig
from tests.requests import PAYLOAD, keep

ROLES = {"U0ALICE": Role.admin, "U0OSCAR": Role.operator, "U0VERA": Role.viewer}
REFUSED = {
    "U0GINA": ("foreign", "does not belong to the customer of this Slack workspace"),
    "U0IVAN": ("inactive", "is inactive"),
    "U0NICK": ("foreign", "does not belong to the customer of this Slack workspace"),
    "U0MALLORY": ("unmapped", "are not mapped to a WebNet user yet"),
}
EPHEMERAL = {
    "changes",
    "search",
    "when",
    "diff",
    "config",
    "health",
    "home",
    "approvals",
    "approve",
    "deny",
    "withdraw",
    "confirm",
    "show",
    "map",
    "devices_in_message",
    "pick_command",
    "search_message",
    "deploys",
    "subscriptions",
    "why",
    "why_message",
    "snoozes",
    "take",
    "done",
    "mine",
}  # by default
LATER = {"abandon", "deploy", "rollback"}  # start jobs later, or need one that is in trouble: tests/e2e/test_deploys.py
LATER |= {"giveback"}  # is for whoever is on a fault: tests/e2e/test_faults.py
COMMANDS = {
    name: command for name, command in handlers.discover().items() if not command.unmapped and name not in LATER
}
ELSEWHERE = replace(PAYLOAD.request, place=Place("T0ACME", "C0ALERTS"))
NUMBERS = count(1)  # of jobs, too
NOTICES = handlers.notices.discover()


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
    new = {"status": "queued", "requested_at": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    added = {**{name: row[name] for name in row if name != "id"}, **new}
    return f"#{bot.webnet.add('jobs', **added)['id']}"


def open_alert(bot: Rig) -> str:
    bot.webnet.change("alerts", ALERT, status="open", acknowledged_by_username=None)
    return f"#{ALERT}"


def one_rule(bot: Rig) -> str:
    """Sets the channel up with a rule, and returns its kind."""
    workspace = bot.store.workspaces.list()[0].id
    row = bot.store.channels.find(workspace, "C0NOC") or bot.store.channels.add(workspace=workspace, channel_id="C0NOC")
    bot.store.channels.update(row.id, rules='[{"when": {"kind": ["compliance"]}, "then": "send"}]')
    return "compliance"


def ended_and_enqueued(bot: Rig) -> str:
    number = next(NUMBERS)
    values: dict[str, Any] = {"kind": "job", "flag": "notify_job_failure", "customer": 1, "data": {}}
    bot.store.outbox.add(key=f"job:{number}:ended", happened_at=datetime.now(UTC), deliveries=(), **values)
    return str(number)


def request(bot: Rig, **changes: Any) -> str:
    """A request that was made in another channel, so that nothing said of it later is taken for the answer to another test."""
    return str(keep(bot.store, request=ELSEWHERE, **changes).number)


def fault(bot: Rig, customer: int = 1) -> str:
    """The name of a notice of a job that failed."""
    event = NOTICES["job"].sample(datetime.now(UTC))
    key = f"job:{900_000 + next(NUMBERS)}:ended"
    bot.store.outbox.add(
        key=key,
        kind=event.kind,
        flag=event.flag,
        customer=customer,
        happened_at=event.happened_at,
        data=event.data,
        deliveries=(),
    )
    return key


ALERT = 3  # of sw-fra1-005, which is Acme's
WITH_CONFIGS = 5
DEVICES = count()


def with_history(bot: Rig) -> str:
    bot.copied()
    return f"#{WITH_CONFIGS} hostname"


def snoozable(bot: Rig) -> str:
    """A device, once notices come to the channel where it is snoozed."""
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace is not None
    if not bot.store.channels.find(workspace.id, "C0NOC"):
        bot.store.channels.add(workspace=workspace.id, channel_id="C0NOC")
    return f"#{WITH_CONFIGS}"


def snoozed(bot: Rig) -> str:
    device = snoozable(bot)
    bot.ask("U0OSCAR", f"snooze {device} 1h a new line card")
    return device


ARGUMENTS: dict[str, Callable[[Rig], str]] = {
    "ack": open_alert,
    "approvals": lambda _: "",
    "approve": request,
    "backup": fresh_device,
    "cancel": queued_job,
    "confirm": lambda bot: request(bot, purpose="confirmation"),
    "changes": lambda _: "2h",
    "config": lambda _: f"#{WITH_CONFIGS}",
    "deploys": lambda _: "",
    "deny": request,
    "devices_in_message": lambda _: "",
    "diff": lambda _: f"#{WITH_CONFIGS}",
    "health": lambda _: "",
    "done": lambda bot: f"{fault(bot)} power supply replaced",
    "help": lambda _: "",
    "home": lambda _: "",
    "jobs": lambda _: "failed",
    "logs": ended_job,
    "map": lambda bot: request(bot, purpose="mapping", devices=(), username="oscar"),
    "mine": lambda _: "",
    "pick_command": lambda _: "",
    "ping": fresh_device,
    "report": lambda _: "now",
    "resolve": lambda bot: f"{open_alert(bot)} planned change",
    "retry": ended_job,
    "search": lambda _: "hostname",
    "search_message": lambda _: "",
    "show": lambda bot: f"{fresh_device(bot)} version",
    "status": lambda _: "rtr-fra1-001",
    "subscribe": lambda _: f"drift site:s{next(NUMBERS)}",
    "subscriptions": lambda _: "",
    "unsubscribe": one_rule,
    "when": with_history,
    "why": ended_and_enqueued,
    "why_message": lambda _: "",
    "snooze": lambda bot: f"{snoozable(bot)} 1h a new line card",
    "snoozes": lambda _: "",
    "unsnooze": snoozed,
    "take": fault,
    "withdraw": request,
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
    before = next((row.id for row in bot.store.audit.list(limit=1)), 0)
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
    assert len(bot.store.audit.list(after_id=before)) == 1


def test_both_workspaces_see_their_own_customer_only(bot: Rig) -> None:
    acme = bot.ask("U0BOB", "status gx-edge-fra1-021", channel="C0NOC")
    assert "There is no device" in plain(acme)
    globex = bot.ask("U0BOB", "jobs", channel="C0GXNOC", team="T0GLOBEX")
    customers = {bot.webnet.row("jobs", int(number))["customer"] for number in job_numbers(globex)}
    assert customers == {2}


def job_numbers(message: Message) -> list[str]:
    return re.findall(r"#(\d+) \(http", plain(message))
