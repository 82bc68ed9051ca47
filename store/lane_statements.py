"""The SQL of lanes.py and notice_messages.py, which runs with every few messages."""

from __future__ import annotations

from store.fields import in_us
from store.marks import EVERYWHERE, SEEN_TO
from store.models import Delivery, EventRow
from store.reminders import KIND as REMINDER
from store.reports import KEY, TOO_LATE
from store.reports import KIND as REPORT
from store.statements import Statement

DIGEST_MOST = 2_000  # deliveries that are looked at for one burst; what waits beyond becomes the next one

# Lanes with something to do, of workspaces that are not `full` and whose token is not refused. The status is spelled out everywhere,
# so that both databases see that the partial index fits.
_LANES = """
    FROM lane
    JOIN slack_channel ON slack_channel.id = lane.channel_id
    JOIN slack_workspace ON slack_workspace.id = slack_channel.workspace_id
    LEFT JOIN notice_message AS head ON head.id = lane.burst
    WHERE (
        EXISTS (SELECT 1 FROM delivery WHERE delivery.channel_id = lane.channel_id AND delivery.status = 'waiting')
        OR EXISTS (
            SELECT 1 FROM notice_message AS stale WHERE stale.channel_id = lane.channel_id AND stale.due_at <= :now_us
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM refused_token
        WHERE refused_token.workspace_id = slack_workspace.id AND refused_token.revision = slack_workspace.revision
    )
    AND NOT (slack_workspace.id IN :full)"""

_OLDEST = """
    SELECT delivery.id FROM delivery
    WHERE delivery.channel_id = lane.channel_id AND delivery.status = 'waiting'
    ORDER BY delivery.id LIMIT 1"""

_RELEASED = "delivery.status = 'waiting' AND delivery.held_for <> ''"  # it was held until now

_EVENT = """
    SELECT delivery.id, delivery.event_id AS event, delivery.message_id AS message, delivery.channel_id AS channel,
        event.key, event.kind, event.flag, event.customer, event.happened_at, event.data, event.facts,
        delivery.urgent, delivery.mentions, delivery.held_for,
        EXISTS (SELECT 1 FROM mark WHERE mark.event_id = event.id) AS marked"""

# A reminder is, once somebody is on what it reminds of, or that is over; a report, once it is too late.
_POINTLESS = f"""(
    event.kind = '{REMINDER}' AND EXISTS (
        SELECT 1 FROM mark WHERE mark.event_id = delivery.answers AND mark.kind IN {SEEN_TO}
        AND mark.channel IN ({EVERYWHERE}, delivery.channel_id)
    ) OR event.kind = '{REPORT}' AND event.happened_at < :now_us - {in_us(TOO_LATE.total_seconds())} AND EXISTS (
        SELECT 1 FROM report_run WHERE report_run.channel_id = delivery.channel_id AND report_run.outcome <> 'skipped'
        AND event.key = {KEY}
    )
)"""

# `thread` and `ref` name the message that this notice is a reply to, if what it answers was sent to the channel.
_DELIVERIES = f"""{_EVENT}, {_POINTLESS} AS pointless, first.id AS thread, first.ref AS ref
    FROM delivery JOIN event ON event.id = delivery.event_id
    LEFT JOIN event AS earlier ON earlier.key = event.answers
    LEFT JOIN delivery AS answered
        ON answered.event_id = COALESCE(delivery.answers, earlier.id) AND answered.channel_id = delivery.channel_id
    LEFT JOIN notice_message AS found ON found.id = answered.message_id
    LEFT JOIN notice_message AS first ON first.id = COALESCE(found.head, found.id)
    WHERE delivery.status = 'waiting'"""

ANYTHING = Statement("""
    SELECT 1 WHERE EXISTS (SELECT 1 FROM delivery WHERE status = 'waiting')
    OR EXISTS (SELECT 1 FROM notice_message WHERE due_at <= :now_us)""")

NEXT_DUE = Statement(f"""
    SELECT min(CASE WHEN lane.due_at > lane.expires_at THEN lane.due_at ELSE lane.expires_at END) - :now_us AS left_us
    {_LANES}""")

