"""Every command by its form: who may, what is wrong below its field, whose form it is, and where the answer goes."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import pytest

import handlers.notices
from bot.app import assemble
from bot.app.command_queue import CommandQueue
from bot.app.lifecycle import Bot
from bot.app.slack_part import SlackPart
from bot.approvals.messages import RequestViews
from bot.core.arguments import DEVICES, Argument, Kind
from bot.core.commands import Command, Registry, Role
from bot.core.forms import fields_of
from bot.core.message import Button, Buttons, sentence
from bot.delivery.cards import Views
from bot.deploys.cards import DeployViews
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings
from bot.slack.forms import Opened
from bot.slack.render import payload
from handlers import _deploy_card, _live_log, _report, _requests, _views
from lab.slack import Interaction, Member, Message, plain
from lab.slack.view import View
from store.database import Store
from tests.e2e.rig import Rig, answer, rig, wait_until
from tests.e2e.test_who_may import ARGUMENTS, COMMANDS, EPHEMERAL, REFUSED, ROLES
from tests.forms import state
from tests.http.odd_payloads import ODD_JSON, places, tracebacks

MUTATED = int(os.environ.get("FORMS", "100"))
TEXTS = (
    "T0GLOBEX",
    "U0ALICE",
    "U0OSCAR",
    "#131",
    "page:3",
    '"',
    "webnet:form:backup",
    "x" * 3_000,
    "\0\u202e",
    "device",
    "",
)
FORMS = [name for name, command in COMMANDS.items() if fields_of(command, {})]
OVER = "was sent already, or is older than a day, so nothing was done."
EVERY = Command(
    "every",
    "Takes everything",
    "every",
    Role.viewer,
    lambda ctx, values: {**values, "snippet": ctx.unsealed(values["snippet"])},
    lambda values: sentence(f"Had {sorted(values)}: {values['at']:%H:%M %z}, {values['snippet']!r}, {values['where']}"),
    (
        replace(DEVICES, name="where"),
        Argument("how", Kind.choice, named=True, choices=("dry", "wet")),
        Argument("number", Kind.number, named=True, most=9),
        Argument("after", Kind.duration, named=True),
        Argument("at", Kind.moment, named=True, required=True),
        Argument("snippet", Kind.sealed, named=True, required=True),
    ),
    visibility="ephemeral",
)


def build(settings: Settings, store: Store, redactor: Redactor) -> Bot:
    """Does what `main.build` does, with one command more, which takes arguments of kinds that no other has."""
    brought = assemble.Handlers(
        Registry([*handlers.discover().values(), EVERY]),
        handlers.notices.discover(),
        Views(_views.card, _views.card_ended, _views.card_found),
        RequestViews(_requests.card, _requests.ended),
        DeployViews(_deploy_card.card, _deploy_card.end),
        _live_log.view,
        _report.read,
    )
    return assemble.build(settings, store, redactor, brought)


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, build=build, time_zone="Europe/Berlin") as running:
        yield running


def offer(bot: Rig, line: str, channel: str = "C0NOC", team: str = "acme") -> Message:
    """A message of the bot's that everybody in the channel sees, with the button that opens a form."""
    words = f"form of {line} {time.monotonic_ns()}"
    message = payload(sentence(words, Buttons((Button("Fill in", command=line, form=True),))))
    bot.api.call("chat.postMessage", f"xoxb-lab-{team}", channel=channel, **message)
    return bot.slack.wait_message(channel, words)


def opened(bot: Rig, by: Interaction) -> View:
    def found() -> View | None:
        view = bot.slack.open_view(by.user, by.team)
        return view if view and view.id == by.view_id else None  # another test may have left one open

    return wait_until(found, f"the form ({by.described()})")


def form_of(bot: Rig, user: str, line: str) -> tuple[Interaction, View]:
    clicked = bot.slack.click(user, offer(bot, line), "Fill in")
    return clicked, opened(bot, clicked)


def send(bot: Rig, user: str, view: View, **filled: object) -> Interaction:
    sent = bot.slack.submit_view(user, view, state(view.blocks, filled), unseen=True)
    sent.wait_ack()
    return sent


def in_person(bot: Rig, user: str, words: str) -> Message:
    return bot.slack.wait_message(f"D0{user.removeprefix('U0')}", words, user)


# -- who may


