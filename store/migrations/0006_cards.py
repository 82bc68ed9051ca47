"""Cards: messages about one job that are kept up to date until it has ended."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE card (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        customer BIGINT NOT NULL,
        job_id BIGINT NOT NULL,
        what TEXT NOT NULL,
        device_name TEXT NOT NULL,
        channel_id TEXT NOT NULL,
        slack_user_id TEXT NOT NULL,
        slack_user_name TEXT NOT NULL,
        ephemeral BOOLEAN NOT NULL,
        ts TEXT NOT NULL,
        response_url TEXT,
        uses BIGINT NOT NULL,
        replaceable BOOLEAN NOT NULL,
        shown TEXT NOT NULL,
        holder TEXT NOT NULL,
        fence BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        ended_at BIGINT,
        ending TEXT NOT NULL
    )""",
    "CREATE INDEX card_workspace_id ON card (workspace_id)",
    "CREATE INDEX card_job_id ON card (job_id)",
    "CREATE INDEX card_created_at ON card (created_at)",
    "CREATE INDEX card_open ON card (due_at) WHERE ended_at IS NULL",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
