"""A request is shown, and decided, in every workspace of its customer. Without a workspace it is that of the request."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE request_message ADD COLUMN workspace_id BIGINT REFERENCES slack_workspace (id) ON DELETE CASCADE",
    "ALTER TABLE request ADD COLUMN decided_in BIGINT",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
