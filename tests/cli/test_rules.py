"""`channel rules` and a seed file change the rules of a channel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.failures import Failed
from bot.cli.seed import SeedWriter
from bot.cli.seed_file import SeedFile
from bot.core import rule_text
from store.audit import AuditFilter
from store.channels import Channel
from store.database import Store
from store.workspaces import Workspace
from tests.cli.conftest import Run
from tests.store.test_workspaces import add

FAILED = "kind:job outcome:failed site:fra1 then:send,mention:here"
SEED = """
[[workspaces]]
team_id = "T1"
team_name = "Acme"
customer = 1
bot_user_id = "U0BOT"
bot_token = "xoxb-1"
signing_secret = "signing-secret"

  [[workspaces.channels]]
  channel_id = "C1"
"""
RULE = """
    [[workspaces.channels.rules]]
    when = { kind = ["job"], outcome = "failed", during = "22:00-06:00" }
    then = "hold"
"""


@pytest.fixture
def channel(store: Store) -> Channel:
    return store.channels.add(workspace=add(store, "T1").id, channel_id="C1", channel_name="alerts")


def stored(store: Store) -> list[str]:
    return [rule_text.spell(each) for each in rule_text.load(store.channels.list()[0].rules)]


@pytest.mark.usefixtures("channel")
def test_rules_are_added_moved_listed_and_removed_and_each_change_is_audited(run: Run, store: Store) -> None:
    assert "its flags decide" in run("channel rules C1").stdout
    added = run(["channel", "rules", "C1", "add", FAILED])
    assert (FAILED in added.stdout, "no more its flags" in added.stderr) == (True, True)
    run(["channel", "rules", "C1", "add", "kind:drift then:drop"])
    run(["channel", "rules", "C1", "add", "then:stop", "1"])
    assert stored(store) == ["then:stop", FAILED, "kind:drift then:drop"]
    run("channel rules C1 move 3 2 --workspace T1")
    rows = json.loads(run("channel rules C1 list --json").stdout)
    assert [row["rule"] for row in rows] == stored(store) == ["then:stop", "kind:drift then:drop", FAILED]
    run("channel rules C1 remove 1")
    assert stored(store) == ["kind:drift then:drop", FAILED]
    (row,) = json.loads(run("channel list --json").stdout)
    assert row["rules"][1]["when"]["site"] == ["fra1"]
    audited = [row.text for row in store.audit.list(AuditFilter(), limit=9)]
    assert audited[::-1] == [
        f"channel rules C1 add {FAILED}", "channel rules C1 add kind:drift then:drop", "channel rules C1 add then:stop 1",
        "channel rules C1 move 3 2", "channel rules C1 remove 1",
    ]  # fmt: skip


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add", "knd:job then:send"], "Did you mean `kind`?"),
        (["add", "kind:job then:sned"], "Did you mean `send`?"),
        (["add"], "name a rule"),
        (["move", "1", "2"], "1 is no number of a rule of this channel"),
        (["remove", "x"], "x is no number of a rule"),
    ],
)
def test_what_is_wrong_changes_nothing_and_says_what_was_meant(
    run: Run, store: Store, words: list[str], says: str
) -> None:
    printed = run(["channel", "rules", "C1", *words], code=2).stderr
    assert says in " ".join(printed.replace("│", " ").split())
    assert (stored(store), store.audit.list(AuditFilter(), limit=9)) == ([], [])


def test_a_channel_that_two_workspaces_share_has_to_be_named_with_one(run: Run, store: Store, channel: Channel) -> None:
    store.channels.add(workspace=add(store, "T2").id, channel_id=channel.channel_id)
    assert "name one with --workspace" in run(["channel", "rules", "C1"], code=1).stderr
    assert "There is no channel C9" in run(["channel", "rules", "C9"], code=1).stderr
    run(["channel", "rules", "C1", "add", "then:send", "--workspace", "T2"])
    assert [each.rules == "[]" for each in store.channels.list()] == [True, False]


@pytest.mark.usefixtures("channel")
def test_a_seed_file_replaces_the_rules_it_names_and_leaves_others_as_they_are(
    webnet_run: Run, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "seed.toml"

    def seeded(text: str, code: int = 0) -> str:
        file.write_text(text)
        return webnet_run(["seed", str(file)], code=code).output

    assert "Changed C1." in seeded(SEED + RULE)
    assert stored(store) == ["kind:job outcome:failed during:22:00-06:00 then:hold"]
    assert [row.text for row in store.audit.list(AuditFilter(), limit=9)] == ["seed: rules of C1"]
    assert "Nothing to change" in seeded(SEED + RULE)
    assert "Nothing to change" in seeded(SEED)
    wrong = seeded(SEED + RULE + RULE.replace("hold", "hodl"), code=1)
    assert "workspaces[1].channels[1].rules: Rule 2: A rule cannot do `hodl`. Did you mean `hold`?" in wrong
    seeded(SEED + "  rules = []")
    assert stored(store) == []


TENANT, ADA, OSCAR = (f"a11ce000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
CHANNEL = "19:abc@thread.tacv2"
OF_TEAMS = f"""
[[workspaces]]
chat = "teams"
team_id = "{TENANT}"
team_name = "Acme"
customer = 1
app_id = "{TENANT}"
app_password = "app-password"

  [[workspaces.channels]]
  channel_id = "{CHANNEL}"

    [[workspaces.channels.rules]]
    then = ["send", "mention:WHOM"]
"""


@pytest.fixture
def tenant(store: Store) -> Workspace:
    row = store.workspaces.add(
        chat="teams", customer=1, team_id=TENANT, team_name="Acme", app_id=TENANT, app_password="app-password"
    )
    store.users.add(workspace=row.id, slack_user_id=ADA, user=2, username="ada")
    store.channels.add(workspace=row.id, channel_id=CHANNEL, channel_name="alerts")
    return row


@pytest.mark.usefixtures("tenant")
def test_a_channel_of_teams_has_mapped_users_mentioned_alone(run: Run, store: Store) -> None:
    run(["channel", "rules", CHANNEL, "add", f"kind:job then:send,mention:{ADA.upper()}"])
    assert stored(store) == [f"kind:job then:send,mention:{ADA}"]
    for whom, words in (("here", "single users alone"), (OSCAR, "is no mapped user")):
        refused = run(["channel", "rules", CHANNEL, "add", f"kind:job then:send,mention:{whom}"], code=2)
        assert words in " ".join(refused.stderr.replace("│", " ").split())
    assert len(stored(store)) == 1


@pytest.mark.usefixtures("tenant")
def test_a_seed_file_says_whom_teams_does_not_mention(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "seed.toml"

    def read(whom: str) -> SeedFile:
        file.write_text(OF_TEAMS.replace("WHOM", whom))
        return SeedFile(file, {})

    (problem,) = read("here").problems
    assert "channels[1].rules: `here` cannot be mentioned in Microsoft Teams" in problem
    with pytest.raises(Failed, match=r"channels\[1\]\.rules: .* is no mapped user of this workspace"):
        SeedWriter(store).write(read(OSCAR).workspaces)
    assert stored(store) == []
    SeedWriter(store).write(read(ADA.upper()).workspaces)
    assert stored(store) == [f"then:send,mention:{ADA}"]