@contextmanager
def guest(bot: Rig, user: str) -> Iterator[None]:
    members = bot.slack.world.teams["T0ACME"].members
    mine = members[user]
    members[user] = Member(mine.id, mine.name, mine.real_name, home="T0GLOBEX")
    try:
        yield
    finally:
        members[user] = mine


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_opened_and_run_for_those_alone_who_may(bot: Rig, name: str) -> None:
    posts = sum(bool(entry.jobs) for entry in bot.webnet.record)
    offered = offer(bot, name)
    clicked = {user: bot.slack.click(user, offered, "Fill in") for user in REFUSED}
    with guest(bot, "U0OSCAR"):
        abroad = bot.slack.click("U0OSCAR", offered, "Fill in")
    for user, (reason, words) in REFUSED.items():
        assert words in plain(answer(clicked[user]))
        assert bot.audit(slack_user_id=user, command=name, way="button").code == reason
    assert "another Slack workspace" in plain(answer(abroad))
    assert sum(bool(entry.jobs) for entry in bot.webnet.record) == posts
    for user, role in ROLES.items():
        if role < COMMANDS[name].role:
            assert f"`{name}` needs the role" in plain(bot.click(user, offered, "Fill in"))
            continue
        opened_by, view = form_of(bot, user, f"{name} {ARGUMENTS[name](bot)}".strip())
        sent = send(bot, user, view, **({"reason": "not now"} if name == "deny" else {}))
        assert sent.ack_payload == {"response_action": "clear"}
        message = answer(opened_by)
        row = bot.audit(slack_user_id=user, command=name, way="form")
        assert row.status == "success", plain(message)
        assert message.ephemeral_to == (user if name in EPHEMERAL else None)
        assert row.channel_id == "C0NOC"


@pytest.mark.parametrize("name", [name for name in COMMANDS if any(each.required for each in COMMANDS[name].arguments)])
def test_a_command_without_what_it_needs_opens_its_form(bot: Rig, name: str) -> None:
    typed = bot.say("U0ALICE", name)
    view = opened(bot, typed)
    assert view.content["callback_id"] == f"webnet:form:{name}"
    assert typed.replies == []
    row = bot.audit(slack_user_id="U0ALICE", command=name, way="command")
    assert (row.status, row.delivered) == ("usage", True)
    send(bot, "U0ALICE", view)
    assert set(view.errors) == {block["block_id"] for block in view.blocks if block.get("optional") is False}


def test_a_device_is_picked_from_what_is_offered_while_it_is_typed(bot: Rig) -> None:
    typed = bot.say("U0VERA", "status")
    view = opened(bot, typed)
    offered = wait_until(
        lambda: bot.slack.suggest("U0VERA", view, "device", "rtr-fra1-001"), "the names of the devices"
    )
    bot.slack.fill("U0VERA", view, {"device": offered[0]})
    bot.slack.submit("U0VERA", view)
    assert "rtr-fra1-001" in plain(answer(typed))
    bot.audit(text="status #1", way="form", slack_user_id="U0VERA", status="success")


def test_whose_role_is_lowered_after_the_form_was_opened_is_refused(bot: Rig) -> None:
    clicked, view = form_of(bot, "U0OSCAR", f"ping {ARGUMENTS['ping'](bot)}")
    bot.webnet.change("users", 3, role="viewer")
    send(bot, "U0OSCAR", view)
    assert "`ping` needs the role operator" in plain(answer(clicked))
    bot.webnet.change("users", 3, role="operator")
    assert bot.audit(command="ping", way="form", status="denied").code == "role"


# -- what is filled in


def test_what_is_wrong_is_said_below_its_field_and_the_form_stays(bot: Rig) -> None:
    typed = bot.say("U0VERA", "every #1 number:7 how:wet")
    view = opened(bot, typed)
    sent = send(bot, "U0VERA", view, number="10", after="soon", at="2026-11-30")
    assert view.errors == {
        "number": "Write a whole number from 1 to 9.",
        "after": "Write how long, such as 90s, 30m or 1d12h.",
        "at:time": "Choose a date and a time of day.",
        "snippet": "Fill this in.",
    }
    assert sent.ack_payload == {"response_action": "errors", "errors": view.errors}
    text = 'interface Gi0/1\n description "a"  \n password hunter2'
    send(
        bot,
        "U0VERA",
        view,
        where=["#1", "site:fra1"],
        number="8",
        at="2026-11-30",
        snippet=text,
        **{"at:time": "22:00"},
    )
    said = plain(answer(typed))
    assert said.startswith("Had ['at', 'how', 'number', 'snippet', 'where']: 22:00 +0100")
    row = bot.audit(command="every", way="form")
    assert "hunter2" not in row.text
    assert row.text.startswith("every #1 site:fra1 how:wet number:8 at:2026-11-30T22:00:00+01:00 snippet:")
    assert bot.store.sealed_texts.get(row.text.partition("snippet:")[2]).text == text  # type: ignore[union-attr]


