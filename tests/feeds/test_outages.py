"""Channels are notified of a feed that has failed for long, whatever the hour, and once it is read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.core.errors import WebNetError
from bot.core.notice_kinds import COMPLIANCE, FLAGS
from bot.core.quiet import QuietHours, dump
from bot.vitals import FAILED
from lab.webnet import ManualClock
from store.models import Delivery, EventRow, SlackChannel
from tests.feeds.conftest import Feeding, feeding_for


@pytest.fixture
def failing(feeding: Feeding, clock: ManualClock) -> Iterator[Feeding]:
    """A bot that notifies of a feed as soon as it fails, in quiet hours."""
    made = feeding_for(feeding.lab, feeding.store, clock, "two", fails_after=timedelta(0))
    made.channels = feeding.channels
    begin = feeding.store.database.now() - timedelta(hours=2)
    hours = QuietHours.parse(f"{begin:%H:%M}-{begin + timedelta(hours=4):%H:%M} UTC")
    for channel in feeding.channels.values():
        feeding.store.channels.update(channel, quiet=dump(hours))
    yield made
    made.webnet.close()


def fail(bot: Feeding, feed: str) -> None:
    with pytest.raises(WebNetError):
        bot.poller.poll(feed)


def feeds(bot: Feeding) -> list[tuple[str, str, str, int | None]]:
    """Returns for each notice of a feed the channel, the end of its key, its state, and the event that it answers."""
    query = Delivery.select(EventRow.key, SlackChannel.channel_id, Delivery.status, Delivery.answers)
    query = query.join_from(Delivery, EventRow).join_from(Delivery, SlackChannel).where(EventRow.kind == "feed")
    rows = bot.store.database.rows(query.order_by(Delivery.id))
    return [(row["channel_id"], row["key"].rpartition(":")[2][:5], row["status"], row["answers"]) for row in rows]


def test_each_channel_that_asks_is_notified_once_at_any_hour_and_of_the_end(failing: Feeding) -> None:
    bot, store = failing, failing.store
    store.channels.update(bot.channels["acme"], flags={**dict.fromkeys(FLAGS, False), COMPLIANCE.flag: True})
    bot.poll("jobs")
    bot.lab.fault("away")
    fail(bot, "jobs")
    fail(bot, "jobs")
    notified = feeds(bot)
    assert {state for *_, state, _ in notified} == {"waiting"}
    assert len({channel for channel, *_ in notified}) == len(notified) == len(bot.channels) - 1
    assert store.outbox.depth().held == {}
    bot.lab.clear_faults()
    bot.poll("jobs")
    bot.poll("jobs")
    ended = feeds(bot)[len(notified) :]
    assert [channel for channel, *_ in ended] == [channel for channel, *_ in notified]
    assert {(end, state) for _, end, state, _ in ended} == {("ended", "waiting")}
    events = [answered for *_, answered in ended if answered]
    assert {mark.kind for marks in store.marks.of(events).values() for mark in marks} == {"ended"}


def test_of_several_feeds_that_fail_the_first_is_answered_by_the_others(failing: Feeding) -> None:
    bot = failing
    bot.poll("jobs")
    bot.lab.fault("away")
    fail(bot, "jobs")
    fail(bot, "drift")
    events = bot.store.database.rows(EventRow.select(EventRow.key, EventRow.customer, EventRow.answers))
    first = {row["customer"]: row["key"] for row in events if row["key"].startswith("feed:jobs:")}
    others = {row["customer"]: row["answers"] for row in events if row["key"].startswith("feed:drift:")}
    assert first == others


def test_a_feed_that_fails_for_a_moment_is_no_news_and_since_when_is_kept_by_all_replicas(
    feeding: Feeding, failing: Feeding
) -> None:
    feeding.poll("jobs")
    feeding.lab.fault("away")
    fail(feeding, "jobs")
    since = feeding.store.cursors.get(f"{FAILED}jobs")
    fail(feeding, "jobs")
    again = feeding.store.cursors.get(f"{FAILED}jobs")
    assert since
    assert again
    assert (since.value, feeds(feeding)) == (again.value, [])
    feeding.lab.clear_faults()
    failing.poll("jobs")
    over = feeding.store.cursors.get(f"{FAILED}jobs")
    assert over
    assert (over.value, feeds(feeding)) == ("", [])
