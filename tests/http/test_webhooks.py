"""Slack's and WebNet's webhooks: what is signed goes through the pipeline once, and nothing else has any effect."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import requests

import main
from bot.app.feeds_part import FeedsPart
from bot.app.http_part import HttpPart
from bot.core.notice_kinds import FLAGS
from bot.redaction.redactor import Redactor
from bot.settings.table import Notifications
from bot.slack.signed_http import MOST_REMEMBERED, WINDOW_S, Remembered
from lab.slack import plain
from lab.slack.signing import SignedRequest, signed_headers
from store.audit import AuditFilter
from tests.e2e.rig import answer, wait_until
from tests.forms import state
from tests.http.conftest import API, WEBHOOK_SECRET, Web, web
from tests.http.hostile import KINDS, PATHS, Sent, honest, send_all

SECRET = "lab-signing-secret"


@pytest.fixture(autouse=True)
def by_http(bot: Web) -> Iterator[None]:
    bot.rig.slack.http_mode("T0ACME", bot.url)
    yield
    bot.rig.slack.http_mode("T0ACME", None)


def post(bot: Web, path: str, body: bytes, secret: str = SECRET, **headers: str) -> requests.Response:
    """As Slack signs it, at this moment."""
    made = signed_headers(body, secret, json=path.endswith("events"))
    return requests.post(f"{bot.url}{API}/slack/{path}", data=body, headers=made | headers, timeout=20)


def event(**inner: Any) -> bytes:
    return json.dumps(
        {"type": "event_callback", "team_id": "T0ACME", "event_id": f"Ev{time.monotonic_ns()}", "event": inner}
    ).encode()


# --- what is accepted


@pytest.mark.parametrize("words", ["status payload", "status payload={}"])
def test_a_signed_command_is_answered_also_with_the_word_payload_in_it(bot: Web, words: str) -> None:
    assert "payload" in plain(bot.rig.ask("U0OSCAR", words))


def test_a_click_goes_the_same_way(bot: Web) -> None:
    shown = bot.rig.ask("U0OSCAR", "status rtr-fra1-001")
    assert "job" in plain(bot.rig.click("U0OSCAR", shown, "Ping")).lower()


def typing(user: str) -> bytes:
    asked = {
        "type": "block_suggestion",
        "team": {"id": "T0ACME"},
        "user": {"id": user, "team_id": "T0ACME"},
        "action_id": "webnet:suggest:device",
        "value": "rtr-fra1-001",
    }
    return urlencode({"payload": json.dumps(asked)}).encode()


def test_a_suggestion_is_answered_as_often_as_the_same_is_typed_in_a_second(bot: Web) -> None:
    for user in ("U0VERA", "U0OSCAR"):
        bot.rig.ask(user, "help ping")
    wait_until(lambda: post(bot, "interactions", typing("U0VERA")).json()["options"], "the names of the devices")
    body, address = typing("U0OSCAR"), f"{bot.url}{API}/slack/interactions"
    headers = signed_headers(body, SECRET)
    answers = [requests.post(address, data=body, headers=headers, timeout=20) for _ in range(2)]
    assert [response.json()["options"][0]["value"] for response in answers] == ["#1", "#1"]
    assert post(bot, "interactions", body, secret="another").status_code == 401


def test_a_form_is_opened_corrected_and_answered_over_http(bot: Web) -> None:
    typed = bot.rig.say("U0VERA", "status")
    view = wait_until(lambda: bot.rig.slack.open_view("U0VERA"), "the form")
    wrong = bot.rig.slack.submit_view("U0VERA", view, state(view.blocks, {}))
    wrong.wait_ack()
    assert wrong.ack_payload == {"response_action": "errors", "errors": {"device": "Choose one."}}
    bot.rig.slack.submit_view("U0VERA", view, state(view.blocks, {"device": "#1"}))
    assert "rtr-fra1-001" in plain(answer(typed))
    assert bot.rig.audit(way="form").text == "status #1"


def test_one_request_by_both_ways_runs_once(bot: Web) -> None:
    said = bot.rig.say("U0OSCAR", "help jobs")
    answer(said)
    bot.rig.slack.http_mode("T0ACME", None)
    bot.rig.slack.redeliver(said)
    bot.rig.ask("U0OSCAR", "help ping")  # after it, on whichever connection
    assert len(said.visible) == 1


def test_a_full_queue_is_said_in_the_answer_to_the_request(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db", workers=1, queue=1) as bot:
        bot.rig.webnet.fault("delay", delay_s=1.0)
        answers = [bot.send(bot.rig.say("U0OSCAR", "status rtr-fra1-001", send=False)).text for _ in range(6)]
        assert any("busy" in text for text in answers)
        bot.rig.webnet.clear_faults()


@pytest.mark.parametrize(
    "address",
    [
        "https://slack.invalid/commands/1",
        "http://169.254.10.20/latest",
        "https://hooks.slack.com.elsewhere.example/commands/1",
        "http://someone@127.0.0.1/commands/1",
        "file:///etc/hostname",
        "nothing",
    ],
)
def test_a_signed_request_cannot_make_the_bot_call_another_address(bot: Web, address: str) -> None:
    said = bot.rig.say("U0OSCAR", "help", send=False)
    body = urlencode(dict(parse_qsl(bot.rig.slack.signed(said).body.decode())) | {"response_url": address}).encode()
    refused = post(bot, "commands", body)
    assert (refused.status_code, refused.content) == (401, post(bot, "commands", body, secret="another").content)
    click = {"type": "block_actions", "team": {"id": "T0ACME"}, "user": {"id": "U0OSCAR"}, "response_url": address}
    assert post(bot, "interactions", urlencode({"payload": json.dumps(click)}).encode()).status_code == 401
    assert not [row for row in bot.rig.store.audit.list(limit=9) if row.text == "help"]


# --- the challenge, and Slack's look at the certificate


def test_the_challenge_is_answered_only_with_one_of_the_secrets(bot: Web) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "the-challenge"}).encode()
    assert post(bot, "events", body).json() == {"challenge": "the-challenge"}
    assert post(bot, "events", body, secret="another").status_code == 401


def test_the_check_of_the_certificate_names_no_team_and_must_be_signed(bot: Web) -> None:
    assert post(bot, "commands", b"ssl_check=1&token=x").status_code == 200
    assert post(bot, "commands", b"ssl_check=1&token=x", secret="another").status_code == 401


# --- the signature


def test_an_unknown_team_and_a_wrong_secret_are_answered_alike(bot: Web) -> None:
    unknown = post(bot, "commands", b"team_id=T0NOBODY&command=%2Fwebnet&text=help")
    wrong = post(bot, "commands", b"team_id=T0ACME&command=%2Fwebnet&text=help", secret="another")
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content) == (401, wrong.content)


@pytest.mark.parametrize(("age_s", "status"), [(-290, 200), (290, 200), (-310, 401), (310, 401)])
def test_five_minutes_are_the_window_in_both_directions(bot: Web, age_s: float, status: int) -> None:
    said = bot.rig.say("U0OSCAR", "help", send=False)
    assert bot.send(said, timestamp=time.time() - age_s).status_code == status


def test_another_workspaces_secret_opens_nothing(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        globex = bot.rig.store.workspaces.by_team("T0GLOBEX")
        assert globex is not None
        changed = bot.api("PATCH", f"workspaces/{globex.id}/", json={"signing_secret": "globex-secret-0123"})
        assert changed.status_code == 200
        said = bot.rig.say("U0OSCAR", "help", send=False)
        assert bot.send(said, secret="globex-secret-0123").status_code == 401
        assert bot.send(said).status_code == 200


def test_an_empty_secret_never_matches(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        acme = bot.rig.store.workspaces.by_team("T0ACME")
        assert acme is not None
        bot.rig.store.workspaces.update(acme.id, signing_secret="")
        bot.rig.workspaces.refresh()
        assert bot.send(bot.rig.say("U0OSCAR", "help", send=False), secret="").status_code == 401


def test_a_replayed_signature_has_no_second_effect(bot: Web) -> None:
    said = bot.rig.say("U0OSCAR", "help backup", send=False)
    request = bot.rig.slack.signed(said)

    def send(**headers: str) -> int:
        return requests.post(
            bot.url + request.path, data=request.body, headers=request.headers | headers, timeout=20
        ).status_code

    assert send() == 200
    answer(said)
    assert send() == 401
    assert send(**{"X-Slack-Retry-Num": "1"}) == 200
    bot.rig.ask("U0OSCAR", "help cancel")
    assert len(said.visible) == 1


def test_a_signature_that_another_replica_took_has_no_effect(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot, main.opened(bot.rig.settings) as store:
        replica = main.build(bot.rig.settings, store, Redactor(bot.rig.settings.secrets()))
        replica.start()
        try:
            said = bot.rig.slack.signed(bot.rig.say("U0OSCAR", "help backup", send=False))
            fields = dict(parse_qsl(said.body.decode()))
            del fields["trigger_id"]  # the only thing in which they differ
            body = urlencode(fields).encode()
            headers = said.headers | signed_headers(body, SECRET)
            for port in (each.part(HttpPart).server.port for each in (bot.rig.bot, replica)):
                sent = requests.post(f"http://127.0.0.1:{port}{said.path}", data=body, headers=headers, timeout=20)
                assert sent.status_code == 200
        finally:
            replica.stop()  # and what it took is done
        bot.rig.audit(text="help backup")
        bot.rig.ask("U0OSCAR", "help ping")
        bot.rig.audit(text="help ping")
        assert [row.text for row in bot.rig.store.audit.list()].count("help backup") == 1


def test_a_command_is_acknowledged_while_the_store_takes_nothing(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        said = bot.rig.say("U0OSCAR", "help", send=False)
        request = bot.rig.slack.signed(said)
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # for less than the bot waits for it
            sent = requests.post(bot.url + request.path, data=request.body, headers=request.headers, timeout=5)
            assert sent.status_code == 200
            assert said.visible == []
        assert "status" in plain(answer(said))


def test_signatures_are_remembered_while_they_are_valid_and_not_without_bound() -> None:
    now = [0.0]
    remembered = Remembered(lambda: now[0])
    assert remembered.add("first")
    now[0] = 2 * WINDOW_S
    assert not remembered.add("first")
    now[0] += 1
    assert remembered.add("first")
    assert all(remembered.add(str(number)) for number in range(MOST_REMEMBERED))
    assert not remembered.add(str(MOST_REMEMBERED - 1))
    assert remembered.add("first")


def test_what_is_signed_and_of_another_type_is_refused(bot: Web) -> None:
    said = bot.rig.slack.signed(bot.rig.say("U0OSCAR", "help", send=False))
    headers = said.headers | {"Content-Type": "text/plain"}
    assert requests.post(bot.url + said.path, data=said.body, headers=headers, timeout=20).status_code == 415


def test_a_webhook_is_posted_to(bot: Web) -> None:
    answer = requests.get(f"{bot.url}/api/v1/chatops/slack/commands", timeout=20)
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "GET" not allowed.'})
    assert answer.headers["Allow"] == "POST"


# --- events


@pytest.mark.parametrize("over", ["http", "socket"])
@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
def test_an_app_that_is_gone_disables_its_workspace_and_only_that(tmp_path: Path, over: str, kind: str) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        if over == "http":
            bot.rig.slack.http_mode("T0ACME", bot.url)
        happened = bot.rig.slack.event("T0ACME", {"type": kind})
        happened.wait_ack()
        enabled = {row.team_id: row.enabled for row in bot.rig.store.workspaces.list()}
        assert enabled == {"T0ACME": False, "T0GLOBEX": True}
        (row,) = bot.rig.store.audit.list(AuditFilter(way="event"))
        assert (row.team_id, row.code, row.customer) == ("T0ACME", kind, 1)


def test_an_event_that_comes_again_does_not_disable_what_was_enabled_meanwhile(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        body = event(type="app_uninstalled")
        assert post(bot, "events", body).status_code == 200
        acme = bot.rig.store.workspaces.by_team("T0ACME")
        assert acme is not None
        assert not acme.enabled
        bot.rig.store.workspaces.update(acme.id, enabled=True)
        assert post(bot, "events", body, **{"X-Slack-Retry-Num": "1"}).status_code == 200
        assert bot.rig.store.workspaces.by_team("T0ACME").enabled  # type: ignore[union-attr]


@pytest.mark.parametrize("over", ["http", "socket"])
def test_a_channel_with_another_id_is_followed_in_the_workspace_that_says_so(bot: Web, over: str) -> None:
    if over == "socket":
        bot.rig.slack.http_mode("T0ACME", None)
    store, new = bot.rig.store, f"C0MOVED{over.upper()}"
    globex = store.workspaces.by_team("T0GLOBEX")
    assert globex is not None
    rows = [store.channels.add(workspace=at, channel_id=f"C0{over.upper()}").id for at in (1, globex.id)]
    bot.rig.slack.add_channel(f"C0{over.upper()}", "shared")
    moved = bot.rig.slack.change_channel_id(f"C0{over.upper()}", new)
    moved.wait_ack()
    assert [found.channel_id for row in rows if (found := store.channels.get(row))] == [new, f"C0{over.upper()}"]
    (row,) = store.audit.list(AuditFilter(way="event"), limit=1)
    assert (row.team_id, row.code, row.channel_id) == ("T0ACME", "channel_id_changed", new)
    for odd in ({}, {"old_channel_id": new}, {"old_channel_id": new, "new_channel_id": "x"}, {"old_channel_id": [new]}):
        assert post(bot, "events", event(type="channel_id_changed", **odd)).status_code == 200
    assert store.audit.list(AuditFilter(way="event"), limit=1) == [row]


def test_other_events_are_acknowledged_and_ignored(bot: Web) -> None:
    before = bot.rig.store.audit.list(limit=1)
    assert post(bot, "events", event(type="app_home_opened", user="U0OSCAR")).status_code == 200
    assert post(bot, "events", event(type="tokens_revoked", tokens={"oauth": ["U0X"], "bot": []})).status_code == 200
    assert bot.rig.store.audit.list(limit=1) == before
    assert all(row.enabled for row in bot.rig.store.workspaces.list())


# --- WebNet's webhook


def hint(bot: Web, body: bytes = b'{"job": {"id": 1, "status": "failed"}}', secret: str = WEBHOOK_SECRET) -> int:
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Webhook-Signature": signature, "Content-Type": "application/json"}
    return requests.post(f"{bot.url}{API}/webnet/events", data=body, headers=headers, timeout=20).status_code


def test_a_signed_hint_is_taken_whatever_it_says_and_another_refused(bot: Web) -> None:
    assert hint(bot) == 202
    assert hint(bot, b"\xff not json") == 202
    assert hint(bot, secret="another") == 401
    assert hint(bot, secret="") == 401


def test_a_flood_of_hints_brings_a_notice_long_before_its_turn_and_few_looks(tmp_path: Path) -> None:
    seldom = Notifications(poll_interval_s=3600)
    with web(f"sqlite:///{tmp_path}/store.db", change=lambda s: replace(s, notifications=seldom), strict=False) as bot:
        bot.rig.store.channels.add(workspace=1, channel_id="C0ALERTS", channel_name="alerts", flags=FLAGS)
        wait_until(lambda: bot.rig.bot.part(FeedsPart).poller.polled, "the feeds to have been read")
        failed = bot.rig.webnet.start_job("config_backup", [1])
        bot.rig.webnet.fail_next("config_backup")
        bot.rig.webnet.finish(failed)
        before, started = polls(bot), time.monotonic()
        for _ in range(60):
            assert hint(bot) == 202
        bot.rig.slack.wait_message("C0ALERTS", str(failed), timeout=30)
        assert polls(bot) - before <= 2 + (time.monotonic() - started)


def polls(bot: Web) -> int:
    """How often the jobs were polled: each poll asks once for the first page of the newest ones, among other lists."""
    asked = [dict(parse_qsl(entry.query)) for entry in bot.rig.webnet.record if entry.path.endswith("/jobs/")]
    return sum(query["ordering"] == "-id" and query["page"] == "1" for query in asked)


# --- what nobody honest sends


@dataclass(frozen=True)
class Effects:
    """What a request could have changed."""

    audit_rows: int
    workspaces: tuple[tuple[str, bool], ...]
    jobs: int
    calls: int

    @classmethod
    def of(cls, bot: Web) -> Effects:
        return cls(
            len(list(bot.rig.store.audit.each())),
            tuple((row.team_id, row.enabled) for row in bot.rig.store.workspaces.list()),
            len(bot.rig.webnet.rows("jobs")),
            sum(entry.method == "POST" for entry in bot.rig.webnet.record),
        )


def hostile_run(bot: Web, number: int, chance: random.Random) -> tuple[list[Sent], Effects, Effects]:
    said = bot.rig.say("U0OSCAR", "help", send=False)
    replayed: SignedRequest = bot.rig.slack.signed(said)
    assert requests.post(bot.url + replayed.path, data=replayed.body, headers=replayed.headers, timeout=20).ok
    answer(said)
    bot.rig.audit(command="help")
    before = Effects.of(bot)
    sent = list(send_all(bot, number, chance, replayed))
    bot.rig.ask("U0VERA", "help")
    bot.rig.audit(slack_user_id="U0VERA")
    after = Effects.of(bot)
    return sent, before, Effects(after.audit_rows - 1, after.workspaces, after.jobs, after.calls)


def test_hostile_requests_are_refused_and_change_nothing(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        sent, before, after = hostile_run(bot, 600, random.Random(5))
        wrong = Counter(each for each in sent if not 400 <= each.status < 500)
        assert wrong == {}
        assert before == after
        assert {each.what.removesuffix(" hint") for each in sent} == {kind.__name__ for kind in KINDS} | {"replayed"}


@pytest.mark.parametrize("path", PATHS[:3])
def test_the_same_requests_unspoiled_would_have_been_accepted(tmp_path: Path, path: str) -> None:
    """Else the refusals above would show nothing."""
    with web(f"sqlite:///{tmp_path}/store.db", strict=False) as bot:
        request = honest(random.Random(1), path)
        accepted = requests.post(bot.url + request.path, data=request.body, headers=request.headers, timeout=20)
        assert accepted.status_code == 200
        wait_until(lambda: bot.rig.store.audit.list(limit=1), "its audit row")
