"""The card of a deploy also stands in another workspace of its customer, where those are who approve."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE deploy_message (
        id {id},
        deploy_id BIGINT NOT NULL REFERENCES deploy (id) ON DELETE CASCADE,
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        channel_id TEXT NOT NULL,
        ref TEXT,
        shown BIGINT NOT NULL
    )""",
    "CREATE INDEX deploy_message_deploy_id ON deploy_message (deploy_id)",
    "CREATE INDEX deploy_message_workspace_id ON deploy_message (workspace_id)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
