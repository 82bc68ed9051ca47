"""A workspace is one of Slack or of Microsoft Teams, whose app has an id and a password. Where Teams said that the conversations of a
workspace are is kept, so that a message can be sent there that nobody asked for."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE slack_workspace ADD COLUMN chat TEXT NOT NULL DEFAULT 'slack'",
    "ALTER TABLE slack_workspace ADD COLUMN app_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE slack_workspace ADD COLUMN app_password TEXT",
    """CREATE TABLE teams_conversation (
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        conversation TEXT NOT NULL,
        chat_user TEXT NOT NULL,
        team TEXT NOT NULL,
        service_url TEXT NOT NULL,
        heard_at BIGINT NOT NULL,
        gone_at BIGINT,
        PRIMARY KEY (workspace_id, conversation)
    )""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
