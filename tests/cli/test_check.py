"""`check` and `manifest` as somebody who sets the bot up uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import main
from bot.slack.uninstalled import Uninstalled
from lab.slack import SlackLab
from lab.webnet import BOT_KEY, WebNetLab
from store.database import open_store
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people


class Setup:
    """A configured bot between the labs, of which a test breaks one thing."""

    def __init__(self, slack: SlackLab, webnet: WebNetLab, folder: Path) -> None:
        self.slack, self.webnet = slack, webnet
        self.url = f"sqlite:///{folder}/store.db"
        self.config = folder / "config.toml"
        self.config.write_text("")
        self.variables = {
            "WEBNET_BOT_SLACK__API_URL": slack.api_url,
            "WEBNET_BOT_SLACK__APP_TOKEN": "xapp-lab",
            "WEBNET_BOT_WEBNET__URL": webnet.url,
            "WEBNET_BOT_WEBNET__API_KEY": BOT_KEY,
            "WEBNET_BOT_WEBNET__TIMEOUT_S": "2",
            "WEBNET_BOT_STORE__URL": self.url,
            "WEBNET_BOT_STORE__ENCRYPTION_KEYS": STORE_KEY,
        }

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main.app, [*words, "--config", str(self.config)], env=self.variables)

    def findings(self) -> dict[str, tuple[str, str, str]]:
        """what -> (outcome, words, remedy)"""
        found = json.loads(self.run("check", "--json").stdout)
        return {item["what"]: (item["outcome"], item["words"], item["remedy"]) for item in found}


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    with WebNetLab() as webnet, SlackLab() as slack:
        made = Setup(slack, webnet, tmp_path)
        assert made.run("db", "migrate").exit_code == 0
        with open_store(made.url, keys=[STORE_KEY]) as store:
            add_people(store)
        yield made


def test_what_is_right_passes_under_the_four_headings(setup: Setup) -> None:
    result = setup.run("check")
    assert result.exit_code == 0, result.output
    for heading in (
        "Commands not responding",
        "Permission denied errors",
        "Notifications not sending",
        "Webhook verification failures",
    ):
        assert f"\n{heading}\n" in result.stdout
    assert "0 failed" in result.stdout


def test_users_who_are_refused_are_named_with_the_reason(setup: Setup) -> None:
    outcome, words, remedy = setup.findings()["users of T0ACME"]
    assert outcome == "warn"
    assert "U0IVAN" in words
    assert "is inactive" in words
    assert "U0GINA" in words
    assert "does not belong to customer 1" in words
    assert "user map" in remedy


def test_a_webnet_that_is_away_is_said_and_the_rest_is_checked(setup: Setup) -> None:
    setup.webnet.stop()
    found = setup.findings()
    assert found["WebNet"][0] == "fail"
    assert "cannot be reached" in found["WebNet"][1]
    assert found["workspace T0ACME"][0] == "pass"
    assert found["users of T0ACME"][0] == "skip"


def test_a_key_without_the_role_admin_fails(setup: Setup) -> None:
    setup.variables["WEBNET_BOT_WEBNET__API_KEY"] = setup.webnet.api_key(3)
    outcome, words, remedy = setup.findings()["WebNet"]
    assert outcome == "fail"
    assert "operator" in words
    assert "admin" in remedy


def test_a_wrong_key_fails(setup: Setup) -> None:
    setup.variables["WEBNET_BOT_WEBNET__API_KEY"] = "wrong-key-0123456789"
    outcome, words, _ = setup.findings()["WebNet"]
    assert outcome == "fail"
    assert "rejected" in words


def test_a_revoked_bot_token_fails(setup: Setup) -> None:
    setup.slack.revoke("xoxb-lab-acme")
    outcome, words, remedy = setup.findings()["workspace T0ACME"]
    assert outcome == "fail"
    assert "token_revoked" in words
    assert "workspace set T0ACME" in remedy


def test_a_missing_or_revoked_app_token_fails(setup: Setup) -> None:
    setup.slack.revoke("xapp-lab")
    assert setup.findings()["app token"][0] == "fail"
    del setup.variables["WEBNET_BOT_SLACK__APP_TOKEN"]
    outcome, words, _ = setup.findings()["Socket Mode"]
    assert outcome == "fail"
    assert "T0ACME" in words


def test_a_clock_that_is_off_is_said(setup: Setup) -> None:
    setup.slack.world.clock_skew_s = 400.0
    outcome, words, remedy = setup.findings()["clock beside Slack's"]
    assert outcome == "fail"
    assert "behind" in words
    assert "NTP" in remedy


def test_a_disabled_workspace_is_said(setup: Setup) -> None:
    assert setup.run("workspace", "disable", "T0ACME").exit_code == 0
    outcome, words, remedy = setup.findings()["workspace T0ACME"]
    assert outcome == "warn"
    assert "disabled" in words
    assert "workspace enable T0ACME" in remedy


def test_a_wrong_encryption_key_ends_the_check_with_what_to_do(setup: Setup) -> None:
    setup.variables["WEBNET_BOT_STORE__ENCRYPTION_KEYS"] = "c29tZS1vdGhlci1rZXktb2YtMzItYnl0ZXMtaGVyZSE="
    result = setup.run("check")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert setup.findings()["store"][0] == "fail"


def test_the_check_shows_no_secret(setup: Setup) -> None:
    setup.slack.revoke("xoxb-lab-acme")
    output = setup.run("check").output
    for secret in ("xoxb-lab", "xapp-lab", "lab-signing-secret", BOT_KEY, STORE_KEY):
        assert secret not in output


def test_the_manifest_asks_for_what_the_bot_needs(setup: Setup) -> None:
    made = json.loads(setup.run("manifest").stdout)
    assert made["oauth_config"]["scopes"]["bot"] == ["chat:write", "chat:write.public", "commands"]
    assert made["features"]["slash_commands"][0]["command"] == "/webnet"
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"] == {"is_enabled": True}


def test_the_manifest_over_http_names_the_three_addresses(setup: Setup) -> None:
    made = json.loads(setup.run("manifest", "--http", "https://bot.example.com/").stdout)
    base = "https://bot.example.com/api/v1/chatops/slack"
    assert made["features"]["slash_commands"][0]["url"] == f"{base}/commands"
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{base}/events"
    assert made["settings"]["interactivity"]["request_url"] == f"{base}/interactions"
    assert made["settings"]["socket_mode_enabled"] is False
    assert setup.run("manifest", "--http", "http://bot.example.com").exit_code == 1


def test_the_check_makes_no_store(setup: Setup) -> None:
    missing = setup.config.with_name("missing.db")
    setup.variables["WEBNET_BOT_STORE__URL"] = f"sqlite:///{missing}"
    result = setup.run("check")
    assert result.exit_code == 1
    assert "There is no store at" in result.output
    assert not missing.exists()


def test_a_customer_that_webnet_does_not_have_is_said(setup: Setup) -> None:
    assert setup.run("workspace", "set", "T0ACME", "--customer", "7").exit_code == 0
    outcome, words, remedy = setup.findings()["customer of T0ACME"]
    assert outcome == "fail"
    assert "no customer 7" in words
    assert "workspace set T0ACME --customer" in remedy


def test_feeds_that_were_not_read_and_alerts_of_no_device_are_reported(setup: Setup) -> None:
    assert setup.findings()["feed of jobs"][:2] == ("warn", "It was never read.")
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        store.cursors.put("polled:jobs", "")
        store.cursors.put("feed:drift:parked", "2")
    found = setup.findings()
    assert found["feed of jobs"][0] == "pass"
    assert found["feed of drift"][0] == "warn"
    assert found["drift alerts"][1].startswith("2 drift alerts")


# --- HTTP


def test_webnets_own_chatops_for_the_same_workspace_is_warned_of(setup: Setup) -> None:
    outcome, words, remedy = setup.findings()["WebNet's own ChatOps"]
    assert (outcome, "T0ACME" in words, "twice" in words) == ("warn", True, True)
    assert "Disable" in remedy
    for row in setup.webnet.rows("workspaces"):
        setup.webnet.change("workspaces", row["id"], enabled=False)
    assert setup.findings()["WebNet's own ChatOps"][0] == "pass"


def test_over_http_the_adapter_and_the_hints_are_looked_at(setup: Setup) -> None:
    setup.variables |= {"WEBNET_BOT_HTTP__ENABLED": "true", "WEBNET_BOT_HTTP__PORT": "1"}
    found = setup.findings()
    assert found["signing secrets"][0] == "pass"
    assert found["HTTP adapter"][0] == "skip"
    assert found["WebNet's webhook"][0] == "warn"
    setup.variables |= {"WEBNET_BOT_WEBNET__WEBHOOK_SECRET": "webhook-secret-0123"}
    assert setup.findings()["WebNet's webhook"][0] == "pass"


def test_a_workspace_whose_app_is_gone_says_since_when(setup: Setup) -> None:
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        uninstalled = Uninstalled(store.workspaces, store.audit, store.seen, store.transaction, "test", lambda: None)
        uninstalled({"team_id": "T0ACME", "event_id": "Ev1", "event": {"type": "app_uninstalled"}})
    outcome, words, _ = setup.findings()["workspace T0ACME"]
    assert outcome == "warn"
    assert "Slack said app_uninstalled" in words
