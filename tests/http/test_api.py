"""The management API: the rows as WebNet's clients know them, who may change what, and secrets that never come out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.http.commands import COLUMNS, MOST_COUNTED
from store.audit import AuditFilter, AuditRow
from store.database import migrate_store
from tests.conftest import DATABASES
from tests.http.conftest import Web, web
from tests.postgres import PostgresServer
from tests.store.test_outbox import enqueue

WORKSPACE = {
    "customer": 1,
    "team_id": "T0NEW",
    "team_name": "New",
    "bot_token": "xoxb-krakatoa-bot",
    "bot_user_id": "U0BOT",
    "signing_secret": "krakatoa-signing",
    "enabled": True,
}
CHANNEL = {"workspace": 1, "channel_id": "C0NEW"}
RECORDED = {"id", "customer", "team_id", "team_name", "bot_user_id", "enabled", "created_at", "updated_at"}


@pytest.fixture(scope="module", params=DATABASES)
def bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('api')}/store.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.create())
        migrate_store(url)
    with web(url) as running:
        yield running


@pytest.fixture
def workspace(bot: Web) -> Iterator[int]:
    made = bot.api("POST", "workspaces/", json=WORKSPACE).json()["id"]
    yield made
    bot.rig.store.workspaces.remove(made)


@pytest.fixture
def channel(bot: Web) -> Iterator[int]:
    made = bot.api("POST", "channels/", json=CHANNEL).json()["id"]
    yield made
    bot.rig.store.channels.remove(made)


# --- workspaces


def test_a_row_has_the_fields_that_webnet_shows_and_no_secret(bot: Web, workspace: int) -> None:
    for answer in (bot.api("GET", f"workspaces/{workspace}/"), bot.api("GET", "workspaces/")):
        assert "krakatoa" not in answer.text
    row = bot.api("GET", f"workspaces/{workspace}/").json()
    assert row.keys() >= RECORDED
    assert row["created_at"].endswith("Z")
    assert bot.api("GET", "workspaces/").json().keys() == {"count", "next", "previous", "results"}


def test_secrets_that_are_left_out_stay_and_those_that_are_sent_are_replaced(bot: Web, workspace: int) -> None:
    workspaces = bot.rig.store.workspaces
    public = {name: value for name, value in WORKSPACE.items() if name not in {"bot_token", "signing_secret"}}
    replaced = bot.api(
        "PUT", f"workspaces/{workspace}/", json=public | {"team_name": "Newer", "app_token": "xapp-krakatoa"}
    )
    assert (replaced.status_code, replaced.json()["team_name"]) == (200, "Newer")
    found = workspaces.get(workspace)
    assert found is not None
    assert (found.bot_token, found.signing_secret, found.app_token) == (
        "xoxb-krakatoa-bot",
        "krakatoa-signing",
        "xapp-krakatoa",
    )
    assert bot.api("PATCH", f"workspaces/{workspace}/", json={"signing_secret": "krakatoa-second"}).status_code == 200
    assert bot.api("PATCH", f"workspaces/{workspace}/", json={"app_token": None}).status_code == 200
    found = workspaces.get(workspace)
    assert found is not None
    assert (found.signing_secret, found.bot_token, found.app_token) == ("krakatoa-second", "xoxb-krakatoa-bot", None)


def test_a_row_that_was_read_can_be_sent_back(bot: Web, workspace: int) -> None:
    row = bot.api("GET", f"workspaces/{workspace}/").json()
    again = bot.api("PUT", f"workspaces/{workspace}/", json=row)
    assert (again.status_code, again.json()) == (200, row)


def test_a_removed_workspace_takes_what_belongs_to_it_along(bot: Web) -> None:
    made = bot.api("POST", "workspaces/", json=WORKSPACE).json()["id"]
    channel = bot.api("POST", "channels/", json=CHANNEL | {"workspace": made}).json()["id"]
    assert bot.api("DELETE", f"workspaces/{made}/").status_code == 204
    assert bot.api("DELETE", f"workspaces/{made}/").status_code == 404
    assert bot.api("GET", f"channels/{channel}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"team_id": "C0NEW"}, "team_id"),
        ({"team_id": "T0ACME"}, "team_id"),
        ({"team_id": "T0NEW\n"}, "team_id"),
        ({"bot_token": "xoxp-krakatoa"}, "bot_token"),
        ({"bot_token": "xoxb-krakatoa with space"}, "bot_token"),
        ({"signing_secret": ""}, "signing_secret"),
        ({"bot_user_id": "B0BOT"}, "bot_user_id"),
        ({"app_token": "xoxb-krakatoa"}, "app_token"),
        ({"customer": 99}, "customer"),
        ({"customer": "1"}, "customer"),
        ({"customer": True}, "customer"),
        ({"customer": 2**63}, "customer"),
        ({"enabled": "yes"}, "enabled"),
        ({"team_name": None}, "team_name"),
        ({"team_name": "x" * 201}, "team_name"),
        ({"team_name": "\ud800"}, "team_name"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field_and_never_repeated(
    bot: Web, change: dict[str, Any], field: str
) -> None:
    answer = bot.api("POST", "workspaces/", json=WORKSPACE | change)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == [field]
    assert all(isinstance(words, str) for words in answer.json()[field])
    assert "krakatoa" not in answer.text
    assert bot.rig.store.workspaces.by_team("T0NEW") is None


def test_a_missing_field_is_named_in_webnets_words(bot: Web) -> None:
    answer = bot.api("POST", "workspaces/", json={})
    assert answer.status_code == 400
    assert answer.json()["bot_token"] == ["This field is required."]


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b"[" * 100_000, b'"x"', b"1" * 5000, b""])
def test_a_body_that_is_no_object_is_refused(bot: Web, raw: bytes) -> None:
    answer = bot.api("POST", "workspaces/", data=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_another_type_of_body_is_refused(bot: Web) -> None:
    assert bot.api("POST", "workspaces/", data=b"a=1").status_code == 415


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bot_token": "xoxb-lab-acme", "team_id": "T0NEW"}, "bot_token"),
        ({"bot_token": "xoxb-nobodys"}, "bot_token"),
    ],
)
def test_verifying_asks_slack_whose_token_it_is(bot: Web, change: dict[str, str], field: str) -> None:
    answer = bot.api("POST", "workspaces/", params={"verify": "true"}, json=WORKSPACE | change)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert bot.rig.store.workspaces.by_team("T0NEW") is None


# --- channels


def test_a_channel_gets_the_specifications_defaults(bot: Web, channel: int) -> None:
    row = bot.api("GET", f"channels/{channel}/", "viewer").json()
    flags = [
        row[f"notify_{name}"] for name in ("job_completion", "job_failure", "compliance_violations", "drift_detected")
    ]
    assert flags == [True, True, False, False]


def test_the_rules_of_a_channel_are_read_and_written(bot: Web, channel: int) -> None:
    path, one = f"channels/{channel}/", {"when": {"kind": "job", "site": ["FRA1"]}, "then": "hold"}
    read = {"when": {"kind": ["job"], "site": ["fra1"]}, "then": ["hold"]}
    assert bot.api("GET", path, "viewer").json()["rules"] == []
    assert bot.api("PATCH", path, "operator", json={"rules": [one]}).json()["rules"] == [read]
    for method, body in (("PATCH", {"rules": None}), ("PUT", CHANNEL), ("PUT", CHANNEL | {"rules": [read]})):
        assert bot.api(method, path, "operator", json=body).json()["rules"] == [read]
    row = bot.rig.store.audit.list(AuditFilter(), limit=1)[0]
    assert row.text == "channel C0NEW changed: rules"
    assert bot.api("PATCH", path, "operator", json={"rules": []}).json()["rules"] == []


def test_an_administrator_alone_has_others_mentioned_and_sets_the_time_of_a_report(bot: Web, channel: int) -> None:
    path = f"channels/{channel}/"
    loud, quiet = ({"when": {"kind": ["job"]}, "then": ["send", *also]} for also in (["mention:here"], []))
    everything = {"when": {}, "then": ["mention:S0NETOPS"]}
    report = "daily 07:30 Europe/Berlin"
    for body in ({"rules": [quiet, loud]}, {"rules": [everything]}, {"report": report}):
        created = {**CHANNEL, "channel_id": "C0LOUD", **body}
        assert bot.api("POST", "channels/", "operator", json=created).status_code == 403
        for method in ("PATCH", "PUT"):
            refused = bot.api(method, path, "operator", json={**CHANNEL, **body})
            assert (refused.status_code, refused.json()["detail"][:22]) == (403, "Only an administrator ")
        row = bot.rig.store.audit.list(AuditFilter(), limit=1)[0]
        assert (row.status, row.code, row.username) == ("denied", "role", "oscar-operator")
    assert bot.api("PATCH", path, "admin", json={"rules": [loud], "report": report}).status_code == 200
    kept = {"rules": [quiet, loud], "report": report}
    assert bot.api("PATCH", path, "operator", json=kept).json()["rules"] == [quiet, loud]
    assert bot.api("PATCH", path, "operator", json={"report": ""}).status_code == 403
    assert bot.api("PATCH", path, "operator", json={"rules": [everything, loud]}).status_code == 403
    assert bot.api("PATCH", path, "foreign", json={"rules": [everything]}).status_code == 404


def test_the_quiet_hours_of_a_channel_are_read_and_written_on_one_line(bot: Web, channel: int) -> None:
    path, hours = f"channels/{channel}/", "mon-fri 22:00-06:00 Europe/Berlin 2026-12-25"
    assert bot.api("GET", path, "viewer").json()["quiet"] == ""
    assert bot.api("PATCH", path, "operator", json={"quiet": hours}).json()["quiet"] == hours
    assert bot.api("PUT", path, "operator", json=CHANNEL).json()["quiet"] == hours
    refused = bot.api("PATCH", path, "operator", json={"quiet": "22:00-06:00 Europe/Krakatoa"})
    assert (refused.status_code, list(refused.json())) == (400, ["quiet"])
    assert refused.json()["quiet"][0].startswith("what stands there is no time zone.")
    assert "Krakatoa" not in refused.text
    assert bot.api("PATCH", path, "operator", json={"quiet": ""}).json()["quiet"] == ""


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"then": "send"}, {"when": {"kind": ["jobb"]}, "then": "send"}], "Rule 2: what stands there is no kind. Did"),
        ([{"when": {"krakatoa": ["job"]}, "then": "send"}], "Rule 1: what stands there is no condition."),
        ([{"then": "krakatoa"}], "Rule 1: A rule cannot do what stands there."),
    ],
)
def test_rules_that_cannot_be_read_are_refused_without_what_was_sent(bot: Web, rules: Any, words: str) -> None:
    refused = bot.api("POST", "channels/", json=CHANNEL | {"rules": rules})
    assert (refused.status_code, list(refused.json())) == (400, ["rules"])
    assert refused.json()["rules"][0].startswith(words)
    assert "krakatoa" not in refused.text


def test_an_operator_changes_channels_of_his_customers_alone(bot: Web, channel: int) -> None:
    changed = bot.api("PATCH", f"channels/{channel}/", "operator", json={"notify_drift_detected": True})
    assert (changed.status_code, changed.json()["notify_drift_detected"]) == (200, True)
    for method, body in (("GET", None), ("PATCH", {}), ("PUT", CHANNEL), ("DELETE", None)):
        assert bot.api(method, f"channels/{channel}/", "foreign", json=body).status_code == 404
    moved = bot.api("PATCH", f"channels/{channel}/", "operator", json={"workspace": 2})
    assert (moved.status_code, list(moved.json())) == (400, ["workspace"])


def test_a_foreign_and_a_missing_workspace_are_refused_alike(bot: Web) -> None:
    foreign, missing = (bot.api("POST", "channels/", "operator", json=CHANNEL | {"workspace": n}) for n in (2, 99))
    assert foreign.status_code == missing.status_code == 400
    assert foreign.json() == missing.json()


def test_what_waits_for_a_channel_goes_along_with_its_new_id(bot: Web, channel: int) -> None:
    enqueue(bot.rig.store, "job:7:moved", channel, customer=2)  # foreign to it, so that it is never sent
    assert bot.api("PATCH", f"channels/{channel}/", "operator", json={"channel_id": "C0NEWER"}).status_code == 200
    rows = [row for kind in ("waiting", "dropped") for row in bot.rig.store.outbox.list(kind)]
    assert [(row.key, row.channel_id) for row in rows] == [("job:7:moved", "C0NEWER")]


def test_a_duplicate_is_400_with_the_field(bot: Web, channel: int) -> None:
    again = bot.api("POST", "channels/", json=CHANNEL)
    assert (again.status_code, list(again.json())) == (400, ["channel_id"])


def test_a_channel_says_when_its_report_comes(bot: Web, channel: int) -> None:
    changed = bot.api("PATCH", f"channels/{channel}/", json={"report": "daily 7:30 Europe/Berlin"})
    assert (changed.status_code, changed.json()["report"]) == (200, "daily 07:30 Europe/Berlin")
    assert bot.rig.store.audit.list(limit=1)[0].text.endswith("changed: report")
    refused = bot.api("PATCH", f"channels/{channel}/", json={"report": "daily 07:30 Europe/Berlim"})
    assert refused.status_code == 400
    assert "Did you mean `Europe/Berlin`" in refused.json()["report"][0]
    assert bot.api("PATCH", f"channels/{channel}/", json={"report": ""}).json()["report"] == ""


# --- workspaces of Microsoft Teams


TENANT = {
    "chat": "teams",
    "customer": 1,
    "team_id": "7e7e7e7e-0000-4000-8000-000000000001",
    "team_name": "New",
    "app_id": "0a0a0a0a-0000-4000-8000-000000000001",
    "app_password": "krakatoa-password",
}
TEAMS_USER = "a11ce000-0000-4000-8000-000000000001"


@pytest.fixture
def tenant(bot: Web) -> Iterator[int]:
    made = bot.api("POST", "workspaces/", json=TENANT)
    assert made.status_code == 201, made.text
    yield made.json()["id"]
    bot.rig.store.workspaces.remove(made.json()["id"])


def test_a_tenant_of_teams_is_added_read_and_changed_as_a_workspace_is(bot: Web, tenant: int) -> None:
    row = bot.api("GET", f"workspaces/{tenant}/").json()
    assert (row["chat"], row["team_id"], row["app_id"]) == ("teams", TENANT["team_id"], TENANT["app_id"])
    assert "app_password" not in row
    again = bot.api("PUT", f"workspaces/{tenant}/", json=row)
    assert (again.status_code, again.json()) == (200, row)
    assert bot.api("PATCH", f"workspaces/{tenant}/", json=row | {"team_name": "Newer"}).json()["team_name"] == "Newer"
    kept = bot.rig.store.workspaces.get(tenant)
    assert kept is not None
    assert kept.app_password == "krakatoa-password"

    channel = {"workspace": tenant, "channel_id": "19:noc0000@thread.tacv2"}
    assert bot.api("POST", "channels/", json=channel).status_code == 201
    mapped = bot.api("POST", "user-mappings/", json={"workspace": tenant, "slack_user_id": TEAMS_USER, "user": 4})
    assert (mapped.status_code, mapped.json()["chat_user_id"]) == (201, TEAMS_USER)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"app_password": None}, "app_password"),
        ({"app_id": "krakatoa"}, "app_id"),
        ({"team_id": "T0NEW"}, "team_id"),
        ({"chat": "slack"}, "team_id"),
        ({"chat": "discord"}, "chat"),
    ],
)
def test_what_does_not_fit_a_tenant_is_named_by_its_field(bot: Web, change: dict[str, Any], field: str) -> None:
    answer = bot.api("POST", "workspaces/", json=TENANT | change)
    assert answer.status_code == 400
    assert field in answer.json()
    assert "krakatoa" not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bot_token": "xoxb-krakatoa"}, "bot_token"),
        ({"chat": "slack"}, "chat"),
        ({"team_id": "T0OTHER"}, "chat"),
        ({"app_id": ""}, "app_id"),
    ],
)
def test_a_tenant_stays_one_of_teams(bot: Web, tenant: int, change: dict[str, Any], field: str) -> None:
    answer = bot.api("PATCH", f"workspaces/{tenant}/", json=change)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_ids_of_another_chat_are_refused(bot: Web, tenant: int) -> None:
    for workspace, channel, user in ((tenant, "C0NEW", "U0NEW"), (1, "19:noc0000@thread.tacv2", TEAMS_USER)):
        answer = bot.api("POST", "channels/", json={"workspace": workspace, "channel_id": channel})
        assert (answer.status_code, list(answer.json())) == (400, ["channel_id"])
        answer = bot.api("POST", "user-mappings/", json={"workspace": workspace, "slack_user_id": user, "user": 4})
        assert (answer.status_code, list(answer.json())) == (400, ["slack_user_id"])


# --- mappings


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (99, "no user"),
        (6, "inactive"),
        (8, "does not belong"),
        (5, "does not belong"),
        (9, "service account"),
    ],
)
def test_only_who_could_run_commands_there_can_be_mapped(bot: Web, user: int, words: str) -> None:
    answer = bot.api("POST", "user-mappings/", json={"workspace": 1, "slack_user_id": "U0NEW", "user": user})
    assert answer.status_code == 400
    assert words in answer.json()["user"][0]
    assert bot.rig.store.users.find(1, "U0NEW") is None


def test_a_mapping_is_made_once_read_by_all_and_not_changed(bot: Web) -> None:
    body = {"workspace": 1, "slack_user_id": "U0NEW", "user": 4}
    made = bot.api("POST", "user-mappings/", json=body)
    assert (made.status_code, made.json()["username"]) == (201, "vera-viewer")
    path = f"user-mappings/{made.json()['id']}/"
    assert made.headers["Location"].endswith(path)
    again = bot.api("POST", "user-mappings/", json=body)
    assert (again.status_code, list(again.json())) == (400, ["slack_user_id"])
    assert bot.api("GET", path, "viewer").status_code == 200
    assert bot.api("PUT", path, json=body).status_code == 405
    assert bot.api("DELETE", path, "operator").status_code == 403
    assert bot.api("DELETE", path).status_code == 204


def test_an_operator_cannot_map_himself_to_anybody(bot: Web) -> None:
    body = {"workspace": 1, "slack_user_id": "U0NEW", "user": 2}
    assert bot.api("POST", "user-mappings/", "operator", json=body).status_code == 403


# --- who


def test_without_credentials_the_way_to_them_is_named(bot: Web) -> None:
    answer = bot.api("GET", "workspaces/", None)
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert "detail" in answer.json()


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic b3NjYXI6TGFiLVBhc3N3MHJkIQ==",
        "Bearer é",
        "ApiKey lab-expired-key-0123456789",
        "ApiKey lab-inactive-key-0123456789",
        "Token x",
        "Bearer " + "x" * 5000,
    ],
)
def test_credentials_that_are_none_are_refused(bot: Web, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}
    assert bot.api("GET", "workspaces/", None, headers=headers).status_code == 401


def test_an_api_key_of_webnets_is_as_good_as_a_token(bot: Web) -> None:
    headers = {"Authorization": "ApiKey lab-vera-key-0123456789"}
    rows = bot.api("GET", "workspaces/", None, headers=headers).json()["results"]
    assert [row["team_id"] for row in rows] == ["T0ACME"]


def test_a_person_without_customers_sees_nothing_and_one_with_two_both(bot: Web) -> None:
    assert bot.api("GET", "workspaces/", "nobody").json()["count"] == 0
    assert bot.api("GET", "workspaces/", "both").json()["count"] == 2


def test_webnet_is_asked_once_for_many_requests_with_one_token(bot: Web) -> None:
    token = {"Authorization": f"Bearer {bot.rig.webnet.jwt(4)}"}
    before = len([entry for entry in bot.rig.webnet.record if entry.path.endswith("auth/me")])
    for _ in range(10):
        assert bot.api("GET", "channels/", None, headers=token).status_code == 200
    after = len([entry for entry in bot.rig.webnet.record if entry.path.endswith("auth/me")])
    assert after - before <= 2  # one, and perhaps the look whether WebNet answers


# --- lists


def test_pages_are_counted_linked_and_end(bot: Web) -> None:
    first = bot.api("GET", "user-mappings/", params={"page_size": 4}).json()
    assert (first["count"], len(first["results"]), first["previous"]) == (9, 4, None)
    assert first["next"].startswith(f"{bot.url}/api/v1/chatops/user-mappings/?")
    seen, url = [row["id"] for row in first["results"]], first["next"]
    while url:
        page = bot.call("GET", url.removeprefix(bot.url)).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 9


@pytest.mark.parametrize(
    ("page", "status"), [("0", 404), ("x", 404), ("4", 404), ("1", 200), ("-1", 404), ("9" * 30, 404)]
)
def test_a_page_that_is_not_there_is_404(bot: Web, page: str, status: int) -> None:
    answer = bot.api("GET", "workspaces/", params={"page": page})
    assert answer.status_code == status
    assert status == 200 or answer.json() == {"detail": "Invalid page."}


@pytest.mark.parametrize("id", ["99", "x", "0", "-1", str(2**63), "1.5"])
def test_a_row_that_is_not_there_is_404(bot: Web, id: str) -> None:
    answer = bot.api("GET", f"workspaces/{id}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_a_path_without_its_slash_is_404(bot: Web) -> None:
    assert bot.api("GET", "workspaces").status_code == 404


# --- the audit log


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with web(f"sqlite:///{tmp_path_factory.mktemp('audit')}/store.db") as bot:
        now = datetime.now(UTC)
        with bot.rig.store.transaction():
            for number in range(1500):
                customer = 1 + number % 2
                bot.rig.store.audit.write(
                    AuditRow(
                        workspace=customer,
                        customer=customer,
                        command="ping" if number % 3 else "status",
                        text=f"=cmd{number}",
                        slack_user_id="U0VERA",
                        user=4,
                        status="success" if number % 5 else "denied",
                        created_at=now - timedelta(minutes=1500 - number),
                    )
                )
        yield bot


@pytest.mark.parametrize(("who", "count"), [("admin", 1500), ("both", 1500), ("viewer", 750)])
def test_following_next_reads_every_row_once_newest_first(logged: Web, who: str, count: int) -> None:
    page = logged.api("GET", "commands/", who, params={"page_size": 170}).json()
    assert page["count"] == min(count, MOST_COUNTED)
    seen = [row["id"] for row in page["results"]]
    first = page
    while page["next"]:
        page = logged.call("GET", page["next"].removeprefix(logged.url), who).json()
        seen += [row["id"] for row in page["results"]]
    assert len(seen) == count
    assert seen == sorted(seen, reverse=True)
    back = [page]
    while back[-1]["previous"]:
        back.append(logged.call("GET", back[-1]["previous"].removeprefix(logged.url), who).json())
    assert sorted({row["id"] for page in back for row in page["results"]}, reverse=True) == seen
    assert back[-1]["results"][0] == first["results"][0]


def test_pages_can_be_numbered_as_far_as_they_are_counted(logged: Web) -> None:
    second = logged.api("GET", "commands/", params={"page": 2}).json()
    newest = logged.api("GET", "commands/", params={"page_size": 100}).json()
    assert second["results"] == newest["results"][50:]
    assert logged.api("GET", "commands/", params={"page": 50}).status_code == 404


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"status": "denied"}, 300),
        ({"command": "status"}, 500),
        ({"workspace": 2}, 750),
        ({"user": 4, "command": "status", "status": "denied"}, 100),
        ({"slack_user_id": "U0NOBODY"}, 0),
        ({"user": 5}, 0),
    ],
)
def test_filters_narrow_it(logged: Web, filters: dict[str, Any], count: int) -> None:
    assert logged.api("GET", "commands/", params=filters).json()["count"] == count


def test_a_span_of_time_includes_its_begin_and_not_its_end(logged: Web) -> None:
    rows = logged.rig.store.audit.list(limit=100)
    since, until = rows[50].created_at, rows[10].created_at
    assert since is not None
    assert until is not None
    params = {"since": since.isoformat(), "until": until.isoformat(), "page_size": 200}
    found = logged.api("GET", "commands/", params=params).json()["results"]
    assert [row["id"] for row in found] == [row.id for row in rows[11:51]]


@pytest.mark.parametrize("since", ["yesterday", "0", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T12:00:00"])
def test_a_time_that_is_none_is_400_with_the_parameter(logged: Web, since: str) -> None:
    answer = logged.api("GET", "commands/", params={"since": since})
    assert (answer.status_code, list(answer.json())) == (400, ["since"])


def test_csv_holds_all_that_the_caller_may_see_and_no_formula(logged: Web) -> None:
    answer = logged.api("GET", "commands/", "viewer", params={"format": "csv"}, stream=True)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    heading, *rows = csv.reader(io.StringIO(answer.text))
    assert heading == list(COLUMNS)
    assert len(rows) == 750
    assert {row[heading.index("customer")] for row in rows} == {"1"}
    assert {row[heading.index("chat_user_id")] for row in rows} == {row[heading.index("slack_user_id")] for row in rows}
    assert all(row[heading.index("text")].startswith("'=cmd") for row in rows)


def test_a_foreign_row_is_as_missing_as_a_missing_one(logged: Web) -> None:
    row = next(row for row in logged.rig.store.audit.list(limit=2) if row.customer == 2)
    foreign, missing = (logged.api("GET", f"commands/{number}/", "viewer") for number in (row.id, 10**9))
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content) == (404, missing.content)
    assert logged.api("GET", f"commands/{row.id}/", "foreign").json()["id"] == row.id


def test_nobody_writes_it(logged: Web) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert logged.api(method, "commands/", json={}).status_code == 405


# --- who changed what


def test_every_change_and_every_refusal_of_one_has_a_row_without_secrets(bot: Web) -> None:
    made = bot.api("POST", "workspaces/", json=WORKSPACE | {"team_id": "T0AUDIT"}).json()["id"]
    bot.api("PATCH", f"workspaces/{made}/", json={"bot_token": "xoxb-krakatoa-next", "team_name": "Audited"})
    bot.api("PATCH", f"workspaces/{made}/", json={"team_name": "Audited"})  # changes nothing
    bot.api("PATCH", f"workspaces/{made}/", "operator", json={"team_name": "Mine"})
    bot.api("DELETE", f"workspaces/{made}/")
    rows = bot.rig.store.audit.list(AuditFilter(way="api"), limit=4)[::-1]
    assert [(row.text, row.user, row.status) for row in rows] == [
        ("workspace T0AUDIT created", 2, "success"),
        ("workspace T0AUDIT changed: bot_token, team_name", 2, "success"),
        (f"PATCH /api/v1/chatops/workspaces/{made}/ needs the role admin", 3, "denied"),
        ("workspace T0AUDIT deleted", 2, "success"),
    ]
    assert rows[0].customer == 1