# `first` is the oldest delivery that waits, `over` one of those that are too many for a message each, `released` one that was held
# until now, and `burst` the head of the one that still grows.
DUE_LANES = Statement(f"""
    SELECT lane.channel_id AS channel, lane.fence, lane.expires_at, lane.failures,
        CASE WHEN lane.burst_until > :now_us AND head.created_at > :now_us - :burst_us THEN lane.burst END AS burst,
        slack_channel.channel_id, slack_channel.workspace_id AS workspace, slack_workspace.team_id,
        slack_workspace.customer, slack_workspace.enabled, slack_workspace.revision,
        ({_OLDEST}) AS first, ({_OLDEST} OFFSET :digest_over) AS over,
        (SELECT delivery.id FROM delivery WHERE delivery.channel_id = lane.channel_id AND {_RELEASED} LIMIT 1) AS released
    {_LANES} AND lane.due_at <= :now_us AND lane.expires_at <= :now_us
    ORDER BY lane.due_at, lane.channel_id LIMIT :most
    FOR UPDATE OF lane SKIP LOCKED""")

CLAIM = Statement("UPDATE lane SET fence = fence + 1, expires_at = :now_us + :lease_us WHERE channel_id IN :channels")

WAITING_BY_ID = Statement(f"{_DELIVERIES} AND delivery.id IN :ids ORDER BY delivery.id", EventRow, Delivery)

_IN_LANE = f"{_DELIVERIES} AND delivery.channel_id = :channel"

WAITING_IN_LANE = Statement(f"{_IN_LANE} ORDER BY delivery.id LIMIT {DIGEST_MOST}", EventRow, Delivery)

RELEASED_IN_LANE = Statement(f"{_IN_LANE} AND {_RELEASED} ORDER BY delivery.id LIMIT {DIGEST_MOST}", EventRow, Delivery)

SHOWN = Statement(
    f"""{_EVENT}, NULL AS thread, NULL AS ref
    FROM delivery JOIN event ON event.id = delivery.event_id
    WHERE delivery.message_id IN :messages ORDER BY delivery.id""",
    EventRow,
    Delivery,
)

STALE = Statement("""
    SELECT id FROM notice_message WHERE channel_id = :channel AND due_at <= :now_us
    ORDER BY due_at, id LIMIT 1""")

PAGES = Statement("""
    SELECT id, ref, page, revision FROM notice_message
    WHERE id = :head OR (head = :head AND page > 1) ORDER BY page, id""")

FIRST_SHOWN = Statement("UPDATE delivery SET message_id = id WHERE id IN :ids")

ALSO_SHOWN = Statement("UPDATE delivery SET message_id = :message WHERE id IN :ids")

# A mark that was set while the message was sent found no message.
MARKED_MEANWHILE = Statement("""
    UPDATE notice_message SET due_at = :now_us, revision = revision + 1 WHERE id IN (
        SELECT delivery.message_id FROM delivery JOIN mark ON mark.event_id = delivery.event_id WHERE delivery.id IN :ids
    )""")

MAKE_STALE = Statement("UPDATE notice_message SET due_at = :now_us, revision = revision + 1 WHERE id IN :ids")

RIGHT_NOW = Statement("UPDATE notice_message SET due_at = NULL WHERE id = :id AND revision = :revision")

STALE_LATER = Statement("UPDATE notice_message SET due_at = :now_us + :wait_us WHERE id = :id")

LOCKED_FENCES = Statement("""
    SELECT lane.channel_id AS channel, lane.fence, slack_channel.channel_id
    FROM lane JOIN slack_channel ON slack_channel.id = lane.channel_id
    WHERE lane.channel_id IN :channels ORDER BY lane.channel_id FOR UPDATE OF lane""")

RELEASE = Statement("""
    UPDATE lane SET due_at = :now_us + :wait_us, expires_at = 0, failures = (failures + 1) * :failed
    WHERE channel_id IN :channels""")

GROW = Statement("UPDATE lane SET burst = :burst, burst_until = :now_us + :grows_us WHERE channel_id = :channel")

SETTLE = Statement("""
    UPDATE delivery SET settled_at = :now_us, status = :status, error = :error, tries = tries + 1
    WHERE id IN :ids AND status = 'waiting'""")
