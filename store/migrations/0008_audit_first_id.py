"""What is performed later has an audit row of its own, which names the row in which it was admitted."""

from peewee import Database
from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Database) -> None:
    db.execute_sql("ALTER TABLE chatops_command ADD COLUMN first_id BIGINT")
