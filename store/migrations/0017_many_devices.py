"""A card knows the devices that were left out of its job, as a JSON list of texts, and an audit row the devices that it is about
where they are several: how many, a colon, and their ids."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE card ADD COLUMN left_out TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE chatops_command ADD COLUMN devices TEXT NOT NULL DEFAULT ''",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
