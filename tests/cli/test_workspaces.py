from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.audit import AuditRow
from store.database import Store
from tests.cli.conftest import FROM_ENV, Run
from tests.store.test_workspaces import add

ADD = ["workspace", "add", "T0ACME", "--name", "Acme", "--customer", "1", "--bot-user", "U0BOT"]


def test_secrets_are_asked_for_without_being_shown(run: Run, store: Store) -> None:
    result = run(ADD, input="xoxb-krakatoa\nkrakatoa-secret\n")
    assert "Bot token" in result.stderr
    workspace = store.workspaces.by_team("T0ACME")
    assert workspace is not None
    assert (workspace.bot_token, workspace.signing_secret) == ("xoxb-krakatoa", "krakatoa-secret")
    assert (workspace.app_token, workspace.enabled, workspace.customer) == (None, True, 1)


def test_secrets_come_from_files_and_variables(run: Run, store: Store, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-krakatoa-file\n")
    sources = ["--bot-token-file", str(tmp_path / "token"), "--signing-secret-env", "SIGNING_SECRET"]
    run([*ADD, *sources, "--app-token-env", "APP_TOKEN", "--disabled"])
    workspace = store.workspaces.by_team("T0ACME")
    assert workspace is not None
    assert (workspace.bot_token, workspace.signing_secret) == ("xoxb-krakatoa-file", "krakatoa-signing")
    assert (workspace.app_token, workspace.enabled) == ("xapp-krakatoa-app", False)


def test_where_nothing_is_piped_in_it_does_not_claim_to_have_read_it(run: Run) -> None:
    refused = run(ADD, input="", code=2)
    assert "there is no terminal to ask on" in refused.stderr
    assert "read from standard input" not in refused.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--bot-token-env", "NOT_SET"], "the variable NOT_SET is not set"),
        (["--bot-token-file", "/does/not/exist"], "there is no such file"),
        (["--bot-token-env", "SIGNING_SECRET"], "starts with xoxb-"),
        (["--bot-token-env", "BOT_TOKEN", "--bot-token-prompt"], "one of a file, a variable and a prompt"),
        ([*FROM_ENV, "--app-token-env", "BOT_TOKEN"], "starts with xapp-"),
    ],
)
def test_a_secret_that_cannot_be_read_or_is_another_one_is_wrong_usage(run: Run, options: list[str], says: str) -> None:
    assert says in run([*ADD, *options], code=2).stderr


@pytest.mark.parametrize(
    "line",
    [
        "workspace add acme --name A --customer 1 --bot-user U0BOT",
        "workspace add T0ACME --name A --customer 0 --bot-user U0BOT",
        "workspace add T0ACME --name A --customer 1 --bot-user bob",
        "workspace set T0ACME",
        "channel add T0ACME alerts",
        "channel set T0ACME C0ALERTS",
        "user map T0ACME alice alice-admin",
        "workspace nonsense",
    ],
)
def test_what_has_not_the_right_shape_is_wrong_usage(run: Run, line: str) -> None:
    assert run(line, code=2).stdout == ""


