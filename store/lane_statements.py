"""The SQL of lanes.py, which runs with every few messages."""

from __future__ import annotations

from store.models import EventRow
from store.statements import Statement

DIGEST_MOST = 2_000  # deliveries that are looked at for one digest; what waits beyond becomes the next one

# Lanes with something waiting, of workspaces whose token is not refused. The status is spelled out everywhere, so that both
# databases see that the partial index fits.
_LANES = """
    FROM lane
    JOIN slack_channel ON slack_channel.id = lane.channel_id
    JOIN slack_workspace ON slack_workspace.id = slack_channel.workspace_id
    WHERE EXISTS (SELECT 1 FROM delivery WHERE delivery.channel_id = lane.channel_id AND delivery.status = 'waiting')
    AND NOT EXISTS (
        SELECT 1 FROM refused_token
        WHERE refused_token.workspace_id = slack_workspace.id AND refused_token.revision = slack_workspace.revision
    )"""

_OLDEST = """
    SELECT delivery.id FROM delivery
    WHERE delivery.channel_id = lane.channel_id AND delivery.status = 'waiting'
    ORDER BY delivery.id LIMIT 1"""

_DELIVERIES = """
    SELECT delivery.id, event.key, event.kind, event.flag, event.customer, event.happened_at, event.data
    FROM delivery JOIN event ON event.id = delivery.event_id
    WHERE delivery.status = 'waiting'"""

ANY_WAITING = Statement("SELECT 1 FROM delivery WHERE status = 'waiting' LIMIT 1")

NEXT_DUE = Statement(f"""
    SELECT min(CASE WHEN lane.due_at > lane.expires_at THEN lane.due_at ELSE lane.expires_at END) - :now_us AS left_us
    {_LANES}""")

# `first` is the oldest delivery that waits, `over` one of those that are too many for a message each.
DUE_LANES = Statement(f"""
    SELECT lane.channel_id AS channel, lane.fence, lane.expires_at, lane.failures, lane.thread_ts, lane.thread_until,
        slack_channel.channel_id, slack_channel.workspace_id AS workspace, slack_workspace.team_id,
        slack_workspace.customer, slack_workspace.enabled, slack_workspace.revision,
        ({_OLDEST}) AS first, ({_OLDEST} OFFSET :digest_over) AS over
    {_LANES} AND lane.due_at <= :now_us AND lane.expires_at <= :now_us
    ORDER BY lane.due_at, lane.channel_id LIMIT :most
    FOR UPDATE OF lane SKIP LOCKED""")

CLAIM = Statement("UPDATE lane SET fence = fence + 1, expires_at = :now_us + :lease_us WHERE channel_id IN :channels")

WAITING_BY_ID = Statement(f"{_DELIVERIES} AND delivery.id IN :ids ORDER BY delivery.id", EventRow)

WAITING_IN_LANE = Statement(
    f"""{_DELIVERIES} AND delivery.channel_id = :channel AND delivery.id <= :until
    ORDER BY delivery.id LIMIT {DIGEST_MOST}""",
    EventRow,
)

LOCKED_FENCES = Statement(
    "SELECT channel_id AS channel, fence FROM lane WHERE channel_id IN :channels ORDER BY channel_id FOR UPDATE"
)

RELEASE = Statement("""
    UPDATE lane
    SET due_at = :now_us + :wait_us, expires_at = 0, failures = (failures + 1) * :failed, thread_ts = :thread_ts,
        thread_until = :thread_until
    WHERE channel_id IN :channels""")

SETTLE = Statement("""
    UPDATE delivery SET settled_at = :now_us, status = :status, error = :error, tries = tries + 1
    WHERE id IN :ids AND status = 'waiting'""")
