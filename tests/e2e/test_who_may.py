"""Every subcommand by every kind of person, typed and clicked: deny by default, and one audit row each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest

import handlers
from bot.core.commands import Role
from lab.slack import Message, plain
from store.database import migrate_store
from tests.conftest import DATABASES
from tests.e2e.rig import Rig, rig

ROLES = {"U0ALICE": Role.admin, "U0OSCAR": Role.operator, "U0VERA": Role.viewer}
REFUSED = {
    "U0GINA": ("foreign", "does not belong to the customer of this Slack workspace"),
    "U0IVAN": ("inactive", "is inactive"),
    "U0NICK": ("foreign", "does not belong to the customer of this Slack workspace"),
    "U0MALLORY": ("unmapped", "are not mapped to a WebNet user yet"),
}
ARGUMENTS = {"status": "rtr-fra1-001", "jobs": "failed", "help": ""}  # ping and backup take a device of their own
COMMANDS = handlers.discover()
NUMBERS = count()


@pytest.fixture(scope="module", params=DATABASES)
def bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    if request.param == "sqlite":
        with rig(f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db") as running:
            yield running
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    migrate_store(server.url(name))
    with rig(server.url(name)) as running:
        yield running
    server.drop(name)


@pytest.fixture(scope="module")
def buttons(bot: Rig) -> dict[str, tuple[Message, str]]:
    """Messages of the bot, visible to everybody in the channel, with a button of each subcommand."""
    from bot.core.message import Button, Buttons, sentence
    from bot.slack.render import payload

    token, found = "xoxb-lab-acme", {}
    for name in COMMANDS:
        line = f"{name} {ARGUMENTS.get(name, '#40')}".strip()
        message = payload(sentence(f"press {name}", Buttons((Button("Press", command=line),))))
        bot.bot.chat.call("chat.postMessage", token, channel="C0NOC", **message)
        found[name] = (bot.slack.wait_message("C0NOC", f"press {name}"), "Press")
    return found


@pytest.mark.parametrize("way", ["command", "button"])
@pytest.mark.parametrize("user", [*ROLES, *REFUSED])
@pytest.mark.parametrize("name", COMMANDS)
def test_only_who_may_is_answered(
    bot: Rig, buttons: dict[str, tuple[Message, str]], name: str, user: str, way: str
) -> None:
    before = len(bot.store.audit.list(limit=1000))
    posts = sum(bool(entry.jobs) for entry in bot.webnet.record)
    if way == "command":
        argument = ARGUMENTS[name] if name in ARGUMENTS else f"#{fresh_device(bot)}"
        message = bot.ask(user, f"{name} {argument}".strip())
    else:
        message = bot.click(user, *buttons[name])
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
        assert message.ephemeral_to is None
    assert len(bot.store.audit.list(limit=1000)) == before + 1


def fresh_device(bot: Rig) -> int:
    """An enabled device of Acme that no test has used before."""
    enabled = [row["id"] for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
    return int(enabled[next(NUMBERS)])


def test_both_workspaces_see_their_own_customer_only(bot: Rig) -> None:
    acme = bot.ask("U0BOB", "status gx-edge-fra1-021", channel="C0NOC")
    assert "There is no device" in plain(acme)
    globex = bot.ask("U0BOB", "jobs", channel="C0GXNOC", team="T0GLOBEX")
    customers = {bot.webnet.row("jobs", int(number))["customer"] for number in job_numbers(globex)}
    assert customers == {2}


def job_numbers(message: Message) -> list[str]:
    return re.findall(r"#(\d+) \(http", plain(message))
