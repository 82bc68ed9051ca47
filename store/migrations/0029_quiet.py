"""What is held, by channel, and what was held until now: one is released and the other posted a channel at a time."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "CREATE INDEX delivery_held_channel ON delivery (channel_id, held_until) WHERE status = 'held'",
    "CREATE INDEX delivery_released ON delivery (channel_id, id) WHERE status = 'waiting' AND held_for <> ''",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
