"""Requests wait for a decision, with the messages that show them; a mapping says who in WebNet changed it last."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE slack_user_mapping ADD COLUMN changed_by BIGINT",
    """CREATE TABLE request (
        id {id},
        purpose TEXT NOT NULL,
        state TEXT NOT NULL,
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        customer BIGINT NOT NULL,
        payload TEXT NOT NULL,
        mac TEXT NOT NULL,
        decided_by BIGINT,
        decided_name TEXT NOT NULL,
        decided_chat_user TEXT NOT NULL,
        reason TEXT NOT NULL,
        outcome TEXT NOT NULL,
        holder TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        decided_at BIGINT,
        notified_at BIGINT,
        due_at BIGINT,
        revision BIGINT NOT NULL
    )""",
    "CREATE INDEX request_workspace_id ON request (workspace_id)",
    "CREATE INDEX request_created_at ON request (created_at)",
    "CREATE INDEX request_due ON request (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX request_waiting ON request (customer, id) WHERE state = 'requested'",
    """CREATE TABLE request_message (
        id {id},
        request_id BIGINT NOT NULL REFERENCES request (id) ON DELETE CASCADE,
        channel_id TEXT NOT NULL,
        slack_user_id TEXT NOT NULL,
        ephemeral BOOLEAN NOT NULL,
        ref TEXT,
        shown TEXT NOT NULL
    )""",
    "CREATE INDEX request_message_request_id ON request_message (request_id)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
