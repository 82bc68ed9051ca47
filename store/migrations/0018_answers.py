"""An event may answer the notice of an earlier one, so the ref of a notice that may be answered is kept, sealed.

A notice that was sent before has none: what answers it is a message of its own.
"""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = ("ALTER TABLE event ADD COLUMN answers TEXT", "ALTER TABLE delivery ADD COLUMN ref TEXT")


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
