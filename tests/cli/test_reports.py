"""Reports of channels from the shell: `report`, the key `report` of a seed file, and what `check` finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.seed import SeedWriter
from bot.cli.seed_file import SeedFile
from bot.doctor import notices, reports
from bot.doctor.finding import Surroundings
from store.database import Store
from store.models import SlackChannel
from store.reports import TOO_LATE
from store.reports import Run as Report
from tests.cli.conftest import Run
from tests.e2e.rig import add_people

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
SEED = """
[[workspaces]]
team_id = "T0ACME"
team_name = "Acme"
customer = 1
bot_user_id = "U0BOT"
bot_token = "xoxb-lab-acme"
signing_secret = "lab-signing-secret"

  [[workspaces.channels]]
  channel_id = "C0NOC"
  report = "{report}"
"""


@pytest.fixture
def channel(store: Store) -> int:
    add_people(store)
    return store.channels.add(workspace=store.workspaces.list()[0].id, channel_id="C0NOC").id


def test_a_report_is_added_listed_and_removed(run: Run, store: Store, channel: int) -> None:
    added = run(["report", "add", "T0ACME", "C0NOC", "weekly monday 7:30 Europe/Berlin"])
    assert added.stdout == "Channel C0NOC gets a report weekly mon 07:30 Europe/Berlin.\n"
    (row,) = json.loads(run("report list --json").stdout)
    assert (row["channel_id"], row["report"], row["last"]) == ("C0NOC", "weekly mon 07:30 Europe/Berlin", None)
    run("report remove T0ACME C0NOC --yes")
    assert "No channel gets a report" in run("report list").stdout
    assert "gets no report" in run("report remove T0ACME C0NOC --yes", code=1).stderr
    assert "Europe/Berlin" in run(["report", "add", "T0ACME", "C0NOC", "daily 07:30 Berlim"], code=2).stderr
    found = store.channels.get(channel)
    assert found is not None
    assert found.report == ""
    rows = store.audit.list()
    assert [(row.text, row.way, row.team_id, row.channel_id) for row in rows] == [
        ("report remove T0ACME C0NOC", "shell", "T0ACME", "C0NOC"),
        ("report add T0ACME C0NOC weekly mon 07:30 Europe/Berlin", "shell", "T0ACME", "C0NOC"),
    ]


def test_a_seed_file_sets_and_ends_a_report(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "seed.toml"
    for written, kept in (("daily 7:30 UTC", "daily 07:30 UTC"), ("", "")):
        file.write_text(SEED.format(report=written))
        entries = SeedFile(file, {})
        assert entries.problems == []
        SeedWriter(store).write(entries.workspaces)
        assert [row.report for row in store.channels.list()] == [kept]
        SeedWriter(store).write(entries.workspaces)
    assert [row.text for row in store.audit.list()] == ["seed: report of C0NOC"] * 2
    file.write_text(SEED.format(report="daily 07:30 Europe/Berlim"))
    (problem,) = SeedFile(file, {}).problems
    assert "workspaces[1].channels[1].report: 'Europe/Berlim' is no time zone. Did you mean `Europe/Berlin`" in problem


def test_check_knows_reports_that_did_not_go_out(store: Store, channel: int) -> None:
    at = Surroundings(None, store, None, None, lambda: NOW)  # type: ignore[arg-type]  # nothing else is asked
    assert [*reports.reports(at)] == []
    store.channels.update(channel, report="daily 08:00 UTC", flags={"notify_job_failure": False})
    store.database.run(SlackChannel.update(report_since=NOW - timedelta(days=1)))
    (finding,) = reports.reports(at)
    assert (finding.outcome, "C0NOC should have been made by now" in finding.words) == ("warn", True)
    due = NOW - timedelta(hours=4)
    store.reports.settle(Report(channel, "2026-11-29", due, due + TOO_LATE, "skipped"))
    (finding,) = reports.reports(at)
    assert "1 report of the last 7 days did not go out: 1 × C0NOC." in finding.words
    store.database.run(SlackChannel.update(report_since=NOW))
    at.now = lambda: NOW + timedelta(days=8)
    store.database.run(SlackChannel.update(report_since=at.now()))
    (finding,) = reports.reports(at)
    assert (finding.outcome, finding.words) == ("pass", "1 channel of enabled workspaces gets one.")
    (finding,) = notices.channels(at, store.workspaces.list()[0])
    assert finding.outcome == "pass"  # a channel that gets a report alone is not silent
