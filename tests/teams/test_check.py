"""Setting Teams up: the app package, and what `check` says of a tenant."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.teams.activities import read
from bot.teams.conversations import KnownConversations
from lab.slack import SlackLab
from lab.teams import TeamsLab
from lab.teams.activities import ACME, ACME_APP, NOC, VERA
from lab.webnet import WebNetLab
from store.database import open_store
from tests.cli.test_check import Setup
from tests.conftest import STORE_KEY
from tests.teams.rig import PASSWORD

WHAT = f"tenant {ACME}"


@pytest.fixture(scope="module")
def lab() -> Iterator[TeamsLab]:
    with TeamsLab() as running:
        yield running


@pytest.fixture
def setup(tmp_path: Path, migrated_file: Path, lab: TeamsLab) -> Iterator[Setup]:
    shutil.copy(migrated_file, tmp_path / "store.db")
    with WebNetLab() as webnet, SlackLab() as slack:
        made = Setup(slack, webnet, tmp_path)
        made.variables |= {
            "WEBNET_BOT_HTTP__ENABLED": "true",
            "WEBNET_BOT_TEAMS__ENABLED": "true",
            "WEBNET_BOT_TEAMS__LOGIN_URL": lab.login_url,
            "WEBNET_BOT_TEAMS__OPENID_URL": lab.openid_url,
            "WEBNET_BOT_TEAMS__SERVICE_HOSTS": lab.url,
        }
        with open_store(made.url, keys=[STORE_KEY]) as store:
            store.workspaces.add(
                chat="teams", customer=1, team_id=ACME, team_name="Acme", app_id=ACME_APP, app_password=PASSWORD
            )
        yield made


def test_check_reads_token_and_keys_and_says_whether_teams_was_heard_and_where_the_app_was_removed(
    setup: Setup, lab: TeamsLab
) -> None:
    found = setup.findings()
    assert found[WHAT] == ("pass", "Acme: enabled, and Microsoft's login gives its app a token.", "")
    assert found["keys of the Bot Framework"][0] == "pass"
    outcome, words, remedy = found[f"messages of {ACME}"]
    assert (outcome, words) == ("warn", "Nothing of this tenant has ever reached the bot.")
    assert "/api/messages" in remedy
    assert "Socket Mode" not in found or found["Socket Mode"][0] != "fail"

    with open_store(setup.url, keys=[STORE_KEY]) as store:
        (tenant,) = store.workspaces.list()
        store.channels.add(workspace=tenant.id, channel_id=NOC, channel_name="noc")
        known = KnownConversations(store.teams_conversations)
        known.heard(read(json.dumps(lab.made.message(VERA, "help", NOC)).encode()))
        known.heard(read(json.dumps(lab.made.channel_changed("teamDeleted", NOC)).encode()))
        store.workspaces.update(tenant.id, app_password="another one")
    found = setup.findings()
    assert found[f"messages of {ACME}"][0] == "pass"
    outcome, words, remedy = found[f"channel noc of {ACME}"]
    assert (outcome, "The app was removed there" in words, "notify retry" in remedy) == ("warn", True, True)
    outcome, words, remedy = found[WHAT]
    assert (outcome, words) == ("fail", "Acme: Microsoft's login does not take its app password.")
    assert "--app-password-prompt" in remedy


def test_check_of_a_bot_without_slack_says_nothing_of_slack(setup: Setup) -> None:
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        (tenant,) = store.workspaces.list()
        store.channels.add(workspace=tenant.id, channel_id=NOC, channel_name="noc", flags={"notify_job_failure": True})
    del setup.variables["WEBNET_BOT_SLACK__APP_TOKEN"]
    found = setup.findings()
    assert not {"signing secrets", "clock beside Slack's", "Socket Mode"} & found.keys()
    assert found[f"channels of {ACME}"][1] == "1 channel configured; the app must have been added there."
    assert [what for what, said in found.items() if "Slack" in said[1] + said[2]] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"team_id": "7e7e7e7e-0000-4000-8000-0000000000ff"}, "knows no such tenant"),
        ({"app_id": "0a0a0a0a-0000-4000-8000-0000000000ff"}, "knows no such app in this tenant"),
        ({"app_password": "another one"}, "does not take its app password"),
    ],
)
def test_check_names_what_microsofts_login_does_not_take(setup: Setup, changes: dict[str, str], words: str) -> None:
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        (tenant,) = store.workspaces.list()
        store.workspaces.update(tenant.id, **changes)
    outcome, said, remedy = setup.findings()[f"tenant {changes.get('team_id', ACME)}"]
    assert (outcome, words in said, "webnet-bot workspace" in remedy) == ("fail", True, True)


def test_a_tenant_without_teams_is_a_failure_with_what_to_switch_on(setup: Setup) -> None:
    del setup.variables["WEBNET_BOT_TEAMS__ENABLED"]
    found = setup.findings()
    assert found[WHAT][0] == "fail"
    assert "`teams.enabled`" in found[WHAT][2]
    assert "keys of the Bot Framework" not in found


def test_the_app_of_teams_is_written_to_a_file(setup: Setup, tmp_path: Path) -> None:
    file = tmp_path / "app.zip"
    assert setup.run("manifest", "--teams", str(file)).exit_code == 2
    assert "https" in setup.run("manifest", "--teams", str(file), "--app-id", ACME_APP).stderr
    assert "https" in setup.run("manifest", "--teams", str(file), "--app-id", ACME_APP, "--website", "https://").stderr
    assert setup.run("manifest", "--app-id", ACME_APP).exit_code == 2  # which would have printed the app of Slack
    done = setup.run("manifest", "--teams", str(file), "--app-id", ACME_APP, "--website", "https://bot.example")
    assert done.exit_code == 0
    with ZipFile(file) as packed:
        assert json.loads(packed.read("manifest.json"))["bots"][0]["botId"] == ACME_APP


def test_teams_needs_the_http_adapter(setup: Setup) -> None:
    setup.variables["WEBNET_BOT_HTTP__ENABLED"] = "false"
    refused = setup.run("check")
    assert refused.exit_code == 2
    assert "switch http.enabled on, too" in refused.stderr
