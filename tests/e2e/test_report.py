"""`report` in Slack, and the report that comes by itself: through the outbox into its channel, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.app.reports_part import ReportsPart
from lab.slack import plain
from store.models import SlackChannel
from tests.e2e.rig import Rig, rig, wait_until


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url) as running:
        yield running


def test_everybody_sees_a_report_of_now(bot: Rig) -> None:
    before = bot.webnet.request_count
    said = plain(bot.ask("U0VERA", "report now"))
    for title in ("Report for Acme", "Failed jobs", "Devices without a good backup", "Schedules that did not run"):
        assert title in said
    assert "nightly-backup" in said
    assert "weekly-compliance" not in said  # of another customer
    assert "This channel gets no report by itself: `/webnet report daily 07:30 Europe/Berlin`" in said
    assert bot.webnet.request_count - before <= 20
    assert bot.audit(command="report", slack_user_id="U0VERA").status == "success"


@pytest.mark.parametrize("line", ["report daily 07:30 Europe/Berlin", "report off", "report daily nonsense"])
def test_only_administrators_change_when_it_comes(bot: Rig, line: str) -> None:
    said = plain(bot.ask("U0OSCAR", line, "C0ALERTS"))
    assert "needs the role admin" in said
    assert bot.audit(command="report", text=line).status == "denied"


def test_a_zone_that_does_not_exist_is_refused_with_the_nearest(bot: Rig) -> None:
    assert "Did you mean `Europe/Berlin`" in plain(bot.ask("U0ALICE", "report daily 07:30 Europe/Berlim", "C0ALERTS"))


def test_a_report_that_was_set_comes_once_and_can_be_ended(bot: Rig) -> None:
    now = datetime.now(UTC)
    line = f"report daily {now:%H:%M} UTC"
    said = plain(bot.ask("U0ALICE", line, "C0ALERTS"))
    assert f"This channel gets a report from now on: daily {now:%H:%M} UTC." in said
    assert "Everybody in this channel reads it" in said
    workspace = next(row for row in bot.store.workspaces.list() if row.team_id == "T0ACME")
    channel = bot.store.channels.find(workspace.id, "C0ALERTS")
    assert channel is not None
    assert channel.flags == frozenset()
    earlier = SlackChannel.update(report_since=now - timedelta(hours=1)).where(SlackChannel.id == channel.id)
    bot.store.database.run(earlier)
    for _ in range(3):
        bot.bot.part(ReportsPart).maker.tick()
    wait_until(lambda: bot.store.outbox.list("sent"), "the report")
    reports = [each for each in bot.slack.messages("C0ALERTS") if "Report for Acme" in plain(each)]
    assert len(reports) == 1
    assert "Acknowledge" in plain(reports[0])
    assert "gets the next report" in plain(bot.ask("U0VERA", "report", "C0ALERTS"))
    assert "no report any more" in plain(bot.ask("U0ALICE", "report off", "C0ALERTS"))
    assert "got no report before" in plain(bot.ask("U0ALICE", "report off", "C0ALERTS"))
    bot.bot.part(ReportsPart).maker.tick()
    assert bot.store.reports.scheduled(datetime.now(UTC)) == []


@pytest.mark.parametrize("place", ["D0ALICE", "C0GROUP"])
def test_a_direct_message_gets_none(bot: Rig, place: str) -> None:
    bot.slack.add_channel("C0GROUP", "mpdm-alice--oscar-1")
    assert "A report goes to a channel." in plain(bot.ask("U0ALICE", "report daily 07:30 UTC", place))
    assert all(row.channel_id != place for row in bot.store.channels.list())
