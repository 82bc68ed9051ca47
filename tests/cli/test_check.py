"""`check` and `manifest` as somebody who sets the bot up uses them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import main
from bot.slack.uninstalled import Uninstalled
from lab.slack import SlackLab
from lab.webnet import BOT_KEY, WebNetLab
from store.config_progress import FOLLOWED
from store.database import Store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people
from tests.lost import LOST, lose_a_job


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
def setup(tmp_path: Path, migrated_file: Path) -> Setup:
    shutil.copy(migrated_file, tmp_path / "store.db")
    with WebNetLab() as webnet, SlackLab() as slack:
        made = Setup(slack, webnet, tmp_path)
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


def test_blocks_that_a_workspace_does_not_take_are_named_for_a_day(setup: Setup) -> None:
    assert "blocks of T0ACME" not in setup.findings()
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        store.refused_blocks.note("T0ACME", "data_table")
        store.refused_blocks.note("T0ACME", "plan")
    outcome, words, remedy = setup.findings()["blocks of T0ACME"]
    assert outcome == "warn"
    assert "data_table (just now), plan (just now)" in words
    assert "slack.blocks" in remedy


def test_a_command_that_waits_for_a_second_person_who_is_not_there_is_warned_of(setup: Setup) -> None:
    setup.variables["WEBNET_BOT_COMMANDS__APPROVAL__BACKUP"] = "{ over = 3 }"
    setup.variables["WEBNET_BOT_COMMANDS__APPROVAL__CANCEL"] = '{ role = "admin" }'
    found = setup.findings()
    assert "approval of backup in T0ACME" not in found
    outcome, words, remedy = found["approval of cancel in T0ACME"]
    assert outcome == "warn"
    assert "only alice-admin has it" in words
    assert "user map T0ACME" in remedy


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


def test_keys_in_the_name_of_callers_are_tried_and_those_that_are_left_are_named(setup: Setup) -> None:
    assert "keys of callers" not in setup.findings()
    setup.variables["WEBNET_BOT_WEBNET__ACT_AS_CALLER"] = "true"
    found = setup.findings()
    assert found["keys of callers"][:2] == ("pass", "chatops-bot made one and deleted it.")
    assert "keys that are left" not in found
    with setup.webnet.lock:
        keys = setup.webnet.state.api_keys
        assert not [key for key in keys.values() if key.name]
        keys["x"] = replace(keys[BOT_KEY], token="x", user=3, id=70, name="webnet-bot:U0OSCAR:gone")
    outcome, words, _ = setup.findings()["keys that are left"]
    assert (outcome, words) == ("warn", "1 key left by a bot that does not run any more: 70 of user-3.")
    setup.variables["WEBNET_BOT_WEBNET__API_KEY"] = setup.webnet.api_key(3)
    outcome, words, _ = setup.findings()["keys of callers"]
    assert (outcome, "oscar-operator needs the role admin" in words) == ("fail", True)


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


def test_a_socket_that_does_not_open_fails_though_slack_gives_out_a_ticket(setup: Setup) -> None:
    assert setup.findings()["app token"][:2] == (
        "pass",
        "A Socket Mode connection was opened, greeted by Slack and closed.",
    )
    setup.slack.refuse_upgrade(1, 403)
    outcome, words, remedy = setup.findings()["app token"]
    assert outcome == "fail"
    assert words.startswith(
        "Slack gives out a ticket for 127.0.0.1, and that host cannot be used: no WebSocket comes about"
    )
    assert "wss-primary.slack.com" in remedy


def test_a_clock_that_webnet_does_not_send_is_not_missed(setup: Setup) -> None:
    assert setup.findings()["clock beside WebNet's"][0] == "pass"
    setup.webnet.date_header = False
    assert "clock beside WebNet's" not in setup.findings()


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
    assert made["features"]["app_home"]["messages_tab_read_only_enabled"] is True
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"] == {"is_enabled": True}


def test_the_manifest_over_http_names_the_three_addresses(setup: Setup) -> None:
    made = json.loads(setup.run("manifest", "--http", "https://bot.example.com/").stdout)
    base = "https://bot.example.com/api/v1/chatops/slack"
    assert made["features"]["slash_commands"][0]["url"] == f"{base}/commands"
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{base}/events"
    assert made["settings"]["interactivity"]["request_url"] == f"{base}/interactions"
    assert made["settings"]["interactivity"]["message_menu_options_url"] == f"{base}/interactions"
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
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        store.workspaces.update(1, customer=7)
    outcome, words, remedy = setup.findings()["customer of T0ACME"]
    assert outcome == "fail"
    assert "no customer 7" in words
    assert remedy == "`webnet-bot workspace set T0ACME --customer ID`, with one of 1 (Acme), 2 (Globex)."


@pytest.mark.parametrize(
    ("words", "token", "says"),
    [
        ("--customer 7", "xoxb-lab-globex", "customer: WebNet has no customer 7; it has 1 (Acme), 2 (Globex)."),
        ("--customer 2", "xoxb-lab-acme", "bot token: this is the token of the workspace T0ACME, not of T0GLOBEX."),
        ("--customer 2 --bot-user U0WRONG", "xoxb-lab-globex", "bot user id: the bot is U0BOT there, not U0WRONG."),
        (
            "--customer 2",
            "xoxb-mistyped",
            "bot token: Slack does not accept it (invalid_auth): copy the Bot User OAuth",
        ),
    ],
)
def test_a_workspace_that_does_not_fit_is_refused_when_it_is_added_set_or_seeded(
    setup: Setup, words: str, token: str, says: str
) -> None:
    setup.variables |= {"TOKEN": token, "SECRET": "a-signing-secret"}
    sources = ["--bot-token-env", "TOKEN", "--signing-secret-env", "SECRET"]
    given = ["--bot-user", "U0BOT", *words.split()]
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        without(store, "T0GLOBEX")
        added = setup.run("workspace", "add", "T0GLOBEX", "--name", "Globex", *sources, *given)
        assert (added.exit_code, store.workspaces.by_team("T0GLOBEX")) == (1, None), added.output
        assert says in added.stderr
        assert added.stderr.endswith("Nothing was changed.\n")
        row = {"customer": 2, "team_name": "Globex", "bot_user_id": "U0BOT", "signing_secret": "s"}
        store.workspaces.add(team_id="T0GLOBEX", bot_token="xoxb-lab-globex", **row)
        assert says in setup.run("workspace", "set", "T0GLOBEX", *sources, *given).stderr
    options = dict(zip(given[::2], given[1::2], strict=True))
    seed = setup.config.with_name("seed.toml")
    seed.write_text(
        f"[[workspaces]]\nteam_id = 'T0GLOBEX'\nteam_name = 'Globex'\ncustomer = {options['--customer']}\n"
        f"bot_user_id = '{options['--bot-user']}'\nbot_token_env = 'TOKEN'\nsigning_secret_env = 'SECRET'\n"
    )
    said = setup.run("seed", str(seed))
    assert said.exit_code == 1
    assert says.partition(": ")[2].rstrip(".") in said.stderr


def without(store: Store, team: str) -> None:
    workspace = store.workspaces.by_team(team)
    assert workspace is not None
    store.workspaces.remove(workspace.id)


def test_a_workspace_is_added_with_a_warning_while_nobody_can_be_asked(setup: Setup) -> None:
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        without(store, "T0GLOBEX")
    setup.webnet.stop()
    setup.slack.stop()
    setup.variables |= {"TOKEN": "xoxb-lab-globex", "SECRET": "a-signing-secret"}
    sources = ["--bot-token-env", "TOKEN", "--signing-secret-env", "SECRET"]
    done = setup.run("workspace", "add", "T0GLOBEX", "--name", "G", "--customer", "2", "--bot-user", "U0BOT", *sources)
    assert done.exit_code == 0
    assert "Warning: The customer was not checked. WebNet at http://" in done.stderr
    assert "Warning: The bot token of T0GLOBEX was not checked. Slack cannot be reached." in done.stderr


def test_what_check_says_to_do_can_be_typed_as_it_stands(setup: Setup) -> None:
    setup.slack.revoke("xoxb-lab-acme")
    assert "`webnet-bot workspace set T0ACME --bot-token-prompt`" in setup.findings()["workspace T0ACME"][2]
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        store.channels.add(workspace=1, channel_id="C0QUIET")
    assert "`webnet-bot channel set T0ACME C0QUIET --failure`" in setup.findings()["channels of T0ACME"][2]


def test_feeds_that_were_not_read_and_alerts_of_no_device_are_reported(setup: Setup) -> None:
    assert setup.findings()["feed of jobs"][:2] == ("warn", "It was never tried.")
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        store.cursors.put("polled:jobs", "")
        store.cursors.put("feed:drift:parked", "2")
    found = setup.findings()
    assert found["feed of jobs"][0] == "pass"
    assert found["feed of drift"][0] == "warn"
    assert found["drift alerts"][1].startswith("2 drift alerts")


def test_a_job_that_webnet_seems_to_have_lost_is_reported_with_what_to_do(setup: Setup) -> None:
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        lose_a_job(store, later=4)
        assert "lost jobs" not in setup.findings()
        lose_a_job(store, later=5)
    outcome, words, remedy = setup.findings()["lost jobs"]
    assert (outcome, words) == (
        "warn",
        f"WebNet seems to have lost 1 job, queued while later ones ended: #{LOST}.",
    )
    assert "`retry` in Slack" in remedy


def test_what_the_settings_hide_is_counted_in_the_configs_that_changed_last(setup: Setup) -> None:
    setup.config.write_text("[redaction]\nwords = ['hostname']\npatterns = ['nowhere (?P<secret>x)']\n")
    assert setup.run("configs", "sync").exit_code == 0
    outcome, words, _ = setup.findings()["redaction"]
    assert outcome == "pass"
    assert words.startswith("What [redaction] hides in the 20 configs that changed last: Word 1: ")
    assert words.endswith("; Pattern 1: 0 places.")


def test_a_feed_that_was_not_tried_for_three_intervals_differs_from_one_that_webnet_does_not_answer(
    setup: Setup,
) -> None:
    with open_store(setup.url, keys=[STORE_KEY], clock=lambda: datetime.now(UTC) - timedelta(seconds=700)) as store:
        store.cursors.put("polled:jobs", "")
    outcome, words, remedy = setup.findings()["feed of jobs"]
    assert outcome == "warn"
    assert re.fullmatch(r"It was not tried for 11 min 4\d s\. Last read to its end 11 min ago\.", words)
    assert "`/healthz`" in remedy
    with open_store(setup.url, keys=[STORE_KEY]) as store:
        store.cursors.put("failed:jobs", "")
    outcome, words, remedy = setup.findings()["feed of jobs"]
    assert (outcome, words) == ("warn", "Last read to its end 11 min ago.")
    assert "WebNet does not answer" in remedy


def test_what_is_looked_for_seldom_by_the_settings_is_not_warned_of(setup: Setup) -> None:
    assert setup.run("configs", "sync").exit_code == 0
    with open_store(setup.url, keys=[STORE_KEY], clock=lambda: datetime.now(UTC) - timedelta(seconds=1_150)) as store:
        store.cursors.put("polled:jobs", "")
        store.cursors.put(FOLLOWED, "{}")
    found = setup.findings()
    assert (found["feed of jobs"][0], found["configs"][0]) == ("warn", "warn")
    assert found["configs"][1].endswith("New ones were looked for 19 min ago.")
    setup.variables["WEBNET_BOT_NOTIFICATIONS__POLL_INTERVAL_S"] = "400"
    found = setup.findings()
    assert (found["feed of jobs"][0], found["configs"][0]) == ("pass", "pass")


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


def test_the_manifest_asks_for_files_where_that_is_wanted(setup: Setup) -> None:
    scopes = [
        json.loads(setup.run("manifest", *more).stdout)["oauth_config"]["scopes"]["bot"] for more in ([], ["--files"])
    ]
    assert scopes == [
        ["chat:write", "chat:write.public", "commands"],
        ["chat:write", "chat:write.public", "commands", "files:write"],
    ]
