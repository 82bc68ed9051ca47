"""With `webnet.act_as_caller` WebNet itself sees who asked, and checks role and customer; the token is seen nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from bot.app.feeds_part import FeedsPart
from bot.app.webnet_part import SWEEPING, WebNetPart
from bot.core.approval_need import ApprovalRule
from bot.core.message import Button, Buttons, sentence
from bot.settings.table import Settings
from bot.slack.render import payload
from lab.slack import plain
from lab.webnet import BOT_KEY
from lab.webnet.credentials import ApiKey
from store.database import Store
from tests.e2e.rig import PEOPLE, Rig, rig, wait_until
from tests.e2e.test_who_may import ARGUMENTS, COMMANDS, REFUSED, ROLES, press
from tests.forms import state

BOT = 9  # the id of the service account
ALERT = 3  # Acme's
CHANGING = ("ping", "cancel", "ack", "resolve")


def as_caller(settings: Settings) -> Settings:
    return replace(settings, webnet=replace(settings.webnet, act_as_caller=True))


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, change=as_caller) as running:
        yield running


def made_keys(bot: Rig) -> list[ApiKey]:
    with bot.webnet.lock:
        return [key for key in bot.webnet.state.api_keys.values() if key.name.startswith("webnet-bot:")]


def sent(bot: Rig, after: int) -> list[tuple[str, int | None]]:
    return [(each.method, each.user) for each in bot.webnet.record if each.number > after and each.method != "GET"]


@pytest.mark.parametrize("way", ["command", "button"])
@pytest.mark.parametrize("user", [*ROLES, *REFUSED])
@pytest.mark.parametrize("name", CHANGING)
def test_what_is_done_is_done_by_the_caller_alone(bot: Rig, name: str, user: str, way: str) -> None:
    line = f"{name} {ARGUMENTS[name](bot)}"
    before = bot.webnet.request_count
    said = plain(bot.ask(user, line) if way == "command" else press(bot, user, line))
    row = bot.audit(slack_user_id=user, command=name, way=way)
    if ROLES.get(user, 0) < COMMANDS[name].role:
        assert row.status == "denied", said
        assert sent(bot, before) == []
        return
    assert row.status == "success", said
    assert sent(bot, before) == [("POST", BOT), ("POST", PEOPLE[user]), ("DELETE", BOT)]
    assert made_keys(bot) == []
    if name == "ping":
        assert bot.webnet.row("jobs", row.job_id or 0)["user"] == PEOPLE[user]
    if name == "ack":
        assert "WebNet names alice-admin as the one who did it." in row.response
        assert bot.webnet.row("alerts", ALERT)["acknowledged_by_username"] == "alice-admin"


def test_resolve_takes_notes_that_nobody_repeats_and_who_acknowledged_stays(bot: Rig) -> None:
    bot.webnet.change("alerts", ALERT, status="acknowledged", acknowledged_by_username="bob-both")
    notes = "the password: hunter2 of CHG0031 was wrong"
    said = plain(bot.ask("U0ALICE", f"resolve #3 {notes}"))
    assert said.startswith("Resolved drift alert #3 on sw-fra1-005. Your notes stand in WebNet.")
    alert = bot.webnet.row("alerts", ALERT)
    assert (alert["status"], alert["resolution_notes"]) == ("resolved", notes)
    assert alert["acknowledged_by_username"] == "bob-both"
    assert "hunter2" not in bot.audit(command="resolve", status="success").text
    for line in ("resolve 3 once more", "resolve 3", "ack 3"):
        assert "Drift alert #3 on sw-fra1-005 is already resolved" in plain(bot.ask("U0ALICE", line))
    assert plain(bot.ask("U0ALICE", "resolve 35 of another customer")) == "There is no drift alert #35 here."


def test_the_button_asks_for_the_notes(bot: Rig) -> None:
    bot.webnet.change("alerts", ALERT, status="open")
    button = Buttons((Button("Resolve", command="resolve 3", form=True),))
    bot.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", **payload(sentence("Drifted.", button)))
    bot.slack.click("U0ALICE", bot.slack.wait_message("C0NOC", "Drifted."), "Resolve")
    view = wait_until(lambda: bot.slack.open_view("U0ALICE"), "the window for the notes")
    bot.slack.submit_view("U0ALICE", view, state(view.blocks, {"notes": 'by "CHG0031"'})).wait_ack()
    row = bot.audit(command="resolve", way="form", slack_user_id="U0ALICE", text='resolve 3 by "CHG0031"')
    assert (row.status, bot.webnet.row("alerts", ALERT)["resolution_notes"]) == ("success", 'by "CHG0031"')


def test_what_webnet_refuses_the_caller_is_one_sentence_and_nothing_is_done(bot: Rig) -> None:
    jobs = len(bot.webnet.rows("jobs"))
    start = "/api/v1/reachability/run"
    bot.webnet.before("POST", start, lambda: bot.webnet.change("users", 3, role="viewer"))
    said = plain(bot.ask("U0OSCAR", f"ping {ARGUMENTS['ping'](bot)}"))
    bot.webnet.change("users", 3, role="operator")
    assert said == (
        "WebNet does not allow this to oscar-operator, whose role there does not suffice, so it was not done. Ask a WebNet "
        "administrator if you need it."
    )
    bot.webnet.fault("lose_answer", prefix="/api/v1/users/3/api-keys/", method="POST", times=1)
    said = plain(bot.ask("U0OSCAR", f"ping {ARGUMENTS['ping'](bot)}"))
    assert said == (
        "Nothing was done: No key in your name could be had. WebNet's answer was lost or broken. Try again in a minute."
    )
    assert bot.audit(command="ping").code == "webnet_broken"
    assert len(bot.webnet.rows("jobs")) == jobs


def test_a_start_whose_answer_was_lost_is_given_back_though_the_job_is_the_callers(bot: Rig) -> None:
    bot.webnet.fault("lose_answer", prefix="/api/v1/reachability/run", times=1)
    assert "unclear whether the ping was started" in plain(bot.ask("U0OSCAR", f"ping {ARGUMENTS['ping'](bot)}"))
    row = bot.audit(status="unclear")

    def given_back() -> int | None:
        bot.bot.part(FeedsPart).poller.poll("jobs")
        found = bot.store.audit.get(row.id)
        return found.job_id if found else None

    job = wait_until(given_back, "the start to be given back", 10)
    assert bot.webnet.row("jobs", job)["user"] == PEOPLE["U0OSCAR"]


def test_a_key_of_a_person_is_not_taken(bot: Rig) -> None:
    key = "k3Yq-0aBcDeFgHiJkLmNoPqRsTuVwXyZ_0123456789"
    for user in ("U0OSCAR", "U0MALLORY"):
        said = plain(bot.ask(user, f"login {key}"))
        assert said.startswith("That looks like an API key of WebNet's. The bot takes no keys, so nothing was done.")
        assert bot.audit(slack_user_id=user, status="usage").text == "login <redacted>"


def test_the_keys_of_processes_without_a_lease_are_deleted(bot: Rig) -> None:
    def others() -> list[
        str
    ]:  # a key of this process whose answer an earlier test lost lives for as long as it may be used
        return [key.name for key in made_keys(bot) if not key.name.endswith(f":{bot.bot.common.instance}")]

    lease = bot.store.leases.acquire("instance:other", "other", 60)
    assert lease is not None
    for instance in ("gone", "other"):
        name, path = f"webnet-bot:U0OSCAR:{instance}", f"{bot.webnet.url}/api/v1/users/3/api-keys/"
        made = requests.post(path, json={"name": name}, headers={"X-API-Key": BOT_KEY}, timeout=5).json()
        bot.store.caller_keys.made(bot.store.caller_keys.add(3, name), made["id"])
    bot.bot.common.hurry(SWEEPING)
    wait_until(lambda: others() == ["webnet-bot:U0OSCAR:other"], "the key to be deleted")
    bot.store.leases.release(lease)
    bot.bot.common.hurry(SWEEPING)
    wait_until(lambda: not others(), "the other key to be deleted")


def test_what_was_approved_is_done_in_the_name_of_its_requester(store_url: str) -> None:
    rules = {"backup": ApprovalRule()}
    with rig(store_url, change=as_caller, approval=rules, notifications={"card_interval_s": 0.1}) as bot:
        card = bot.ask("U0OSCAR", "backup #1")
        before = bot.webnet.request_count
        bot.click("U0ALICE", card, "Approve")
        bot.slack.wait_message("C0NOC", "Backup of rtr-fra1-001")
        oscar = PEOPLE["U0OSCAR"]
        assert sent(bot, before) == [("POST", BOT), ("POST", oscar), ("DELETE", BOT)]
        (job,) = [entry.jobs[0] for entry in bot.webnet.record if entry.jobs]
        assert bot.webnet.row("jobs", job)["user"] == oscar


def everything(store: Store) -> bytes:
    """All rows of all tables, and the files of an SQLite store."""
    with store.connection():
        database: Any = store.database.peewee
        rows = [
            database.execute_sql(f'SELECT * FROM "{table}"').fetchall()
            for table in database.get_tables()
            if table != "config_trigram"
        ]
    path = store.database.url.path
    files = sorted(path.parent.glob(f"{path.name}*")) if path else []
    return repr(rows).encode() + b"".join(file.read_bytes() for file in files)


def test_the_token_is_in_no_log_no_row_and_no_message(store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with rig(store_url, change=as_caller) as bot:
        tokens: list[str] = []
        bot.webnet.before("POST", "/api/v1/reachability/run", lambda: tokens.extend(k.token for k in made_keys(bot)))
        bot.ask("U0OSCAR", "ping #1")
        bot.webnet.fault("error", method="DELETE", times=1)
        bot.webnet.fault("garbage", prefix="/api/v1/config/backup", times=1)
        assert "unclear whether the backup was started" in plain(bot.ask("U0OSCAR", "backup #1"))
        tokens += [key.token for key in made_keys(bot)]
        said = "".join(plain(message) for message in bot.slack.messages("C0NOC"))
        kept = everything(bot.store)
        bot.bot.part(WebNetPart).keys.sweep()
        assert made_keys(bot) == []
    assert len(tokens) == 2
    assert b"webnet-bot:U0OSCAR:" in kept
    assert "is deleted later" in caplog.text
    assert not [token for token in tokens if token in said + caplog.text or token.encode() in kept]
