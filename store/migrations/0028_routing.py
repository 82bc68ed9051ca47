"""Rules and quiet hours of channels, what of them was in force when, and what they did to a delivery.

An event is kept now though no channel wanted it, with the facts that rules ask for. An older replica that runs on after this on
PostgreSQL goes on by the flags alone.
"""

import json

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE slack_channel ADD COLUMN rules TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE slack_channel ADD COLUMN quiet TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE slack_channel ADD COLUMN rules_revision BIGINT NOT NULL DEFAULT 1",
    """CREATE TABLE channel_revision (
        channel_id BIGINT NOT NULL REFERENCES slack_channel (id) ON DELETE CASCADE,
        revision BIGINT NOT NULL,
        rules TEXT NOT NULL,
        quiet TEXT NOT NULL,
        flags TEXT NOT NULL,
        since BIGINT NOT NULL,
        PRIMARY KEY (channel_id, revision)
    )""",
    "ALTER TABLE event ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'",
    "CREATE INDEX event_customer_created_at ON event (customer, created_at)",
    "ALTER TABLE delivery ADD COLUMN held_until BIGINT",
    "ALTER TABLE delivery ADD COLUMN held_for TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE delivery ADD COLUMN urgent BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE delivery ADD COLUMN mentions TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE delivery ADD COLUMN rule BIGINT",
    "ALTER TABLE delivery ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX delivery_held ON delivery (held_until, id) WHERE status = 'held'",
    """CREATE TABLE device_group (
        customer BIGINT NOT NULL,
        device BIGINT NOT NULL,
        word TEXT NOT NULL,
        PRIMARY KEY (customer, device, word)
    )""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
    _begin_revisions(db)


def _begin_revisions(db: Database) -> None:
    """Notes the flags of every channel as its first revision."""
    mark = "%s" if isinstance(db, PostgresqlDatabase) else "?"
    flags: dict[int, list[str]] = {}
    for channel, flag in db.execute_sql("SELECT channel_id, flag FROM channel_flag ORDER BY flag").fetchall():
        flags.setdefault(channel, []).append(flag)
    for channel, since in db.execute_sql("SELECT id, updated_at FROM slack_channel").fetchall():
        values = (channel, json.dumps(flags.get(channel, [])), since)
        db.execute_sql(f"INSERT INTO channel_revision VALUES ({mark}, 1, '[]', '{{}}', {mark}, {mark})", values)
