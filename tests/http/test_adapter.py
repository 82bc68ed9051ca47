"""Around the API: limits, ids, proxies, health, metrics, the document and its page."""

from __future__ import annotations

import re
import select
import socket
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from starlette.requests import HTTPConnection

from bot.app.configs_part import ConfigsPart
from bot.app.feeds_part import JOBS
from bot.app.housekeeping import RENEWING
from bot.app.http_part import HttpPart
from bot.heartbeats import SILENT_S
from bot.http.addresses import Proxies
from bot.http.connections import HEAD_S, MOST_WAITING
from bot.http.limits import BODY_S, MAX_BODIES, MAX_BODY, MAX_WEBHOOK
from bot.http.server import CannotListen
from bot.vitals import WRITE_S
from tests.e2e.process import free_port
from tests.e2e.rig import answer, wait_until
from tests.http.conftest import API, Web, web
from tests.lost import lose_a_job
from tests.store.trouble import fill_up, free_some

# --- limits


SIGNED = {"X-Slack-Signature": "v0=" + "0" * 64, "X-Webhook-Signature": "sha256=" + "0" * 64}
NAMED = {"Authorization": "ApiKey nobody"}


@pytest.mark.parametrize(
    ("path", "headers", "most"),
    [
        (f"{API}/workspaces/", NAMED, MAX_BODY),
        (f"{API}/slack/events", SIGNED, MAX_WEBHOOK),
        (f"{API}/webnet/events", SIGNED, MAX_WEBHOOK),
        ("/healthz", NAMED, MAX_BODY),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(
    bot: Web, path: str, headers: dict[str, str], most: int, chunked: bool
) -> None:
    body = b"x" * (most + 1)
    sent = iter([body[:most], body[most:]]) if chunked else body
    assert bot.call("POST", path, data=sent, headers=headers).status_code == 413


def connected(bot: Web, head: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", urlsplit(bot.url).port), timeout=30)
    made.sendall(head.encode())
    return made


def status(connection: socket.socket) -> int:
    return int(connection.recv(65536).split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("path", "expected"),
    [(f"{API}/workspaces/", 401), (f"{API}/slack/events", 401), (f"{API}/webnet/events", 401), ("/nothing", 404)],
)
def test_a_body_that_nobody_vouches_for_is_not_waited_for(bot: Web, path: str, expected: int) -> None:
    with closing(connected(bot, f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")) as connection:
        connection.settimeout(BODY_S / 2)
        assert status(connection) == expected


def test_bodies_that_are_under_way_are_bounded_together(bot: Web) -> None:
    head = f"POST {API}/slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX_WEBHOOK}\r\n"
    head += f"X-Slack-Signature: {SIGNED['X-Slack-Signature']}\r\n\r\n"
    number = MAX_BODIES // MAX_WEBHOOK + 8
    unfinished = [connected(bot, head + "x" * (MAX_WEBHOOK - 1)) for _ in range(number)]
    try:
        refused = wait_until(lambda: select.select(unfinished, [], [], 0.5)[0], "a refusal", BODY_S / 2)
        assert {status(each) for each in refused} == {503}
        assert bot.call("GET", "/healthz").status_code == 200
    finally:
        for each in unfinished:
            each.close()
    wait_until(lambda: bot.api("GET", "workspaces/").status_code == 200, "room for a request")


def test_silent_connections_keep_nobody_out_and_end(bot: Web) -> None:
    silent = [connected(bot, head) for head in ["", "GET /healthz HTTP/1.1\r\nHost:"] * (MOST_WAITING // 2 + 20)]
    for _ in range(5):
        assert bot.call("GET", "/healthz").status_code == 200
        assert bot.api("GET", "workspaces/").status_code == 200
    ended = time.monotonic() + HEAD_S + 20
    for connection in silent:
        connection.settimeout(max(0.1, ended - time.monotonic()))
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
        connection.close()


def test_too_many_requests_of_one_token_are_refused_with_a_time_to_come_back(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db", {"requests_per_minute": 3, "trusted_proxies": ("127.0.0.1",)}) as bot:

        def ask(who: str | None, address: str) -> requests.Response:
            return bot.api("GET", "workspaces/", who, headers={"X-Forwarded-For": address})

        assert [ask("viewer", f"192.0.2.{n}").status_code for n in range(4)] == [200, 200, 200, 429]
        late = ask("viewer", "192.0.2.9")
        assert 0 < int(late.headers["Retry-After"]) <= 60
        assert ask("operator", "192.0.2.1").status_code == 200
        assert [ask(None, "192.0.2.77").status_code for _ in range(4)] == [401, 401, 401, 429]
        assert ask("admin", "192.0.2.77").status_code == 429
        assert ask("admin", "192.0.2.78").status_code == 200


def test_an_id_is_echoed_and_one_that_is_none_replaced(bot: Web) -> None:
    assert bot.call("GET", "/healthz", headers={"X-Request-ID": "mine-1"}).headers["X-Request-ID"] == "mine-1"
    made = bot.api("GET", "nothing/", headers={"X-Request-ID": "x" * 65}).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", made)


def test_webnet_and_the_audit_log_hear_the_id(bot: Web) -> None:
    made = bot.api("POST", "channels/", json={"workspace": 1, "channel_id": "C0ID"}, headers={"X-Request-ID": "mine-2"})
    assert made.status_code == 201
    assert bot.rig.store.audit.list(limit=1)[0].request_id == "mine-2"


def test_no_answer_says_what_serves_it(bot: Web) -> None:
    for path in ("/healthz", "/nothing", f"{API}/workspaces/"):
        answer = bot.call("GET", path)
        assert "server" not in answer.headers
        assert "uvicorn" not in answer.text.lower()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_error_that_nobody_expected_shows_its_id_alone(bot: Web, caplog: pytest.LogCaptureFixture) -> None:
    bot.rig.store.database.peewee.execute_sql("ALTER TABLE slack_channel RENAME TO gone")
    try:
        answer = bot.api("GET", "channels/", headers={"X-Request-ID": "mine-3"})
    finally:
        bot.rig.store.database.peewee.execute_sql("ALTER TABLE gone RENAME TO slack_channel")
    assert answer.status_code == 500
    assert answer.json()["detail"].endswith("mine-3")
    assert "slack_channel" not in answer.text
    wait_until(lambda: "slack_channel" in caplog.text, "the log line, which comes after the answer")


def test_webnet_being_away_is_503_with_its_sentence(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        bot.rig.webnet.fault("away")
        answer = bot.api("GET", "workspaces/", "viewer")
        assert answer.status_code == 503
        assert "WebNet" in answer.json()["detail"]
        assert "Retry-After" in answer.headers
        bot.rig.webnet.clear_faults()


# --- proxies


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7:5000"], "198.51.100.7"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("::ffff:10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::/64"),
        ("2001:db8:0:0:1::5", [], "2001:db8::/64"),
    ],
)
def test_whose_request_it_is_behind_proxies(peer: str, forwarded: list[str], expected: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    connection = HTTPConnection({"type": "http", "client": (peer, 1), "headers": headers})
    assert Proxies(["10.0.0.0/8"]).client(connection) == expected


def test_links_are_made_from_the_address_behind_a_trusted_proxy(tmp_path: Path) -> None:
    headers = {"Host": "bot.example.net", "X-Forwarded-Proto": "https"}
    with web(f"sqlite:///{tmp_path}/store.db", {"trusted_proxies": ("127.0.0.1",)}) as bot:
        page = bot.api("GET", "user-mappings/", params={"page_size": 1}, headers=headers).json()
        assert page["next"].startswith("https://bot.example.net/api/v1/chatops/user-mappings/?page")


def test_nobody_else_is_believed_about_the_address(bot: Web) -> None:
    page = bot.api("GET", "user-mappings/", params={"page_size": 1}, headers={"X-Forwarded-Proto": "https"}).json()
    assert page["next"].startswith(bot.url)


# --- health


def test_the_process_is_alive_and_the_bot_ready(bot: Web) -> None:
    alive = bot.call("GET", "/healthz", None)
    ages_s = alive.json().pop("loops_s")
    assert (alive.status_code, alive.json()["status"], alive.json()["wrong"]) == (200, "ok", {})
    assert set(ages_s) == {"APScheduler", "clock", "delivery", "http", "sockets"}
    assert max(ages_s.values()) < SILENT_S
    ready = bot.call("GET", "/readyz", None)
    assert ready.json().pop("last_write_s") < WRITE_S
    assert (ready.status_code, ready.json()["status"], ready.json()["wrong"]) == (200, "ready", {})


def test_the_age_of_the_oldest_command_that_runs_is_shown(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db", workers=2) as bot:
        held = bot.rig.webnet.fault("hold", prefix="/api/v1/devices/", for_s=30)
        asked = bot.rig.say("U0OSCAR", "status rtr-fra1-001")
        aged = wait_until(lambda: bot.call("GET", "/healthz", None).json()["oldest_command_s"] > 0.2, "it to age")
        held.lift()
        answer(asked)
        wait_until(lambda: bot.call("GET", "/healthz", None).json()["oldest_command_s"] == 0.0, "its end")
        assert aged


def test_a_store_that_takes_no_write_is_not_ready_and_says_why(postgres_store_url: str) -> None:
    with web(postgres_store_url) as bot:
        fill_up(bot.rig.store)
        bot.rig.bot.scheduler.hurry(RENEWING)
        wait_until(lambda: bot.call("GET", "/readyz", None).status_code == 503, "the refusal to be noticed")
        wrong = bot.call("GET", "/readyz", None).json()["wrong"]
        assert wrong["store"].startswith("The store has no room left on its disk: its last write was ")
        assert bot.call("GET", "/healthz", None).status_code == 200
        free_some(bot.rig.store)
        bot.rig.bot.scheduler.hurry(RENEWING)
        wait_until(lambda: bot.call("GET", "/readyz", None).status_code == 200, "the next write")


def test_without_a_connection_to_slack_it_is_not_ready_and_says_so(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        bot.rig.slack.refuse_open(1000)
        bot.rig.slack.kill()
        wait_until(lambda: bot.call("GET", "/readyz", None).status_code == 503, "the loss to be noticed")
        assert "Socket Mode" in bot.call("GET", "/readyz", None).json()["wrong"]["way_in"]
        assert bot.call("GET", "/healthz", None).status_code == 200
        bot.rig.slack.hub.refuse_opens.clear()
        wait_until(lambda: bot.call("GET", "/readyz", None).status_code == 200, "the connection to be back", 40)


def test_webnet_being_away_degrades_it_only(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db") as bot:
        bot.rig.webnet.fault("away")
        bot.rig.bot.scheduler.hurry(JOBS)
        degraded = wait_until(lambda: bot.call("GET", "/readyz", None).json()["degraded"], "WebNet to be missed")
        assert "WebNet" in degraded["webnet"]
        assert bot.call("GET", "/readyz", None).status_code == 200
        bot.rig.webnet.clear_faults()


def test_a_store_that_a_newer_version_migrated_is_not_ready(store_url: str) -> None:
    with web(store_url) as bot:
        execute = bot.rig.store.database.peewee.execute_sql
        execute(
            "INSERT INTO schema_migration (id, name, applied)"
            " SELECT MAX(id) + 1, '9999_newer', MAX(applied) FROM schema_migration"
        )
        wait_until(lambda: bot.call("GET", "/readyz", None).status_code == 503, "it to be noticed")
        assert "store" in bot.call("GET", "/readyz", None).json()["wrong"]
        execute("DELETE FROM schema_migration WHERE name = '9999_newer'")


# --- metrics


def test_what_was_done_is_counted_without_a_name_of_anybody(bot: Web) -> None:
    bot.rig.ask("U0OSCAR", "help")
    bot.rig.ask("U0MALLORY", "word-of-hers")
    bot.rig.audit(slack_user_id="U0MALLORY")
    text = bot.call("GET", "/metrics", None).text
    assert 'webnet_bot_commands_total{command="help",result="success"}' in text
    assert 'webnet_bot_commands_total{command="unknown",result="denied"}' in text
    assert 'webnet_bot_command_seconds_bucket{command="help",le="+Inf"}' in text
    assert 'webnet_bot_ack_seconds_count{way="socket"}' in text
    assert "webnet_bot_socket_connections 2.0" in text
    assert re.search("ACME|Acme|U0|oscar|word-of-hers", text) is None


def test_the_feeds_are_counted_with_their_age_and_what_they_cost(bot: Web) -> None:
    def lines() -> dict[str, float]:
        text = bot.call("GET", "/metrics", None).text
        found = (line.rpartition(" ") for line in text.splitlines() if line.startswith("webnet_bot_poll_"))
        return {name: float(value) for name, _, value in found}

    bot.rig.bot.part(ConfigsPart).follower.backed_up([1])  # else there is no look at the snapshots for hours
    for feed in ("jobs", "snapshots"):
        counts = {f'webnet_bot_poll_{name}{{feed="{feed}"}}' for name in ("requests_total", "seconds_count")}
        wait_until(lambda counts=counts: all(lines().get(name, 0) >= 1 for name in counts), f"{feed} to be read")
        assert f'webnet_bot_poll_age_seconds{{feed="{feed}"}}' in lines()


def test_jobs_that_webnet_seems_to_have_lost_are_counted(bot: Web) -> None:
    assert "webnet_bot_jobs_lost 0.0" in bot.call("GET", "/metrics", None).text
    lose_a_job(bot.rig.store, later=5)
    assert "webnet_bot_jobs_lost 1.0" in bot.call("GET", "/metrics", None).text


def test_metrics_can_have_a_port_of_their_own(tmp_path: Path) -> None:
    with web(f"sqlite:///{tmp_path}/store.db", {"metrics_port": free_port()}) as bot:
        own = f"http://127.0.0.1:{bot.rig.bot.part(HttpPart).server.metrics_port}"
        assert own != bot.url
        assert "webnet_bot_commands_total" in requests.get(f"{own}/metrics", timeout=20).text
        assert requests.get(f"{own}{API}/workspaces/", timeout=20).status_code == 404
        assert bot.call("GET", "/metrics", None).status_code == 404


# --- the document and its page


def test_the_document_names_every_endpoint(bot: Web) -> None:
    paths = bot.call("GET", "/openapi.json", None).json()["paths"]
    found = {path.removeprefix(API): set(methods) for path, methods in paths.items()}
    whole = {"get", "put", "patch", "delete"}
    assert found == {
        "/workspaces/": {"get", "post"},
        "/workspaces/{id}/": whole,
        "/channels/": {"get", "post"},
        "/channels/{id}/": whole,
        "/user-mappings/": {"get", "post"},
        "/user-mappings/{id}/": {"get", "delete"},
        "/commands/": {"get"},
        "/commands/{id}/": {"get"},
        "/approvals/": {"get"},
        "/approvals/{id}/": {"get"},
    }


def test_the_page_shows_every_endpoint_with_an_example_and_takes_nothing_from_elsewhere(bot: Web) -> None:
    page = bot.call("GET", "/docs", None)
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.text.count("<h2>") == 20
    assert "xoxb-your-bot-token" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace(bot.url, "")


# --- starting


def test_a_port_that_is_taken_is_said_with_the_settings_to_check(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        bot = web(f"sqlite:///{tmp_path}/store.db", {"port": port})
        with pytest.raises(CannotListen, match=rf"port {port}.*http\.port"), bot:
            pass
