"""When to look whether somebody is on what a delivery is about."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE delivery ADD COLUMN remind_at BIGINT",
    "CREATE INDEX delivery_remind_at ON delivery (remind_at) WHERE remind_at IS NOT NULL",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
