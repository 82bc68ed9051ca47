"""Somebody who is not mapped can ask for it: a request says whose it is, and those of one user are found."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE request ADD COLUMN slack_user_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX request_mapping ON request (workspace_id, slack_user_id) WHERE purpose = 'mapping'",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