@pytest.mark.usefixtures("acme")
class TestWithAWorkspace:
    def test_a_second_one_for_the_team_is_refused_before_secrets_are_asked_for(self, run: Run) -> None:
        assert "workspace set T0ACME" in run(ADD, code=1).stderr

    def test_it_is_listed_and_shown_without_its_secrets(self, run: Run) -> None:
        assert "T0ACME" in run("workspace list").stdout
        (row,) = json.loads(run("workspace list --json").stdout)
        assert (row["team_id"], row["enabled"], row["own_app_token"]) == ("T0ACME", True, False)
        assert not {"bot_token", "signing_secret", "app_token"} & set(row)
        assert "audit rows" in run("workspace show T0ACME").stdout
        assert json.loads(run("workspace show 1 --json").stdout)["mappings"] == 0

    def test_what_is_named_is_changed(self, run: Run, store: Store) -> None:
        run("workspace set T0ACME --name Acme2 --app-token-env APP_TOKEN")
        workspace = store.workspaces.by_team("T0ACME")
        assert workspace is not None
        assert (workspace.team_name, workspace.app_token) == ("Acme2", "xapp-krakatoa-app")
        run("workspace set T0ACME --no-app-token --bot-token-prompt", input="xoxb-krakatoa-2\n")
        workspace = store.workspaces.by_team("T0ACME")
        assert workspace is not None
        assert (workspace.app_token, workspace.bot_token) == (None, "xoxb-krakatoa-2")
        assert "had these values already" in run("workspace set T0ACME --name Acme2").stdout

    def test_it_is_disabled_and_enabled(self, run: Run, store: Store) -> None:
        run("workspace disable T0ACME")
        assert store.workspaces.list(enabled=True) == []
        run("workspace enable T0ACME")
        assert len(store.workspaces.list(enabled=True)) == 1

    def test_removing_it_asks_and_counts(self, run: Run, store: Store) -> None:
        run("channel add T0ACME C0ALERTS --name alerts")
        store.audit.write(AuditRow(status="success", workspace=1))
        refused = run("workspace remove T0ACME", input="n\n", code=1)
        assert "1 channel and 0 user mappings? What the audit log says of it stays (1 row)" in refused.stderr
        assert "Nothing was changed" in refused.stderr
        assert len(store.workspaces.list()) == 1
        run("workspace remove T0ACME --yes")
        assert store.workspaces.list() == []
        assert "no workspace T0ACME" in run("workspace remove T0ACME", code=1).stderr

    def test_a_channel_has_the_default_flags_unless_others_are_named(self, run: Run, store: Store) -> None:
        run("channel add T0ACME C0ALERTS --name alerts --drift --no-completion")
        channel = store.channels.find(1, "C0ALERTS")
        assert channel is not None
        assert channel.flags == {"notify_job_failure", "notify_drift_detected"}
        assert "there already" in run("channel add T0ACME C0ALERTS", code=1).stderr
        run("channel set T0ACME C0ALERTS --completion --compliance")
        (row,) = json.loads(run("channel list --json").stdout)
        assert (row["notify_job_completion"], row["notify_compliance_violations"]) == (True, True)
        assert "alerts" in run("channel list --workspace T0ACME").stdout
        run("channel remove T0ACME C0ALERTS", input="y\n")
        assert "No channel yet" in run("channel list").stdout
        assert "has no channel C0ALERTS" in run("channel set T0ACME C0ALERTS --drift", code=1).stderr

    def test_what_comes_from_outside_cannot_steer_the_terminal(self, run: Run, store: Store) -> None:
        store.workspaces.update(1, team_name="\x1b[31mred\x07\u202ereversed\n[bold]x[/bold]")
        for line in ("workspace list", "workspace show T0ACME", "workspace list --json"):
            printed = run(line).stdout
            assert not {"\x1b", "\x07", "\u202e"} & set(printed)
        assert "[bold]x[/bold]" in run("workspace list").stdout


def test_a_channel_gets_another_id_unless_another_row_has_it(run: Run, store: Store) -> None:
    workspace = add(store)
    row = store.channels.add(workspace=workspace.id, channel_id="C1", channel_name="alerts")
    store.channels.add(workspace=workspace.id, channel_id="C2")
    assert "Its id is G3 now" in run(f"channel set {workspace.team_id} C1 --id G3").output
    assert [found.channel_id for found in store.channels.list()] == ["G3", "C2"]
    assert "is there already" in run(f"channel set {workspace.team_id} G3 --id C2", code=1).output
    assert "is not a channel id" in run(f"channel set {workspace.team_id} G3 --id alerts", code=2).output
    assert store.channels.get(row.id) == store.channels.find(workspace.id, "G3")
