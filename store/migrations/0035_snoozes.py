"""Snoozes, and which devices a job found unreachable or answering, which holds the failed backups of those."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE snooze (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        customer BIGINT NOT NULL,
        channel_id BIGINT REFERENCES slack_channel (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        subject BIGINT NOT NULL,
        device BIGINT,
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        since BIGINT NOT NULL,
        until BIGINT NOT NULL,
        until_resolved BOOLEAN NOT NULL,
        rank BIGINT NOT NULL,
        faults TEXT NOT NULL,
        ended_at BIGINT,
        why TEXT NOT NULL
    )""",
    "CREATE INDEX snooze_workspace_id ON snooze (workspace_id)",
    "CREATE INDEX snooze_channel_id ON snooze (channel_id)",
    "CREATE INDEX snooze_ended_at ON snooze (ended_at)",
    "CREATE INDEX snooze_open ON snooze (customer) WHERE ended_at IS NULL",
    """CREATE TABLE reachability (
        device BIGINT NOT NULL,
        customer BIGINT NOT NULL,
        reachable BOOLEAN NOT NULL,
        since BIGINT NOT NULL,
        checked_at BIGINT NOT NULL,
        job BIGINT NOT NULL,
        PRIMARY KEY (customer, device)
    )""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
