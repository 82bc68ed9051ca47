"""A card may follow several jobs that were started for one command: the others, as a JSON list of their numbers."""

from peewee import Database
from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Database) -> None:
    db.execute_sql("ALTER TABLE card ADD COLUMN also TEXT NOT NULL DEFAULT '[]'")