def test_a_sealed_text_is_read_by_nobody_else(bot: Rig) -> None:
    kept = bot.store.sealed_texts.add(bot.store.workspaces.list()[0].id, "U0OSCAR", "line")
    line = f"every #1 at:2026-11-30T22:00 snippet:{kept}"
    assert "'line'" in plain(bot.ask("U0OSCAR", line))
    assert "is not kept any more" in plain(bot.ask("U0VERA", line))
    assert "is not kept any more" in plain(bot.ask("U0VERA", line.replace(kept, "0" * 32)))
    fields = {
        block["block_id"]: block["element"] for block in form_of(bot, "U0OSCAR", line)[1].blocks if "element" in block
    }
    assert fields["snippet"]["initial_value"] == "line"
    fields = {
        block["block_id"]: block["element"] for block in form_of(bot, "U0VERA", line)[1].blocks if "element" in block
    }
    assert "initial_value" not in fields["snippet"]


@pytest.mark.parametrize(
    ("line", "block", "held", "filled", "answered"),
    [
        ("logs abc", "job", None, "163", "Log of job #163"),
        ("logs 163 abc", "job", "163", "163", "Log of job #163"),
        ("diff rtr-fra1-001 x", "with", "x", "2", "Snapshot"),
        ("search regex:(", "regex", "(", "hostname", "configs"),
    ],
)
def test_a_usage_error_offers_the_form_with_what_was_typed(
    bot: Rig, line: str, block: str, held: str | None, filled: str, answered: str
) -> None:
    message = bot.ask("U0VERA", line)
    clicked = bot.slack.click("U0VERA", message, "Fill in")
    view = opened(bot, clicked)
    (element,) = [each["element"] for each in view.blocks if each.get("block_id") == block]
    option = element.get("initial_option") or {}
    assert (element.get("initial_value") or option.get("value")) == held
    send(bot, "U0VERA", view, **{block: filled})
    assert bot.audit(command=line.split(maxsplit=1)[0], way="form", slack_user_id="U0VERA").status in {
        "success",
        "failed",
    }
    assert answer(clicked) is not None


def test_a_form_older_than_the_device_it_names_runs_on_what_the_device_is_now(bot: Rig) -> None:
    device = int(ARGUMENTS["ping"](bot).removeprefix("#"))
    offered = offer(bot, f"ping #{device}")
    forms = []
    for _ in range(3):
        clicked = bot.slack.click("U0OSCAR", offered, "Fill in")
        forms.append((clicked, opened(bot, clicked)))
    (renamed, first), (moved, second), (disabled, third) = forms
    row = bot.webnet.row("devices", device)
    bot.webnet.change("devices", device, hostname="renamed-since")
    send(bot, "U0OSCAR", first)
    assert "renamed-since" in plain(answer(renamed))
    bot.webnet.change("devices", device, customer=2)
    jobs = len(bot.webnet.rows("jobs"))
    send(bot, "U0OSCAR", second)
    assert "is no longer here. Nothing was started." in plain(answer(moved))
    bot.webnet.change("devices", device, customer=1, enabled=False)
    send(bot, "U0OSCAR", third)
    assert "is disabled" in plain(answer(disabled))
    assert "[Fill in]" in plain(answer(disabled))  # what was filled in is not lost
    assert len(bot.webnet.rows("jobs")) == jobs
    bot.webnet.change("devices", device, hostname=row["hostname"], enabled=True)


# -- whose form it is, and how often


