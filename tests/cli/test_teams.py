"""Tenants of Microsoft Teams on the command line and in a seed file."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.database import Store
from tests.cli.conftest import Run

TENANT, APP = "7e7e7e7e-0000-4000-8000-000000000001", "0a0a0a0a-0000-4000-8000-000000000001"
USER, CHANNEL = "a11ce000-0000-4000-8000-000000000001", "19:noc0000@thread.tacv2"
ADD = ["workspace", "add", TENANT.upper(), "--name", "Acme", "--customer", "1"]
SEED = f"""
[[workspaces]]
chat = "teams"
team_id = "{TENANT}"
team_name = "Acme"
customer = 1
app_id = "{APP}"
app_password_env = "SIGNING_SECRET"
  [[workspaces.channels]]
  channel_id = "{CHANNEL}"
  [[workspaces.users]]
  slack_user_id = "{USER}"
  user = 4
"""


@pytest.fixture(autouse=True)
def nothing_outside(environment: dict[str, str]) -> None:
    environment["WEBNET_BOT_TEAMS__LOGIN_URL"] = "http://127.0.0.1:1"


def test_a_tenant_is_added_shown_and_changed_and_takes_no_ids_of_slack(run: Run, store: Store) -> None:
    added = run([*ADD, "--app-id", APP.upper()], input="krakatoa-password\n")
    assert "The app of" in added.stderr  # was not checked, since nothing answers there
    kept = store.workspaces.by_team(TENANT)
    assert kept is not None
    assert (kept.chat, kept.app_id, kept.app_password) == ("teams", APP, "krakatoa-password")
    assert "teams" in run("workspace list").stdout
    run(f"workspace set {TENANT} --app-password-env SIGNING_SECRET")
    kept = store.workspaces.by_team(TENANT)
    assert kept is not None
    assert kept.app_password == "krakatoa-signing"
    run(f"channel add {TENANT} {CHANNEL} --name noc")
    assert "is not the id of a channel" in run(f"channel add {TENANT} C0NOC", code=2).stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "A workspace of Microsoft Teams needs app_id."),
        (["--app-id", APP, "--bot-user", "U0BOT"], "A workspace of Microsoft Teams has no bot_user_id."),
        (["--bot-user", "U0BOT"], "A workspace of Microsoft Teams needs app_id and has no bot_user_id."),
    ],
)
def test_what_is_missing_for_which_chat_is_said_in_one_sentence(run: Run, options: list[str], says: str) -> None:
    assert says in " ".join(run([*ADD, *options], code=2).stderr.replace("\u2502", " ").split())


def test_what_is_no_id_of_any_chat_is_said_of_both(run: Run) -> None:
    said = " ".join(
        run(["workspace", "add", "acme.onmicrosoft.com", *ADD[3:]], code=2).stderr.replace("\u2502", " ").split()
    )
    assert "is not a team id such as T0123456789" in said
    assert "nor the id of a tenant of Microsoft Teams" in said


def test_a_seed_file_takes_both_chats(webnet_run: Run, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(SEED)
    assert webnet_run(["seed", str(path)]).stdout.splitlines() == [
        f"Added {TENANT}.",
        f"Added {CHANNEL}.",
        f"Added {USER} (vera-viewer).",
    ]
    assert webnet_run(["seed", str(path)]).stdout == "Nothing to change.\n"
    (kept,) = store.workspaces.list(chat="teams")
    assert kept.app_password == "krakatoa-signing"
    path.write_text(SEED.replace(APP, "bot").replace(USER, "U0VERA").replace("app_password_env", "bot_token_env"))
    said = webnet_run(["seed", str(path)], code=1).stderr
    for place in ("bot_token_env: is not known", "app_password: write one of", "app_id:", "users[1].slack_user_id:"):
        assert f"workspaces[1].{place}" in said
