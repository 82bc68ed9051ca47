from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.audit import AuditRow
from store.database import Store
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("acme")


@pytest.mark.parametrize("who", ["3", "oscar-operator", "Oscar-Operator"])
def test_a_person_is_mapped_by_id_or_name(webnet_run: Run, store: Store, who: str) -> None:
    result = webnet_run(f"user map T0ACME U0OSCAR {who}")
    assert "U0OSCAR is oscar-operator (WebNet user 3)" in result.stdout
    assert result.stderr == ""
    mapping = store.users.find(1, "U0OSCAR")
    assert mapping is not None
    assert (mapping.user, mapping.username) == (3, "oscar-operator")


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("99", "no user 99"),
        ("oscar-operater", "did you mean oscar-operator"),
        ("99999999999999999999999", "no user 9999"),
        ("chatops-bot", "service account"),
        ("9", "service account"),
    ],
)
def test_unknown_users_and_the_service_account_are_refused(webnet_run: Run, store: Store, who: str, says: str) -> None:
    assert says in webnet_run(f"user map T0ACME U0X {who}", code=1).stderr
    assert store.users.list() == []


@pytest.mark.parametrize(
    ("who", "warning"),
    [("6", "is inactive"), ("5", "does not belong to customer 1"), ("8", "does not belong"), ("2", ""), ("7", "")],
)
def test_users_who_cannot_act_now_are_mapped_with_a_warning(
    webnet_run: Run, store: Store, who: str, warning: str
) -> None:
    stderr = webnet_run(f"user map T0ACME U0X {who}").stderr
    assert warning in stderr
    assert bool(warning) == bool(stderr)
    assert [mapping.user for mapping in store.users.list()] == [int(who)]


def test_mapping_again_says_who_it_was(webnet_run: Run, store: Store) -> None:
    webnet_run("user map T0ACME U0X 2")
    assert "who was alice-admin before" in webnet_run("user map T0ACME U0X 3").stdout
    assert [mapping.username for mapping in store.users.list()] == ["oscar-operator"]


def test_mappings_are_listed_and_removed(webnet_run: Run, store: Store) -> None:
    webnet_run("user map T0ACME U0ALICE 2")
    store.audit.write(AuditRow(status="success", workspace=1, slack_user_id="U0ALICE"))
    (row,) = json.loads(webnet_run("user list --workspace T0ACME --json").stdout)
    assert (row["team_id"], row["slack_user_id"], row["user"]) == ("T0ACME", "U0ALICE", 2)
    assert "alice-admin" in webnet_run("user list").stdout
    assert "says of it stays (1 row)" in webnet_run("user unmap T0ACME U0ALICE", input="y\n").stderr
    assert store.users.list() == []
    webnet_run("user map T0ACME U0X 3")
    assert "the audit log" not in webnet_run("user unmap T0ACME U0X", input="y\n").stderr
    assert "is not mapped" in webnet_run("user unmap T0ACME U0ALICE", code=1).stderr


def test_without_webnet_nobody_is_mapped(run: Run, store: Store) -> None:
    assert "WebNet" in run("user map T0ACME U0X 2", code=1).stderr
    assert store.users.list() == []


SEED = """
[[workspaces]]
team_id = "T0NEW"
team_name = "New"
customer = 1
bot_user_id = "U0BOT"
bot_token_env = "BOT_TOKEN"
signing_secret_file = "secret"
app_token = "xapp-krakatoa"
  [[workspaces.channels]]
  channel_id = "C0ALERTS"
  channel_name = "alerts"
  notify_drift_detected = true
  [[workspaces.users]]
  slack_user_id = "U0ALICE"
  user = 2
  [[workspaces.users]]
  slack_user_id = "U0GINA"
  user = "gina-globex"
"""

