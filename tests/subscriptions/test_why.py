"""Why a notice came, or did not, on both databases; and how much of the last days a channel would have got."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels import of_row
from bot.core.errors import NotFound
from bot.core.events import DeviceFacts, Event, Facts
from bot.core.message import line_text
from bot.feeds.enqueue import Enqueuer
from bot.subscriptions.past import Past, would_have_got
from bot.subscriptions.why import Why
from store.channels import Channel
from store.database import Store
from store.engine import utc_now
from store.jobs import Job, State
from store.lanes import Settlement
from store.models import EventRow
from tests.store.test_lanes import claim, settle
from tests.store.test_outbox import enqueue
from tests.store.test_workspaces import add

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILURES = '[{"when": {"kind": ["job"], "outcome": ["failed"]}, "then": "send"}]'
NONE_AT_NIGHT = '[{"when": {}, "then": "send"}, {"when": {"site": ["fra1"]}, "then": "drop"}]'


@dataclass
class Happened:
    """A store in which events are enqueued as feeds do it."""

    store: Store
    channel: Channel

    def job(self, number: int, outcome: str = "failed", *, customer: int = 1, site: str = "fra1") -> None:
        devices = (DeviceFacts(17, "rtr1", site),)
        facts = Facts(kind="job", outcome=outcome, job_type="config_backup", devices=devices)
        flag = "notify_job_failure" if outcome == "failed" else "notify_job_completion"
        event = Event(f"job:{number}:ended", "job", flag, customer, NOON, {"job": number}, facts=facts)
        with self.store.transaction():
            Enqueuer(self.store).enqueue([event])

    def why(self, number: int) -> str:
        why = Why(self.store)
        (event,) = why.of_job(number, 1)
        channel = self.store.channels.get(self.channel.id)
        return " ".join(map(line_text, why.explained(event, channel).here))

    def post(self, **settled: Any) -> Collection[int]:
        """Settles everything that waits in the channel as one message, or as it is said."""
        (claimed,) = claim(self.store, 1, digest_over=1)
        ids = [each.id for each in claimed.deliveries]
        parked, failed = settled.pop("parked", ""), settled.pop("failed", False)
        settle(
            self.store,
            Settlement(
                claim=claimed,
                sent=() if parked or failed else ids,
                parked=dict.fromkeys(ids, parked) if parked else {},
                failed=ids if failed else (),
                **settled,
            ),
        )
        return ids


@pytest.fixture
def happened(store: Store) -> Happened:
    store.workspaces.update(add(store, "T2").id, customer=2)
    workspace = add(store)
    return Happened(store, store.channels.add(workspace=workspace.id, channel_id="C1", rules=FAILURES))


def test_what_was_sent_names_its_rule_as_it_was_then(happened: Happened) -> None:
    happened.job(7)
    happened.store.channels.update(happened.channel.id, rules=NONE_AT_NIGHT)
    assert happened.why(7).startswith("Waits to be sent, since ")
    happened.post()
    said = happened.why(7)
    assert said.startswith("Sent ")
    assert "Slack took it. Rule 1 decided: `kind:job outcome:failed then:send`. They are in force since" in said


def test_what_came_together_with_others_says_with_how_many(happened: Happened) -> None:
    for number in (7, 8, 9):
        happened.job(number)
    happened.post()
    assert "Sent in one message with 2 others " in happened.why(8)


def test_what_slack_refused_says_what_it_answered(happened: Happened) -> None:
    happened.job(7)
    happened.post(failed=True, error="ratelimited", ambiguous=True)
    assert "It failed 1 time before, of which 1 may have arrived; Slack answered ratelimited last." in happened.why(7)
    happened.post(parked="channel_not_found")
    assert "Given up" in happened.why(7)
    assert "because Slack answered channel_not_found." in happened.why(7)


def test_what_was_never_sent_is_worked_out_by_the_rules_of_then(happened: Happened) -> None:
    happened.job(7, "success")
    happened.store.channels.update(happened.channel.id, rules=NONE_AT_NIGHT)
    happened.job(8, "success")
    happened.store.channels.update(happened.channel.id, rules="[]")
    happened.job(9, "success")
    assert "Not sent. None of the channel's rules fits it." in happened.why(7)
    assert "Not sent. Rule 2 decided: `site:fra1 then:drop`." in happened.why(8)
    assert "Not sent. The channel had no rules, so its switches decided." in happened.why(9)


def test_a_channel_that_is_newer_than_the_event_says_so(happened: Happened) -> None:
    happened.job(7)
    later = happened.store.channels.add(workspace=happened.channel.workspace, channel_id="C2", rules=FAILURES)
    happened.channel = later
    assert "this channel was set up later" in happened.why(7)


def test_the_card_of_a_job_stands_for_its_notice(happened: Happened) -> None:
    happened.store.cards.open(
        workspace=happened.channel.workspace, customer=1, job_id=7, what="backup", device_name="rtr1", channel_id="C1",
        chat_user="U1", chat_user_name="u", ephemeral=False, ref="", holder="", ttl_s=60.0,
    )  # fmt: skip
    happened.job(7)
    assert "the card of the job in this channel" in happened.why(7)


def test_a_job_without_an_event_says_why_there_is_none(happened: Happened) -> None:
    of: dict[int, tuple[int, State]] = {5: (1, "open"), 6: (1, "ended"), 7: (2, "ended")}
    values: dict[str, Any] = dict.fromkeys(("user", "requested_at", "started_at", "finished_at"))
    jobs = [Job(id=job, customer=of[job][0], type="", status="", state=of[job][1], **values) for job in of]
    happened.store.jobs.put(jobs, NOON)
    for number, words in ((5, "has not ended"), (6, "keeps no event"), (7, "no job #7 here"), (8, "no job #8 here")):
        with pytest.raises(NotFound, match=words):
            happened.why(number)


def test_nothing_of_another_customer_is_explained_or_counted(happened: Happened) -> None:
    happened.job(7, customer=2)
    with pytest.raises(NotFound):
        happened.why(7)
    assert would_have_got(happened.store, of_row(happened.channel, 1)).looked == 0


def test_an_alert_is_found_by_itself_and_where_it_was_added_to_its_change(happened: Happened) -> None:
    for key, alert in (("drift:17:9", 3), ("drift:alert:5", 5), ("drift:18:1", 55)):
        data = {"hostname": '"alert":{"id":7,', "alert": {"id": alert, "severity": "high"}}
        event = Event(key, "drift", "notify_drift_detected", 1, NOON, data, facts=Facts(kind="drift"))
        Enqueuer(happened.store).enqueue([event])
    why = Why(happened.store)
    assert [event.key for event in why.of_alert(3, 1)] == ["drift:17:9"]
    assert [event.key for event in why.of_alert(5, 1)] == ["drift:alert:5"]
    for alert, customer in ((7, 1), (3, 2)):
        with pytest.raises(NotFound):
            why.of_alert(alert, customer)


def test_the_past_counts_the_newest_events_of_seven_days(happened: Happened) -> None:
    for number, outcome in enumerate(("failed", "success", "failed", "failed"), start=1):
        happened.job(number, outcome)
    old = utc_now() - timedelta(days=8)
    happened.store.database.run(EventRow.update(created_at=old).where(EventRow.key == "job:1:ended"))
    enqueue(happened.store, "job:5:ended", facts={})  # as an older version kept it
    report = Event("report:9:2026-11-29", "report", "notify_job_failure", 1, NOON, {}, facts=Facts(kind="report"))
    Enqueuer(happened.store).enqueue([report])
    destination = of_row(happened.channel, 1)
    assert would_have_got(happened.store, destination) == Past(got=2, looked=3, complete=True)
    assert would_have_got(happened.store, destination, most=2) == Past(got=2, looked=2, complete=False)
