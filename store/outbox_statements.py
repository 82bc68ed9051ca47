"""The SQL by which events are enqueued, which feeds run for everything that happens in WebNet."""

from __future__ import annotations

from store.statements import Statement

ADD_EVENT = Statement("""
    INSERT INTO event (key, kind, flag, customer, happened_at, data, created_at, answers, facts)
    VALUES (:key, :kind, :flag, :customer, :happened_at, :data, :created_at, :answers, :facts)
    ON CONFLICT DO NOTHING RETURNING id""")

EVENT_ID = Statement("SELECT id FROM event WHERE key = :key")

ADD_LANES = Statement("""
    INSERT INTO lane (channel_id, due_at, fence, expires_at, failures)
    SELECT id, 0, 0, 0, 0 FROM slack_channel WHERE id IN :channels ORDER BY id
    ON CONFLICT DO NOTHING""")

_OF_DELIVERY = {
    "event": "bigint",
    "channel": "bigint",
    "status": "text",
    "tries": "bigint",
    "ambiguous": "bigint",
    "error": "text",
    "created_at": "bigint",
    "held_until": "bigint",
    "held_for": "text",
    "urgent": "boolean",
    "mentions": "text",
    "rule": "bigint",
    "revision": "bigint",
    "answers": "bigint",
    "remind_at": "bigint",
}
_COLUMNS = ", ".join({"event": "event_id", "channel": "channel_id"}.get(name, name) for name in _OF_DELIVERY)
_VALUES = ", ".join(f":{name}::{type_}" for name, type_ in _OF_DELIVERY.items())

ADD_DELIVERIES = Statement(f"INSERT INTO delivery ({_COLUMNS}) EACH ({_VALUES}) ON CONFLICT DO NOTHING")

OPEN_FAULTS = Statement("""
    INSERT INTO open_fault (customer, fault, event_id, happened_at)
    EACH (:customer::bigint, :fault::text, :event::bigint, :happened_at::bigint) ON CONFLICT DO NOTHING""")