def test_a_form_is_good_for_its_own_user_in_its_own_workspace_alone(bot: Rig) -> None:
    clicked, view = form_of(bot, "U0BOB", f"ping {ARGUMENTS['ping'](bot)}")
    send(bot, "U0OSCAR", view)
    in_person(bot, "U0OSCAR", "This form was opened for somebody else, so nothing was done.")
    send(bot, "U0MALLORY", view)
    in_person(bot, "U0MALLORY", "This form was opened for somebody else")
    bot.slack.submit_view("U0BOB", view, state(view.blocks, {}), unseen=True, team="T0GLOBEX")
    said = wait_until(lambda: bot.slack.messages("D0BOB", "U0BOB", "T0GLOBEX"), "the sentence in the other workspace")
    assert "This form was opened for somebody else" in plain(said[-1])
    for user, team in (("U0OSCAR", "T0ACME"), ("U0MALLORY", "T0ACME"), ("U0BOB", "T0GLOBEX")):
        row = bot.audit(command="ping", way="form", slack_user_id=user, team_id=team, status="denied")
        assert row.code == "form"
    send(bot, "U0BOB", view)
    assert "started: job" in plain(answer(clicked))


def test_a_form_that_is_sent_twice_runs_once(bot: Rig) -> None:
    clicked, view = form_of(bot, "U0OSCAR", f"ping {ARGUMENTS['ping'](bot)}")
    jobs = len(bot.webnet.rows("jobs"))
    first, second = (bot.slack.submit_view("U0OSCAR", view, state(view.blocks, {}), unseen=True) for _ in range(2))
    assert "started: job" in plain(answer(clicked))
    in_person(bot, "U0OSCAR", OVER)
    bot.slack.redeliver(first)
    bot.slack.redeliver(second)
    bot.ask("U0OSCAR", "help ping")  # after them, on whichever connection
    assert len(bot.webnet.rows("jobs")) == jobs + 1


def test_a_form_that_is_over_or_of_nobody_is_refused_with_a_sentence(bot: Rig) -> None:
    _, view = form_of(bot, "U0OSCAR", f"ping {ARGUMENTS['ping'](bot)}")
    bot.store.sealed_texts.drop(view.content["private_metadata"])
    send(bot, "U0OSCAR", view)
    in_person(bot, "U0OSCAR", f"{OVER} Open it again: `/webnet ping`.")
    filled_in = json.dumps(asdict(Opened("C0NOC", "noc", "ping #1", bot.webnet.url, time.time(), 0, clicked=False)))
    value = bot.store.sealed_texts.add(bot.store.workspaces.list()[0].id, "U0OSCAR", filled_in)  # as any text may be
    for metadata in ("", "0" * 32, '["C0NOC", "noc", "ping #1"]', "x" * 3_000, value):
        view.content["private_metadata"] = metadata
        assert OVER in plain(answered_in_person(bot, "U0OSCAR", view))
    bot.audit(command="ping", way="form", slack_user_id="U0OSCAR", code="passed")


def answered_in_person(bot: Rig, user: str, view: View) -> Message:
    """The next direct message after a form is sent."""
    messages = bot.slack.world.teams["T0ACME"].channels[f"D0{user.removeprefix('U0')}"].messages
    before = len(messages)
    bot.slack.submit_view(user, view, state(view.blocks, {}), unseen=True)
    wait_until(lambda: len(messages) > before, "a direct message")
    return messages[before]


# -- where the answer goes


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("config", "Name one device: `/webnet config <device> [section]`"),
        ("logs", "Name one job by its number"),
        ("search", "Say what to search for."),
        ("show", "Name devices and what to show: `/webnet show rtr-fra1-001 bgp`. Saved commands are version,"),
        ("show rtr-fra1-001", "Name devices and what to show"),
        ("resolve 3", "Say what became of the change: `/webnet resolve 3 planned change`."),
    ],
)
def test_without_a_fresh_trigger_the_sentence_comes_with_a_button(bot: Rig, line: str, words: str) -> None:
    ARGUMENTS["resolve"](bot)
    bot.slack.views.trigger_valid_s = -1.0
    try:
        message = bot.ask("U0ALICE", line)
        assert words in plain(message)
        again = bot.click("U0ALICE", message, "Fill in")
        assert f"Fill in the form of `{line.split(maxsplit=1)[0]}`, or type" in plain(again)
    finally:
        bot.slack.views.trigger_valid_s = 3.0
    assert (
        opened(bot, bot.slack.click("U0ALICE", again, "Fill in")).content["title"]["text"]
        == line.split(maxsplit=1)[0].capitalize()
    )


