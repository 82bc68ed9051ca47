"""From the outbox to an emulated Slack: nothing is lost, nothing arrives twice, and each channel waits for itself alone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from peewee import fn

from bot.core.message import Message
from bot.core.notice_kinds import BY_RANK, DRIFT
from bot.redaction.messages import redact_message
from bot.redaction.redactor import Redactor
from lab.slack import live_markup, plain
from lab.slack.world import Message as Shown
from store.database import Store
from store.marks import Mark
from store.models import LaneRow
from tests.delivery.delivery_rig import delivery_rig
from tests.delivery.stored_deliveries import NOON
from tests.e2e.rig import wait_until


def test_a_notice_is_posted_with_its_user_mentioned(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(1, 2), user=2)
        at.until_delivered(range(1, 2))
        (message,) = at.posts()
        assert "user:U0ALICE" in live_markup(message)
        at.until_settled()
        (row,) = store.outbox.list("sent")
        assert (row.tries, row.ambiguous, row.error) == (1, 0, "")
        wait_until(lambda: at.count("sent") == {("numbered",): 1}, "the count")


def test_what_older_rules_left_in_a_notice_is_redacted_when_it_is_sent(store: Store) -> None:
    redactor = Redactor()
    with delivery_rig(store, redact=lambda message: redact_message(message, redactor, redactor.config)) as at:
        at.enqueue(range(1, 2), words="enable secret 5 hunter2-Tr0ub4dor")
        at.until_delivered(range(1, 2))
        at.enqueue(range(2, 12), words="password=hunter2-Tr0ub4dor")
        at.until_delivered(range(2, 12))
        shown = "\n".join(map(plain, at.posts()))
        assert "enable secret 5 <redacted>" in shown
        assert "password=<redacted>" in shown
        assert "hunter2" not in shown


def test_messages_of_a_channel_keep_their_order(store: Store) -> None:
    with delivery_rig(store, digest_over=1_000) as at:
        at.enqueue(range(30), "C0ALERTS", "C0NOC")
        for place in ("C0ALERTS", "C0NOC"):
            at.until_delivered(range(30), place)
            assert at.delivered(place) == list(range(30))
        assert len(at.posts()) == 30


def test_an_answer_of_429_holds_up_its_own_channel_alone(store: Store) -> None:
    with delivery_rig(store) as at:
        at.slack.rate_limit("chat.postMessage", "C0ALERTS", seconds=2, times=1)
        at.enqueue(range(1), "C0ALERTS")
        wait_until(lambda: at.count("failed") == {("ratelimited",): 1}, "the 429")
        at.enqueue(range(1, 4), "C0NOC")
        at.until_delivered(range(1, 4), "C0NOC")
        assert at.posts("C0ALERTS") == []
        at.until_delivered(range(1), "C0ALERTS")
        calls = [call for call in at.slack.calls if call.args.get("channel") == "C0ALERTS"]
        assert [call.status for call in calls] == [429, 200]
        assert calls[1].at - calls[0].at >= 2


@pytest.mark.parametrize("trouble", [{"error": "internal_error"}, {"error": "service_unavailable"}, {"status": 503}])
def test_a_passing_trouble_is_tried_again_in_order(store: Store, trouble: dict[str, object]) -> None:
    with delivery_rig(store) as at:
        at.slack.fault("chat.postMessage", "C0ALERTS", **trouble)
        at.enqueue(range(3))
        at.until_delivered(range(3))
        assert at.delivered() == [0, 1, 2]
        at.until_settled()
        assert [row.tries for row in store.outbox.list("sent")] == [2, 1, 1]


def test_a_post_without_an_answer_is_sent_again_and_counted(store: Store) -> None:
    with delivery_rig(store) as at:
        at.slack.fault("chat.postMessage", "C0ALERTS", silent=True)
        at.enqueue(range(1))
        wait_until(lambda: len(at.posts()) == 2, "the second post")
        at.until_settled()
        (row,) = store.outbox.list("sent")
        assert (row.tries, row.ambiguous) == (2, 1)
        wait_until(lambda: at.count("ambiguous") == {(): 1}, "the count")


def test_what_would_be_refused_again_is_parked_and_sent_by_retry(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(1), "C0PRIVATE")
        at.enqueue(range(1, 2), "C0ALERTS")
        at.until_settled()
        (parked,) = store.outbox.list("parked")
        assert (parked.channel_id, parked.error, parked.tries) == ("C0PRIVATE", "channel_not_found", 1)
        wait_until(lambda: at.count("parked") == {(): 1}, "the count")
        at.slack.channel("C0PRIVATE").bot_member = True
        assert store.outbox.retry() == 1
        at.until_delivered(range(1), "C0PRIVATE")


def test_an_event_that_cannot_be_shown_is_parked_and_the_next_ones_go_on(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(1), kind="unheard_of")
        at.enqueue(range(1, 2), words=None)
        at.enqueue(range(2, 4))
        at.until_delivered(range(2, 4))
        at.until_settled()
        assert [(row.key, row.error) for row in store.outbox.list("parked")] == [
            ("unheard_of:0", "cannot_be_shown"),
            ("numbered:1", "cannot_be_shown"),
        ]


def test_a_sender_that_is_ended_keeps_its_channel_waiting_but_for_a_moment(store: Store) -> None:
    ended: list[Message] = []

    def redact(message: Message) -> Message:
        if not ended:
            ended.append(message)
            raise SystemExit
        return message

    with delivery_rig(store, redact=redact) as at:
        at.enqueue(range(3))
        at.until_delivered(range(3))
        assert at.delivered() == [0, 1, 2]


def test_in_a_digest_an_event_that_cannot_be_shown_is_parked_alone(store: Store) -> None:
    with delivery_rig(store, running=False) as at:
        at.enqueue(range(1), kind="unheard_of")
        at.enqueue(range(1, 21))
        at.delivery.start()
        at.until_delivered(range(1, 21))
        at.until_settled()
        assert len(at.posts()) == 1
        assert [row.key for row in store.outbox.list("parked")] == ["unheard_of:0"]


@pytest.mark.parametrize("word", ["invalid_blocks", "cannot_parse_attachment"])
def test_one_notice_whose_content_is_refused_keeps_no_other_back(store: Store, word: str) -> None:
    with delivery_rig(store, running=False) as at:
        for method in ("chat.postMessage", "chat.update"):
            at.slack.fault(method, error=word, text="poison", times=None)
        at.enqueue(range(6))
        at.enqueue(range(6, 7), words="poison")
        at.enqueue(range(7, 10))
        at.delivery.start()
        at.until_delivered(range(10))
        at.until_settled()
        assert sorted(at.delivered()) == list(range(10))
        assert [message.text for message in at.posts() if not message.blocks] == ["Number [6]"]
        assert store.outbox.list("parked") == []


def test_a_notice_that_is_refused_even_as_plain_text_is_parked_alone(store: Store) -> None:
    with delivery_rig(store, running=False) as at:
        for method in ("chat.postMessage", "chat.update"):
            at.slack.fault(method, error="invalid_blocks", text="[6]", times=None)
        at.enqueue(range(120))
        at.delivery.start()
        at.until_settled()
        assert sorted(at.delivered()) == [*range(6), *range(7, 120)]
        assert [(row.key, row.error) for row in store.outbox.list("parked")] == [("numbered:6", "invalid_blocks")]


def test_a_refused_token_stops_its_workspace_once_until_it_is_changed(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with delivery_rig(store) as at:
        at.slack.revoke("xoxb-lab-acme")
        at.enqueue(range(1), "C0ALERTS", "C0NOC")
        wait_until(store.outbox.stopped, "the stop")
        at.enqueue(range(1, 4), "C0ALERTS", "C0NOC")
        at.enqueue(range(4, 5), "C0GXNOC", customer=2)
        at.until_delivered(range(4, 5), "C0GXNOC")
        assert [(stop.team_id, stop.error) for stop in store.outbox.stopped()] == [("T0ACME", "token_revoked")]
        wait_until(lambda: store.outbox.depth().waiting == 8, "the rest to wait")
        assert len([record for record in caplog.records if "refuses the bot's token" in record.message]) == 1
        assert len([call for call in at.slack.calls if call.team == "T0ACME"]) <= 2  # one of each channel

        at.slack.revoke("xoxb-lab-acme", None)
        store.workspaces.update(store.workspaces.list()[0].id, team_name="Acme again")
        at.until_delivered(range(4), "C0ALERTS")
        at.until_delivered(range(4), "C0NOC")
        assert store.outbox.stopped() == []


@pytest.mark.parametrize("change", [{"enabled": False}, {"customer": 2}])
def test_a_workspace_that_is_disabled_or_moved_gets_nothing_of_what_waited(
    store: Store, change: dict[str, object]
) -> None:
    with delivery_rig(store, running=False) as at:
        at.enqueue(range(8), "C0ALERTS")
        acme = store.workspaces.list()[0]
        store.workspaces.update(acme.id, **change)
        at.enqueue(range(8, 9), "C0ALERTS")  # was under way to the outbox meanwhile
        store.workspaces.update(acme.id, enabled=True)
        at.enqueue(range(9, 10), "C0ALERTS", customer=change.get("customer", 1))  # type: ignore[arg-type]
        at.delivery.start()
        at.until_delivered(range(9, 10))
        at.until_settled()
        assert 0 not in at.delivered()
        assert {row.key for row in store.outbox.list("dropped")} >= {f"numbered:{n}" for n in range(8)}


def test_a_stop_settles_what_is_being_posted(store: Store) -> None:
    with delivery_rig(store) as at:
        at.slack.fault("chat.postMessage", delay_s=0.5, times=None)
        at.enqueue(range(2), "C0ALERTS", "C0NOC")
        held = LaneRow.select(fn.COUNT(LaneRow.channel)).where(LaneRow.expires_at > datetime.now(UTC))
        wait_until(lambda: store.database.count(held) == 2, "two posts")
        at.delivery.stop()
        assert len(store.outbox.list("sent")) == 2
        assert at.delivered("C0ALERTS") == at.delivered("C0NOC") == [0]


def test_what_waits_for_long_becomes_one_message_that_goes_on_in_its_thread(store: Store) -> None:
    with delivery_rig(store, running=False) as at:
        at.enqueue(range(5), "C0NOC")
        at.enqueue(range(100, 650), "C0ALERTS", flag=BY_RANK[-1], group="Backup done")
        at.enqueue(range(50, 60), "C0ALERTS", group="Backup failed")
        at.delivery.start()
        at.until_delivered(range(100, 650))
        at.until_settled()
        assert len(at.posts("C0NOC")) == 5  # as many as the limit get a message each
        delivered = at.delivered()
        assert delivered[:10] == list(range(50, 60))
        assert sorted(delivered) == [*range(50, 60), *range(100, 650)]
        head, *rest = at.posts()
        assert "560 notices" in plain(head)
        assert rest
        assert {message.thread_ts for message in rest} == {head.ts}


def test_a_burst_is_one_message_that_grows_and_holds_up_no_other_channel(store: Store) -> None:
    with delivery_rig(store, digest_pause_s=30.0) as at:
        at.enqueue(range(10))
        at.until_delivered(range(10))
        at.enqueue(range(10, 12))
        at.enqueue(range(100, 101), "C0NOC")
        at.until_delivered(range(100, 101), "C0NOC")
        at.until_delivered(range(12))
        at.until_settled()
        (head,) = at.posts()
        assert "12 notices" in plain(head)
        assert at.delivered() == list(range(12))


def test_450_ends_are_at_most_three_messages(store: Store) -> None:
    with delivery_rig(store, digest_pause_s=30.0, running=False) as at:
        words = "rtr-fra1-001.example.net: failed: Authentication to device failed after 3 tries."
        at.enqueue(range(50), words=words, group="Config backup failed")
        at.delivery.start()
        at.until_delivered(range(50))
        for start in range(50, 450, 50):
            at.enqueue(range(start, start + 50), words=words, group="Config backup failed")
        at.until_delivered(range(450))
        at.until_settled()
        assert at.twice() == []
        assert len(at.posts()) <= 3
        wait_until(lambda: "450 notices" in plain(at.posts()[0]), "the count of all")


def test_a_burst_whose_message_cannot_be_changed_goes_on_in_another(store: Store) -> None:
    with delivery_rig(store, digest_pause_s=30.0) as at:
        at.enqueue(range(10))
        at.until_delivered(range(10))
        at.slack.fault("chat.update", error="edit_window_closed")
        at.enqueue(range(10, 20))
        at.until_delivered(range(20))
        at.until_settled()
        assert len(at.posts()) == 2
        assert at.twice() == []


def test_a_mark_is_shown_in_place_in_every_channel_with_the_names_of_its_workspace(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(1), "C0ALERTS", "C0NOC")
        at.until_settled()
        at.enqueue(range(1, 11), "C0ALERTS")
        at.until_settled()
        bob = Mark(kind="taken", at=NOON, by=2, name="alice-admin")
        for number in (0, 5):
            event = store.marks.find(1, [f"numbered:{number}"])
            assert event
            store.marks.set(event.id, bob)
        wait_until(lambda: len(_showing(at.posts(), "On it: @U0ALICE since")) == 2, "the marks", 20)
        assert len(at.posts()) == 2
        (there,) = wait_until(lambda: _showing(at.posts("C0NOC"), "On it: @U0ALICE since"), "the mark there", 20)
        assert "[0]" in plain(there)


def test_a_mark_on_a_message_that_is_gone_or_too_old_is_passed_over(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(2))
        at.until_delivered(range(2))
        at.until_settled()
        trouble = at.slack.fault("chat.update", error="message_not_found")
        for number in range(2):
            event = store.marks.find(1, [f"numbered:{number}"])
            assert event
            store.marks.set(event.id, Mark(kind="ended", at=NOON))
        wait_until(lambda: _showing(at.posts(), "Well again since"), "the mark of the other")
        assert trouble.used == 1
        assert len(_showing(at.posts(), "Well again since")) == 1


def _showing(messages: list[Shown], words: str) -> list[Shown]:
    return [message for message in messages if words in plain(message)]


def test_a_digest_whose_first_message_was_deleted_begins_again(store: Store) -> None:
    with delivery_rig(store, running=False) as at:
        trouble = at.slack.fault("chat.postMessage", error="thread_not_found", times=0)
        at.enqueue(range(600))
        at.delivery.start()
        wait_until(lambda: len(at.posts()) == 1, "the first page")
        trouble.times = 1
        at.until_delivered(range(600))
        at.until_settled()
        assert sorted(at.delivered()) == list(range(600))


def test_what_answers_a_notice_that_was_sent_is_a_reply_to_it(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(1), "C0ALERTS", flag=DRIFT.flag)
        at.until_settled()
        at.enqueue(range(1, 3), "C0ALERTS", "C0NOC", flag=DRIFT.flag, answers="numbered:0")
        at.until_settled()
        first, *replies = at.posts("C0ALERTS")
        assert [message.thread_ts for message in replies] == [first.ts] * 2
        assert [message.thread_ts for message in at.posts("C0NOC")] == [None] * 2  # it never had the first one
        assert at.delivered("C0ALERTS") == [0, 1, 2]


def test_what_answers_a_notice_in_a_digest_is_a_reply_to_the_digest(store: Store) -> None:
    with delivery_rig(store, running=False) as at:
        at.enqueue(range(600), flag=DRIFT.flag)
        at.delivery.start()
        at.until_settled()
        at.enqueue(range(600, 601), flag=DRIFT.flag, answers="numbered:599")
        at.until_settled()
        head, *rest = at.posts()
        assert {message.thread_ts for message in rest} == {head.ts}
        assert 600 in at.delivered()


def test_what_answers_a_notice_that_was_deleted_is_a_message_of_its_own(store: Store) -> None:
    with delivery_rig(store) as at:
        at.enqueue(range(1), flag=DRIFT.flag)
        at.until_settled()
        at.slack.fault("chat.postMessage", error="thread_not_found")
        at.enqueue(range(1, 2), flag=DRIFT.flag, answers="numbered:0")
        at.until_settled()
        assert [message.thread_ts for message in at.posts()] == [None, None]
        assert at.delivered() == [0, 1]
        assert store.outbox.list("parked") == []


def test_slacks_own_pace_is_kept(store: Store) -> None:
    with delivery_rig(store, pace_s=1.0, running=False) as at:
        at.slack.rates.enforced = True
        at.enqueue(range(3), "C0ALERTS", "C0NOC")
        at.enqueue(range(10, 260), "C0GXNOC", customer=2)
        at.delivery.start()
        for numbers, place in ((range(3), "C0ALERTS"), (range(3), "C0NOC"), (range(10, 260), "C0GXNOC")):
            at.until_delivered(numbers, place)
            times = [call.at for call in at.slack.calls if call.args.get("channel") == place]
            assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))
        assert {call.status for call in at.slack.calls} == {200}
