"""Faults that are open, and what a delivery answers."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE open_fault (
        customer BIGINT NOT NULL,
        fault TEXT NOT NULL,
        event_id BIGINT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
        happened_at BIGINT NOT NULL,
        PRIMARY KEY (customer, fault, event_id)
    )""",
    "CREATE INDEX open_fault_event_id ON open_fault (event_id)",
    "ALTER TABLE delivery ADD COLUMN answers BIGINT",
    "UPDATE event SET facts = '{}'",  # they named a fault in another way
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