def test_when_its_response_url_is_over_the_answer_comes_as_a_direct_message(bot: Rig) -> None:
    clicked, view = form_of(bot, "U0VERA", "status rtr-fra1-001")
    kept = bot.store.sealed_texts.get(view.content["private_metadata"], "form")
    assert kept is not None
    form = json.loads(kept.text)
    for changes in ({"at": time.time() - 30 * 60}, {"uses": 5}, {"url": ""}):
        text = json.dumps({**form, **changes})
        view.content["private_metadata"] = bot.store.sealed_texts.add(kept.workspace, "U0VERA", text, "form")
        assert "rtr-fra1-001" in plain(answered_in_person(bot, "U0VERA", view))
    assert clicked.replies == []


def test_a_private_channel_without_the_bot_gets_the_answer_by_its_response_url(bot: Rig) -> None:
    bot.slack.world.teams["T0ACME"].channels["C0NOC"].bot_member = False
    try:
        typed = bot.say("U0VERA", "status")
        send(bot, "U0VERA", opened(bot, typed), device="#1")
        assert "rtr-fra1-001" in plain(answer(typed))
    finally:
        bot.slack.world.teams["T0ACME"].channels["C0NOC"].bot_member = True


# -- odd payloads


def test_whatever_a_submission_holds_nothing_happens_that_its_sender_may_not(bot: Rig) -> None:
    """A share of what `make soak` sends, which is 10,000."""
    chance = random.Random(1)
    receive, pool = bot.bot.part(SlackPart).receive, bot.bot.part(CommandQueue).pool
    jobs = max(row["id"] for row in bot.webnet.rows("jobs"))
    last = max((row.id or 0 for row in bot.store.audit.list(limit=1)), default=0)
    with tracebacks() as found:
        for number in range(MUTATED):
            receive("interactive", mutated(bot, chance, number), f"odd-{number}")
            if not number % 100:
                wait_until(lambda: not pool.waiting, "the queue to be empty")
        bot.ask("U0OSCAR", "help")
        wait_until(lambda: not pool.waiting, "the queue to be empty")
    assert found == []
    rows = [row for row in bot.store.audit.each() if row.way == "form" and (row.id or 0) > last]
    done = [row for row in rows if row.status == "success"]
    assert len(rows) > MUTATED // 3
    assert done
    for row in done:
        role = Role.of(bot.webnet.row("users", row.user or 0)["role"])
        assert (row.customer, row.slack_user_id in ROLES or row.slack_user_id == "U0BOB") == (1, True)
        assert role >= COMMANDS.get(row.command, EVERY).role
    started = {job["id"]: job["customer"] for job in bot.webnet.rows("jobs") if job["id"] > jobs}
    assert {*started} == {row.job_id for row in done if row.job_id in started}
    assert {*started.values()} <= {1}


def mutated(bot: Rig, chance: random.Random, number: int) -> dict[str, Any]:
    """A submission of a form that was really opened, in which one to three values are odd, missing or those of others."""
    workspaces = bot.store.workspaces.list()
    user, command = chance.choice([*ROLES, *REFUSED, "U0BOB"]), chance.choice([*COMMANDS, "every", "unknown"])
    line = f"{command} #{chance.randrange(1, 140)}"
    form = Opened("C0NOC", "noc", line, "", time.time(), 0, clicked=True)
    kept = bot.store.sealed_texts.add(workspaces[0].id, user, json.dumps(asdict(form)), "form")
    known = COMMANDS.get(command)
    blocks = [{"type": "input", "block_id": each.name} for each in known.arguments] if known else []
    values: Mapping[str, Any] = {
        each["block_id"]: {"webnet:x": {"type": "plain_text_input", "value": f"#{chance.randrange(1, 140)}"}}
        for each in blocks
    }
    sent: dict[str, Any] = {
        "type": "view_submission",
        "team": {"id": "T0ACME"},
        "user": {"id": user, "team_id": "T0ACME"},
        "trigger_id": f"odd-{number}",
        "view": {
            "id": "V0",
            "type": "modal",
            "callback_id": f"webnet:form:{command}",
            "private_metadata": kept,
            "blocks": blocks,
            "state": {"values": values},
        },
    }
    for _ in range(chance.randrange(3)):
        node, key = chance.choice([*places(sent)])
        node[key] = chance.choice(TEXTS) if chance.random() < 0.8 else json.loads(chance.choice(ODD_JSON))
    return sent
