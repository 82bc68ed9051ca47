"""Live logs: replies in a thread that show what a job reports while it runs."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE live_log (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        customer BIGINT NOT NULL,
        job_id BIGINT NOT NULL,
        channel_id TEXT NOT NULL,
        chat_user TEXT NOT NULL,
        thread TEXT,
        ref TEXT,
        position TEXT NOT NULL,
        stopped_by TEXT,
        holder TEXT NOT NULL,
        fence BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        ended_at BIGINT,
        ending TEXT NOT NULL
    )""",
    "CREATE INDEX live_log_workspace_id ON live_log (workspace_id)",
    "CREATE INDEX live_log_due ON live_log (due_at) WHERE ended_at IS NULL",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
