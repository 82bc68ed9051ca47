"""`channel quiet` and a seed file change the quiet hours of a channel, and `notify list` shows what they hold."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import quiet
from store.audit import AuditFilter
from store.channels import Channel
from store.database import Store
from tests.cli.conftest import Run
from tests.cli.test_rules import SEED
from tests.store.test_held import hold
from tests.store.test_workspaces import add

HOURS = "mon-fri 22:00-06:00 Europe/Berlin"


@pytest.fixture
def channel(store: Store) -> Channel:
    return store.channels.add(workspace=add(store, "T1").id, channel_id="C1", channel_name="alerts")


@pytest.mark.usefixtures("channel")
def test_quiet_hours_are_set_shown_and_removed_and_each_change_is_audited(run: Run, store: Store) -> None:
    assert "never quiet" in run("channel quiet C1").stdout
    assert (
        f"C1 is quiet {HOURS} 2026-12-25." in run(["channel", "quiet", "C1", HOURS, "--holiday", "2026-12-25"]).stdout
    )
    assert "2026-12-24 2026-12-25" in run("channel quiet C1 --holiday 2026-12-24").stdout
    (row,) = json.loads(run("channel list --json").stdout)
    assert row["quiet"] == f"{HOURS} 2026-12-24 2026-12-25"
    run("channel quiet C1 off")
    assert quiet.load(store.channels.list()[0].quiet) is None
    noted = [row.text for row in store.audit.list(AuditFilter(), limit=10)]
    assert noted == [
        "channel quiet C1 off",
        f"channel quiet C1 {HOURS} 2026-12-24 2026-12-25",
        f"channel quiet C1 {HOURS} 2026-12-25",
    ]


@pytest.mark.usefixtures("channel")
def test_a_zone_that_does_not_exist_is_refused_with_the_nearest_names(run: Run, store: Store) -> None:
    refused = run(["channel", "quiet", "C1", "22:00-06:00 Europe/Berln"], code=2)
    assert "Did you mean `Europe/Berlin`" in " ".join(refused.stderr.replace("│", " ").split())
    assert store.channels.list()[0].quiet == "{}"


@pytest.mark.usefixtures("channel")
def test_a_seed_file_sets_quiet_hours_once(webnet_run: Run, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "seed.toml"

    def seeded(hours: str, code: int = 0) -> str:
        file.write_text(f'{SEED}  quiet = "{hours}"')
        return webnet_run(["seed", str(file)], code=code).output

    assert "Changed C1." in seeded(HOURS)
    assert quiet.spelled(store.channels.list()[0].quiet) == HOURS
    assert "Nothing to change" in seeded(HOURS)
    assert [row.text for row in store.audit.list(AuditFilter(), limit=9)] == ["seed: quiet of C1"]
    wrong = seeded("22:00-06:00 Berlin", code=1)
    assert "channels[1].quiet: 'Berlin' is no time zone. Did you mean `Europe/Berlin`?" in wrong


def test_what_is_held_is_listed_with_until_when_and_what_for(run: Run, store: Store, channel: Channel) -> None:
    hold(store, "job:7:ended", channel.id, left=timedelta(hours=3))
    (row,) = json.loads(run("notify list --json").stdout)
    assert (row["status"], row["held_for"]) == ("held", "quiet")
    assert row["held_until"] > row["created_at"]
    assert run("notify list --status waiting").stdout == run("notify list --status parked").stdout
