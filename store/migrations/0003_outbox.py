"""The outbox: events, their deliveries to channels, a lane for each channel, and the workspaces whose token was refused.

A lane says when a channel may be posted to again, and until when a claim on it lasts.
"""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE event (
        id {id},
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        flag TEXT NOT NULL,
        customer BIGINT NOT NULL,
        happened_at BIGINT NOT NULL,
        data TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    "CREATE UNIQUE INDEX event_key ON event (key)",
    "CREATE INDEX event_created_at ON event (created_at)",
    """CREATE TABLE delivery (
        id {id},
        event_id BIGINT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
        channel_id BIGINT NOT NULL REFERENCES slack_channel (id) ON DELETE CASCADE,
        status TEXT NOT NULL,
        tries BIGINT NOT NULL,
        ambiguous BIGINT NOT NULL,
        tried_since BIGINT,
        error TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        settled_at BIGINT
    )""",
    "CREATE UNIQUE INDEX delivery_event_channel ON delivery (event_id, channel_id)",
    "CREATE INDEX delivery_channel ON delivery (channel_id)",
    "CREATE INDEX delivery_waiting ON delivery (channel_id, id) WHERE status = 'waiting'",
    "CREATE INDEX delivery_parked ON delivery (id) WHERE status = 'parked'",
    """CREATE TABLE lane (
        channel_id BIGINT NOT NULL PRIMARY KEY REFERENCES slack_channel (id) ON DELETE CASCADE,
        due_at BIGINT NOT NULL,
        fence BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        failures BIGINT NOT NULL,
        thread_ts TEXT NOT NULL,
        thread_until BIGINT NOT NULL
    )""",
    """CREATE TABLE refused_token (
        workspace_id BIGINT NOT NULL PRIMARY KEY REFERENCES slack_workspace (id) ON DELETE CASCADE,
        revision BIGINT NOT NULL,
        error TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
