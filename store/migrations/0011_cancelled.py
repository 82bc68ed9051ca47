"""A job that was cancelled may run all the same, so who cancelled it is kept: NULL if nobody did, '' if it is not known who."""

from peewee import Database
from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Database) -> None:
    db.execute_sql("ALTER TABLE job ADD COLUMN cancelled_by TEXT")
    db.execute_sql("CREATE INDEX job_cancelled ON job (finished_at) WHERE cancelled_by IS NOT NULL")
    db.execute_sql("UPDATE job SET cancelled_by = '' WHERE status = 'cancelled'")