BROKEN = """
colour = "red"
[[workspaces]]
team_id = "acme"
customer = "one"
bot_user_id = "U0BOT"
bot_tokn = "xoxb-krakatoa"
bot_token = "krakatoa"
signing_secret_env = "NOT_SET"
enabled = "yes"
  [[workspaces.channels]]
  channel_id = "C1"
  notify_drift_detect = true
  [[workspaces.channels]]
  channel_id = "C1"
  [[workspaces.users]]
  slack_user_id = "U0ALICE"
  user = "nobody-of-that-name"
  [[workspaces.users]]
  user = 9
"""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("krakatoa-from-file\n")
    path = tmp_path / "seed.toml"
    path.write_text(SEED)
    return path


def test_seeding_again_changes_nothing(webnet_run: Run, store: Store, seed: Path) -> None:
    first = webnet_run(["seed", str(seed)])
    assert first.stdout.splitlines() == [
        "Added T0NEW.",
        "Added C0ALERTS.",
        "Added U0ALICE (alice-admin).",
        "Added U0GINA (gina-globex).",
    ]
    assert "gina-globex does not belong to customer 1" in first.stderr
    state = (store.workspaces.list(), store.channels.list(), store.users.list(), store.workspaces.version())
    assert webnet_run(["seed", str(seed)]).stdout == "Nothing to change.\n"
    assert state == (store.workspaces.list(), store.channels.list(), store.users.list(), store.workspaces.version())
    workspace = store.workspaces.by_team("T0NEW")
    assert workspace is not None
    assert (workspace.signing_secret, workspace.app_token) == ("krakatoa-from-file", "xapp-krakatoa")


def test_seeding_changes_what_differs_and_leaves_the_rest(webnet_run: Run, store: Store, seed: Path) -> None:
    webnet_run(["seed", str(seed)])
    webnet_run("workspace disable T0NEW")
    webnet_run("channel set T0NEW C0ALERTS --no-failure")
    seed.write_text(SEED.replace('"New"', '"Newer"').replace("user = 2", "user = 3"))
    changes = webnet_run(["seed", str(seed)]).stdout.splitlines()
    assert changes == ["Changed T0NEW.", "Changed U0ALICE (oscar-operator)."]
    workspace = store.workspaces.by_team("T0NEW")
    assert workspace is not None
    assert (workspace.team_name, workspace.enabled) == ("Newer", False)
    assert "notify_job_failure" not in store.channels.list()[0].flags


def test_all_problems_of_a_seed_file_are_reported_at_once_with_their_places(
    webnet_run: Run, store: Store, seed: Path
) -> None:
    seed.write_text(BROKEN)
    lines = webnet_run(["seed", str(seed)], code=1).stderr.splitlines()
    reported = [line.removeprefix(f"{seed}: ") for line in lines]
    starts = [
        "colour: is not known",
        "workspaces[1].bot_tokn: is not known; did you mean bot_token?",
        "workspaces[1].team_id: 'acme' is not a team id",
        "workspaces[1].team_name: is missing",
        "workspaces[1].customer: must be a WebNet customer id",
        "workspaces[1].enabled: must be true or false",
        "workspaces[1].bot_token: this is not a bot token",
        "workspaces[1].signing_secret_env: the variable NOT_SET is not set",
        "workspaces[1].channels[1].notify_drift_detect: is not known; did you mean notify_drift_detected?",
        "workspaces[1].channels[2].channel_id: C1 is in workspaces[1].channels[1] already",
        "workspaces[1].users[2].slack_user_id: is missing",
        "workspaces[1].users[1].user: WebNet has no user nobody-of-that-name",
        "workspaces[1].users[2].user: chatops-bot is the bot's own service account",
    ]
    for start in starts:
        assert any(line.startswith(start) for line in reported), (start, reported)
    assert len(reported) == len(starts), reported
    assert [workspace.team_id for workspace in store.workspaces.list()] == ["T0ACME"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[[workspaces]\n", "not valid TOML"),
        (b"\xff", "not UTF-8"),
        (b"workspaces = 1\n", "[[workspaces]]"),
        (b"[[workspaces]]\nusers = [1]\n", "[[workspaces.users]]"),
        (None, "there is no such file"),
    ],
)
def test_a_seed_file_that_cannot_be_read_is_reported(
    run: Run, tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "seed.toml"
    if content is not None:
        path.write_bytes(content)
    assert says in run(["seed", str(path)], code=1).stderr
